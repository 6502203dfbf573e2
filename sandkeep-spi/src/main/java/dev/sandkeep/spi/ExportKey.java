package dev.sandkeep.spi;

import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * A key that exports are encrypted with, by AES-256-GCM. Its id is written in clear at the start of the export; its bytes go
 * nowhere, not even into {@link #toString}.
 */
public final class ExportKey {
    /** How long the key is. */
    public static final int BYTES = 32;

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,62}");

    private final String id;
    private final byte[] secret;

    /**
     * @param id names it in the configuration and in every export made with it: 1 to 63 letters, digits, {@code _ . -}
     * @param secret {@value #BYTES} bytes of chance
     */
    public ExportKey(String id, byte[] secret) {
        if (!ID.matcher(id).matches()) {
            throw new IllegalArgumentException("a key's id is 1 to 63 letters, digits, _ . -, was '" + id + "'");
        }
        if (secret.length != BYTES) {
            throw new IllegalArgumentException("key " + id + " has " + secret.length + " bytes instead of " + BYTES);
        }
        this.id = id;
        this.secret = secret.clone();
    }

    public String id() {
        return id;
    }

    /** A copy of the key's bytes. */
    public byte[] secret() {
        return secret.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ExportKey key && key.id.equals(id) && Arrays.equals(key.secret, secret);
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }

    @Override
    public String toString() {
        return "ExportKey[" + id + "]";
    }
}
