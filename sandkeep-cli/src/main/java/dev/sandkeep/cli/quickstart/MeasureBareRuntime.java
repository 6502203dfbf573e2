package dev.sandkeep.cli.quickstart;

import dev.sandkeep.cli.client.Session;
import dev.sandkeep.cli.host.BareContainer;
import dev.sandkeep.cli.host.DataDirectory;
import dev.sandkeep.cli.terminal.Progress;
import dev.sandkeep.cli.terminal.Terminal;
import dev.sandkeep.cli.terminal.Times;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Runs {@code /bin/true} in a container equal to the session's, with the OCI runtime alone. */
final class MeasureBareRuntime {
    private static final int WARM_UP = 2;
    private static final int RUNS = 9;

    private final Terminal terminal;
    private final DataDirectory data;
    private final Timings timings;

    MeasureBareRuntime(Terminal terminal, DataDirectory data, Timings timings) {
        this.terminal = terminal;
        this.data = data;
        this.timings = timings;
    }

    void run(Session session) {
        try (Progress progress =
                        new Progress(terminal, "     ", "running an equal container " + (WARM_UP + RUNS) + " times");
                BareContainer bare = BareContainer.like(data, session.sandboxId(), session.generation())) {
            for (int i = 0; i < WARM_UP; i++) {
                bare.time("/bin/true");
            }
            List<Duration> took = new ArrayList<>();
            for (int i = 0; i < RUNS; i++) {
                took.add(bare.time("/bin/true"));
            }
            Collections.sort(took);
            Duration median = took.get(RUNS / 2);
            timings.bare(bare.runtimeName(), median);
            progress.done(bare.runtimeName() + " run … /bin/true: median " + Times.took(median) + " of " + RUNS);
        }
    }
}
