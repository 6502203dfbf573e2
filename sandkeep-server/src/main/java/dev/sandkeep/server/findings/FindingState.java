package dev.sandkeep.server.findings;

import java.util.Locale;

/** What has become of a finding. */
public enum FindingState {
    /** It waits for its grace time, or for its turn. */
    OPEN,
    /** Only a person can tell what is right. */
    NEEDS_PERSON,
    /** It was taken over as it is. */
    ADOPTED,
    /** Its row was brought in line with what is there. */
    REPAIRED,
    /** It was removed. */
    REMOVED,
    /** It went away by itself, or by somebody else's hand. */
    GONE;

    /** As in the database and in answers. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    static FindingState of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }
}
