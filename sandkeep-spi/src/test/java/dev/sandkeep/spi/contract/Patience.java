package dev.sandkeep.spi.contract;

import java.time.Duration;
import org.awaitility.Awaitility;

/**
 * How long tests wait for what should happen. The environment variable {@code SANDKEEP_TEST_SLOWNESS} says how many times
 * slower than real hardware the machine is, for example 10 under emulation; 1 when unset.
 */
public final class Patience {
    private static final int SLOWNESS = Integer.parseInt(System.getenv().getOrDefault("SANDKEEP_TEST_SLOWNESS", "1"));

    static {
        // What is waited for is mostly there already, or in a few milliseconds.
        Awaitility.setDefaultPollDelay(Duration.ZERO);
        Awaitility.setDefaultPollInterval(Duration.ofMillis(20));
    }

    private Patience() {}

    /**
     * How many of something a test makes that {@code usual} are made of on real hardware: fewer on a slow machine, never below a
     * tenth.
     */
    public static int fewer(int usual) {
        return Math.max(usual / SLOWNESS, usual / 10);
    }

    /** What takes at most {@code seconds} on real hardware. */
    public static Duration seconds(long seconds) {
        return Duration.ofSeconds(seconds).multipliedBy(SLOWNESS);
    }
}
