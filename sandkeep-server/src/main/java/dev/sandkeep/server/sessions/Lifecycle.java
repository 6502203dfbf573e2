package dev.sandkeep.server.sessions;

import dev.sandkeep.server.profiles.RuntimePlan;
import dev.sandkeep.server.volumes.Volume;
import dev.sandkeep.server.volumes.VolumeOrigin;
import dev.sandkeep.spi.DurablePoint;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a compute generation is told about what came before it: the content of {@code /run/sandkeep/lifecycle.json}.
 *
 * @param previousStop how the generation that last ran ended; null when none did
 * @param survived persisted paths that hold what earlier generations wrote
 * @param excluded what need not survive inside the persisted paths, where the profile names something
 * @param origin where the first content of the persisted paths came from, when another sandbox or a file gave it
 * @param expiry when this compute ends, when it does
 * @param notSurvived what is back to the snapshot, in one sentence
 * @param durablePoint what the persisted paths continue from; null when there is none
 */
@Schema(name = "Lifecycle")
public record Lifecycle(
        String sandboxId,
        String sessionId,
        int generation,
        String mode,
        String profileId,
        int version,
        String snapshotId,
        Instant preparedAt,
        @Nullable PreviousStop previousStop,
        List<String> persistedPaths,
        List<String> survived,
        String notSurvived,
        List<Excluded> excluded,
        @Nullable Point durablePoint,
        @Nullable Origin origin,
        @Nullable Expiry expiry) {

    /** Name of the file under {@code /run/sandkeep}. */
    static final String FILE = "lifecycle.json";

    /**
     * @param reason one of the stop reasons
     * @param at when it was found or made to stop
     * @param generation that stopped
     */
    @Schema(name = "LifecyclePreviousStop")
    public record PreviousStop(String reason, @Nullable Instant at, int generation) {}

    /** Patterns, in the syntax of gitignore, of what does not survive under a persisted path. */
    @Schema(name = "LifecycleExcluded")
    public record Excluded(String path, List<String> patterns) {}

    /**
     * Where first content came from.
     *
     * @param kind {@code fork} or {@code import}
     * @param volume of a fork: the volume that it was taken from
     * @param checkpoint of a fork: the checkpoint
     */
    @Schema(name = "LifecycleOrigin")
    public record Origin(
            String kind, @Nullable String volume, @Nullable String checkpoint) {}

    /**
     * How this compute ends.
     *
     * @param at when it must be gone
     * @param then {@code replace}, {@code stop}, or {@code replace_if_used}: replace when it was used within the last hour
     */
    @Schema(name = "LifecycleExpiry")
    public record Expiry(Instant at, String then) {}

    /** A durable point as users see it. */
    @Schema(name = "DurablePoint")
    public record Point(String checkpoint, long sequence, Instant at) {
        /** The same, for showing. */
        public static Point of(DurablePoint point) {
            return new Point(point.checkpoint().value(), point.sequence(), point.at());
        }
    }

    /** The report for the generation that is about to start. */
    static Lifecycle of(
            Sandbox row,
            RuntimePlan plan,
            Optional<Volume> volume,
            Optional<DurablePoint> base,
            Optional<Instant> expiresAt,
            String onExpiry,
            Instant now) {
        boolean first = row.generation() == 1;
        boolean kept = row.persistent() && base.isPresent();
        return new Lifecycle(
                row.id(),
                row.sessionId(),
                row.generation(),
                row.mode().text(),
                row.profileId(),
                row.version(),
                row.snapshotId(),
                now,
                previousStop(row),
                row.persistedPaths(),
                kept ? row.persistedPaths() : List.of(),
                notSurvived(row, first, kept),
                row.persistent()
                        ? plan.persistedPaths().stream()
                                .filter(path -> !path.exclude().isEmpty())
                                .map(path -> new Excluded(path.path(), path.exclude()))
                                .toList()
                        : List.of(),
                base.map(Point::of).orElse(null),
                volume.map(Volume::origin).map(Lifecycle::origin).orElse(null),
                expiresAt.map(at -> new Expiry(at, onExpiry)).orElse(null));
    }

    private static @Nullable Origin origin(VolumeOrigin origin) {
        return switch (origin) {
            case VolumeOrigin.Empty empty -> null;
            case VolumeOrigin.Fork fork ->
                new Origin("fork", fork.source().value(), fork.checkpoint().value());
            case VolumeOrigin.Import imported -> new Origin("import", null, null);
        };
    }

    private static @Nullable PreviousStop previousStop(Sandbox row) {
        return row.stoppedGeneration() == 0
                ? null
                : new PreviousStop(
                        row.stopReason().orElse(StopReason.FAILED).text(),
                        row.stoppedAt().orElse(null),
                        row.stoppedGeneration());
    }

    private static String notSurvived(Sandbox row, boolean first, boolean kept) {
        if (first && kept) {
            return "Everything outside the persisted paths is as the snapshot has it.";
        }
        if (first) {
            return "Nothing came before this: everything is as the snapshot has it.";
        }
        return kept
                ? "Everything outside the persisted paths is back to the snapshot " + row.snapshotId()
                        + "; processes and memory are gone."
                : "No earlier generation got as far as writing anything: everything is as the snapshot has it.";
    }

    String json(JsonMapper mapper) {
        return mapper.writeValueAsString(this);
    }
}
