package dev.sandkeep.server.volumes;

import dev.sandkeep.spi.DurablePoint;
import java.util.Optional;

/**
 * One row of {@code checkpoints} that is kept.
 *
 * @param point its name, its place among those of the volume, and when it became durable
 * @param generation that wrote what it holds
 * @param createdBy the actor who asked for it, or {@code system}
 * @param source of a rollback: the checkpoint whose content it has
 */
public record KeptCheckpoint(
        DurablePoint point, int generation, CheckpointKind kind, String createdBy, Optional<String> source) {}
