package dev.sandkeep.spi.faults;

import dev.sandkeep.spi.AttachOutcome;
import dev.sandkeep.spi.CheckpointId;
import dev.sandkeep.spi.CheckpointOutcome;
import dev.sandkeep.spi.CheckpointsOutcome;
import dev.sandkeep.spi.DetachOutcome;
import dev.sandkeep.spi.DurablePoint;
import dev.sandkeep.spi.ExportKey;
import dev.sandkeep.spi.ExportKeys;
import dev.sandkeep.spi.ExportOutcome;
import dev.sandkeep.spi.FlushOutcome;
import dev.sandkeep.spi.ForkOutcome;
import dev.sandkeep.spi.ImportOutcome;
import dev.sandkeep.spi.Pause;
import dev.sandkeep.spi.PressureOutcome;
import dev.sandkeep.spi.ProvisionOutcome;
import dev.sandkeep.spi.RemoveCheckpointOutcome;
import dev.sandkeep.spi.RestoreOutcome;
import dev.sandkeep.spi.VerifyOutcome;
import dev.sandkeep.spi.VolumeBackend;
import dev.sandkeep.spi.VolumeId;
import dev.sandkeep.spi.VolumeSpec;
import dev.sandkeep.spi.VolumeUsage;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A volume backend whose calls go wrong as a {@link FaultPlan} says. Its fault points are {@code volume.} and the method's
 * name, as listed in {@link #POINTS}. {@link #close()} always works.
 */
public final class FaultyVolumeBackend implements VolumeBackend {
    /** Every fault point of this wrapper. */
    public static final List<String> POINTS = List.of(
            "volume.provision",
            "volume.attach",
            "volume.flush",
            "volume.detach",
            "volume.checkpoint",
            "volume.checkpoints",
            "volume.removeCheckpoint",
            "volume.restore",
            "volume.fork",
            "volume.export",
            "volume.importVolume",
            "volume.pressure",
            "volume.verify",
            "volume.delete",
            "volume.list",
            "volume.usage");

    private final VolumeBackend real;
    private final FaultPlan faults;

    /**
     * @param real does the work; closed with this
     * @param faults may be changed while this is in use
     */
    public FaultyVolumeBackend(VolumeBackend real, FaultPlan faults) {
        this.real = real;
        this.faults = faults;
    }

    @Override
    public ProvisionOutcome provision(VolumeSpec spec) {
        return faults.pass("volume.provision", () -> real.provision(spec));
    }

    @Override
    public AttachOutcome attach(VolumeId volume, int generation, Optional<DurablePoint> promised) {
        return faults.pass("volume.attach", () -> real.attach(volume, generation, promised));
    }

    @Override
    public FlushOutcome flush(VolumeId volume, int generation) {
        return faults.pass("volume.flush", () -> real.flush(volume, generation));
    }

    @Override
    public DetachOutcome detach(VolumeId volume, int generation, CheckpointId checkpoint) {
        return faults.pass("volume.detach", () -> real.detach(volume, generation, checkpoint));
    }

    @Override
    public CheckpointOutcome checkpoint(VolumeId volume, int generation, CheckpointId checkpoint, Pause pause) {
        return faults.pass("volume.checkpoint", () -> real.checkpoint(volume, generation, checkpoint, pause));
    }

    @Override
    public CheckpointsOutcome checkpoints(VolumeId volume) {
        return faults.pass("volume.checkpoints", () -> real.checkpoints(volume));
    }

    @Override
    public RemoveCheckpointOutcome removeCheckpoint(VolumeId volume, CheckpointId checkpoint) {
        return faults.pass("volume.removeCheckpoint", () -> real.removeCheckpoint(volume, checkpoint));
    }

    @Override
    public RestoreOutcome restore(VolumeId volume, CheckpointId to, CheckpointId restored) {
        return faults.pass("volume.restore", () -> real.restore(volume, to, restored));
    }

    @Override
    public ForkOutcome fork(VolumeId source, Optional<CheckpointId> at, VolumeSpec target, CheckpointId first) {
        return faults.pass("volume.fork", () -> real.fork(source, at, target, first));
    }

    /** A fault that does the work twice writes the stream twice, which no import takes for one. */
    @Override
    public ExportOutcome export(
            VolumeId volume,
            Optional<CheckpointId> at,
            Optional<ExportKey> key,
            Map<String, String> labels,
            OutputStream target) {
        return faults.pass("volume.export", () -> real.export(volume, at, key, labels, target));
    }

    @Override
    public ImportOutcome importVolume(VolumeSpec spec, CheckpointId first, ExportKeys keys, InputStream source) {
        return faults.pass("volume.importVolume", () -> real.importVolume(spec, first, keys, source));
    }

    @Override
    public PressureOutcome pressure(VolumeId volume, int generation) {
        return faults.pass("volume.pressure", () -> real.pressure(volume, generation));
    }

    @Override
    public VerifyOutcome verify(VolumeId volume, Optional<DurablePoint> promised) {
        return faults.pass("volume.verify", () -> real.verify(volume, promised));
    }

    @Override
    public boolean delete(VolumeId volume) {
        return faults.pass("volume.delete", () -> real.delete(volume));
    }

    @Override
    public List<VolumeId> list() {
        return faults.pass("volume.list", real::list);
    }

    @Override
    public Optional<VolumeUsage> usage(VolumeId volume, int largest) {
        return faults.pass("volume.usage", () -> real.usage(volume, largest));
    }

    @Override
    public void close() {
        real.close();
    }
}
