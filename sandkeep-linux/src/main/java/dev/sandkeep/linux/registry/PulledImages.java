package dev.sandkeep.linux.registry;

import dev.sandkeep.linux.files.JsonFile;
import dev.sandkeep.linux.files.JsonFile.Durability;
import dev.sandkeep.spi.ImageId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Remembers which image the content of a digest became, so that it need not be asked for again. */
final class PulledImages {
    private final Path directory;

    PulledImages(Path directory) {
        this.directory = directory;
    }

    private record Pulled(String image) {}

    /** The image of a digest; it may have been deleted since. */
    Optional<ImageId> find(String digest) {
        return JsonFile.read(file(digest), Pulled.class).map(pulled -> new ImageId(pulled.image()));
    }

    void remember(String digest, ImageId image) {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(directory + " could not be made", e);
        }
        JsonFile.write(file(digest), new Pulled(image.value()), Durability.POWER);
    }

    private Path file(String digest) {
        return directory.resolve(digest.replace(':', '-') + ".json");
    }
}
