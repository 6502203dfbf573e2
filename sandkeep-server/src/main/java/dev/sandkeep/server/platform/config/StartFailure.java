package dev.sandkeep.server.platform.config;

/** The server cannot start, for a reason that its operator can mend. Shown as two lines, without a stack trace. */
public final class StartFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String nextStep;

    /**
     * @param message what is wrong, naming the thing (key, path, port), without secrets
     * @param nextStep what to do about it
     */
    public StartFailure(String message, String nextStep) {
        super(message);
        this.nextStep = nextStep;
    }

    /** As {@link #StartFailure(String, String)}, with what led to it. */
    public StartFailure(String message, String nextStep, Throwable cause) {
        super(message, cause);
        this.nextStep = nextStep;
    }

    /** What to do about it. */
    public String nextStep() {
        return nextStep;
    }

    /** The failure as it stands on a terminal. */
    public String forPeople() {
        return "sandkeep: " + getMessage() + System.lineSeparator() + "  next: " + nextStep;
    }
}
