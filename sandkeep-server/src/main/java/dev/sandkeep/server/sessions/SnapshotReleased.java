package dev.sandkeep.server.sessions;

/** The snapshot that a session was to start from has been released since it was looked up; there is a newer one, or none. */
final class SnapshotReleased extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SnapshotReleased(String snapshot, Throwable cause) {
        super("snapshot " + snapshot + " is released", cause);
    }
}
