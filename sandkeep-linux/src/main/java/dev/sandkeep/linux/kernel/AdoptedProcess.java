package dev.sandkeep.linux.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Processes that were started by a child of this process which has ended. The kernel gives them to the nearest ancestor that
 * asked to be their reaper, and only a parent learns how a process ended.
 */
public final class AdoptedProcess {
    private static final int PR_SET_CHILD_SUBREAPER = 36;
    private static final int WNOHANG = 1;
    private static final int REMEMBERED = 1000;

    /** How the latest strays ended, by number. */
    private static final Map<Long, Integer> STRAYS = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Integer> eldest) {
            return size() > REMEMBERED;
        }
    };

    private AdoptedProcess() {}

    /** Makes this process the reaper of its descendants, once and for good. */
    public static void adoptDescendants() {
        SystemCall.PRCTL.call("child subreaper", PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    }

    /**
     * Waits for the end of an adopted process; blocks the calling thread's carrier, so call it on a platform thread.
     *
     * @return its exit code, or 128 + the signal that ended it; empty when it is not this process's to reap
     */
    public static OptionalInt await(long pid) {
        return status(pid, 0)
                .or(() -> stray(pid))
                .map(AdoptedProcess::code)
                .map(OptionalInt::of)
                .orElse(OptionalInt.empty());
    }

    /**
     * Takes adopted processes off the process table that have ended: of a runtime's helpers, of which crun leaves one for each
     * container and each command, nobody else does. A helper cannot be told from a command that ended just now and whose end
     * somebody is about to ask for, so how they ended is kept for {@link #await}. Children that this process started itself
     * are in its own session, and are left to it.
     */
    public static void reapStrays() {
        OptionalLong session = HostProcess.session(ProcessHandle.current().pid());
        ProcessHandle.current().children().map(ProcessHandle::pid).forEach(pid -> {
            OptionalLong its = HostProcess.session(pid);
            if (its.isPresent() && !its.equals(session) && HostProcess.find(pid).isEmpty()) {
                synchronized (STRAYS) {
                    status(pid, WNOHANG).ifPresent(status -> STRAYS.put(pid, status));
                }
            }
        });
    }

    private static Optional<Integer> stray(long pid) {
        synchronized (STRAYS) {
            return Optional.ofNullable(STRAYS.remove(pid));
        }
    }

    private static Optional<Integer> status(long pid, int options) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment status = arena.allocate(JAVA_INT);
            long reaped = SystemCall.WAIT4.call("process " + pid, pid, status.address(), options, 0);
            return reaped == 0 ? Optional.empty() : Optional.of(status.get(JAVA_INT, 0));
        } catch (KernelException e) {
            if (e.errno() == Errno.ECHILD) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static int code(int status) {
        int signal = status & 0x7F;
        return signal == 0 ? status >> 8 & 0xFF : 128 + signal;
    }
}
