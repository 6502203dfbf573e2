package dev.sandkeep.linux.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * Holds all processes of one cgroup still, and those in cgroups below it. A frozen task is in none of its system calls any more: the
 * kernel freezes on the way back to user space. The runtimes see a container frozen this way as paused, and their own
 * {@code pause} does the same; writing the file saves the 20 ms of starting a runtime, twice in a sandbox's standstill.
 *
 * <p>Version 2 has {@code cgroup.freeze}, and says in {@code cgroup.events} when all are frozen. In version 1,
 * {@code freezer.state} goes from {@code THAWED} over {@code FREEZING} to {@code FROZEN}, and a task that is killed while frozen
 * dies only when it is thawed.
 *
 * @see <a href="https://docs.kernel.org/admin-guide/cgroup-v2.html">cgroup v2, "cgroup.freeze"</a>
 * @see <a href="https://docs.kernel.org/admin-guide/cgroup-v1/freezer-subsystem.html">cgroup v1 freezer</a>
 */
final class Freezer {
    private static final int LOOKS_PER_ATTEMPT = 12;

    private final Path file;
    private final boolean unified;

    /**
     * @param group directory of the cgroup
     * @param unified whether it is of version 2
     */
    Freezer(Path group, boolean unified) {
        this.file = group.resolve(unified ? "cgroup.freeze" : "freezer.state");
        this.unified = unified;
    }

    /** Whether it was frozen, or is about to be. False when the cgroup is gone. */
    boolean asked() {
        String state = OciRuntime.read(file).strip();
        return unified ? state.equals("1") : !state.isEmpty() && !state.equals("THAWED");
    }

    /**
     * Freezes.
     *
     * @return false when something still ran after {@code patience}; it was thawed again
     */
    boolean freeze(Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        ask(true);
        long nap = 100_000;
        for (int look = 1; !frozen(); look++) {
            if (System.nanoTime() > deadline) {
                thaw();
                return false;
            }
            if (!unified && look % LOOKS_PER_ATTEMPT == 0) {
                // A task that version 1 missed may stay missed until all go on for a moment.
                thaw();
                ask(true);
            }
            LockSupport.parkNanos(nap);
            nap = Math.min(2 * nap, 10_000_000);
        }
        return true;
    }

    private boolean frozen() {
        if (!unified) {
            String state = OciRuntime.read(file).strip();
            if (state.equals("FREEZING")) {
                // Asked again, the kernel looks at tasks that were just being born or were stopped by a tracer.
                ask(true);
            }
            return state.equals("FROZEN");
        }
        return OciRuntime.read(file.resolveSibling("cgroup.events")).lines().anyMatch("frozen 1"::equals);
    }

    /** Lets all go on. Does nothing when the cgroup is gone. */
    void thaw() {
        ask(false);
    }

    private void ask(boolean freeze) {
        try {
            Files.writeString(file, unified ? (freeze ? "1" : "0") : (freeze ? "FROZEN" : "THAWED"));
        } catch (NoSuchFileException gone) {
            if (freeze) {
                throw new UncheckedIOException(gone);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(file + " could not be written", e);
        }
    }
}
