package dev.sandkeep.server.dashboard;

import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.data.DirectoryUse;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Counts what the data directory and the volumes take, when somebody asks, and keeps the answer. */
@Component
public class StorageMeasure {
    private static final Duration PATIENCE = Duration.ofSeconds(100);

    private final DataDirectory data;
    private final VolumePlace volumes;
    private final Clock clock;
    private final Object turn = new Object();
    private volatile @Nullable Answer newest;

    StorageMeasure(DataDirectory data, VolumePlace volumes, Clock clock) {
        this.data = data;
        this.volumes = volumes;
        this.clock = clock;
    }

    /**
     * What was counted.
     *
     * @param parts of the data directory, largest first; the first one is the whole
     * @param volumes each one's, largest first; the first one is the whole
     */
    public record Answer(Instant at, List<DirectoryUse.Part> parts, List<DirectoryUse.Part> volumes) {
        public Answer {
            parts = List.copyOf(parts);
            volumes = List.copyOf(volumes);
        }
    }

    /** What was counted last; empty when nothing was since the server started. */
    Optional<Answer> newest() {
        return Optional.ofNullable(newest);
    }

    /** Counts. Who asks while others wait for the answer gets theirs. */
    Answer now() {
        Instant asked = clock.instant();
        synchronized (turn) {
            Answer known = newest;
            if (known != null && !known.at().isBefore(asked)) {
                return known;
            }
            try {
                List<DirectoryUse.Part> parts = DirectoryUse.of(data.root(), PATIENCE);
                List<DirectoryUse.Part> each =
                        Files.isDirectory(volumes.path()) ? DirectoryUse.of(volumes.path(), PATIENCE) : List.of();
                Answer counted = new Answer(clock.instant(), parts, each);
                newest = counted;
                return counted;
            } catch (IOException e) {
                throw new SandkeepException(
                                ProblemCode.UNAVAILABLE,
                                "The storage could not be measured: " + e.getMessage(),
                                "Try again when the disk is less busy, or use du on the server.")
                        .causedBy(e);
            }
        }
    }
}
