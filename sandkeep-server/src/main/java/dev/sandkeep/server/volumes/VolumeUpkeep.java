package dev.sandkeep.server.volumes;

import dev.sandkeep.server.events.Change;
import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.platform.InParallel;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.spi.CheckpointId;
import dev.sandkeep.spi.CheckpointsOutcome;
import dev.sandkeep.spi.RemoveCheckpointOutcome;
import dev.sandkeep.spi.VolumeBackend;
import dev.sandkeep.spi.VolumeId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Removes what is not kept any more: checkpoints by retention, and volumes of deleted sessions whose grace period is over. What
 * goes is marked first; from then on nothing can come to stand on it, and a sweep finds it after a crash.
 */
@Component
public class VolumeUpkeep {
    private static final Logger LOG = LoggerFactory.getLogger(VolumeUpkeep.class);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final VolumeStore store;
    private final VolumeBackend backend;
    private final Retention retention;
    private final TransactionTemplate transactions;
    private final EventLog events;
    private final DataDirectory data;
    /** The newest checkpoint that was there when a volume was last thinned. Which ones are kept follows from what there is. */
    private final Map<VolumeId, Long> thinned = new ConcurrentHashMap<>();

    VolumeUpkeep(
            VolumeStore store,
            VolumeBackend backend,
            SandkeepProperties properties,
            TransactionTemplate transactions,
            EventLog events,
            DataDirectory data) {
        this.store = store;
        this.backend = backend;
        this.retention = new Retention(
                properties.volumes().keepCheckpoints(),
                properties.volumes().keepHourly(),
                properties.volumes().keepDaily());
        this.transactions = transactions;
        this.events = events;
        this.data = data;
    }

    /** Looks once at all volumes of this data directory. */
    public void run() throws InterruptedException {
        InParallel.forEach("purge", store.beginPurge(data.installation()), PATIENCE, this::purge);
        List<VolumeStore.Thinnable> many = store.toThin(data.installation(), retention.newest());
        thinned.keySet()
                .retainAll(many.stream().map(VolumeStore.Thinnable::volume).toList());
        InParallel.forEach("retention", many.stream().filter(this::due).toList(), PATIENCE, this::thin);
    }

    private boolean due(VolumeStore.Thinnable volume) {
        return volume.going() || thinned.getOrDefault(volume.volume(), -1L) < volume.newest();
    }

    private void thin(VolumeStore.Thinnable volume) {
        thin(volume.volume());
        thinned.put(volume.volume(), volume.newest());
    }

    private void purge(Volume volume) {
        backend.delete(volume.id());
        transactions.executeWithoutResult(status -> {
            store.deleted(volume.id());
            events.append(
                    Caller.system(volume.organization()),
                    Change.of("volume", volume.id().value(), "purged")
                            .detail("its session is deleted and the grace period is over")
                            .alsoAbout(volume.sandbox()));
        });
        LOG.info("event=volume_purged volume={} sandbox={}", volume.id(), volume.sandbox());
    }

    /** Removes checkpoints of one volume that are not to be kept. */
    private void thin(VolumeId volume) {
        if (backend.checkpoints(volume) instanceof CheckpointsOutcome.Listed listed) {
            // Some may be of servers that died before they could say that they had made them.
            listed.checkpoints().forEach(checkpoint -> store.adopt(volume, checkpoint));
        }
        for (KeptCheckpoint superfluous : retention.superfluous(store.kept(volume))) {
            store.beginRemoval(volume, superfluous.point().checkpoint());
        }
        store.going(volume).forEach(checkpoint -> remove(volume, checkpoint));
    }

    private void remove(VolumeId volume, CheckpointId checkpoint) {
        switch (backend.removeCheckpoint(volume, checkpoint)) {
            case RemoveCheckpointOutcome.Removed removed -> gone(volume, checkpoint);
            case RemoveCheckpointOutcome.Absent absent -> gone(volume, checkpoint);
            case RemoveCheckpointOutcome.InUse used -> store.stays(checkpoint);
            case RemoveCheckpointOutcome.Damaged damaged ->
                LOG.warn(
                        "event=checkpoint_left volume={} checkpoint={} cause=\"{}\"",
                        volume,
                        checkpoint,
                        damaged.damage().reason());
            case RemoveCheckpointOutcome.Missing missing ->
                LOG.warn("event=checkpoint_left volume={} checkpoint={} cause=\"no such volume\"", volume, checkpoint);
        }
    }

    private void gone(VolumeId volume, CheckpointId checkpoint) {
        store.removed(checkpoint);
        LOG.info("event=checkpoint_removed volume={} checkpoint={}", volume, checkpoint);
    }
}
