package dev.sandkeep.server.accounts;

import dev.sandkeep.server.platform.Sha256;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.springframework.stereotype.Component;

/**
 * Encrypts the secrets of second factors for the database: AES-256 in Galois counter mode (NIST SP 800-38D) with a random nonce, bound
 * to their person, so that nobody who can write rows puts one person's in the place of another's. The key is in no database:
 * {@code sandkeep.accounts.second-factor-keys} names it, or it is in a file of the data directory that only the server's user reads.
 */
@Component
final class SecretSeal {
    /** {@code <first 16 digits of the SHA-256>:<Base64>}. */
    static final String FILE = "second-factor-key";

    private static final String ALGORITHM = "AES/GCM/NoPadding";
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final int KEY_BYTES = 32;
    private static final int ID_DIGITS = 16;

    private final SandkeepProperties properties;
    private final DataDirectory data;
    private final SecureRandom random = new SecureRandom();
    private volatile Map<String, byte[]> keys = Map.of();

    SecretSeal(SandkeepProperties properties, DataDirectory data) {
        this.properties = properties;
        this.data = data;
    }

    /**
     * A secret as the database keeps it.
     *
     * @param text nonce, cipher text and tag, in Base64
     * @param key what the key is called that opens it
     */
    record Sealed(String text, String key) {
        static Sealed of(byte[] bytes, String key) {
            return new Sealed(Base64.getEncoder().encodeToString(bytes), key);
        }

        byte[] bytes() {
            return Base64.getDecoder().decode(text);
        }
    }

    /**
     * Reads the keys; makes one where there is none. Of servers that share the data directory, one at a time may do so.
     *
     * @throws IOException when the file cannot be read or written
     */
    void load() throws IOException {
        Map<String, byte[]> found = new LinkedHashMap<>(properties.accounts().secondFactorKeys());
        Optional<String> file = data.readSecret(FILE).map(String::strip);
        if (file.isEmpty() && found.isEmpty()) {
            byte[] key = new byte[KEY_BYTES];
            random.nextBytes(key);
            String made = HexFormat.of()
                            .formatHex(Sha256.of(Base64.getEncoder().encodeToString(key)))
                            .substring(0, ID_DIGITS)
                    + ":" + Base64.getEncoder().encodeToString(key);
            data.writeSecret(FILE, made + "\n");
            file = Optional.of(made);
        }
        if (file.isPresent()) {
            String[] parts = file.get().split(":", 2);
            byte[] key = parts.length == 2 ? decode(parts[1]) : new byte[0];
            if (key.length != KEY_BYTES) {
                throw new IOException("it is no key of " + KEY_BYTES + " bytes in Base64");
            }
            // Also beside configured ones: what it has sealed is opened until it is sealed anew.
            found.putIfAbsent(parts[0], key);
        }
        keys = new LinkedHashMap<>(found);
    }

    /** What new secrets are sealed with. */
    String firstKey() {
        return keys.keySet().iterator().next();
    }

    /** Seals a person's secret. */
    Sealed seal(String person, byte[] secret) {
        String id = firstKey();
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        try {
            Cipher cipher = cipher(Cipher.ENCRYPT_MODE, keys.getOrDefault(id, new byte[0]), nonce, person);
            byte[] text = cipher.doFinal(secret);
            return Sealed.of(
                    ByteBuffer.allocate(NONCE_BYTES + text.length)
                            .put(nonce)
                            .put(text)
                            .array(),
                    id);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has AES-GCM", e);
        }
    }

    /**
     * A person's secret.
     *
     * @throws SandkeepException {@code second_factor_unreadable} when its key is not here, or it was changed or is another person's
     */
    byte[] open(String person, Sealed sealed) {
        byte[] key = keys.get(sealed.key());
        if (key == null) {
            throw new SandkeepException(
                    ProblemCode.SECOND_FACTOR_UNREADABLE,
                    "The second factor is encrypted with the key '" + sealed.key()
                            + "', which this server does not have.");
        }
        try {
            ByteBuffer bytes = ByteBuffer.wrap(sealed.bytes());
            byte[] nonce = new byte[NONCE_BYTES];
            bytes.get(nonce);
            byte[] text = new byte[bytes.remaining()];
            bytes.get(text);
            return cipher(Cipher.DECRYPT_MODE, key, nonce, person).doFinal(text);
        } catch (GeneralSecurityException | java.nio.BufferUnderflowException e) {
            throw new SandkeepException(
                            ProblemCode.SECOND_FACTOR_UNREADABLE,
                            "The second factor is not what was sealed with the key '" + sealed.key() + "'.")
                    .causedBy(e);
        }
    }

    private static Cipher cipher(int mode, byte[] key, byte[] nonce, String person) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance(ALGORITHM);
        cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(person.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }

    private static byte[] decode(String base64) {
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException malformed) {
            return new byte[0];
        }
    }
}
