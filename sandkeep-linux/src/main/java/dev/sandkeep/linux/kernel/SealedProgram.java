package dev.sandkeep.linux.kernel;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A copy of a program in memory that nobody can change any more.
 *
 * <p>So that a container cannot write to the host's program through {@code /proc/…/exe} (CVE-2019-5736), {@code runc} and
 * {@code crun} make such a copy of themselves at every call and start anew from it. When they are started from one already
 * they see it by its seals and go on, which saves about a quarter of a call. What is installed under the
 * program's name later is not seen.
 */
public final class SealedProgram implements AutoCloseable {
    private static final int MFD_CLOEXEC = 1;
    private static final int MFD_ALLOW_SEALING = 2;
    /** Linux 6.3 and later, where a host may ask for it to be said; refused by older kernels. */
    private static final int MFD_EXEC = 0x10;

    private static final int F_ADD_SEALS = 1033;
    /** No seal can be added, and the content can neither shrink, grow, nor be written: what the runtimes look for. */
    private static final int SEALS = 0x1 | 0x2 | 0x4 | 0x8;

    private final Descriptor copy;

    private SealedProgram(Descriptor copy) {
        this.copy = copy;
    }

    /**
     * Copies {@code program}.
     *
     * @throws KernelException when this host lets no file in memory be executed
     */
    public static SealedProgram of(Path program) {
        Descriptor copy = create(program);
        try {
            fill(copy, program);
            SystemCall.FCNTL.call(copy.toString(), copy.number(), F_ADD_SEALS, SEALS);
            return new SealedProgram(copy);
        } catch (RuntimeException e) {
            copy.close();
            throw e;
        }
    }

    private static void fill(Descriptor copy, Path program) {
        try (OutputStream content = new FileOutputStream(copy.path())) {
            Files.copy(program, content);
        } catch (IOException e) {
            throw new UncheckedIOException(program + " could not be copied", e);
        }
    }

    private static Descriptor create(Path program) {
        try {
            return create(program, MFD_EXEC);
        } catch (KernelException e) {
            if (e.errno() == Errno.EINVAL) {
                return create(program, 0);
            }
            throw e;
        }
    }

    private static Descriptor create(Path program, int executable) {
        try (Arena arena = Arena.ofConfined()) {
            byte[] name = program.getFileName().toString().getBytes(UTF_8);
            return new Descriptor(
                    SystemCall.MEMFD_CREATE.call(
                            program.toString(),
                            SystemCall.string(arena, name),
                            MFD_CLOEXEC | MFD_ALLOW_SEALING | executable),
                    "sealed copy of " + program);
        }
    }

    /** Where this process and its children can execute it. */
    public Path path() {
        return Path.of(copy.path());
    }

    @Override
    public void close() {
        copy.close();
    }
}
