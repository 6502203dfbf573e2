package dev.sandkeep.linux.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sandkeep.linux.kernel.Mounts.Writable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Overlays as kernels before Linux 6.8 take them; newer ones still do, so this runs on any. */
class MountsTest {
    private static final int LAYERS = 40;

    @TempDir
    private Path place;

    private final List<Descriptor> clones = new ArrayList<>();

    @BeforeEach
    void onlyAsRoot() {
        assumeTrue("root".equals(System.getProperty("user.name")), "mounting needs root");
    }

    @AfterEach
    void unmountAll() {
        clones.forEach(Descriptor::close);
        Mounts.below(place).forEach(Mounts::detach);
    }

    @Test
    void an_overlay_of_many_attached_layers_shows_the_topmost_of_each_name_and_takes_writes() throws IOException {
        Path named = Files.createDirectory(place.resolve("a,b:c\\d"));
        Writable writable = new Writable(directory(named, "upper"), directory(named, "work"));
        Path target = directory(named, "target");
        for (int layer = 0; layer < LAYERS; layer++) {
            attachLayer(named, layer);
        }

        try (Directory at = Directory.open(target)) {
            Mounts.mountOverlay(clones, writable, at);
        }

        assertThat(IntStream.range(0, LAYERS).mapToObj(layer -> target.resolve("of-" + layer)))
                .allSatisfy(file -> assertThat(file).exists());
        assertThat(target.resolve("shared")).hasContent("0");
        Files.writeString(target.resolve("written"), "new");
        assertThat(writable.upper().resolve("written")).hasContent("new");
    }

    private void attachLayer(Path named, int layer) throws IOException {
        Path files = directory(named, "layer-" + layer);
        Files.writeString(files.resolve("of-" + layer), "");
        Files.writeString(files.resolve("shared"), Integer.toString(layer));
        try (Directory directory = Directory.open(files);
                Directory attachedAt = Directory.open(directory(named, "attached-" + layer))) {
            Descriptor clone = Mounts.clone(directory);
            clones.add(clone);
            Mounts.attach(clone, attachedAt);
        }
    }

    private static Path directory(Path parent, String name) throws IOException {
        return Files.createDirectory(parent.resolve(name));
    }
}
