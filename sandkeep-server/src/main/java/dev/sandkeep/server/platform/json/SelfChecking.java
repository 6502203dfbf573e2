package dev.sandkeep.server.platform.json;

import dev.sandkeep.server.platform.errors.ValidationErrors;

/**
 * A record bound by {@link StrictJson} that knows rules beyond the types of its components. The check runs also when mistakes
 * were found before, so that all are answered at once: components may be null where one was noted.
 */
public interface SelfChecking {
    /**
     * Notes every mistake.
     *
     * @param path what stands before this record's own fields: empty, or {@code spec.}
     */
    void check(String path, ValidationErrors errors);
}
