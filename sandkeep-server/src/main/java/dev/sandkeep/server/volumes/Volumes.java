package dev.sandkeep.server.volumes;

import dev.sandkeep.server.platform.Ids;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.spi.AttachOutcome;
import dev.sandkeep.spi.Checkpoint;
import dev.sandkeep.spi.CheckpointId;
import dev.sandkeep.spi.CheckpointOutcome;
import dev.sandkeep.spi.DetachOutcome;
import dev.sandkeep.spi.DurablePoint;
import dev.sandkeep.spi.ExportKey;
import dev.sandkeep.spi.ExportOutcome;
import dev.sandkeep.spi.ForkOutcome;
import dev.sandkeep.spi.ImportOutcome;
import dev.sandkeep.spi.PathPressure;
import dev.sandkeep.spi.Pause;
import dev.sandkeep.spi.PersistedPath;
import dev.sandkeep.spi.PressureOutcome;
import dev.sandkeep.spi.ProvisionOutcome;
import dev.sandkeep.spi.RestoreOutcome;
import dev.sandkeep.spi.VolumeBackend;
import dev.sandkeep.spi.VolumeDamage;
import dev.sandkeep.spi.VolumeId;
import dev.sandkeep.spi.VolumeUsage;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The volumes of persistent sandboxes.
 *
 * <p>Methods named for what is <em>noted</em> only write rows and belong into the caller's transaction; all others
 * call the backend and must not run in one. All can be repeated.
 */
@Service
public class Volumes {
    private static final Logger LOG = LoggerFactory.getLogger(Volumes.class);

    private final VolumeStore store;
    private final VolumeBackend backend;
    private final TransactionTemplate transactions;
    private final ConfiguredExportKeys keys;
    private final Ids ids;

    Volumes(
            VolumeStore store,
            VolumeBackend backend,
            TransactionTemplate transactions,
            ConfiguredExportKeys keys,
            Ids ids) {
        this.store = store;
        this.backend = backend;
        this.transactions = transactions;
        this.keys = keys;
        this.ids = ids;
    }

