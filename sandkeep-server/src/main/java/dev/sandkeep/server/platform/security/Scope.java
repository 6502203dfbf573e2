package dev.sandkeep.server.platform.security;

import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** What an API key may be used for, of what its owner may do. Every scope includes {@link #READ}. */
public enum Scope {
    READ("Look at everything that the owner of the key may see."),
    SESSIONS("Start, use, stop and delete sessions."),
    PROFILES("Edit and publish profiles, build and keep snapshots."),
    ADMIN("Settings, members, keys and the server, as far as the owner's role goes.");

    /** Every scope: what a person has who does not use a restricted key. */
    public static final Set<Scope> ALL = Set.copyOf(EnumSet.allOf(Scope.class));

    private final String description;

    Scope(String description) {
        this.description = description;
    }

    /** As it is written everywhere: {@code read}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** For people. */
    public String description() {
        return description;
    }

    /** The scope that {@link #text} writes. */
    public static Scope of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }

    /** The scopes that {@code texts} write. */
    public static Set<Scope> allOf(Collection<String> texts) {
        return texts.stream().map(Scope::of).collect(Collectors.toUnmodifiableSet());
    }

    /** As {@link #text} writes them, in one order. */
    public static List<String> texts(Set<Scope> scopes) {
        return Arrays.stream(values()).filter(scopes::contains).map(Scope::text).toList();
    }

    /** Whether one of {@code held} is this scope or includes it. */
    public boolean isIn(Set<Scope> held) {
        return this == READ ? !held.isEmpty() : held.contains(this);
    }
}
