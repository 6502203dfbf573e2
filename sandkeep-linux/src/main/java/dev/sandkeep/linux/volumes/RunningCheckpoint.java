package dev.sandkeep.linux.volumes;

import dev.sandkeep.linux.files.JsonFile;
import dev.sandkeep.linux.files.JsonFile.Durability;
import dev.sandkeep.linux.kernel.Blocking;
import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.linux.volumes.CheckpointManifest.Content;
import dev.sandkeep.spi.Checkpoint;
import dev.sandkeep.spi.Pause;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Copies the head of a holder that goes on running into a checkpoint beside it. */
final class RunningCheckpoint {
    /** The coarse clock of files ticks every 10 ms at most; clocks of whole seconds (some network file systems) every 2 s. */
    private static final long TICK_NANOS = 100_000_000;

    private static final long SLOW_TICK_NANOS = 2_500_000_000L;
    private static final long MILLISECOND = 1_000_000;

    private final VolumeParts parts;
    private final VolumeState state;
    private final History.Verified past;
    private final Pause pause;
    private long pausedNanos;

    /** @param state names the holder whose head is copied */
    RunningCheckpoint(VolumeParts parts, VolumeState state, History.Verified past, Pause pause) {
        this.parts = parts;
        this.state = state;
        this.past = past;
        this.pause = pause;
    }

    /** For how long the sandbox was held still. */
    Duration paused() {
        return Duration.ofNanos(pausedNanos);
    }

    /** Prepares the checkpoint {@code id}, whole and on disk, where checkpoints are made. */
    CheckpointManifest prepare(String id) throws IOException {
        Path making = parts.directory().making();
        parts.trash().discard(making);
        Files.createDirectory(making);
        boolean kept = false;
        try {
            CheckpointManifest manifest = copy(id, making);
            kept = true;
            return manifest;
        } finally {
            if (!kept) {
                parts.trash().discard(making);
            }
        }
    }

    private CheckpointManifest copy(String id, Path making) throws IOException {
        // Ends the writes that are under way; then whatever else is dirty is written back. See HeadCopy.
        standing(() -> {});
        parts.heads().flush(state.holder());
        List<HeadCopy> copies = new ArrayList<>();
        List<Content> contents = new ArrayList<>();
        long quietSince = quietSince(making);
        for (int index = 0; index < parts.marker().paths().size(); index++) {
            boolean written = parts.heads().range(state.holder(), index).isPresent();
            contents.add(written ? Content.LAYER : Content.UNCHANGED);
            if (written) {
                copies.add(copyOf(index, making, quietSince));
            }
        }
        Blocking.runToEnd(() -> copies.forEach(HeadCopy::copyWhileItRuns));
        Instant at = standing(() -> Blocking.runToEnd(() -> copies.forEach(HeadCopy::finishWhileItStands)));
        parts.heads().flush(state.holder());
        parts.listener().done(Step.CHECKPOINT_COPIED);
        CheckpointManifest manifest = new HeadManifest(parts, state, past)
                .of(
                        id,
                        Checkpoint.Kind.RUNNING,
                        at,
                        making,
                        contents,
                        Collections.nCopies(contents.size(), OptionalLong.empty()));
        JsonFile.write(making.resolve(VolumeDirectory.MANIFEST), manifest, Durability.POWER);
        return manifest;
    }

    private HeadCopy copyOf(int index, Path making, long quietSince) throws IOException {
        Path place = Files.createDirectory(making.resolve(Integer.toString(index)));
        Path copy = Files.createDirectory(place.resolve(VolumeDirectory.UPPER));
        return new HeadCopy(
                parts.heads().upper(state.holder(), index),
                copy,
                previous(index),
                parts.marker().exclude(index),
                quietSince);
    }

    /** What the newest checkpoint copied of the same head, if it did. */
    private Optional<Path> previous(int index) {
        return past.newest()
                .filter(newest -> newest.kindOrUsual() == Checkpoint.Kind.RUNNING)
                .filter(newest -> newest.generation() == state.holder()
                        && !Optional.of(newest.id()).equals(state.under()))
                .filter(newest -> newest.paths().get(index).content() == Content.LAYER)
                .map(newest -> parts.directory()
                        .checkpoint(newest.id())
                        .resolve(Integer.toString(index))
                        .resolve(VolumeDirectory.UPPER));
    }

    private Instant standing(Runnable action) {
        pause.begin();
        long began = System.nanoTime();
        try {
            Instant at = parts.clock().instant();
            action.run();
            return at;
        } finally {
            pausedNanos += System.nanoTime() - began;
            pause.end();
        }
    }

    /** By the clock of the file system itself, which may be another machine's. */
    private static long quietSince(Path making) throws IOException {
        Path probe = Files.createFile(making.resolve("now"));
        long now = Directory.status(probe).orElseThrow().changedNanos();
        Files.delete(probe);
        return now - (now % MILLISECOND == 0 ? SLOW_TICK_NANOS : TICK_NANOS);
    }
}
