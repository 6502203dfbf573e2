package dev.sandkeep.linux.volumes;

import dev.sandkeep.linux.files.JsonFile;
import dev.sandkeep.linux.files.JsonFile.Durability;
import dev.sandkeep.linux.kernel.Blocking;
import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.linux.kernel.EntryCopy;
import dev.sandkeep.linux.kernel.FileStatus;
import dev.sandkeep.linux.layers.MergedLayer;
import dev.sandkeep.linux.volumes.CheckpointManifest.Content;
import dev.sandkeep.spi.Checkpoint;
import dev.sandkeep.spi.IdRange;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.VolumeMount.Committed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** Makes the head of one generation a checkpoint, in the steps of {@link Step}. */
final class Detachment {
    /** How many layers of a volume lie on each other at most; the image's come below them. */
    static final int LONGEST_CHAIN = 24;

    private static final byte[] HERE = {'.'};
    private static final System.Logger LOG = System.getLogger(Detachment.class.getName());

    private final VolumeParts parts;
    private final VolumeDirectory directory;
    private final Heads heads;
    private final Trash trash;
    private final int generation;
    private final VolumeState state;
    private final History.Verified past;

    /**
     * @param generation that holds the volume
     * @param state before the detach
     * @param past what the head lies on
     */
    Detachment(VolumeParts parts, int generation, VolumeState state, History.Verified past) {
        this.parts = parts;
        this.directory = parts.directory();
        this.heads = parts.heads();
        this.trash = parts.trash();
        this.generation = generation;
        this.state = state;
        this.past = past;
    }

    /**
     * Does everything up to the state that makes it final.
     *
     * @param id of the checkpoint to make
     * @return what is to be written as the volume's state; with the same checkpoint as before when nothing had been written
     */
    VolumeState commit(String id) throws IOException {
        List<OptionalLong> stored = new ArrayList<>();
        for (int index = 0; index < parts.marker().paths().size(); index++) {
            prune(index);
            stored.add(parts.limits().lift(heads.head(generation, index)));
        }
        heads.flush(generation);
        parts.listener().done(Step.DETACH_FLUSHED);
        List<Content> contents = new ArrayList<>();
        for (int index = 0; index < parts.marker().paths().size(); index++) {
            contents.add(content(index));
        }
        if (state.checkpoint() != null && onNewest() && contents.stream().allMatch(Content.UNCHANGED::equals)) {
            return state.free(generation);
        }
        for (int index = 0; index < contents.size(); index++) {
            trash.discard(heads.head(generation, index).resolve(VolumeDirectory.WORK));
        }
        parts.listener().done(Step.DETACH_WORK_REMOVED);
        merge(contents);
        parts.listener().done(Step.DETACH_MERGED);
        CheckpointManifest manifest = new HeadManifest(parts, state, past)
                .of(
                        id,
                        Checkpoint.Kind.DETACHED,
                        parts.clock().instant(),
                        directory.head(generation),
                        contents,
                        stored);
        JsonFile.write(directory.head(generation).resolve(VolumeDirectory.MANIFEST), manifest, Durability.POWER);
        parts.listener().done(Step.DETACH_MANIFEST_WRITTEN);
        publish(id);
        parts.listener().done(Step.DETACH_RENAMED);
        parts.history().verifyCommitted(manifest);
        return state.committed(manifest);
    }

    private void prune(int index) {
        ExcludePatterns exclude = parts.marker().exclude(index);
        Blocking.runToEnd(() -> Pruning.prune(heads.upper(generation, index), exclude));
    }

    /** Whether no checkpoint was made of the head. */
    private boolean onNewest() {
        return Optional.ofNullable(state.checkpoint()).equals(state.under());
    }

    /** Whether the head is exactly its base, which is the newest checkpoint. */
    boolean nothingWritten() {
        if (state.checkpoint() == null || !onNewest()) {
            return false;
        }
        for (int index = 0; index < parts.marker().paths().size(); index++) {
            if (content(index) != Content.UNCHANGED) {
                return false;
            }
        }
        return true;
    }

