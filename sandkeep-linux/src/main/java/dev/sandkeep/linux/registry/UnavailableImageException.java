package dev.sandkeep.linux.registry;

/** An image cannot be had. The message is one sentence for the user, with the next step, and holds no secret. */
final class UnavailableImageException extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean retryable;

    private UnavailableImageException(String message, boolean retryable) {
        super(message);
        this.retryable = retryable;
    }

    /** The same call may succeed later. */
    static UnavailableImageException forNow(String message) {
        return new UnavailableImageException(message, true);
    }

    /** Something has to be changed first. */
    static UnavailableImageException forGood(String message) {
        return new UnavailableImageException(message, false);
    }

    boolean retryable() {
        return retryable;
    }
}
