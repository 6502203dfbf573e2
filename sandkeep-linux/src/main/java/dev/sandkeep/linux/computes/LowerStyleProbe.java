package dev.sandkeep.linux.computes;

import dev.sandkeep.linux.kernel.Descriptor;
import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.linux.kernel.KernelException;
import dev.sandkeep.linux.kernel.Mounts;
import dev.sandkeep.linux.kernel.Mounts.LowerStyle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/** Finds out, by trying, how the running kernel's overlay file system takes its lower layers. */
public final class LowerStyleProbe {
    private LowerStyleProbe() {}

    /** Tries in a directory made below {@code tmp} and removed again. */
    public static LowerStyle probe(Path tmp) {
        Path place = tmp.resolve("probe-" + UUID.randomUUID());
        List<Path> directories = List.of(place.resolve("lower"), place.resolve("upper"), place.resolve("work"));
        try {
            for (Path directory : directories) {
                Files.createDirectories(directory);
            }
            try (Directory lower = Directory.open(directories.getFirst());
                    Descriptor clone = Mounts.clone(lower);
                    Descriptor _ = Mounts.overlay(
                            List.of(clone), new Mounts.Writable(directories.get(1), directories.get(2)))) {
                return LowerStyle.EACH_DETACHED;
            } catch (KernelException refused) {
                return LowerStyle.JOINED_ATTACHED;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(place + " could not be made", e);
        } finally {
            try (Directory parent = Directory.open(tmp)) {
                parent.removeTree(Directory.bytes(place.getFileName().toString()));
            }
        }
    }
}