    private Content content(int index) {
        Path upper = heads.upper(generation, index);
        List<Committed> chain = past.chains().get(index);
        Optional<IdRange> range = heads.range(generation, index);
        try (Directory files = Directory.open(upper)) {
            boolean empty = files.isEmpty();
            if (range.isEmpty() && !empty) {
                throw new ProviderException(
                        ProviderException.Kind.FAULT,
                        upper + " was written to before its head was given to a range of ids");
            }
            if (range.isEmpty() || (empty && !chain.isEmpty() && sameDirectory(files, range.get(), chain.getFirst()))) {
                return Content.UNCHANGED;
            }
        }
        return chain.size() < LONGEST_CHAIN ? Content.LAYER : Content.WHOLE;
    }

    /** Whether the persisted directory itself is as it was. */
    private static boolean sameDirectory(Directory upper, IdRange range, Committed below) {
        try (Directory before = Directory.open(below.directory())) {
            FileStatus now = upper.status();
            FileStatus then = before.status();
            return now.mode() == then.mode()
                    && now.uid() - range.first() == then.uid() - below.owner().first()
                    && now.gid() - range.first() == then.gid() - below.owner().first()
                    && now.modifiedNanos() == then.modifiedNanos()
                    && sameAttributes(inside(upper, range), inside(before, below.owner()));
        }
    }

    /** The attributes of a directory, by the ids of the sandbox. */
    private static Map<String, byte[]> inside(Directory directory, IdRange range) {
        return new EntryCopy(id -> id - range.first()).attributes(directory, HERE);
    }

    private static boolean sameAttributes(Map<String, byte[]> some, Map<String, byte[]> others) {
        return some.keySet().equals(others.keySet())
                && some.keySet().stream().allMatch(name -> Arrays.equals(some.get(name), others.get(name)));
    }

    /**
     * Makes the merged copies. One that cannot be made leaves its path an ordinary layer on a longer chain, which is as right,
     * if slower to mount.
     */
    private void merge(List<Content> contents) throws IOException {
        boolean copied = false;
        for (int index = 0; index < contents.size(); index++) {
            heads.discardMerge(generation, index);
            if (contents.get(index) == Content.WHOLE && !merged(index)) {
                heads.discardMerge(generation, index);
                contents.set(index, Content.LAYER);
            }
            copied |= contents.get(index) == Content.WHOLE;
        }
        if (copied) {
            heads.flush(generation);
        }
    }

    private boolean merged(int index) throws IOException {
        Path whole = Files.createDirectory(heads.head(generation, index).resolve(VolumeDirectory.WHOLE));
        Path beneath = Files.createDirectory(heads.head(generation, index).resolve(VolumeDirectory.BENEATH));
        IdRange range = heads.range(generation, index).orElseThrow();
        List<Committed> layers = Stream.concat(
                        Stream.of(new Committed(heads.upper(generation, index), range)),
                        past.chains().get(index).stream())
                .toList();
        try {
            Blocking.runToEnd(() -> MergedLayer.copy(layers, range, whole, new MarkedDirectories(beneath, range)));
            return true;
        } catch (RuntimeException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "event=volume_merge_failed volume=" + parts.marker().id() + " generation=" + generation + " layers="
                            + layers.size() + " effect=\"the chain of layers stays and grows\"",
                    e);
            return false;
        }
    }

    private void publish(String id) throws IOException {
        Path checkpoint = directory.checkpoint(id);
        if (Files.exists(checkpoint)) {
            throw new ProviderException(
                    ProviderException.Kind.FAULT, checkpoint + " exists already: a checkpoint needs a name of its own");
        }
        Files.move(directory.head(generation), checkpoint);
        JsonFile.sync(directory.checkpoints());
        JsonFile.sync(directory.heads());
    }
}
