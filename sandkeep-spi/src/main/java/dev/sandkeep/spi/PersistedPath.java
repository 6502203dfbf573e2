package dev.sandkeep.spi;

import java.util.List;
import java.util.OptionalLong;

/**
 * A path in the sandbox whose content a volume keeps.
 *
 * <p>{@code exclude} names what need not survive, in the syntax of {@code .gitignore}, relative to {@code path}: {@code *} and
 * {@code ?} stop at a slash, {@code **} does not, a leading or inner slash binds to the top, a trailing one means directories,
 * {@code !} takes a later exception, and the last pattern that matches decides. As in Git, nothing below a directory that is left
 * out comes back. What matches is left out when a checkpoint is made; the sandbox has it until it stops, and after the next start
 * sees there what its image has.
 *
 * @param path absolute
 * @param exclude patterns, in order; none in the usual case, which costs nothing
 * @param maxBytes that the content may take on disk; empty for no limit but the disk's
 */
public record PersistedPath(String path, List<String> exclude, OptionalLong maxBytes) {
    public PersistedPath {
        if (!path.startsWith("/")) {
            throw new IllegalArgumentException("a persisted path is absolute, was '" + path + "'");
        }
        exclude = List.copyOf(exclude);
        if (maxBytes.isPresent() && maxBytes.getAsLong() < 1) {
            throw new IllegalArgumentException("a size limit is 1 byte or more, was " + maxBytes.getAsLong());
        }
    }

    /** All of {@code path}, without a limit. */
    public static PersistedPath of(String path) {
        return new PersistedPath(path, List.of(), OptionalLong.empty());
    }
}
