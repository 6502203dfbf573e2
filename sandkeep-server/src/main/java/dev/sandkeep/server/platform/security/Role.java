package dev.sandkeep.server.platform.security;

import java.util.Locale;

/** What a member, or a service account, is in its organization. Each role may do all that the ones below it may. */
public enum Role {
    OWNER("Everything, and alone looks after owners."),
    ADMIN("Settings, members, service accounts, the keys of others, the audit log; never touches owners."),
    MEMBER("Uses and edits profiles and sessions.");

    private final String description;

    Role(String description) {
        this.description = description;
    }

    /** As it is written everywhere: {@code owner}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** For people. */
    public String description() {
        return description;
    }

    /** The role that {@link #text} writes. */
    public static Role of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }

    /** Whether whoever has this role may do what {@code other} may. */
    public boolean atLeast(Role other) {
        return compareTo(other) <= 0;
    }
}
