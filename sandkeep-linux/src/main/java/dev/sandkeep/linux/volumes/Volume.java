package dev.sandkeep.linux.volumes;

import static java.util.Objects.requireNonNull;

import dev.sandkeep.linux.files.JsonFile;
import dev.sandkeep.linux.files.JsonFile.Durability;
import dev.sandkeep.linux.volumes.CheckpointManifest.Content;
import dev.sandkeep.spi.AttachOutcome;
import dev.sandkeep.spi.CheckpointId;
import dev.sandkeep.spi.CheckpointOutcome;
import dev.sandkeep.spi.CheckpointsOutcome;
import dev.sandkeep.spi.DetachOutcome;
import dev.sandkeep.spi.DurablePoint;
import dev.sandkeep.spi.FlushOutcome;
import dev.sandkeep.spi.Pause;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.RemoveCheckpointOutcome;
import dev.sandkeep.spi.RestoreOutcome;
import dev.sandkeep.spi.VerifyOutcome;
import dev.sandkeep.spi.VolumeDamage.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.core.JacksonException;

/** One volume, while its lock is held. */
final class Volume {
    private final VolumeParts parts;
    private final Heads heads;
    private VolumeState state;

    private Volume(VolumeParts parts, VolumeState state) {
        this.parts = parts;
        this.heads = parts.heads();
        this.state = parts.history().unrecorded(state).map(state::committed).orElse(state);
    }

    /**
     * Reads what the volume says of itself.
     *
     * @throws DamagedVolumeException when it cannot be read, or says that it is another
     */
    static Volume open(VolumeDirectory directory, VolumeStore store, InstantSource clock, Step.Listener listener) {
        VolumeMarker marker = marker(directory);
        String name = directory.path().getFileName().toString();
        if (!marker.id().equals(name)) {
            throw new DamagedVolumeException(
                    Code.FOREIGN, directory.marker() + " says that this is volume " + marker.id());
        }
        return new Volume(
                new VolumeParts(directory, marker, store, clock, listener), read(directory.state(), VolumeState.class));
    }

    /** @throws DamagedVolumeException when it cannot be read */
    static VolumeMarker marker(VolumeDirectory directory) {
        VolumeMarker marker = read(directory.marker(), VolumeMarker.class);
        if (marker.format() > VolumeMarker.FORMAT) {
            throw new DamagedVolumeException(
                    Code.MARKER_UNREADABLE,
                    directory.marker() + " was written by a newer version, in format " + marker.format());
        }
        return marker;
    }

    private static <T> T read(Path file, Class<T> type) {
        Optional<T> content;
        try {
            content = JsonFile.read(file, type);
        } catch (JacksonException e) {
            content = Optional.empty();
        }
        return content.orElseThrow(
                () -> new DamagedVolumeException(Code.MARKER_UNREADABLE, file + " is not there or cannot be read"));
    }

    AttachOutcome attach(int generation, Optional<DurablePoint> promised) throws IOException {
        if (generation < state.newestGeneration()) {
            return new AttachOutcome.Fenced(state.newestGeneration());
        }
        if (state.heldBy().isPresent() && !state.heldBy(generation)) {
            return new AttachOutcome.HeldBy(state.holder());
        }
        History.Verified past = parts.history().verified(state, promised);
        boolean repeated = state.heldBy(generation);
        if (repeated) {
            heads.requireComplete(generation);
            heads.mend(generation);
            renewLimits(generation);
        } else {
            hold(generation, past);
        }
        return new AttachOutcome.Attached(heads.mounts(generation, past.chains()), past.basePoint(), repeated);
    }

    FlushOutcome flush(int generation) {
        if (!state.heldBy(generation)) {
            return new FlushOutcome.NotHeld();
        }
        Instant began = parts.clock().instant();
        heads.flush(generation);
        return new FlushOutcome.Flushed(began);
    }

    VerifyOutcome verify(Optional<DurablePoint> promised) {
        History.Verified past = parts.history().verified(state, promised);
        state.heldBy().ifPresent(heads::requireComplete);
        return new VerifyOutcome.Intact(past.point(), state.heldBy());
    }

