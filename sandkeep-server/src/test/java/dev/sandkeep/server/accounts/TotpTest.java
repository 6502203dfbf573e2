package dev.sandkeep.server.accounts;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TotpTest {
    private static final byte[] SECRET = "12345678901234567890".getBytes(StandardCharsets.US_ASCII);

    /** RFC 6238, appendix B; six digits are the last of its eight. */
    @ParameterizedTest
    @CsvSource({
        "59, 287082",
        "1111111109, 081804",
        "1111111111, 050471",
        "1234567890, 005924",
        "2000000000, 279037",
        "20000000000, 353130"
    })
    void codes_are_those_of_the_standard(long second, String code) {
        assertThat(Totp.code(SECRET, second / Totp.STEP_SECONDS)).isEqualTo(code);
        assertThat(Totp.step(SECRET, code, Instant.ofEpochSecond(second))).hasValue(second / Totp.STEP_SECONDS);
    }

    @Test
    void clocks_may_be_one_step_apart() {
        String code = Totp.code(SECRET, 100);
        assertThat(Totp.step(SECRET, code, Instant.ofEpochSecond(99 * 30))).hasValue(100);
        assertThat(Totp.step(SECRET, code, Instant.ofEpochSecond(101 * 30 + 29)))
                .hasValue(100);
        assertThat(Totp.step(SECRET, code, Instant.ofEpochSecond(98 * 30 + 29))).isEmpty();
        assertThat(Totp.step(SECRET, code, Instant.ofEpochSecond(102 * 30))).isEmpty();
    }

    @Test
    void the_link_says_what_apps_need() {
        assertThat(Totp.base32(SECRET)).isEqualTo("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assertThat(Totp.uri(SECRET, "a b@example.org"))
                .isEqualTo("otpauth://totp/Sandkeep:a%20b%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
                        + "&issuer=Sandkeep&algorithm=SHA1&digits=6&period=30");
    }
}
