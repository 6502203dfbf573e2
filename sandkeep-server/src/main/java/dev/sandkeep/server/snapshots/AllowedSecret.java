package dev.sandkeep.server.snapshots;

/**
 * Something that looks like a secret, and that a snapshot holds because its profile allows it.
 *
 * @param path of the file
 * @param rule that it looks like
 * @param reason as the profile gives it
 */
public record AllowedSecret(String path, String rule, String reason) {
    @Override
    public String toString() {
        return path + " (" + rule + "), because: " + reason;
    }
}