    DetachOutcome detach(int generation, CheckpointId name) throws IOException {
        if (generation < state.newestGeneration() || (state.heldBy().isPresent() && !state.heldBy(generation))) {
            return new DetachOutcome.Fenced(state.newestGeneration());
        }
        History.Verified past = parts.history().verified(state, Optional.empty());
        recover();
        if (state.heldBy(generation)) {
            heads.requireComplete(generation);
            return new DetachOutcome.Detached(commit(generation, name, past), false);
        }
        if (past.point().isEmpty()) {
            hold(generation, past);
            return new DetachOutcome.Detached(
                    commit(generation, name, parts.history().verified(state, Optional.empty())), false);
        }
        boolean repeated = generation == state.newestGeneration();
        write(state.free(generation));
        return new DetachOutcome.Detached(past.point().get(), repeated);
    }

    CheckpointOutcome checkpoint(int generation, CheckpointId id, Pause pause) throws IOException {
        if (!state.heldBy(generation)) {
            return new CheckpointOutcome.NotHeld();
        }
        History.Verified past = parts.history().verified(state, Optional.empty());
        heads.requireComplete(generation);
        recover();
        Optional<CheckpointManifest> before = new Retention(parts, state).find(id.value());
        if (before.isPresent()) {
            return new CheckpointOutcome.Checkpointed(before.get().checkpoint(), true, Duration.ZERO);
        }
        if (new Detachment(parts, generation, state, past).nothingWritten()) {
            return new CheckpointOutcome.Checkpointed(
                    past.newest().orElseThrow().checkpoint(), true, Duration.ZERO);
        }
        RunningCheckpoint running = new RunningCheckpoint(parts, state, past, pause);
        CheckpointManifest made = running.prepare(id.value());
        publish(made, Step.CHECKPOINT_ANNOUNCED, Step.CHECKPOINT_RENAMED);
        parts.listener().done(Step.CHECKPOINT_STATE_WRITTEN);
        return new CheckpointOutcome.Checkpointed(made.checkpoint(), false, running.paused());
    }

    CheckpointsOutcome checkpoints() throws IOException {
        return new CheckpointsOutcome.Listed(new Retention(parts, state)
                .kept().stream().map(CheckpointManifest::checkpoint).toList());
    }

    RemoveCheckpointOutcome remove(CheckpointId id) throws IOException {
        recover();
        Retention retention = new Retention(parts, state);
        if (retention.find(id.value()).isEmpty()) {
            retention.release();
            return new RemoveCheckpointOutcome.Absent();
        }
        if (id.value().equals(state.checkpoint())) {
            return new RemoveCheckpointOutcome.InUse(
                    id + " is the newest checkpoint of " + parts.marker().id());
        }
        if (state.under().filter(id.value()::equals).isPresent()) {
            return new RemoveCheckpointOutcome.InUse(
                    "what generation " + state.holder() + " writes lies on " + id + ", until it is stopped");
        }
        retention.remove(id.value());
        return new RemoveCheckpointOutcome.Removed();
    }

    RestoreOutcome restore(CheckpointId to, CheckpointId restored) throws IOException {
        Retention retention = new Retention(parts, state);
        Optional<CheckpointManifest> before = retention.find(restored.value());
        if (before.filter(it -> to.value().equals(it.of())).isPresent()) {
            return new RestoreOutcome.Restored(before.get().checkpoint(), true);
        }
        if (state.heldBy().isPresent()) {
            return new RestoreOutcome.HeldBy(state.holder());
        }
        Optional<CheckpointManifest> from = retention.find(to.value());
        if (from.isEmpty()) {
            return new RestoreOutcome.NoSuchCheckpoint();
        }
        parts.history().verified(state, Optional.empty());
        parts.history().chains(from.get());
        recover();
        // A commit that died before its state is known by its sequence alone: it must not look as if it came after
        // this.
        write(state.free(state.newestGeneration()));
        CheckpointManifest made = Successor.of(from.get(), restored.value(), parts, state);
        parts.listener().done(Step.RESTORE_PREPARED);
        publish(made, Step.RESTORE_ANNOUNCED, Step.RESTORE_RENAMED);
        parts.listener().done(Step.RESTORE_STATE_WRITTEN);
        return new RestoreOutcome.Restored(made.checkpoint(), false);
    }

