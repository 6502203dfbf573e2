package dev.sandkeep.cli.client;

import tools.jackson.databind.node.ObjectNode;

/**
 * Why something did not work, in words for the person who asked for it: a sentence, and what to do next.
 *
 * <p>It carries no stack trace: whatever throws it has understood the cause.
 */
public class Failure extends RuntimeException {
    private final String sentence;
    private final String nextStep;

    /**
     * @param message one sentence that names the thing (id, path, value) and never a secret
     * @param nextStep what to do about it; empty when there is nothing useful to say
     */
    public Failure(String message, String nextStep) {
        super(message, null, true, false);
        this.sentence = message;
        this.nextStep = nextStep;
    }

    /** Like {@link #Failure(String, String)}, keeping the exception that showed the failure. */
    public Failure(String message, String nextStep, Throwable cause) {
        super(message, cause, true, false);
        this.sentence = message;
        this.nextStep = nextStep;
    }

    /** What went wrong: the exception's message. */
    public final String sentence() {
        return sentence;
    }

    /** What to do next; empty when there is nothing useful to say. */
    public final String nextStep() {
        return nextStep;
    }

    /** The failure as a problem document (RFC 9457), for programs. */
    public ObjectNode document() {
        return Json.object()
                .put("detail", sentence)
                .put("code", "client_failure")
                .put("nextStep", nextStep);
    }
}
