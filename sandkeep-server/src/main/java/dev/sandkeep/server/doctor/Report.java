package dev.sandkeep.server.doctor;

import dev.sandkeep.server.platform.json.CanonicalJson;
import dev.sandkeep.spi.HostCheck;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** What the doctor says: a table for people, JSON for programs. */
record Report(List<String> lines) {

    static Report checks(List<HostCheck> checks, boolean json) {
        return json ? checksAsJson(checks) : checksAsTable(checks);
    }

    static Report leaks(LeakSearch.Result found, boolean json) {
        return json ? leaksAsJson(found) : leaksAsTable(found);
    }

    void print(PrintStream out) {
        lines.forEach(out::println);
    }

    private static Report checksAsTable(List<HostCheck> checks) {
        Table table = new Table(List.of("CHECK", "RESULT", "DETAIL"));
        for (HostCheck check : checks) {
            table.row(List.of(check.id(), check.result().name(), check.detail()));
            if (!check.remedy().isEmpty()) {
                table.row(List.of("", "", "-> " + check.remedy()));
            }
        }
        long failed = checks.stream()
                .filter(check -> check.result() == HostCheck.Result.FAILED)
                .count();
        long warnings = checks.stream()
                .filter(check -> check.result() == HostCheck.Result.WARNING)
                .count();
        String end = failed == 0
                ? "This machine can run sandboxes" + (warnings == 0 ? "." : "; " + count(warnings, "warning") + ".")
                : "This machine cannot run sandboxes yet: " + count(failed, "check")
                        + " failed. Do what '->' says, or run" + " sandkeep doctor --install for missing packages.";
        return table.report(end);
    }

    private static Report checksAsJson(List<HostCheck> checks) {
        return json(Map.of(
                "ok",
                checks.stream().noneMatch(check -> check.result() == HostCheck.Result.FAILED),
                "checks",
                checks.stream()
                        .map(check -> Map.of(
                                "id", check.id(),
                                "result", check.result().name(),
                                "detail", check.detail(),
                                "remedy", check.remedy(),
                                "packages", check.packages()))
                        .toList()));
    }

    private static Report leaksAsTable(LeakSearch.Result found) {
        if (found.leaks().isEmpty()) {
            return new Report(List.of(found.server(), "Nothing was left behind."));
        }
        Table table = new Table(List.of("KIND", "OWNER", "NAME", "REASON", "WHAT HAPPENS"));
        found.leaks()
                .forEach(leak ->
                        table.row(List.of(leak.kind(), leak.owner(), leak.name(), leak.reason(), leak.action())));
        return table.report(found.server() + " " + count(found.leaks().size(), "thing") + " left behind.");
    }

    private static Report leaksAsJson(LeakSearch.Result found) {
        return json(Map.of(
                "serverAnswered",
                found.answered(),
                "message",
                found.server(),
                "leaks",
                found.leaks().stream()
                        .map(leak -> Map.of(
                                "kind", leak.kind(),
                                "name", leak.name(),
                                "owner", leak.owner(),
                                "reason", leak.reason(),
                                "action", leak.action()))
                        .toList()));
    }

    private static Report json(Map<String, ?> tree) {
        return new Report(List.of(new String(CanonicalJson.bytes(tree), StandardCharsets.UTF_8)));
    }

    private static String count(long number, String what) {
        return number + " " + what + (number == 1 ? "" : "s");
    }
}
