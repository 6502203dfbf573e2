package dev.sandkeep.linux.images;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.linux.kernel.EntryCopy;
import dev.sandkeep.linux.kernel.Errno;
import dev.sandkeep.linux.kernel.KernelException;
import dev.sandkeep.linux.layers.Layer;
import dev.sandkeep.linux.layers.LayerStore;
import dev.sandkeep.spi.ChangeVisitor;
import dev.sandkeep.spi.ChangesOutcome;
import dev.sandkeep.spi.FilePath;
import dev.sandkeep.spi.ImageDiff;
import dev.sandkeep.spi.ImageFileOutcome;
import dev.sandkeep.spi.ImageId;
import dev.sandkeep.spi.ImageUsage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongUnaryOperator;
import java.util.function.Supplier;

/** Answers questions about the images of a layer store. */
public final class Images {
    private final LayerStore layers;
    private final ConcurrentHashMap<Path, Long> storedBytes = new ConcurrentHashMap<>();

    /** Looks into {@code layers}. */
    public Images(LayerStore layers) {
        this.layers = layers;
    }

    /** As {@link dev.sandkeep.spi.SandboxProvider#visitChanges(ImageId, ChangeVisitor)}. */
    public ChangesOutcome visitChanges(ImageId image, ChangeVisitor visitor) {
        Optional<Layer> layer = layers.find(image);
        if (layer.isEmpty()) {
            return new ChangesOutcome.Missing();
        }
        ChangesOutcome outcome = LayerChanges.visit(layer.get().diff(), visitor);
        return layers.find(image).isPresent() ? outcome : new ChangesOutcome.Missing();
    }

    /** Shows what is in a directory that an overlay writes to. */
    public static ChangesOutcome visitChanges(Path upper, ChangeVisitor visitor) {
        return LayerChanges.visit(upper, visitor);
    }

    /** As {@link dev.sandkeep.spi.SandboxProvider#imageUsage}. */
    public Optional<ImageUsage> usage(ImageId image, int largest) {
        return unlessGone(List.of(image), () -> {
            List<Layer> chain = layers.chain(image);
            LayerUsage own = LayerUsage.of(chain.getFirst().diff());
            long shared = chain.stream().skip(1).mapToLong(this::storedBytes).sum();
            long dependents = layers.list().stream()
                    .filter(layer -> layer.parent().equals(Optional.of(image)))
                    .count();
            return new ImageUsage(
                    own.bytes(),
                    own.files(),
                    shared,
                    (int) dependents,
                    chain.size(),
                    own.directories().largest(largest));
        });
    }

    /** The files of a layer never change, so that they have to be counted once. */
    private long storedBytes(Layer layer) {
        return storedBytes.computeIfAbsent(
                layer.diff(), diff -> LayerUsage.of(diff).bytes());
    }

    /** As {@link dev.sandkeep.spi.SandboxProvider#diffImages}. */
    public Optional<ImageDiff> diff(ImageId before, ImageId after, int entries, int largest) {
        return unlessGone(
                List.of(before, after),
                () -> ImageComparison.of(layers.chain(before), layers.chain(after), entries, largest));
    }

    /** As {@link dev.sandkeep.spi.SandboxProvider#readImageFile}. */
    public ImageFileOutcome read(ImageId image, FilePath path, int atMost) throws IOException {
        List<Layer> chain = layers.chain(image);
        return chain.isEmpty() ? new ImageFileOutcome.ImageMissing() : ImageFile.read(chain, path, atMost);
    }

    /**
     * Gives {@code target} the attributes of the directory {@code path} in the image of a chain of layers that are stored in the
     * host's ids.
     *
     * @param path below the top, in ISO 8859-1
     * @return false when there is no such directory
     */
    public static boolean copyDirectoryAttributes(List<Layer> chain, String path, Directory target) {
        List<Integer> through = MergedDirectory.all(chain);
        byte[] below = new byte[0];
        for (String component : path.isEmpty() ? new String[0] : path.split("/", -1)) {
            byte[] name = component.getBytes(ISO_8859_1);
            try (MergedDirectory directory = MergedDirectory.open(chain, through, below)) {
                through =
                        directory.find(name).map(MergedDirectory.Found::through).orElse(List.of());
            }
            below = PathBelow.joined(below, name);
        }
        if (through.isEmpty()) {
            return false;
        }
        try (MergedDirectory directory = MergedDirectory.open(chain, through, below)) {
            new EntryCopy(LongUnaryOperator.identity())
                    .copyDirectoryAttributes(directory.held().getFirst().directory(), target);
            return true;
        }
    }

    /** What {@code look} finds; empty when one of the images is not there, or is removed meanwhile. */
    private <T> Optional<T> unlessGone(List<ImageId> images, Supplier<T> look) {
        if (images.stream().anyMatch(image -> layers.find(image).isEmpty())) {
            return Optional.empty();
        }
        try {
            return Optional.of(look.get());
        } catch (KernelException e) {
            if (e.errno() == Errno.ENOENT
                    && images.stream().anyMatch(image -> layers.find(image).isEmpty())) {
                return Optional.empty();
            }
            throw e;
        }
    }
}
