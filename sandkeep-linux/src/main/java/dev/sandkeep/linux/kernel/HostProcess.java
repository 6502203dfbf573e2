package dev.sandkeep.linux.kernel;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A process of this host, told apart from any later process with the same number by its start time.
 *
 * @param pid its number in this process's pid namespace
 * @param startTicks field 22 of {@code /proc/<pid>/stat}: clock ticks between boot and its start
 */
public record HostProcess(long pid, long startTicks) {
    private static final int STATE = 0;
    private static final int SESSION = 3;
    private static final int START_TICKS = 19;

    /** The process that has this number now; empty when none has, or only a zombie. */
    public static Optional<HostProcess> find(long pid) {
        return status(pid)
                .filter(fields -> !fields[STATE].equals("Z") && !fields[STATE].equals("X"))
                .map(fields -> new HostProcess(pid, Long.parseLong(fields[START_TICKS])));
    }

    /** The session that a process is in, also a zombie; empty when there is none with this number. */
    static OptionalLong session(long pid) {
        return status(pid)
                .map(fields -> OptionalLong.of(Long.parseLong(fields[SESSION])))
                .orElse(OptionalLong.empty());
    }

    /** The fields of {@code stat} from the third on. */
    private static Optional<String[]> status(long pid) {
        try {
            String stat =
                    new String(Files.readAllBytes(Path.of("/proc/" + pid + "/stat")), StandardCharsets.ISO_8859_1);
            // The second field is the program's name in parentheses and may hold anything but a NUL.
            return Optional.of(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1));
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
