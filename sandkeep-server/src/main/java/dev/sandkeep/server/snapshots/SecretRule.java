package dev.sandkeep.server.snapshots;

import java.util.regex.Pattern;

/**
 * A shape that only a secret has.
 *
 * @param name as failures and logs show it
 * @param path of files that the rule looks into
 * @param literal that every match begins with; what makes looking for it cheap
 * @param shape of a match, tried where {@code literal} stands
 */
record SecretRule(String name, Pattern path, String literal, Pattern shape) {
    private static final Pattern ANYWHERE = Pattern.compile("");

    SecretRule {
        if (literal.isEmpty()) {
            throw new IllegalArgumentException("rule " + name + " needs a literal");
        }
    }

    /** One that looks into every file. */
    static SecretRule anywhere(String name, String literal, String shape) {
        return new SecretRule(name, ANYWHERE, literal, Pattern.compile(shape));
    }

    /** One that looks only into files whose path ends as {@code path} says. */
    static SecretRule in(String path, String name, String literal, String shape) {
        return new SecretRule(name, Pattern.compile("/(?:" + path + ")$"), literal, Pattern.compile(shape));
    }

    /** Whether it looks into this file. */
    boolean looksInto(String file) {
        return path.matcher(file).find();
    }
}
