package dev.sandkeep.linux.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Supplier;

/**
 * Work that quotas hold for. They do not hold for who has {@code CAP_SYS_RESOURCE}, as root has; and what is written through an overlay
 * is written with the capabilities that its mounter had at that moment.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/capset.2.html">capset(2)</a>
 */
public final class QuotaBound {
    private static final int VERSION_3 = 0x20080522;
    private static final int CAP_SYS_RESOURCE = 1 << 24;

    private QuotaBound() {}

    /** Does {@code action}, which must not wait for other threads, without that capability. */
    public static <T> T call(Supplier<T> action) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment header = arena.allocate(8, 8);
            header.set(JAVA_INT, 0, VERSION_3);
            // Twice effective, permitted and inheritable: low halves first.
            MemorySegment sets = arena.allocate(24, 8);
            SystemCall.CAPGET.call("own capabilities", header.address(), sets.address());
            int effective = sets.get(JAVA_INT, 0);
            if ((effective & CAP_SYS_RESOURCE) == 0) {
                return action.get();
            }
            sets.set(JAVA_INT, 0, effective & ~CAP_SYS_RESOURCE);
            SystemCall.CAPSET.call("own capabilities", header.address(), sets.address());
            try {
                return action.get();
            } finally {
                sets.set(JAVA_INT, 0, effective);
                SystemCall.CAPSET.call("own capabilities", header.address(), sets.address());
            }
        }
    }
}
