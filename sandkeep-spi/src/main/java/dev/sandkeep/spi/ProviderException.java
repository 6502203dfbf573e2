package dev.sandkeep.spi;

/**
 * A provider or volume backend could not do, or could not say, what it was asked. What is expected to happen is an outcome,
 * not this: absence, a refused generation, a missing image.
 *
 * <p>The caller may conclude nothing about the state of compute or volume from it; it repeats the call or inspects.
 */
public final class ProviderException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Kind kind;

    /**
     * @param kind decides what the caller does next
     * @param message names the thing (id, path) and the cause in one sentence, without secrets
     */
    public ProviderException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    /** As {@link #ProviderException(Kind, String)}, with what led to it. */
    public ProviderException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /** What the caller does next. */
    public Kind kind() {
        return kind;
    }

    /** Why a call failed, as far as it changes what the caller does. */
    public enum Kind {
        /** The host has no room left: free space, then repeat. */
        STORAGE_FULL,
        /** The host did not answer or gave up half-way: repeat with backoff. */
        UNAVAILABLE,
        /** Something is wrong that repeating does not mend: show it to a person. */
        FAULT
    }
}
