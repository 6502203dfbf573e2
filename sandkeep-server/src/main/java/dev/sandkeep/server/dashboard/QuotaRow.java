package dev.sandkeep.server.dashboard;

import dev.sandkeep.server.organizations.QuotaUse;
import java.util.List;
import java.util.OptionalLong;

/**
 * One quota as pages show it: texts are empty where there is no limit.
 *
 * @param field what requests call it
 * @param most the limit as a number; 0 when there is none
 */
public record QuotaRow(
        String name,
        String field,
        String description,
        long used,
        String limit,
        long most,
        String own,
        String ceiling,
        long least,
        boolean usedUp) {
    static List<QuotaRow> of(List<QuotaUse> uses) {
        return uses.stream()
                .map(use -> new QuotaRow(
                        use.quota().text(),
                        field(use.quota().text()),
                        use.quota().description(),
                        use.used(),
                        text(use.limit()),
                        use.limit().orElse(0),
                        text(use.own()),
                        text(use.ceiling()),
                        use.quota().least(),
                        use.usedUp()))
                .toList();
    }

    /** {@code running_sessions} is {@code runningSessions} in a request. */
    private static String field(String name) {
        int underscore = name.indexOf('_');
        return underscore < 0
                ? name
                : name.substring(0, underscore)
                        + Character.toUpperCase(name.charAt(underscore + 1))
                        + name.substring(underscore + 2);
    }

    private static String text(OptionalLong limit) {
        return limit.isPresent() ? Long.toString(limit.getAsLong()) : "";
    }
}
