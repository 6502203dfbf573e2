package dev.sandkeep.linux;

import dev.sandkeep.linux.files.Command;
import dev.sandkeep.linux.files.NameLock;
import dev.sandkeep.linux.layers.Layer;
import dev.sandkeep.linux.layers.LayerStore;
import dev.sandkeep.spi.BaseImageOutcome;
import dev.sandkeep.spi.BaseImageSource;
import dev.sandkeep.spi.ImageId;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Builds minimal Debian systems with {@code mmdebstrap}, each suite once. */
final class DebianImage {
    private static final Duration PATIENCE = Duration.ofMinutes(30);
    private static final int LAST_LINES = 5;

    private final LayerStore layers;
    private final NameLock locks;

    DebianImage(LayerStore layers, NameLock locks) {
        this.layers = layers;
        this.locks = locks;
    }

    BaseImageOutcome ensure(BaseImageSource.Debian source, Consumer<String> progress) {
        ImageId id = new ImageId("base_debian_" + source.suite());
        try (NameLock.Held _ = locks.hold(id.value())) {
            Optional<Layer> existing = layers.find(id);
            return existing.isPresent() ? ready(existing.get(), true) : build(id, source, progress);
        }
    }

    private static BaseImageOutcome ready(Layer layer, boolean reused) {
        return new BaseImageOutcome.Ready(
                layer.id(),
                layer.digest().orElseThrow(() -> new IllegalStateException(layer.id() + " has no digest")),
                reused);
    }

    private BaseImageOutcome build(ImageId id, BaseImageSource.Debian source, Consumer<String> progress) {
        Path prepared = layers.prepare();
        boolean committed = false;
        try {
            Optional<BaseImageOutcome> failure = debootstrap(source.suite(), LayerStore.files(prepared), progress);
            if (failure.isPresent()) {
                return failure.get();
            }
            Layer layer = layers.commitBase(id, prepared, digest(LayerStore.files(prepared)));
            committed = true;
            return ready(layer, false);
        } finally {
            if (!committed) {
                layers.discard(prepared);
            }
        }
    }

    private static Optional<BaseImageOutcome> debootstrap(String suite, Path target, Consumer<String> progress) {
        if (Command.find("mmdebstrap").isEmpty()) {
            return Optional.of(new BaseImageOutcome.Unavailable(
                    "mmdebstrap is not installed: run 'sandkeep doctor --install'", false));
        }
        Deque<String> last = new ArrayDeque<>();
        try {
            ProcessBuilder builder = new ProcessBuilder(
                            "mmdebstrap", "--variant=minbase", "--include=ca-certificates", suite, target.toString())
                    .redirectErrorStream(true)
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
            builder.environment().put("LC_ALL", "C.UTF-8");
            Process process = builder.start();
            try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
                for (String line = output.readLine(); line != null; line = output.readLine()) {
                    progress.accept(line);
                    last.add(line);
                    if (last.size() > LAST_LINES) {
                        last.removeFirst();
                    }
                }
            }
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                process.destroy();
                return Optional.of(new BaseImageOutcome.Unavailable("mmdebstrap took more than " + PATIENCE, true));
            }
            if (process.exitValue() != 0) {
                return Optional.of(new BaseImageOutcome.Unavailable(
                        "Debian " + suite + " could not be installed: " + String.join(" / ", last), true));
            }
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("mmdebstrap could not be run", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while installing Debian " + suite, e);
        }
    }

    /** What the system consists of: its packages with their versions, as dpkg records them. */
    private static String digest(Path root) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            List<String> packages = Files.readAllLines(root.resolve("var/lib/dpkg/status")).stream()
                    .filter(line -> line.startsWith("Package: ")
                            || line.startsWith("Version: ")
                            || line.startsWith("Architecture: "))
                    .toList();
            sha256.update(String.join("\n", packages).getBytes(StandardCharsets.UTF_8));
            return "sha256:" + HexFormat.of().formatHex(sha256.digest());
        } catch (IOException e) {
            throw new UncheckedIOException("the installed packages under " + root + " could not be read", e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
