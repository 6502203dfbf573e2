package dev.sandkeep.spi.faults;

import dev.sandkeep.spi.AttachOutcome;
import dev.sandkeep.spi.CheckpointId;
import dev.sandkeep.spi.DetachOutcome;
import dev.sandkeep.spi.DurablePoint;
import dev.sandkeep.spi.FlushOutcome;
import dev.sandkeep.spi.ProvisionOutcome;
import dev.sandkeep.spi.VerifyOutcome;
import dev.sandkeep.spi.VolumeBackend;
import dev.sandkeep.spi.VolumeId;
import dev.sandkeep.spi.VolumeSpec;
import dev.sandkeep.spi.VolumeUsage;
import java.util.List;
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
    public Optional<VolumeUsage> usage(VolumeId volume) {
        return faults.pass("volume.usage", () -> real.usage(volume));
    }

    @Override
    public void close() {
        real.close();
    }
}
