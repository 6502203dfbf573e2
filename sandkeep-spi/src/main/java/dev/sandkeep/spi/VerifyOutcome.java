package dev.sandkeep.spi;

import java.util.Optional;
import java.util.OptionalInt;

/** What {@link VolumeBackend#verify} found. */
public sealed interface VerifyOutcome {
    /**
     * It is complete and no older than asked.
     *
     * @param point the newest durable point; empty before the first checkpoint
     * @param heldBy the generation that holds it, if one does
     */
    record Intact(Optional<DurablePoint> point, OptionalInt heldBy) implements VerifyOutcome {}

    /** It must not be used. */
    record Damaged(VolumeDamage damage) implements VerifyOutcome {}

    /** There is no such volume. */
    record Missing() implements VerifyOutcome {}
}