    /** Notes a volume for a new sandbox, to be held by generation 1. */
    public Volume noteNew(
            String organization, String sandbox, String dataDirectory, List<PersistedPath> paths, VolumeOrigin origin) {
        Volume volume = new Volume(
                new VolumeId(ids.next(Ids.Kind.VOLUME)),
                organization,
                sandbox,
                paths,
                origin,
                origin instanceof VolumeOrigin.Empty ? Optional.empty() : Optional.of(nextCheckpoint()),
                false,
                false,
                OptionalInt.of(1),
                Optional.of(nextCheckpoint()),
                Optional.empty());
        return store.insert(volume, dataDirectory);
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
    public void noteDetached(VolumeId volume, int generation, DurablePoint point, CheckpointKind kind) {
        store.detached(volume, generation, point, kind);
    }

    /** Notes a checkpoint that did not end a hold, and that everything up to it is durable. */
    public void noteCheckpoint(
            VolumeId volume,
            int generation,
            DurablePoint point,
            CheckpointKind kind,
            String by,
            Optional<CheckpointId> source) {
        store.checkpoint(volume, generation, point, kind, by, source);
        store.durable(volume, point);
    }

    /**
     * Notes that a checkpoint is about to be made of a holder that goes on running; false when another one is being made, or when
     * that generation does not hold it.
     */
    public boolean noteCheckpointBegun(
            VolumeId volume, int generation, CheckpointId checkpoint, String server, Instant until) {
        return store.beginRunning(volume, generation, checkpoint, server, until);
    }

    /** Notes that a server died: it makes no checkpoints any more. */
    public void noteServerDied(String server) {
        store.endRunningOf(server);
    }

    /** Notes that it is not being made any more. */
    public void noteCheckpointOver(VolumeId volume, CheckpointId checkpoint) {
        store.endRunning(volume, checkpoint);
    }

    /** Whether a checkpoint is being made of the holder of a sandbox's volume. */
    public boolean checkpointing(String sandbox) {
        return store.running(sandbox);
    }

    /** Notes that the session is deleted and the volume kept until then. */
    public void noteKeptUntil(VolumeId volume, Instant until) {
        store.keepUntil(volume, until);
    }

    /** Lets go at once of the volumes of an organization whose sessions are deleted. */
    public void endGrace(String organization) {
        store.endGrace(organization);
    }

    /** Whether an organization has a volume that may still be there. */
    public boolean anyLeftOf(String organization) {
        return store.anyLeftOf(organization);
    }

    /** Notes that the session is not deleted any more; false when the volume is gone, or going. */
    public boolean noteKept(VolumeId volume) {
        return store.keep(volume);
    }

    /** Notes that it is gone. */
    public void noteDeleted(VolumeId volume) {
        store.deleted(volume);
    }

    /** The volume of a sandbox; empty for an ephemeral one. */
    public Optional<Volume> ofSandbox(String sandbox) {
        return store.ofSandbox(sandbox);
    }

    /** The checkpoints of a volume, newest first. */
    public List<KeptCheckpoint> checkpoints(VolumeId volume) {
        return store.kept(volume);
    }

    /**
     * One checkpoint of a volume. It stays until the caller's transaction has ended.
     *
     * @throws SandkeepException {@code not_found}
     */
    public KeptCheckpoint requireCheckpoint(VolumeId volume, String checkpoint) {
        Optional<KeptCheckpoint> found = Ids.Kind.CHECKPOINT.matches(checkpoint)
                ? store.keep(volume, new CheckpointId(checkpoint))
                : Optional.empty();
        return found.orElseThrow(() -> SandkeepException.notFound("checkpoint", checkpoint));
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
        Optional<DurablePoint> promised = volume.provisioned() ? volume.durable() : provision(volume);
        return switch (backend.attach(volume.id(), generation, promised)) {
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

    /**
     * Makes a checkpoint of a holder that goes on running, for which {@link #noteCheckpointBegun} was committed.
     *
     * @param pause holds the sandbox still
     * @throws SandkeepException {@code sandbox_not_running} when that generation does not hold it any more, or with a {@code
     *     volume_…} code
     */
    public DurablePoint checkpoint(Volume volume, int generation, CheckpointId checkpoint, Pause pause) {
        return switch (backend.checkpoint(volume.id(), generation, checkpoint, pause)) {
            case CheckpointOutcome.Checkpointed made -> made.checkpoint().point();
            case CheckpointOutcome.NotHeld gone ->
                throw new SandkeepException(
                        ProblemCode.SANDBOX_NOT_RUNNING,
                        "Generation " + generation + " of sandbox " + volume.sandbox()
                                + " was stopped before the checkpoint was made.");
            case CheckpointOutcome.Damaged damaged -> throw damaged(volume, damaged.damage());
            case CheckpointOutcome.Missing missing -> throw missing(volume);
        };
    }

    /**
     * Makes the content of an earlier checkpoint the newest.
     *
     * @throws SandkeepException with a {@code volume_…} code; nothing was changed
     */
    public DurablePoint rollback(Volume volume, CheckpointId to, CheckpointId as) {
        return switch (backend.restore(volume.id(), to, as)) {
            case RestoreOutcome.Restored restored -> restored.checkpoint().point();
            case RestoreOutcome.HeldBy held ->
                throw new SandkeepException(
                        ProblemCode.SANDBOX_NOT_STOPPED,
                        "Volume " + volume.id() + " is held by generation " + held.generation() + ".");
            case RestoreOutcome.NoSuchCheckpoint gone ->
                throw new SandkeepException(
                        ProblemCode.VOLUME_CHECKPOINT_MISSING,
                        "Volume " + volume.id() + " has no checkpoint " + to + " in its store.");
            case RestoreOutcome.Damaged damaged -> throw damaged(volume, damaged.damage());
            case RestoreOutcome.Missing missing -> throw missing(volume);
        };
    }

    /**
     * Writes a checkpoint as one stream, encrypted when there is a key.
     *
     * @throws SandkeepException {@code not_found} or with a {@code volume_…} code
     */
    public void export(Volume volume, CheckpointId at, Map<String, String> labels, OutputStream target) {
        switch (backend.export(volume.id(), Optional.of(at), keys.first(), labels, target)) {
            case ExportOutcome.Exported done ->
                LOG.info(
                        "event=volume_exported volume={} checkpoint={} bytes={} key={}",
                        volume.id(),
                        done.checkpoint().id(),
                        done.bytes(),
                        keys.first().map(ExportKey::id).orElse("none"));
            case ExportOutcome.NoSuchCheckpoint gone -> throw SandkeepException.notFound("checkpoint", at.value());
            case ExportOutcome.Damaged damaged -> throw damaged(volume, damaged.damage());
            case ExportOutcome.Missing missing -> throw missing(volume);
        }
    }

    /**
     * Makes a volume whose {@linkplain VolumeOrigin.Import origin is an import} of what {@link #export} wrote. Until this has
     * returned, {@link #attach} refuses the volume.
     *
     * @throws SandkeepException {@code volume_stream_unusable}; nothing was made
     */
    public void importFrom(Volume volume, InputStream source) {
        switch (backend.importVolume(volume.spec(), first(volume), keys, source)) {
            case ImportOutcome.Imported imported -> begun(volume, imported.checkpoint(), CheckpointKind.IMPORT);
            case ImportOutcome.Conflict conflict -> throw conflict(volume, conflict.reason());
            case ImportOutcome.Refused refused ->
                throw new SandkeepException(
                                ProblemCode.VOLUME_STREAM_UNUSABLE, "The stream was refused: " + refused.reason())
                        .with("reason", refused.code().name().toLowerCase(Locale.ROOT));
        }
    }

    /** What it takes; empty when the backend does not know it. */
    public Optional<VolumeUsage> usage(VolumeId volume, int largest) {
        return backend.usage(volume, largest);
    }

    /** How full the paths of a held volume are; empty when that generation does not hold it. */
    public List<PathPressure> pressure(VolumeId volume, int generation) {
        return backend.pressure(volume, generation) instanceof PressureOutcome.Measured measured
                ? measured.paths()
                : List.of();
    }

    private Optional<DurablePoint> provision(Volume volume) {
        return switch (volume.origin()) {
            case VolumeOrigin.Empty empty -> {
                switch (backend.provision(volume.spec())) {
                    case ProvisionOutcome.Provisioned provisioned -> store.provisioned(volume.id());
                    case ProvisionOutcome.Conflict conflict -> throw conflict(volume, conflict.reason());
                }
                yield volume.durable();
            }
            case VolumeOrigin.Fork fork -> Optional.of(fork(volume, fork));
            case VolumeOrigin.Import imported ->
                throw new SandkeepException(
                        ProblemCode.VOLUME_IMPORT_INCOMPLETE,
                        "The import into volume " + volume.id() + " of sandbox " + volume.sandbox() + " did not end.");
        };
    }

    private DurablePoint fork(Volume volume, VolumeOrigin.Fork fork) {
        return switch (backend.fork(fork.source(), Optional.of(fork.checkpoint()), volume.spec(), first(volume))) {
            case ForkOutcome.Forked forked -> begun(volume, forked.checkpoint(), CheckpointKind.FORK);
            case ForkOutcome.NoSuchCheckpoint gone ->
                throw new SandkeepException(
                        ProblemCode.VOLUME_CHECKPOINT_MISSING,
                        "Volume " + fork.source() + " does not have checkpoint " + fork.checkpoint()
                                + " to fork from.");
            case ForkOutcome.Conflict conflict -> throw conflict(volume, conflict.reason());
            case ForkOutcome.Damaged damaged ->
                throw new SandkeepException(
                        code(damaged.damage()),
                        "Volume " + fork.source() + " cannot be forked: "
                                + damaged.damage().reason());
            case ForkOutcome.Missing missing ->
                throw new SandkeepException(
                        ProblemCode.VOLUME_MISSING,
                        "Volume " + fork.source() + ", which was to be forked, is not in its store.");
        };
    }

    private DurablePoint begun(Volume volume, Checkpoint first, CheckpointKind kind) {
        transactions.executeWithoutResult(status -> {
            store.provisioned(volume.id());
            noteCheckpoint(volume.id(), 0, first.point(), kind, "system", Optional.empty());
        });
        return first.point();
    }

    private static CheckpointId first(Volume volume) {
        return volume.firstCheckpoint().orElseThrow();
    }

    private static SandkeepException conflict(Volume volume, String reason) {
        return new SandkeepException(
                ProblemCode.VOLUME_FOREIGN,
                "Volume " + volume.id() + " of sandbox " + volume.sandbox() + " cannot be made: " + reason);
    }

    /** A name for a checkpoint that is to be made. */
    public CheckpointId nextCheckpoint() {
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
        return new SandkeepException(code(damage), "Volume " + volume.id() + " must not be used: " + damage.reason());
    }

    private static ProblemCode code(VolumeDamage damage) {
        return switch (damage.code()) {
            case MARKER_UNREADABLE -> ProblemCode.VOLUME_MARKER_UNREADABLE;
            case FOREIGN -> ProblemCode.VOLUME_FOREIGN;
            case CHECKPOINT_MISSING -> ProblemCode.VOLUME_CHECKPOINT_MISSING;
            case CHECKPOINT_CHANGED -> ProblemCode.VOLUME_CHECKPOINT_CHANGED;
            case OLDER_THAN_DURABLE_POINT -> ProblemCode.VOLUME_OLDER_THAN_DURABLE_POINT;
            case HEAD_MISSING -> ProblemCode.VOLUME_HEAD_MISSING;
        };
    }
}
