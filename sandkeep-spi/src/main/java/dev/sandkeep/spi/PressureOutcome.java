package dev.sandkeep.spi;

import java.util.List;

/** What {@link VolumeBackend#pressure} found. */
public sealed interface PressureOutcome {
    /** So full are the paths, in the volume's order. */
    record Measured(List<PathPressure> paths) implements PressureOutcome {
        public Measured {
            paths = List.copyOf(paths);
        }
    }

    /** That generation does not hold it. */
    record NotHeld() implements PressureOutcome {}

    /** There is no such volume. */
    record Missing() implements PressureOutcome {}
}
