package dev.sandkeep.server.sessions;

import dev.sandkeep.server.volumes.Volume;
import java.util.Optional;

/**
 * A row that this server holds the lease of, with what is needed to work on it.
 *
 * @param sandbox as it was when the lease was taken
 * @param volume of a persistent sandbox
 * @param pastProven whether every older generation is known to be dead, so that the provider may be asked for this one
 */
record Task(Sandbox sandbox, Optional<Volume> volume, boolean pastProven) {
    Task with(Sandbox moved) {
        return new Task(moved, volume, pastProven);
    }
}
