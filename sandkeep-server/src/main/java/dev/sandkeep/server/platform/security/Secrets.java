package dev.sandkeep.server.platform.security;

import java.security.SecureRandom;
import java.util.Base64;

/** Texts that let in whoever has them. */
public final class Secrets {
    private static final int BYTES = 32;

    private Secrets() {}

    /** A new one: {@code prefix}, which says what it is for, and 43 base64url characters (256 random bits). */
    public static String create(String prefix) {
        byte[] bytes = new byte[BYTES];
        new SecureRandom().nextBytes(bytes);
        return prefix + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
