package dev.sandkeep.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/** Small words of the contract tests. */
final class Outcomes {
    private Outcomes() {}

    /** {@code actual} as the outcome that was expected; fails showing the one that came. */
    static <T> T expect(Class<T> outcome, Object actual) {
        assertThat(actual).isInstanceOf(outcome);
        return outcome.cast(actual);
    }

    /** A name that no other test has used. */
    static String unique(String prefix) {
        return prefix + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    }
}
