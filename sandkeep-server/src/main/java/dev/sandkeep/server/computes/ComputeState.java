package dev.sandkeep.server.computes;

import java.util.Locale;

/** What is known of one compute. */
public enum ComputeState {
    /** Its number is taken; an older generation is not proven dead yet, so the provider must not be asked to start it. */
    PLANNED,
    /** The provider is being asked, or was when somebody died. */
    STARTING,
    /** The provider answered that it runs. */
    RUNNING,
    /** It is being ended. */
    STOPPING,
    /** Proven dead; files of it may be left. */
    STOPPED,
    /** The provider answered that nothing of it is left. */
    DESTROYED;

    /** As in the database and in answers. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The reverse of {@link #text()}. */
    public static ComputeState of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }
}
