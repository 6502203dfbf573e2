package dev.sandkeep.server.sessions;

import java.util.Locale;

/** Where a sandbox is in its life; {@code docs/states.md} has the arrows. */
public enum SandboxState {
    /** Recorded; waits for a start slot. */
    PENDING,
    /** A compute is being made. */
    STARTING,
    /** The provider answered that its compute runs. */
    RUNNING,
    /** Its compute is being ended and its volume committed. */
    STOPPING,
    /** Compute is gone; what was to be kept is durable. */
    STOPPED,
    /** Could not be started, or not be made durable, or its state is gone. */
    FAILED,
    /** Nothing of it is left but its name. */
    DELETED;

    /** As in the database and in answers. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The reverse of {@link #text()}. */
    public static SandboxState of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }

    /** Whether it stays so until somebody asks for something. */
    public boolean atRest() {
        return this != PENDING && this != STARTING && this != STOPPING;
    }
}
