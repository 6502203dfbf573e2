package dev.sandkeep.server.volumes;

import dev.sandkeep.server.platform.Ids;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.spi.AttachOutcome;
import dev.sandkeep.spi.CheckpointId;
import dev.sandkeep.spi.DetachOutcome;
import dev.sandkeep.spi.DurablePoint;
import dev.sandkeep.spi.ProvisionOutcome;
import dev.sandkeep.spi.VolumeBackend;
import dev.sandkeep.spi.VolumeDamage;
import dev.sandkeep.spi.VolumeId;
import dev.sandkeep.spi.VolumeSpec;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Service;

/**
 * The volumes of persistent sandboxes.
 *
 * <p>Methods named for what is <em>noted</em> only write rows and belong into the caller's transaction; {@link #attach},
 * {@link #detach} and {@link #delete} call the backend and must not run in one. All can be repeated.
 */
@Service
public class Volumes {
    private final VolumeStore store;
    private final VolumeBackend backend;
    private final Ids ids;

    public Volumes(VolumeStore store, VolumeBackend backend, Ids ids) {
        this.store = store;
        this.backend = backend;
        this.ids = ids;
    }

    /** Notes a volume for a new sandbox, to be held by generation 1. */
    public Volume noteNew(String organization, String sandbox, String dataDirectory, List<String> paths) {
        VolumeId id = new VolumeId(ids.next(Ids.Kind.VOLUME));
        return store.insert(id, organization, sandbox, dataDirectory, paths, 1, nextCheckpoint());
    }

    /** Notes that {@code generation} is about to hold it; false when another generation may hold it. */
    public boolean noteHold(VolumeId volume, int generation) {
        return store.hold(volume, generation, nextCheckpoint());
    }

    /** Notes that {@code generation} never came to hold it, or was refused. */
    public void noteRelease(VolumeId volume, int generation) {
        store.release(volume, generation);
    }

    /** Notes that {@code generation} was detached and everything up to {@code point} is durable. */
    public void noteDetached(VolumeId volume, int generation, DurablePoint point) {
        store.detached(volume, generation, point);
    }

    /** Notes that it is gone. */
    public void noteDeleted(VolumeId volume) {
        store.deleted(volume);
    }

    /** The volume of a sandbox; empty for an ephemeral one. */
    public Optional<Volume> ofSandbox(String sandbox) {
        return store.ofSandbox(sandbox);
    }

    /** All that should exist in a data directory. */
    public List<Volume> existingIn(String dataDirectory) {
        return store.notDeletedIn(dataDirectory);
    }

    /** Every volume that the backend knows. */
    public List<VolumeId> inBackend() {
        return backend.list();
    }

    /**
     * Gives the volume to a generation for which {@link #noteHold} was committed; makes it first when it is new.
     *
     * @throws SandkeepException with a {@code volume_…} code when it must not be used; nothing was changed
     */
    public VolumeHold attach(Volume volume, int generation) {
        if (!volume.provisioned()) {
            provision(volume);
        }
        return switch (backend.attach(volume.id(), generation, volume.durable())) {
            case AttachOutcome.Attached attached -> new VolumeHold.Held(attached.mounts(), attached.base());
            case AttachOutcome.HeldBy held -> new VolumeHold.HeldByOlder(held.generation());
            case AttachOutcome.Fenced fenced -> throw fenced(volume, generation, fenced.newestGeneration());
            case AttachOutcome.Damaged damaged -> throw damaged(volume, damaged.damage());
            case AttachOutcome.Missing missing -> throw missing(volume);
        };
    }

    /**
     * Takes the volume from a generation whose compute is proven dead, and commits what it wrote.
     *
     * @throws SandkeepException with a {@code volume_…} code when it must not be used; nothing was changed
     */
    public DurablePoint detach(Volume volume, int generation) {
        if (!volume.provisioned()) {
            provision(volume);
        }
        CheckpointId checkpoint = volume.nextCheckpoint().orElseGet(this::nextCheckpoint);
        return switch (backend.detach(volume.id(), generation, checkpoint)) {
            case DetachOutcome.Detached detached -> detached.point();
            case DetachOutcome.Fenced fenced -> throw fenced(volume, generation, fenced.newestGeneration());
            case DetachOutcome.Damaged damaged -> throw damaged(volume, damaged.damage());
            case DetachOutcome.Missing missing -> throw missing(volume);
        };
    }

    /** Removes the volume. No compute may run on it: that is the caller's to prove. */
    public void delete(VolumeId volume) {
        backend.delete(volume);
    }

    private void provision(Volume volume) {
        VolumeSpec spec = VolumeSpec.of(volume.id(), volume.sandbox(), volume.paths());
        switch (backend.provision(spec)) {
            case ProvisionOutcome.Provisioned provisioned -> store.provisioned(volume.id());
            case ProvisionOutcome.Conflict conflict ->
                throw new SandkeepException(
                        ProblemCode.VOLUME_FOREIGN,
                        "Volume " + volume.id() + " of sandbox " + volume.sandbox() + " cannot be made: "
                                + conflict.reason());
        }
    }

    private CheckpointId nextCheckpoint() {
        return new CheckpointId(ids.next(Ids.Kind.CHECKPOINT));
    }

    private static SandkeepException fenced(Volume volume, int generation, int newest) {
        return new SandkeepException(
                ProblemCode.GENERATION_FENCED,
                "Volume " + volume.id() + " refuses generation " + generation + ": it has seen generation " + newest
                        + ".");
    }

    private static SandkeepException missing(Volume volume) {
        return new SandkeepException(
                ProblemCode.VOLUME_MISSING,
                "Volume " + volume.id() + " of sandbox " + volume.sandbox() + " is not in its store.");
    }

    private static SandkeepException damaged(Volume volume, VolumeDamage damage) {
        ProblemCode code = switch (damage.code()) {
            case MARKER_UNREADABLE -> ProblemCode.VOLUME_MARKER_UNREADABLE;
            case FOREIGN -> ProblemCode.VOLUME_FOREIGN;
            case CHECKPOINT_MISSING -> ProblemCode.VOLUME_CHECKPOINT_MISSING;
            case CHECKPOINT_CHANGED -> ProblemCode.VOLUME_CHECKPOINT_CHANGED;
            case OLDER_THAN_DURABLE_POINT -> ProblemCode.VOLUME_OLDER_THAN_DURABLE_POINT;
            case HEAD_MISSING -> ProblemCode.VOLUME_HEAD_MISSING;
        };
        return new SandkeepException(code, "Volume " + volume.id() + " must not be used: " + damage.reason());
    }
}
