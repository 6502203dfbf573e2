package dev.sandkeep.linux.kernel;

import static dev.sandkeep.linux.kernel.OpenFlags.AT_FDCWD;
import static dev.sandkeep.linux.kernel.OpenFlags.O_CLOEXEC;
import static dev.sandkeep.linux.kernel.OpenFlags.O_CREAT;
import static dev.sandkeep.linux.kernel.OpenFlags.O_NOFOLLOW;
import static dev.sandkeep.linux.kernel.OpenFlags.O_RDWR;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * An exclusive lock on a file with {@code flock}: it holds against other processes and against other threads and objects of this
 * one, and the kernel lets go of it when its holder dies.
 */
public final class FileLock implements AutoCloseable {
    private static final int LOCK_EX = 2;
    private static final int LOCK_NB = 4;
    private static final long LONGEST_PAUSE_MILLIS = 20;

    private final Descriptor descriptor;

    private FileLock(Descriptor descriptor) {
        this.descriptor = descriptor;
    }

    /**
     * Waits for the lock on {@code file}, which is made when absent, and takes it. When the file was moved or removed while
     * waiting, the one that stands there then is locked.
     *
     * @return empty when the directory of the file does not exist
     * @throws IllegalStateException when {@code patience} passed first
     * @throws InterruptedException when interrupted while another holds it
     */
    public static Optional<FileLock> take(Path file, Duration patience) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        for (long pause = 1; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS)) {
            Optional<Descriptor> opened = open(file);
            if (opened.isEmpty()) {
                return Optional.empty();
            }
            Descriptor descriptor = opened.get();
            boolean kept = false;
            try {
                if (locks(descriptor) && stillAt(file, descriptor)) {
                    kept = true;
                    return Optional.of(new FileLock(descriptor));
                }
            } finally {
                if (!kept) {
                    descriptor.close();
                }
            }
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException(file + " is locked by another for longer than " + patience);
            }
            Thread.sleep(pause);
        }
    }

    private static Optional<Descriptor> open(Path file) {
        try (Arena arena = Arena.ofConfined()) {
            long number = SystemCall.OPENAT.call(
                    file.toString(),
                    AT_FDCWD,
                    SystemCall.string(arena, file.toString().getBytes(UTF_8)),
                    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
                    0600);
            return Optional.of(new Descriptor(number, file.toString()));
        } catch (KernelException e) {
            if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static boolean locks(Descriptor descriptor) {
        try {
            SystemCall.FLOCK.call(descriptor.toString(), descriptor.number(), LOCK_EX | LOCK_NB);
            return true;
        } catch (KernelException e) {
            if (e.errno() == Errno.EAGAIN) {
                return false;
            }
            throw e;
        }
    }

    private static boolean stillAt(Path file, Descriptor descriptor) {
        FileStatus locked = Directory.status(descriptor);
        return Directory.status(file)
                .filter(there -> there.inode() == locked.inode() && there.device() == locked.device())
                .isPresent();
    }

    @Override
    public void close() {
        descriptor.close();
    }
}
