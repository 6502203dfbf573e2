package dev.sandkeep.linux.kernel;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A process of this host, told apart from any later process with the same number by its start time.
 *
 * @param pid its number in this process's pid namespace
 * @param startTicks field 22 of {@code /proc/<pid>/stat}: clock ticks between boot and its start
 */
public record HostProcess(long pid, long startTicks) {
    /** The process that has this number now; empty when none has, or only a zombie. */
    public static Optional<HostProcess> find(long pid) {
        try {
            String stat =
                    new String(Files.readAllBytes(Path.of("/proc/" + pid + "/stat")), StandardCharsets.ISO_8859_1);
            // The second field is the program's name in parentheses and may hold anything but a NUL.
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            if (fields[0].equals("Z") || fields[0].equals("X")) {
                return Optional.empty();
            }
            return Optional.of(new HostProcess(pid, Long.parseLong(fields[19])));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Whether this very process is alive. */
    public boolean alive() {
        return find(pid).filter(this::equals).isPresent();
    }

    /**
     * Sends a signal to this very process, never to another that took over its number.
     *
     * @return false when it has ended
     */
    public boolean signal(int number) {
        try (Descriptor handle =
                new Descriptor(SystemCall.PIDFD_OPEN.call("process " + pid, pid, 0), "process " + pid)) {
            if (!alive()) {
                return false;
            }
            SystemCall.PIDFD_SEND_SIGNAL.call("process " + pid, handle.number(), number, 0, 0);
            return true;
        } catch (KernelException e) {
            if (e.errno() == Errno.ESRCH || e.errno() == Errno.EINVAL) {
                return false;
            }
            throw e;
        }
    }
}
