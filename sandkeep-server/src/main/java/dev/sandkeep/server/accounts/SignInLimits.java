package dev.sandkeep.server.accounts;

import dev.sandkeep.server.platform.Sha256;
import dev.sandkeep.server.platform.database.Rows;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * How often somebody may be wrong. What is counted is an account <em>from an address</em>, and an address; never an account alone,
 * because then anybody could lock anybody out. In a browser that the person has signed in with before only its own wrong tries
 * count. A try is counted before it is looked at, so that many at once are not looked at all; one that was right is taken back.
 * The counts are in the database, for all servers.
 */
@Component
class SignInLimits {
    /** After so many wrong tries of an account from an address, each further one has to wait. */
    static final int FOR_ACCOUNT = 5;
    /** The same for an address, whatever accounts it tries. */
    static final int FOR_ADDRESS = 30;
    /** The same for a browser that is known. */
    static final int FOR_BROWSER = 10;
    /** After so many wrong codes for a person whose password is known, only browsers that are known may show one. */
    static final int FOR_CODES = 50;

    static final Duration FIRST_PAUSE = Duration.ofSeconds(30);
    static final Duration LONGEST_PAUSE = Duration.ofMinutes(15);
    /** Without a wrong try for so long, all is forgotten. */
    static final Duration FORGOTTEN = Duration.ofHours(1);

    /** Bytes of an IPv6 address that one connection has: a /64. */
    private static final int PREFIX_BYTES = 8;

    private static final int MOST_DOUBLINGS = 20;

    private final JdbcClient jdbc;
    private final Clock clock;
    private final KnownBrowsers browsers;

    SignInLimits(JdbcClient jdbc, Clock clock, KnownBrowsers browsers) {
        this.jdbc = jdbc;
        this.clock = clock;
        this.browsers = browsers;
    }

    /** What is counted, and how many wrong tries are free. */
    private record Counted(String hash, int free) {
        static Counted of(int free, String... what) {
            return new Counted(HexFormat.of().formatHex(Sha256.of(String.join("\n", what))), free);
        }
    }

    /** A try that was counted. */
    final class Try {
        private final List<Counted> counted;

        private Try(List<Counted> counted) {
            this.counted = counted;
        }

        /** It was right: it does not count. */
        void right() {
            counted.forEach(SignInLimits.this::takeBack);
        }
    }

    /**
     * Counts a try to show a password.
     *
     * @param account what was typed as the account
     * @param person whose account it is; empty when there is none
     * @throws SandkeepException {@code sign_in_limited} when it has to wait, with {@code retryAfterSeconds}
     */
    Try password(String account, Optional<String> person, Visitor from) {
        String name = account.strip().toLowerCase(Locale.ROOT);
        if (browsers.knows(from.browser(), person.orElse(""))) {
            return count(List.of(Counted.of(FOR_BROWSER, "browser", from.browser(), name)));
        }
        String prefix = prefix(from.address());
        return count(
                List.of(Counted.of(FOR_ACCOUNT, "account", name, prefix), Counted.of(FOR_ADDRESS, "address", prefix)));
    }

    /** Counts a try to show a code after the password, or the password again. */
    Try code(String person, Visitor from) {
        if (browsers.knows(from.browser(), person)) {
            return count(List.of(Counted.of(FOR_BROWSER, "code-browser", from.browser(), person)));
        }
        return count(List.of(
                Counted.of(FOR_ACCOUNT, "code", person, prefix(from.address())),
                Counted.of(FOR_CODES, "codes", person)));
    }

    /** Counts a wish for a mail, or a look at a link: something that is never taken back. */
    void wish(String what, int free, Visitor from) {
        count(List.of(Counted.of(free, what, prefix(from.address()))));
    }

    private Try count(List<Counted> counted) {
        Instant now = clock.instant();
        for (int i = 0; i < counted.size(); i++) {
            Optional<Instant> blocked = add(counted.get(i), now);
            if (blocked.isPresent()) {
                counted.subList(0, i).forEach(this::takeBack);
                long seconds = Math.max(1, Duration.between(now, blocked.get()).toSeconds() + 1);
                throw new SandkeepException(
                                ProblemCode.SIGN_IN_LIMITED,
                                "There were too many wrong tries. Try again in " + seconds + " s.")
                        .with("retryAfterSeconds", seconds);
            }
        }
        return new Try(counted);
    }

    /** One more; or until when there may be none. */
    private Optional<Instant> add(Counted counted, Instant now) {
        int added = jdbc.sql("""
                        insert into sign_in_failures as f (counted_sha256, failures, last_at, blocked_until)
                        values (decode(:hash, 'hex'), 1, :now, '-infinity')
                        on conflict (counted_sha256) do update set
                            last_at = greatest(f.last_at, :now),
                            failures = case when f.last_at < :forgotten then 1 else f.failures + 1 end,
                            blocked_until = case
                                when f.last_at < :forgotten or f.failures + 1 < :free then '-infinity'
                                else :now + make_interval(secs =>
                                    least(:longest, :first * power(2, least(:doublings, f.failures + 1 - :free)))) end
                        where f.blocked_until <= :now
                        """)
                .param("hash", counted.hash())
                .param("now", Rows.time(now))
                .param("forgotten", Rows.time(now.minus(FORGOTTEN)))
                .param("free", counted.free())
                .param("longest", LONGEST_PAUSE.toSeconds())
                .param("first", FIRST_PAUSE.toSeconds())
                .param("doublings", MOST_DOUBLINGS)
                .update();
        return added > 0
                ? Optional.empty()
                : Optional.of(jdbc.sql(
                                "select blocked_until from sign_in_failures where counted_sha256 = decode(:hash, 'hex')")
                        .param("hash", counted.hash())
                        .query((row, number) -> Rows.instant(row, "blocked_until"))
                        .optional()
                        .orElse(now));
    }

    private void takeBack(Counted counted) {
        jdbc.sql("""
                        update sign_in_failures set
                            failures = greatest(0, failures - 1),
                            blocked_until = case when failures <= :free then '-infinity' else blocked_until end
                        where counted_sha256 = decode(:hash, 'hex')
                        """)
                .param("free", counted.free())
                .param("hash", counted.hash())
                .update();
    }

    /** What one connection has: an IPv4 address, or the first half of an IPv6 one. */
    static String prefix(String address) {
        if (!address.contains(":")) {
            return address;
        }
        try {
            // An address in figures: nothing is looked up.
            byte[] bytes = InetAddress.getByName(address).getAddress();
            return bytes.length == 4
                    ? InetAddress.getByAddress(bytes).getHostAddress()
                    : HexFormat.of().formatHex(bytes, 0, PREFIX_BYTES);
        } catch (UnknownHostException e) {
            return address;
        }
    }
}
