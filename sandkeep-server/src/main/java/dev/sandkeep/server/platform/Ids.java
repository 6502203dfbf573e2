package dev.sandkeep.server.platform;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;

/**
 * Makes ids: a prefix that says what the id names, {@code _}, and a UUIDv7 (RFC 9562) as 26 characters of lower-case Crockford
 * base32. Ids made later sort later, also within one millisecond of one process.
 */
public final class Ids {
    private static final char[] ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz".toCharArray();
    private static final int CHARACTERS = 26;

    private final SecureRandom random = new SecureRandom();
    private final Clock clock;
    private long lastMilli;
    private int lastCounter;

    public Ids(Clock clock) {
        this.clock = clock;
    }

    /** What an id names. */
    public enum Kind {
        ORGANIZATION("org"),
        MEMBER("mbr"),
        PERSON("per"),
        SERVICE_ACCOUNT("sva"),
        INVITATION("inv"),
        API_KEY("key"),
        WEB_SESSION("wse"),
        SIGN_IN_LINK("sil"),
        PROFILE("prf"),
        SNAPSHOT("snp"),
        SNAPSHOT_JOB("job"),
        SESSION("ses"),
        SANDBOX("sbx"),
        VOLUME("vol"),
        CHECKPOINT("chk"),
        EVENT("evt"),
        FINDING("fnd"),
        AUDIT_ENTRY("aud");

        private final String prefix;

        Kind(String prefix) {
            this.prefix = prefix;
        }

        /** Whether {@code text} has the form of such an id; says nothing about existence. */
        public boolean matches(String text) {
            return text.length() == prefix.length() + 1 + CHARACTERS
                    && text.startsWith(prefix + "_")
                    && text.chars().skip(prefix.length() + 1L).allMatch(Kind::isDigit);
        }

        private static boolean isDigit(int character) {
            return (character >= '0' && character <= '9')
                    || (character >= 'a'
                            && character <= 'z'
                            && character != 'i'
                            && character != 'l'
                            && character != 'o'
                            && character != 'u');
        }
    }

    /** A new id, greater than every one before it. */
    public String next(Kind kind) {
        long high;
        long low = (random.nextLong() & 0x3fff_ffff_ffff_ffffL) | 0x8000_0000_0000_0000L;
        synchronized (this) {
            long milli = Math.max(clock.millis(), lastMilli);
            // Starts in the lower half of the 12 bits, so that there is room to count up.
            int counter = milli == lastMilli ? lastCounter + 1 : random.nextInt(0x800);
            if (counter > 0xfff) {
                milli++;
                counter = random.nextInt(0x800);
            }
            lastMilli = milli;
            lastCounter = counter;
            high = (milli << 16) | 0x7000L | counter;
        }
        return kind.prefix + "_" + encode(high, low);
    }

    /** What no id that was made at {@code moment} or later sorts before. */
    public static String first(Kind kind, Instant moment) {
        return kind.prefix + "_" + encode(Math.max(0, moment.toEpochMilli()) << 16, 0);
    }

    /** 128 bits as 26 digits of 5 bits; the first holds only 3. */
    private static String encode(long high, long low) {
        char[] digits = new char[CHARACTERS];
        for (int i = CHARACTERS - 1; i >= 0; i--) {
            digits[i] = ALPHABET[(int) (low & 0x1f)];
            low = (low >>> 5) | (high << 59);
            high >>>= 5;
        }
        return new String(digits);
    }
}
