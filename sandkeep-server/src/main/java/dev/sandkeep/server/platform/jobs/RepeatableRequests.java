package dev.sandkeep.server.platform.jobs;

import dev.sandkeep.server.platform.Sha256;
import dev.sandkeep.server.platform.database.Rows;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.errors.ValidationErrors;
import dev.sandkeep.server.platform.security.Caller;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Lets a client send a creating request again without creating twice, by its {@code Idempotency-Key}. The key is written in
 * the transaction that creates, with the id of what was made: after a crash both exist or neither. The same request at the
 * same moment waits for the first one's commit, by the database's own unique key, and then gets its result.
 */
@Component
public final class RepeatableRequests {
    /** For how long a key is remembered. */
    public static final Duration REMEMBERED = Duration.ofHours(24);

    private static final int LONGEST_KEY = 255;

    private final JdbcClient jdbc;
    private final TransactionTemplate transactions;
    private final Clock clock;

    RepeatableRequests(JdbcClient jdbc, TransactionTemplate transactions, Clock clock) {
        this.jdbc = jdbc;
        this.transactions = transactions;
        this.clock = clock;
    }

    private record Earlier(String fingerprint, Optional<String> resourceId) {}

    /**
     * Runs {@code creation} in a transaction, at most once for one key.
     *
     * @param key the request's {@code Idempotency-Key}; null runs it without such protection
     * @param operation what is done, for example {@code POST /sessions}
     * @param request what is asked for; its text tells requests apart
     * @param creation makes the thing and answers its id; it runs inside the transaction
     * @return id of what was made, now or by an earlier request with the key
     * @throws SandkeepException {@code idempotency_key_reused} when the key came with another request before
     */
    public String once(
            Caller caller, @Nullable String key, String operation, Object request, Supplier<String> creation) {
        if (key == null) {
            return Objects.requireNonNull(transactions.execute(status -> creation.get()));
        }
        ValidationErrors errors = new ValidationErrors();
        errors.check(
                !key.isBlank() && key.length() <= LONGEST_KEY && key.chars().allMatch(c -> c > 0x20 && c < 0x7f),
                "Idempotency-Key",
                "malformed",
                "the header must hold 1 to " + LONGEST_KEY + " printable ASCII characters without spaces");
        errors.throwIfAny();
        String fingerprint = fingerprint(operation + "\n" + request);
        return Objects.requireNonNull(transactions.execute(status -> runOnce(caller, key, fingerprint, creation)));
    }

    /** Whether the same request has made its thing already. */
    public boolean known(Caller caller, @Nullable String key, String operation, Object request) {
        return key != null
                && jdbc.sql("""
                        select count(*) from idempotency_keys
                        where organization_id = :organization and key = :key and fingerprint = :fingerprint
                          and resource_id is not null
                        """)
                                .param("organization", caller.organizationId())
                                .param("key", key)
                                .param("fingerprint", fingerprint(operation + "\n" + request))
                                .query(Integer.class)
                                .single()
                        > 0;
    }

    /** Forgets keys that are old enough. */
    public int forgetOld() {
        return jdbc.sql("delete from idempotency_keys where created_at < :limit")
                .param("limit", Rows.time(clock.instant().minus(REMEMBERED)))
                .update();
    }

    private String runOnce(Caller caller, String key, String fingerprint, Supplier<String> creation) {
        int inserted = jdbc.sql("""
                        insert into idempotency_keys (organization_id, key, fingerprint, created_at)
                        values (:organization, :key, :fingerprint, :now)
                        on conflict do nothing
                        """)
                .param("organization", caller.organizationId())
                .param("key", key)
                .param("fingerprint", fingerprint)
                .param("now", Rows.time(clock.instant()))
                .update();
        if (inserted == 0) {
            return earlier(caller, key, fingerprint);
        }
        String id = creation.get();
        jdbc.sql("""
                        update idempotency_keys set resource_id = :id
                        where organization_id = :organization and key = :key
                        """)
                .param("id", id)
                .param("organization", caller.organizationId())
                .param("key", key)
                .update();
        return id;
    }

    private String earlier(Caller caller, String key, String fingerprint) {
        Earlier earlier = jdbc.sql("""
                        select fingerprint, resource_id from idempotency_keys
                        where organization_id = :organization and key = :key
                        """)
                .param("organization", caller.organizationId())
                .param("key", key)
                .query((row, number) ->
                        new Earlier(row.getString("fingerprint"), Rows.optionalText(row, "resource_id")))
                .single();
        if (!earlier.fingerprint().equals(fingerprint)) {
            throw new SandkeepException(
                    ProblemCode.IDEMPOTENCY_KEY_REUSED,
                    "The Idempotency-Key '" + key + "' came with another request before.");
        }
        return earlier.resourceId().orElseThrow();
    }

    private static String fingerprint(String text) {
        return HexFormat.of().formatHex(Sha256.of(text));
    }
}
