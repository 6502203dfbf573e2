package dev.sandkeep.linux.volumes;

import static java.util.Objects.requireNonNull;

import dev.sandkeep.linux.files.JsonFile;
import dev.sandkeep.linux.files.JsonFile.Durability;
import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.linux.volumes.CheckpointManifest.Content;
import dev.sandkeep.spi.AttachOutcome;
import dev.sandkeep.spi.CheckpointId;
import dev.sandkeep.spi.DetachOutcome;
import dev.sandkeep.spi.DurablePoint;
import dev.sandkeep.spi.FlushOutcome;
import dev.sandkeep.spi.VerifyOutcome;
import dev.sandkeep.spi.VolumeDamage.Code;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
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
    static Volume open(VolumeDirectory directory, Trash trash, InstantSource clock, Step.Listener listener) {
        VolumeMarker marker = marker(directory);
        String name = directory.path().getFileName().toString();
        if (!marker.id().equals(name)) {
            throw new DamagedVolumeException(
                    Code.FOREIGN, directory.marker() + " says that this is volume " + marker.id());
        }
        return new Volume(
                new VolumeParts(directory, marker, trash, clock, listener), read(directory.state(), VolumeState.class));
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
        } else {
            hold(generation, past);
        }
        return new AttachOutcome.Attached(heads.mounts(generation, past.chains()), past.point(), repeated);
    }

    FlushOutcome flush(int generation) {
        if (!state.heldBy(generation)) {
            return new FlushOutcome.NotHeld();
        }
        Instant began = parts.clock().instant();
        try (Directory head = Directory.open(parts.directory().head(generation))) {
            head.syncFileSystem();
        }
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
        if (state.heldBy(generation)) {
            heads.requireComplete(generation);
            return new DetachOutcome.Detached(commit(generation, name, past), false);
        }
        if (past.point().isEmpty()) {
            hold(generation, past);
            return new DetachOutcome.Detached(commit(generation, name, past), false);
        }
        boolean repeated = generation == state.newestGeneration();
        write(state.free(generation));
        return new DetachOutcome.Detached(past.point().get(), repeated);
    }

    private void hold(int generation, History.Verified past) throws IOException {
        tidy(past.newest());
        heads.make(generation);
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
