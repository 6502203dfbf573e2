package dev.sandkeep.linux.images;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.sandkeep.linux.files.HostFailure;
import dev.sandkeep.linux.files.NameLock;
import dev.sandkeep.linux.layers.Layer;
import dev.sandkeep.linux.layers.LayerStore;
import dev.sandkeep.linux.layers.MergedLayer;
import dev.sandkeep.spi.IdRange;
import dev.sandkeep.spi.ImageId;
import dev.sandkeep.spi.VolumeMount.Committed;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * Keeps chains of layers short, since every layer costs each start a little: mounting it, and showing its files in the sandbox's ids.
 *
 * <p>An image whose chain has grown past {@value #LONGEST} layers is merged: what was captured, into one layer on its base image; or
 * the base image's own layers, into one on the lowest of them. The image keeps its name and its content. It is copied beside what is
 * there, in the background, and put in place in one step, so that no capture waits for it. Images on top stand on the same content as
 * before, and a compute that has mounted the former layers keeps them until it is gone.
 */
public final class ChainShortener implements AutoCloseable {
    /** Mounting ten layers or so is not told apart from mounting one. */
    static final int LONGEST = 8;

    private static final System.Logger LOG = System.getLogger(ChainShortener.class.getName());
    /** Copying more would keep the disk busy for long. */
    private static final long MOST_FILES = 2_000_000;

    private static final Duration LOOK_EVERY = Duration.ofMinutes(10);
    /** For whoever is reading them without a compute: a comparison of images, a count. */
    private static final Duration FORMER_KEPT = Duration.ofMinutes(10);

    private final LayerStore layers;
    private final NameLock locks;
    private final Predicate<Path> mounted;
    private final BlockingQueue<ImageId> waiting = new LinkedBlockingQueue<>();
    private final Thread worker;

    /**
     * @param locks for one image at a time, among all servers of the data directory
     * @param mounted whether a compute may have a directory of a layer mounted
     */
    public ChainShortener(LayerStore layers, NameLock locks, Predicate<Path> mounted) {
        this.layers = layers;
        this.locks = locks;
        this.mounted = mounted;
        this.worker = Thread.ofPlatform().daemon().name("sandkeep-shorten").start(this::work);
    }

    /** Merges the image soon, if its chain is too long. */
    public void consider(ImageId image) {
        if (layers.chain(image).size() > LONGEST) {
            waiting.add(image);
        }
    }

    private void work() {
        try {
            dropFormer();
            while (true) {
                Optional.ofNullable(waiting.poll(LOOK_EVERY.toMinutes(), TimeUnit.MINUTES))
                        .ifPresent(this::attempt);
                dropFormer();
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    private void attempt(ImageId image) {
        try (NameLock.Held _ = locks.hold("shorten-" + image)) {
            shorten(image);
        } catch (RuntimeException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "event=chain_not_shortened image=" + image + " reason=\"" + HostFailure.words(e) + "\"");
        }
    }

    /** Merges an image whose chain is too long, now. @return whether anything was merged */
    boolean shorten(ImageId image) {
        List<Layer> chain = layers.chain(image);
        if (chain.size() <= LONGEST) {
            return false;
        }
        int captured = (int)
                chain.stream().takeWhile(layer -> layer.digest().isEmpty()).count();
        List<Layer> base = chain.subList(captured, chain.size());
        boolean merged = base.size() > LONGEST / 2
                && merge(base.subList(0, base.size() - 1), base.subList(base.size() - 1, base.size()));
        return (captured > LONGEST / 2 && merge(chain.subList(0, captured), base)) || merged;
    }

    /**
     * Makes one layer of {@code above}, under the name of its topmost.
     *
     * @param below what it will stand on
     */
    private boolean merge(List<Layer> above, List<Layer> below) {
        Layer topmost = above.getFirst();
        if (topmost.former().isPresent() || files(above) > MOST_FILES) {
            return false;
        }
        Path prepared = layers.prepare();
        try {
            MergedLayer.copy(
                    above.stream()
                            .map(layer -> new Committed(layer.diff(), layer.owner()))
                            .toList(),
                    IdRange.HOST,
                    LayerStore.files(prepared),
                    new LayersBelow(below));
            boolean replaced = layers.replaceMerged(
                    topmost.id(), below.stream().findFirst().map(Layer::id), prepared);
            LOG.log(
                    System.Logger.Level.INFO,
                    "event=chain_shortened image=" + topmost.id() + " layers=" + above.size() + " done=" + replaced);
            return replaced;
        } finally {
            layers.discard(prepared);
        }
    }

    private static long files(List<Layer> chain) {
        return chain.stream()
                .mapToLong(layer -> LayerUsage.of(layer.diff()).files())
                .sum();
    }

    /** Marks are needed where the layers below have the name. */
    private record LayersBelow(List<Layer> chain) implements MergedLayer.Below {
        @Override
        public boolean needsMark(String directory, byte[] name) {
            List<Integer> through = MergedDirectory.all(chain);
            byte[] path = new byte[0];
            for (String component : directory.isEmpty() ? new String[0] : directory.split("/", -1)) {
                byte[] bytes = component.getBytes(ISO_8859_1);
                try (MergedDirectory at = MergedDirectory.open(chain, through, path)) {
                    through = at.find(bytes).map(MergedDirectory.Found::through).orElse(List.of());
                }
                if (through.isEmpty()) {
                    return false;
                }
                path = PathBelow.joined(path, bytes);
            }
            try (MergedDirectory at = MergedDirectory.open(chain, through, path)) {
                return at.find(name).isPresent();
            }
        }
    }

    /** Removes former files of merged layers that no compute can have mounted any more. */
    private void dropFormer() {
        try {
            for (Layer layer : layers.list()) {
                Instant old = Instant.now().minus(FORMER_KEPT);
                layer.former()
                        .filter(former -> former.until().isBefore(old) && !mounted.test(former.diff()))
                        .ifPresent(former -> layers.dropFormer(layer));
            }
        } catch (RuntimeException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "event=former_layers_not_removed reason=\"" + HostFailure.words(e) + "\"");
        }
    }

    @Override
    public void close() {
        worker.interrupt();
    }
}
