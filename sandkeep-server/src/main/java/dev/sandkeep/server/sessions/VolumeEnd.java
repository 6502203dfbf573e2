package dev.sandkeep.server.sessions;

import dev.sandkeep.spi.DurablePoint;

/** What became of a sandbox's volume when a start was given up or a stop was done. */
sealed interface VolumeEnd {
    /** There is none, or the generation never came to hold it. */
    record NotHeld() implements VolumeEnd {}

    /** It was detached; everything is durable up to {@code point}. */
    record Committed(DurablePoint point) implements VolumeEnd {}

    /** The generation may still hold it; nothing may be claimed about it. */
    record Unknown() implements VolumeEnd {}
}
