package dev.sandkeep.cli.quickstart;

import dev.sandkeep.cli.client.ApiProblem;
import dev.sandkeep.cli.client.Failure;
import dev.sandkeep.cli.client.Json;
import dev.sandkeep.cli.client.Route;
import dev.sandkeep.cli.client.SandkeepClient;
import dev.sandkeep.cli.client.Session;
import dev.sandkeep.cli.client.Sessions;
import dev.sandkeep.cli.host.HostCompute;
import dev.sandkeep.cli.terminal.Progress;
import dev.sandkeep.cli.terminal.Terminal;
import dev.sandkeep.cli.terminal.Terminal.Style;
import dev.sandkeep.cli.terminal.Times;
import java.time.Duration;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Starts a session, works in it, kills its compute from outside, resumes it, and shows what survived. */
final class LoseAndResume {
    private static final String NAME_BEGINS = "quickstart-tour-";
    /** How long the server is given to notice by itself, before a command is tried. */
    private static final Duration NOTICING_BY_ITSELF = Duration.ofSeconds(2);

    /** The server looks at every compute in a fixed rhythm that is shorter than this. */
    private static final Duration NOTICING = Duration.ofSeconds(30);

    private static final Duration POLL = Duration.ofMillis(100);

    private static final List<String> PROOFS = List.of(
            "git --version && jq --version",
            "cat /root/README.txt",
            "cat /etc/codex/config.toml",
            "cat /opt/quickstart/built-at");

    private static final String WORK = """
            set -e
            echo "unsaved thoughts" > /root/notes.txt
            echo "edited = true" >> /etc/codex/config.toml
            cd /root/project && echo change >> file.txt && git commit --quiet --all --message 'Work of generation 1'
            echo scratch > /opt/scratch
            echo "overwritten" > /opt/quickstart/built-at
            """;

    private final Terminal terminal;
    private final SandkeepClient client;
    private final Sessions sessions;
    private final Timings timings;

    LoseAndResume(Terminal terminal, SandkeepClient client, Timings timings) {
        this.terminal = terminal;
        this.client = client;
        this.sessions = new Sessions(client);
        this.timings = timings;
    }

    Session run() {
        deleteEarlierTours();
        Session session = start();
        prove(session);
        String builtAt = shell(session, "cat /opt/quickstart/built-at");
        work(session);
        loseCompute(session);
        Session resumed = resume(session);
        showWhatSurvived(session, resumed, builtAt);
        return resumed;
    }

    private void deleteEarlierTours() {
        client.list(Route.of("sessions").with("profile", PublishProfile.NAME)).stream()
                .map(Session::new)
                .filter(session -> session.name().startsWith(NAME_BEGINS))
                .forEach(session -> {
                    sessions.delete(session.id());
                    ok("deleted " + session.name() + " of an earlier quickstart");
                });
    }

    private Session start() {
        String name = NAME_BEGINS + Long.toString(System.currentTimeMillis(), 36);
        long began = System.nanoTime();
        Session session =
                sessions.start(Json.object().put("profile", PublishProfile.NAME).put("name", name));
        Duration took = Times.since(began);
        timings.addComparable("session: create to running", took, session.mode());
        ok("session " + session.name() + " runs: sandbox " + session.sandboxId() + ", " + session.mode()
                + ", generation " + session.generation() + "  " + Times.took(took));
        if (!session.mode().equals("persistent")) {
            throw new Failure(
                    "the session is " + session.mode() + ", not persistent: "
                            + session.persistenceFallback()
                                    .map(Session::describe)
                                    .orElse("no reason is given"),
                    "check 'sandkeep settings show' and 'sandkeep profile show quickstart'");
        }
        return session;
    }

    private void prove(Session session) {
        boolean first = true;
        for (String command : PROOFS) {
            long began = System.nanoTime();
            String output = shell(session, command);
            if (first) {
                timings.addComparable("first command", Times.since(began), "through the API");
                first = false;
            }
            show(command, output);
        }
    }

    private void work(Session session) {
        shell(session, WORK);
        ok("worked: wrote /root/notes.txt, committed in /root/project, edited /etc/codex/config.toml;");
        terminal.note("        wrote /opt/scratch and overwrote /opt/quickstart/built-at");
    }

