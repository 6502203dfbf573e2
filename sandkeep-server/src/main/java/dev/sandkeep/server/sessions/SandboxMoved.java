package dev.sandkeep.server.sessions;

/** Somebody else moved the row since it was read: whoever sees this stops working on it. Nothing was changed. */
final class SandboxMoved extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SandboxMoved(String sandbox) {
        super("sandbox " + sandbox + " was moved by somebody else", null, false, false);
    }
}
