package dev.sandkeep.server.findings;

/**
 * What one look saw.
 *
 * @param kind as in {@link Finding}
 * @param person whether only a person can tell what is right
 * @param action what is to be done, by the server or that person
 */
public record Difference(String kind, String name, String owner, String reason, boolean person, String action) {
    /** The kind of a compute as a whole. */
    public static final String COMPUTE = "COMPUTE";

    /** The kind of a row: one without its thing, or one that nobody works on. */
    public static final String ROW = "ROW";
}
