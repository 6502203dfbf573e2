package dev.sandkeep.linux.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sandkeep.linux.files.HostFailure;
import dev.sandkeep.linux.files.NameLock;
import dev.sandkeep.linux.layers.Layer;
import dev.sandkeep.linux.layers.LayerStore;
import dev.sandkeep.spi.BaseImageOutcome;
import dev.sandkeep.spi.BaseImageSource;
import dev.sandkeep.spi.ImageId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Pulls images from container registries. */
public final class RegistryImage {
    private static final int ATTEMPTS = 3;
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final LayerStore layers;
    private final LayerImport imports;
    private final NameLock locks;
    private final RegistrySettings settings;
    private final PulledImages pulled;

    /**
     * @param locks for one layer at a time, so that pulls of the same image share the work
     * @param data directory of the installation
     */
    public RegistryImage(LayerStore layers, NameLock locks, RegistrySettings settings, Path data) {
        this.layers = layers;
        this.imports = new LayerImport(layers);
        this.locks = locks;
        this.settings = settings;
        this.pulled = new PulledImages(data.resolve("images"));
    }

    /** As {@link dev.sandkeep.spi.SandboxProvider#ensureBaseImage}. */
    public BaseImageOutcome ensure(BaseImageSource.Registry source, Consumer<String> progress) {
        ImageReference image = ImageReference.of(source);
        Optional<ImageId> known = image.digest()
                .flatMap(pulled::find)
                .filter(id -> layers.find(id).isPresent());
        if (known.isPresent()) {
            return new BaseImageOutcome.Ready(known.get(), image.digest().orElseThrow(), true);
        }
        try (Web web = new Web()) {
            return pull(image, new RegistryClient(web, settings, image), progress);
        } catch (UnavailableImageException e) {
            return new BaseImageOutcome.Unavailable(HostFailure.words(e), e.retryable());
        } catch (IOException e) {
            if (HostFailure.isFull(e)) {
                throw new UncheckedIOException(e);
            }
            return new BaseImageOutcome.Unavailable(
                    "the registry " + image.host() + " cannot be reached: " + HostFailure.words(e), true);
        }
    }

    private BaseImageOutcome pull(ImageReference image, RegistryClient registry, Consumer<String> progress)
            throws UnavailableImageException, IOException {
        progress.accept("Asking " + image.host() + " for " + image);
        Manifest manifest = Manifest.fetch(registry, image);
        progress.accept(image + " is " + manifest.digest() + " with "
                + manifest.layers().size() + " layers");
        List<Layer> chain = new ArrayList<>();
        boolean reused = true;
        String chainId = "";
        for (int index = 0; index < manifest.layers().size(); index++) {
            Manifest.Layer layer = manifest.layers().get(index);
            chainId = index == 0 ? layer.content() : sha256(chainId + " " + layer.content());
            ImageId id = idOf(chainId);
            String what = "Layer " + (index + 1) + " of " + manifest.layers().size();
            try (NameLock.Held _ = locks.hold(id.value())) {
                Optional<Layer> existing = layers.find(id);
                reused &= existing.isPresent();
                if (existing.isPresent()) {
                    progress.accept(what + " is there already");
                    chain.addFirst(existing.get());
                } else {
                    progress.accept(what + ": " + layer.blob() + ", " + LayerImport.mebibytes(layer.size()));
                    chain.addFirst(pullLayer(registry, image, layer, id, chain, progress));
                }
            }
        }
        ImageId made = chain.getFirst().id();
        try (NameLock.Held _ = locks.hold(made.value())) {
            pulled.remember(manifest.digest(), made);
        }
        return new BaseImageOutcome.Ready(made, manifest.digest(), reused);
    }

    /** As short as names of images have to be, and still 208 bits of the chain id. */
    private static ImageId idOf(String chainId) {
        return new ImageId("oci_" + chainId.substring("sha256:".length()).substring(0, 52));
    }

    /** The image specification's chain id: what a layer is, together with everything below it. */
    private static String sha256(String text) {
        try {
            return "sha256:"
                    + HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private Layer pullLayer(
            RegistryClient registry,
            ImageReference image,
            Manifest.Layer layer,
            ImageId id,
            List<Layer> below,
            Consumer<String> progress)
            throws UnavailableImageException, IOException {
        LayerImport.Order order = new LayerImport.Order(
                id,
                List.copyOf(below),
                layer.blob(),
                Optional.of(layer.content()),
                true,
                "the layer " + layer.blob() + " of " + image);
        for (int attempt = 1; ; attempt++) {
            try {
                return imports.run(order, new AttendedStream(registry.blob(layer.blob()), Web.SILENCE), progress);
            } catch (IOException e) {
                if (attempt == ATTEMPTS || HostFailure.isFull(e)) {
                    throw e;
                }
                progress.accept("  broken off (" + HostFailure.words(e) + "), trying again");
                pause();
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while pulling", e);
        }
    }
}
