package dev.sandkeep.linux.kernel;

import java.util.concurrent.atomic.AtomicBoolean;

/** An open file descriptor of this process. Always close-on-exec: no child ever inherits one. */
public final class Descriptor implements AutoCloseable {
    private static final int F_DUPFD_CLOEXEC = 1030;

    private final int number;
    private final String what;
    private final AtomicBoolean open = new AtomicBoolean(true);

    Descriptor(long number, String what) {
        this.number = Math.toIntExact(number);
        this.what = what;
    }

    int number() {
        if (!open.get()) {
            throw new IllegalStateException("closed: " + what);
        }
        return number;
    }

    /** A path by which this process, and one that it starts, can name what is open here: {@code /proc/…/fd/…}. */
    public String path() {
        return "/proc/" + ProcessHandle.current().pid() + "/fd/" + number();
    }

    /** Another descriptor for what is open here, closed on its own. */
    Descriptor duplicate() {
        long copy = SystemCall.FCNTL.call(what, number(), F_DUPFD_CLOEXEC, 0);
        return new Descriptor(copy, what);
    }

    /** What was opened, for messages. */
    @Override
    public String toString() {
        return what;
    }

    @Override
    public void close() {
        if (open.compareAndSet(true, false)) {
            SystemCall.CLOSE.call(what, number);
        }
    }
}
