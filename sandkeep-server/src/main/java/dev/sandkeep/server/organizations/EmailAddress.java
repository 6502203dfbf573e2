package dev.sandkeep.server.organizations;

import java.util.regex.Pattern;

/** The form of e-mail addresses that are taken: plain ones, which need no quoting in the head of a mail. */
public final class EmailAddress {
    private static final int LONGEST = 254;
    private static final Pattern FORM =
            Pattern.compile("[\\p{Alnum}.!#$%&'*+/=?^_`{|}~-]{1,64}@[\\p{Alnum}](?:[\\p{Alnum}.-]*[\\p{Alnum}])?");

    private EmailAddress() {}

    /** Whether {@code text} is one. */
    public static boolean hasForm(String text) {
        return text.length() <= LONGEST && FORM.matcher(text).matches();
    }
}