    /** A checkpoint that can be read now, with all that it stands on. */
    Optional<CheckpointManifest> readable(Optional<CheckpointId> at) {
        if (at.isEmpty()) {
            return parts.history().verified(state, Optional.empty()).newest();
        }
        Optional<CheckpointManifest> found =
                new Retention(parts, state).find(at.get().value());
        found.ifPresent(parts.history()::chains);
        return found;
    }

    VolumeParts parts() {
        return parts;
    }

    VolumeState state() {
        return state;
    }

    /** Makes what was prepared the newest checkpoint. */
    private void publish(CheckpointManifest made, Step announced, Step renamed) throws IOException {
        Path checkpoint = parts.directory().checkpoint(made.id());
        if (Files.exists(checkpoint)) {
            throw new ProviderException(
                    ProviderException.Kind.FAULT, checkpoint + " exists already: a checkpoint needs a name of its own");
        }
        write(state.making(made.id()));
        parts.listener().done(announced);
        Files.move(parts.directory().making(), checkpoint);
        JsonFile.sync(parts.directory().checkpoints());
        parts.listener().done(renamed);
        parts.history().verifyCommitted(made);
        write(state.with(made));
    }

    /** Removes a checkpoint that was being made when a process died. */
    private void recover() throws IOException {
        String making = state.making();
        if (making != null) {
            parts.trash().discard(parts.directory().checkpoint(making));
            write(state.making(null));
        }
        parts.trash().discard(parts.directory().making());
    }

    /** Lets a head that is made take what the checkpoints below leave of its path's limit, where the file system can enforce that. */
    private void limit(int index, Path head) {
        if (parts.limits().possible()) {
            OptionalLong left = new VolumeSize(parts, state).left(index);
            if (left.isPresent()) {
                parts.limits().begin(head, left.getAsLong());
            }
        }
    }

    private void renewLimits(int generation) {
        for (int index = 0; index < parts.marker().paths().size(); index++) {
            Path head = heads.head(generation, index);
            if (parts.marker().maxBytes(index).isPresent() && !parts.limits().holds(head)) {
                parts.limits()
                        .renew(head, new VolumeSize(parts, state).left(index).orElseThrow());
            }
        }
    }

    private void hold(int generation, History.Verified past) throws IOException {
        recover();
        tidy(past.newest());
        heads.make(generation, this::limit);
        parts.listener().done(Step.ATTACH_HEAD_MADE);
        write(state.attached(generation));
        parts.listener().done(Step.ATTACH_STATE_WRITTEN);
    }

    private DurablePoint commit(int generation, CheckpointId name, History.Verified past) throws IOException {
        write(new Detachment(parts, generation, state, past).commit(name.value()));
        parts.listener().done(Step.DETACH_STATE_WRITTEN);
        CheckpointManifest newest = parts.history().manifest(requireNonNull(state.checkpoint()));
        tidy(Optional.of(newest));
        return newest.point();
    }

    /** Removes what nobody needs any more, now or since a death: heads of a free volume, and uppers that were merged. */
    private void tidy(Optional<CheckpointManifest> newest) throws IOException {
        heads.discardAll();
        if (newest.isPresent()) {
            Path checkpoint = parts.directory().checkpoint(newest.get().id());
            for (int index = 0; index < newest.get().paths().size(); index++) {
                if (newest.get().paths().get(index).content() == Content.WHOLE) {
                    for (Path merged : VolumeDirectory.layers(checkpoint, index, Content.LAYER)) {
                        parts.trash().discard(merged);
                    }
                }
            }
        }
    }

    private void write(VolumeState next) {
        JsonFile.write(parts.directory().state(), next, Durability.POWER);
        state = next;
    }
}
