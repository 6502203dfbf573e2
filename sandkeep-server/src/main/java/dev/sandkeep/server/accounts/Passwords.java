package dev.sandkeep.server.accounts;

import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.database.Rows;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.security.Secrets;
import java.text.Normalizer;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.security.crypto.argon2.Argon2PasswordEncoder;
import org.springframework.stereotype.Component;

/**
 * Passwords, stored as Argon2id. What is hashed is the whole password in Unicode's form C (RFC 8265), never a hash of it, so that
 * no byte of it counts for nothing. Only as many are hashed at a time as there are processors: each takes much memory.
 */
@Component
final class Passwords {
    private static final int SALT_BYTES = 16;
    private static final int HASH_BYTES = 32;
    private static final int KIB = 1024;
    private static final long PATIENCE_SECONDS = 20;

    private final JdbcClient jdbc;
    private final Clock clock;
    private final Argon2PasswordEncoder argon2;
    private final Semaphore hashing = new Semaphore(Runtime.getRuntime().availableProcessors(), true);
    private volatile @Nullable String nobodys;

    Passwords(JdbcClient jdbc, Clock clock, SandkeepProperties properties) {
        this.jdbc = jdbc;
        this.clock = clock;
        this.argon2 = new Argon2PasswordEncoder(
                SALT_BYTES,
                HASH_BYTES,
                1,
                properties.accounts().passwordMemoryMib() * KIB,
                properties.accounts().passwordIterations());
    }

    /** Gives a person this password. */
    void set(String person, String password) {
        store(person, hash(password));
    }

    /** What {@link #store} takes; hashes outside of transactions. */
    String hash(String password) {
        return oneOfFew(() -> argon2.encode(normal(password)));
    }

    void store(String person, String hash) {
        jdbc.sql("""
                        insert into passwords (person_id, hash, changed_at) values (:person, :hash, :now)
                        on conflict (person_id) do update set hash = excluded.hash, changed_at = excluded.changed_at
                        """)
                .param("person", person)
                .param("hash", hash)
                .param("now", Rows.time(clock.instant()))
                .update();
    }

    boolean has(String person) {
        return stored(person).isPresent();
    }

    /** Whether it is the person's password. For nobody it takes as long, and is not. */
    boolean fits(Optional<String> person, String password) {
        String none = nobodys();
        Optional<String> stored = person.flatMap(this::stored);
        boolean fits = oneOfFew(() -> argon2.matches(normal(password), stored.orElse(none))) && stored.isPresent();
        if (fits && argon2.upgradeEncoding(stored.orElseThrow())) {
            set(person.orElseThrow(), password);
        }
        return fits;
    }

    private Optional<String> stored(String person) {
        return jdbc.sql("select hash from passwords where person_id = :person")
                .param("person", person)
                .query(String.class)
                .optional();
    }

    /** A hash that no password has. */
    private String nobodys() {
        String made = nobodys;
        if (made == null) {
            made = hash(Secrets.create(""));
            nobodys = made;
        }
        return made;
    }

    private <T> T oneOfFew(java.util.function.Supplier<T> work) {
        try {
            if (!hashing.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new SandkeepException(ProblemCode.UNAVAILABLE, "Too many people sign in at the same time.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SandkeepException(ProblemCode.SHUTTING_DOWN, "The server is shutting down.").causedBy(e);
        }
        try {
            return work.get();
        } finally {
            hashing.release();
        }
    }

    private static String normal(String password) {
        return Normalizer.normalize(password, Normalizer.Form.NFC);
    }
}
