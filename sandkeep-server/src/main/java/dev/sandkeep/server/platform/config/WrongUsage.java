package dev.sandkeep.server.platform.config;

/** A command line makes no sense; the message says what does not. */
public final class WrongUsage extends Exception {
    private static final long serialVersionUID = 1L;

    public WrongUsage(String message) {
        super(message);
    }
}
