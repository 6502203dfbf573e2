package dev.sandkeep.server.accounts;

import dev.sandkeep.server.platform.errors.ValidationErrors;
import java.util.Locale;

/**
 * Which passwords are taken: long ones, as NIST SP 800-63B asks, with no rule about what characters they are made of, but not what
 * is tried first.
 */
public final class PasswordRules {
    public static final int SHORTEST = 12;
    public static final int LONGEST = 200;
    private static final int FEWEST_CHARACTERS = 5;

    private PasswordRules() {}

    /** Notes what is wrong with a new password under {@code field}. */
    public static void check(String password, String email, String field, ValidationErrors errors) {
        int length = password.codePointCount(0, password.length());
        errors.check(
                length >= SHORTEST && length <= LONGEST,
                field,
                "out_of_range",
                "the password must have " + SHORTEST + " to " + LONGEST + " characters");
        String small = password.toLowerCase(Locale.ROOT);
        String name = email.toLowerCase(Locale.ROOT).replaceFirst("@.*", "");
        errors.check(
                length < SHORTEST
                        || (password.codePoints().distinct().count() >= FEWEST_CHARACTERS
                                && !small.equals(email.toLowerCase(Locale.ROOT))
                                && !(name.length() >= 3
                                        && small.replace(name, "").length() < SHORTEST / 2)
                                && !small.matches("(password|sandkeep|qwerty|letmein|0?1234567)[0-9!.]*")),
                field,
                "too_easy",
                "the password is too easy to guess");
    }
}
