package dev.sandkeep.server.api;

import dev.sandkeep.server.volumes.KeptCheckpoint;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint, as the API shows it.
 *
 * @param sequence 1 for the first of a volume, one more for each further one
 * @param at when it became durable
 * @param generation that wrote what it holds; 0 for what a fork or an import began with
 * @param kind {@code stop}, {@code manual}, {@code interval}, {@code expiry}, {@code rollback}, {@code fork} or {@code import}
 * @param createdBy who asked for it; system when nobody did
 * @param source of a rollback: the checkpoint whose content it has
 */
@Schema(name = "Checkpoint")
record CheckpointView(
        String id,
        long sequence,
        Instant at,
        int generation,
        String kind,
        String createdBy,
        @Nullable String source) {

    static CheckpointView of(KeptCheckpoint checkpoint) {
        return new CheckpointView(
                checkpoint.point().checkpoint().value(),
                checkpoint.point().sequence(),
                checkpoint.point().at(),
                checkpoint.generation(),
                checkpoint.kind().text(),
                checkpoint.createdBy(),
                checkpoint.source().orElse(null));
    }
}
