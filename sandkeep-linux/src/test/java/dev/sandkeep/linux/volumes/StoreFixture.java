package dev.sandkeep.linux.volumes;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sandkeep.spi.AttachOutcome;
import dev.sandkeep.spi.CheckpointId;
import dev.sandkeep.spi.DetachOutcome;
import dev.sandkeep.spi.DurablePoint;
import dev.sandkeep.spi.IdRange;
import dev.sandkeep.spi.ProviderConfig;
import dev.sandkeep.spi.VolumeBackend;
import dev.sandkeep.spi.VolumeId;
import dev.sandkeep.spi.VolumeMount;
import dev.sandkeep.spi.VolumeSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** A store in a directory of a test, with one volume of two paths, and what a provider does with it. */
final class StoreFixture implements AutoCloseable {
    static final VolumeId VOLUME = new VolumeId("vol_test");
    static final VolumeSpec SPEC = VolumeSpec.of(VOLUME, "sbx_test", List.of("/root", "/etc/codex"));

    private final Path volumes;
    private final ProviderConfig config;
    private VolumeBackend backend;

    /** Opens the store without a volume in it. Skips the test where it cannot run. */
    StoreFixture(Path data) {
        this(data.resolve("volumes"), config(data));
    }

    /** Opens a store with its volumes in {@code volumes}, apart from its data directory. */
    StoreFixture(Path data, Path volumes) {
        this(volumes, config(data, volumes));
    }

    private StoreFixture(Path volumes, ProviderConfig config) {
        requireRoot();
        this.volumes = volumes;
        this.config = config;
        this.backend = new DirectoryVolumeBackendFactory().open(config);
    }

    static void requireRoot() {
        assumeTrue("root".equals(System.getProperty("user.name")), "volumes keep files of many owners: needs root");
    }

    static ProviderConfig config(Path data) {
        return new ProviderConfig(data, "0123abcd", Map.of());
    }

    static ProviderConfig config(Path data, Path volumes) {
        return new ProviderConfig(data, "0123abcd", Map.of(DirectoryVolumeBackendFactory.SETTING, volumes.toString()));
    }

    VolumeBackend backend() {
        return backend;
    }

    Path volumes() {
        return volumes;
    }

    VolumeDirectory volume() {
        return new VolumeDirectory(volumes().resolve(VOLUME.value()));
    }

    /** Ends the process that uses the store, and starts another. */
    void restart() {
        backend.close();
        backend = new DirectoryVolumeBackendFactory().open(config);
    }

    /** From now on whoever uses the store dies when the step is done. */
    void dieAt(Step fatal) {
        backend.close();
        backend = DirectoryVolumeBackendFactory.open(config, step -> {
            if (step == fatal) {
                throw new Death();
            }
        });
    }

    /** Stands for SIGKILL: nothing after the step is done, but what the kernel does for a dead process. */
    static final class Death extends Error {
        private static final long serialVersionUID = 1L;
    }

    List<VolumeMount> attach(int generation) {
        AttachOutcome outcome = backend.attach(VOLUME, generation, Optional.empty());
        assertThat(outcome).isInstanceOf(AttachOutcome.Attached.class);
        return ((AttachOutcome.Attached) outcome).mounts();
    }

    DurablePoint detach(int generation) {
        return detach(generation, "chk_" + generation);
    }

    DurablePoint detach(int generation, String checkpoint) {
        DetachOutcome outcome = backend.detach(VOLUME, generation, new CheckpointId(checkpoint));
        assertThat(outcome).isInstanceOf(DetachOutcome.Detached.class);
        return ((DetachOutcome.Detached) outcome).point();
    }

    /** Attaches, writes a file into the first path, and detaches. */
    DurablePoint generation(int generation, String file) throws IOException {
        write(attach(generation).getFirst(), file);
        return detach(generation);
    }

    /** Writes a file that holds its own name, as a sandbox without mapped ids would. */
    static void write(VolumeMount mount, String file) throws IOException {
        prepare(mount, IdRange.HOST);
        Files.writeString(mount.upper().resolve(file), file);
    }

    /** Does what a provider does before the first write. */
    static void prepare(VolumeMount mount, IdRange range) throws IOException {
        int first = Math.toIntExact(range.first());
        for (Path directory : List.of(mount.upper(), mount.head())) {
            Files.setAttribute(directory, "unix:uid", first);
            Files.setAttribute(directory, "unix:gid", first);
        }
    }

    /** The files of one path as a sandbox would see them over an empty image; there are no directories in these tests. */
    static List<String> seen(VolumeMount mount) throws IOException {
        List<Path> layers = new ArrayList<>(List.of(mount.upper()));
        mount.committed().forEach(layer -> layers.add(layer.directory()));
        List<String> names = new ArrayList<>();
        for (Path layer : layers) {
            try (Stream<Path> files = Files.list(layer)) {
                for (Path file : files.toList()) {
                    assertThat(file).hasContent(file.getFileName().toString());
                    names.add(file.getFileName().toString());
                }
            }
        }
        return names.stream().distinct().sorted().toList();
    }

    /** Every path of the volume with type, size and time, to see that nothing was changed. */
    List<String> inventory() throws IOException {
        try (Stream<Path> all = Files.walk(volumes())) {
            List<String> lines = new ArrayList<>();
            for (Path path : all.sorted().toList()) {
                var attributes =
                        Files.readAttributes(path, "unix:mode,size,lastModifiedTime,uid", LinkOption.NOFOLLOW_LINKS);
                boolean kept = Files.isDirectory(path) || !path.endsWith("lock");
                lines.add(path + " " + (kept ? attributes : ""));
            }
            return lines;
        }
    }

    /** Runs a shell script of the host in {@code directory}, which must succeed; gives its output. */
    static String sh(Path directory, String script) throws IOException, InterruptedException {
        Path output = Files.createTempFile("sandkeep-test", ".out");
        try {
            Process process = new ProcessBuilder("sh", "-c", script)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            int exit = process.waitFor();
            String text = new String(Files.readAllBytes(output), ISO_8859_1);
            assertThat(exit).as("%s%n%s", script, text).isZero();
            return text;
        } finally {
            Files.delete(output);
        }
    }

    static void replace(Path file, String what, String by) throws IOException {
        String text = Files.readString(file, UTF_8);
        assertThat(text).contains(what);
        Files.writeString(file, text.replace(what, by), UTF_8);
    }

    @Override
    public void close() {
        backend.close();
    }
}
