package dev.sandkeep.server.volumes;

import java.util.Locale;

/** Why a checkpoint was made. */
public enum CheckpointKind {
    /** Its sandbox was stopped, or its compute found gone. */
    STOP,
    /** Somebody asked for it. */
    MANUAL,
    /** Its time had come, while the sandbox ran. */
    INTERVAL,
    /** The compute was about to expire. */
    EXPIRY,
    /** Its content is that of an older one. */
    ROLLBACK,
    /** It is what a fork began with. */
    FORK,
    /** It is what was imported. */
    IMPORT;

    /** As in the database and in answers. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The reverse of {@link #text()}. */
    public static CheckpointKind of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }
}
