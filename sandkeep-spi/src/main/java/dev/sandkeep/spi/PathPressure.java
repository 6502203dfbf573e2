package dev.sandkeep.spi;

import java.util.OptionalLong;

/**
 * How full a persisted path is.
 *
 * @param path in the sandbox
 * @param usedBytes what its content takes on disk: what was committed and still shows, and all that the holder wrote. What a
 *     later layer replaced counts until layers are merged
 * @param maxBytes its limit; empty when it has none
 * @param enforcement of that limit
 */
public record PathPressure(String path, long usedBytes, OptionalLong maxBytes, Enforcement enforcement) {
    /** Whether it has reached {@code share} (0 to 1) of its limit; never without one. */
    public boolean reaches(double share) {
        return maxBytes.isPresent() && usedBytes >= share * maxBytes.getAsLong();
    }
}
