package dev.sandkeep.e2e;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Does what an authenticator app does: one-time codes by time (RFC 6238: HMAC-SHA-1, 30 seconds, 6 digits). */
final class AuthenticatorApp {
    private static final String BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private static final int STEP_SECONDS = 30;

    private AuthenticatorApp() {}

    /** The code of this moment. */
    static String code(String secret) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA1");
        mac.init(new SecretKeySpec(decoded(secret), "HmacSHA1"));
        ByteBuffer hash = ByteBuffer.wrap(mac.doFinal(ByteBuffer.allocate(Long.BYTES)
                .putLong(Instant.now().getEpochSecond() / STEP_SECONDS)
                .array()));
        int at = hash.get(hash.limit() - 1) & 0xF;
        return "%06d".formatted((hash.getInt(at) & 0x7FFF_FFFF) % 1_000_000);
    }

    private static byte[] decoded(String secret) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int bits = 0;
        int held = 0;
        for (char each : secret.replaceAll("[^A-Z2-7]", "").toCharArray()) {
            held = (held << 5) | BASE32.indexOf(each);
            bits += 5;
            if (bits >= 8) {
                bits -= 8;
                bytes.write(held >> bits);
                held &= (1 << bits) - 1;
            }
        }
        return bytes.toByteArray();
    }
}
