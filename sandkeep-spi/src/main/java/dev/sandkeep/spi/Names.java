package dev.sandkeep.spi;

import java.util.regex.Pattern;

/** The one rule for names that end up as file, container, cgroup and network names on a host. */
final class Names {
    private static final Pattern SAFE = Pattern.compile("[a-z0-9][a-z0-9_.]{0,62}");

    private Names() {}

    /**
     * Returns {@code name} when it is safe to use as one path component on every provider: lower-case ASCII
     * letters, digits, {@code _} and {@code .}, at most 63 characters, not starting with a dot.
     *
     * @throws IllegalArgumentException otherwise, naming {@code what}
     */
    static String requireSafe(String what, String name) {
        if (!SAFE.matcher(name).matches()) {
            throw new IllegalArgumentException(what + " is not a safe name: '" + name + "'");
        }
        return name;
    }
}
