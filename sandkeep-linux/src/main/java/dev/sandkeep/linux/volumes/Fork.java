package dev.sandkeep.linux.volumes;

import dev.sandkeep.linux.files.JsonFile;
import dev.sandkeep.linux.files.JsonFile.Durability;
import dev.sandkeep.spi.CheckpointId;
import dev.sandkeep.spi.ForkOutcome;
import dev.sandkeep.spi.VolumeSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Makes a volume that stands on what another one holds, whose lock is held. */
final class Fork {
    private final VolumeStore store;
    private final Volume source;
    private final InstantSource clock;
    private final Step.Listener listener;

    Fork(VolumeStore store, Volume source, InstantSource clock, Step.Listener listener) {
        this.store = store;
        this.source = source;
        this.clock = clock;
        this.listener = listener;
    }

    ForkOutcome into(VolumeSpec target, Optional<CheckpointId> at, CheckpointId first) throws IOException {
        if (!target.places().equals(source.parts().marker().paths())) {
            return new ForkOutcome.Conflict(
                    target.id() + " is to keep " + target.places() + ", and what it is forked from keeps "
                            + source.parts().marker().paths());
        }
        Optional<CheckpointManifest> from = source.readable(at);
        if (from.isEmpty()) {
            return new ForkOutcome.NoSuchCheckpoint();
        }
        Set<String> layers = from.get().layers();
        VolumeDirectory directory = source.parts().directory();
        SharedLayers shared = source.parts().shared();
        List<String> keys = shared.refer(directory, layers, target.id().value());
        shared.flush(directory);
        listener.done(Step.FORK_REFERRED);
        shared.share(directory, layers);
        shared.flush(directory);
        listener.done(Step.FORK_SHARED);
        CheckpointManifest manifest =
                Successor.first(from.get(), first.value(), target.id().value(), clock);
        boolean made = store.make(
                target,
                VolumeState.beginning(manifest.id()),
                listener,
                new VolumeStore.Making(Step.FORK_PREPARED, Step.FORK_RENAMED, parts -> {
                    Path checkpoint = Files.createDirectory(parts.checkpoint(manifest.id()));
                    JsonFile.write(checkpoint.resolve(VolumeDirectory.MANIFEST), manifest, Durability.POWER);
                    Iterator<String> key = keys.iterator();
                    for (String layer : layers) {
                        Files.createSymbolicLink(parts.checkpoint(layer), SharedLayers.link(key.next()));
                    }
                    JsonFile.sync(parts.checkpoints());
                }));
        return made
                ? new ForkOutcome.Forked(manifest.checkpoint(), false)
                : new ForkOutcome.Conflict("volume " + target.id() + " appeared meanwhile");
    }
}