    private void loseCompute(Session session) {
        ProcessHandle first =
                HostCompute.of(session.sandboxId(), session.generation()).firstProcess();
        try (Progress progress = new Progress(terminal, "     ", "killing the compute (process " + first.pid() + ")")) {
            if (!first.destroyForcibly()) {
                throw new Failure("process " + first.pid() + " cannot be killed", "run as root");
            }
            first.onExit().join();
            progress.detail("waiting until the server notices");
            Session now = awaitEnd(session, progress);
            timings.add("compute killed to noticed", progress.elapsed(), "");
            progress.done("killed the compute with kill -9 " + first.pid() + "; the session is now " + now.state()
                    + (now.stopReason().isEmpty() ? "" : " (" + now.stopReason() + ")"));
        }
    }

    private Session awaitEnd(Session session, Progress progress) {
        boolean tried = false;
        Session now = sessions.find(session.id());
        while (now.state().equals("running") || now.changing()) {
            if (progress.elapsed().compareTo(NOTICING) > 0) {
                throw new Failure(
                        "the server has not noticed after " + NOTICING.toSeconds() + " s that the compute is gone",
                        "look at 'sandkeep session events " + session.id() + "' and 'sandkeep server logs'");
            }
            if (!tried && progress.elapsed().compareTo(NOTICING_BY_ITSELF) > 0) {
                tried = true;
                tryCommand(session);
            }
            sleep();
            now = sessions.find(session.id());
        }
        return now;
    }

    /** Whoever uses a session whose compute is gone lets the server find out. */
    private void tryCommand(Session session) {
        try {
            sessions.probe(session.id());
        } catch (ApiProblem expected) {
            // the refusal is the point
        }
    }

    private Session resume(Session session) {
        long began = System.nanoTime();
        Session resumed = sessions.resume(session.id());
        Duration took = Times.since(began);
        timings.addComparable("session: resume to running", took, "generation " + resumed.generation());
        ok("resumed  " + Times.took(took));
        return resumed;
    }

    private void showWhatSurvived(Session before, Session after, String builtAt) {
        check("sandbox", after.sandboxId(), before.sandboxId());
        check("generation", Integer.toString(after.generation()), Integer.toString(before.generation() + 1));
        check("/root/notes.txt", shell(after, "cat /root/notes.txt"), "unsaved thoughts");
        check("/root/project", shell(after, "git -C /root/project log -1 --format=%s"), "Work of generation 1");
        check("/etc/codex", shell(after, "tail -n 1 /etc/codex/config.toml"), "edited = true");
        check("/opt/scratch", shell(after, "test -e /opt/scratch && echo there || echo gone"), "gone");
        check("/opt/quickstart", shell(after, "cat /opt/quickstart/built-at"), builtAt);
        JsonNode report = Json.parse(shell(after, "cat /run/sandkeep/lifecycle.json"));
        show("cat /run/sandkeep/lifecycle.json", Json.pretty(report));
    }

    private void check(String what, String actual, String expected) {
        if (!actual.equals(expected)) {
            throw new Failure(
                    what + " is '" + actual + "' after the resume, expected '" + expected + "'",
                    "this is a bug of Sandkeep; 'sandkeep session list' and 'sandkeep server logs' say more");
        }
        terminal.note(String.format(
                "     %s %-16s %s", terminal.noteStyled(Style.GREEN, "ok"), what, Terminal.printable(actual)));
    }

    /** What {@code script} prints, without the end of its last line. */
    private String shell(Session session, String script) {
        JsonNode result = sessions.shell(session.id(), script);
        if (result.path("exitCode").asInt(-1) != 0) {
            throw new Failure(
                    "in session " + session.name() + ", '" + script.strip() + "' ended with exit code "
                            + result.path("exitCode").asString() + ": "
                            + result.path("stderr").asString("").strip(),
                    "try it: sandkeep session exec " + session.name() + " -- sh");
        }
        return result.path("stdout").asString("").stripTrailing();
    }

    private void show(String command, String output) {
        terminal.note("     " + terminal.noteStyled(Style.DIM, "$ " + command));
        output.lines().forEach(line -> terminal.note("       " + Terminal.printable(line)));
    }

    private void ok(String text) {
        terminal.note("     " + terminal.noteStyled(Style.GREEN, "ok") + " " + text);
    }

    private static void sleep() {
        try {
            Thread.sleep(POLL);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure("interrupted", "", e);
        }
    }
}
