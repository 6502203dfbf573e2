package dev.sandkeep.cli.quickstart;

import dev.sandkeep.cli.client.Failure;
import dev.sandkeep.cli.client.SandkeepClient;
import dev.sandkeep.cli.client.Session;
import dev.sandkeep.cli.host.DataDirectory;
import dev.sandkeep.cli.host.DataDirectory.RunningServer;
import dev.sandkeep.cli.host.Launcher;
import dev.sandkeep.cli.terminal.Terminal;
import dev.sandkeep.cli.terminal.Terminal.Style;
import java.util.function.Consumer;

/** The main job from nothing to a resumed session, on this machine, every step for real. */
public final class Quickstart {
    private final Terminal terminal;
    private final Launcher launcher;
    private final DataDirectory data;
    private final Timings timings = new Timings();

    /** Works on this machine with the server of {@code data}. */
    public Quickstart(Terminal terminal, Launcher launcher, DataDirectory data) {
        this.terminal = terminal;
        this.launcher = launcher;
        this.data = data;
    }

    /**
     * Goes through all steps.
     *
     * @param showFigures what to do with the time that each one took
     * @throws Failure naming the step that failed, why, and what to do next
     */
    public void run(Consumer<Timings> showFigures) {
        step(1, "Check this machine", () -> new CheckHost(terminal, launcher, data, timings).run());
        RunningServer server =
                step(2, "Start the server", () -> new StartServer(terminal, launcher, data, timings).run());
        try (SandkeepClient client = new SandkeepClient(server.url(), key())) {
            step(
                    3,
                    "Publish the profile 'quickstart'",
                    () -> new PublishProfile(terminal, launcher, client, timings).run());
            Session session = step(
                    4,
                    "Work in a session, lose its compute, resume it",
                    () -> new LoseAndResume(terminal, client, timings).run());
            step(
                    5,
                    "Compare with the bare OCI runtime",
                    () -> new MeasureBareRuntime(terminal, data, timings).run(session));
            showFigures.accept(timings);
            sayWhatNext(server, session);
        }
    }

    private String key() {
        return data.apiKey()
                .orElseThrow(() ->
                        new Failure("the server made no API key in " + data.path(), "look at 'sandkeep server logs'"));
    }

    private interface Step<T> {
        T run();
    }

    private void step(int number, String title, Runnable step) {
        step(number, title, () -> {
            step.run();
            return title;
        });
    }

    private <T> T step(int number, String title, Step<T> step) {
        terminal.note("");
        terminal.note(terminal.noteStyled(Style.BOLD, number + "/5  " + title));
        try {
            return step.run();
        } catch (Failure e) {
            throw new Failure(
                    "step " + number + " (" + title + ") failed: " + e.sentence(),
                    (e.nextStep().isEmpty() ? "" : e.nextStep() + "\n")
                            + "then run 'sandkeep quickstart' again: it goes on from what is there",
                    e);
        }
    }

    private void sayWhatNext(RunningServer server, Session session) {
        terminal.note("");
        terminal.note(terminal.noteStyled(Style.BOLD, "What to type next"));
        next("session exec " + session.name() + " -- bash -c 'ls -la /root'", "run a command in the session");
        next("session stop " + session.name(), "stop it: what it keeps becomes durable");
        next("session resume " + session.name(), "and go on");
        next("profile show quickstart --spec > my.yaml", "take the profile as a start for your own");
        next("profile create my-profile -f my.yaml", "and create it; then 'profile publish my-profile'");
        next("bench start", "measure starts beside the bare OCI runtime");
        data.setUpLink().ifPresent(link -> {
            terminal.note("");
            terminal.note("Nobody can sign in with a browser yet. Open this link, once, to become the first owner:");
            terminal.note("  " + link);
            terminal.note("");
        });
        next("server stop", "stop the server; it listens on " + server.url());
    }

    private void next(String command, String why) {
        terminal.note(String.format("  ./sandkeep %-52s %s", command, terminal.noteStyled(Style.DIM, why)));
    }
}
