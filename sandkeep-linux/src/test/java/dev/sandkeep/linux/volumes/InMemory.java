package dev.sandkeep.linux.volumes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.io.TempDirFactory;

/**
 * Puts temporary directories on a disk in memory: volumes flush whole file systems, and that of the host may hold much that others
 * wrote. It is mounted once for all tests that ask for it; where it cannot be, they use the host's.
 */
final class InMemory implements TempDirFactory {
    /** A mounted disk. */
    private record Disk(Path place, boolean mounted) implements AutoCloseable {
        static Disk mount() {
            try {
                Path place = Files.createTempDirectory("sandkeep-memory-");
                Process mounting = new ProcessBuilder("sh", "-c", MemoryDisk.large("."))
                        .directory(place.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
                return new Disk(place, ended(mounting) == 0);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static int ended(Process process) {
            try {
                return process.waitFor();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while a disk was mounted", e);
            }
        }

        @Override
        public void close() {
            try {
                if (mounted) {
                    ended(new ProcessBuilder("umount", place.toString()).start());
                }
                Files.delete(place);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext context) throws IOException {
        Disk disk = context.getRoot()
                .getStore(Namespace.create(InMemory.class))
                .computeIfAbsent(Disk.class, any -> Disk.mount(), Disk.class);
        return Files.createTempDirectory(disk.place(), "junit-");
    }
}
