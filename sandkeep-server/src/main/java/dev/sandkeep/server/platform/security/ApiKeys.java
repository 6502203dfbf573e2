package dev.sandkeep.server.platform.security;

import dev.sandkeep.server.platform.Ids;
import dev.sandkeep.server.platform.Sha256;
import dev.sandkeep.server.platform.database.Rows;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * API keys: {@code skp_} and 43 base64url characters (256 random bits). Only their SHA-256 is stored, and their beginning, by
 * which people tell them apart.
 */
@Component
public final class ApiKeys {
    private static final Logger LOG = LoggerFactory.getLogger(ApiKeys.class);

    /** For so long other servers may still accept a key that was revoked, or grant what its owner no longer may. */
    private static final Duration REMEMBERED = Duration.ofSeconds(5);
    /** How exactly the last use is known. */
    private static final Duration USE_NOTED = Duration.ofMinutes(1);

    private static final Pattern FORM = Pattern.compile("skp_[A-Za-z0-9_-]{43}");
    private static final int BEGINNING = 10;
    private static final int MOST_REMEMBERED = 10_000;

    private final JdbcClient jdbc;
    private final Ids ids;
    private final Clock clock;
    private final Map<String, Known> known = new ConcurrentHashMap<>();

    private record Known(Caller caller, Instant until) {}

    private record Found(Caller caller, Optional<Instant> lastUsed) {}

    ApiKeys(JdbcClient jdbc, Ids ids, Clock clock) {
        this.jdbc = jdbc;
        this.ids = ids;
        this.clock = clock;
    }

    /** A new key's text; it means nothing until it is {@linkplain #store stored}. */
    public static String newKey() {
        return Secrets.create("skp_");
    }

    /** Whether {@code text} looks like a key. */
    public static boolean hasForm(String text) {
        return FORM.matcher(text).matches();
    }

    /**
     * Makes the key with this text valid.
     *
     * @return its id; empty when it is stored already, and stays as it is
     */
    public Optional<String> store(NewKey key, String text) {
        return jdbc.sql("""
                        insert into api_keys (id, organization_id, member_id, service_account_id, name, key_sha256,
                                              beginning, scopes, created_by, created_at, expires_at)
                        values (:id, :organization, :member, :serviceAccount, :name, :hash,
                                :beginning, :scopes, :by, :now, :expires)
                        on conflict (key_sha256) do nothing
                        returning id
                        """)
                .param("id", ids.next(Ids.Kind.API_KEY))
                .param("organization", key.organizationId())
                .param("member", key.ofServiceAccount() ? null : key.owner())
                .param("serviceAccount", key.ofServiceAccount() ? key.owner() : null)
                .param("name", key.name())
                .param("hash", Sha256.of(text))
                .param("beginning", text.substring(0, BEGINNING))
                .param("scopes", Scope.texts(key.scopes()).toArray(String[]::new))
                .param("by", key.createdBy())
                .param("now", Rows.time(clock.instant()))
                .param("expires", Rows.time(key.expiresAt()))
                .query(String.class)
                .optional();
    }

    /** Whom a key stands for; empty when it is not valid. */
    public Optional<Caller> caller(String key) {
        if (!hasForm(key)) {
            return Optional.empty();
        }
        byte[] hash = Sha256.of(key);
        String remembered = HexFormat.of().formatHex(hash);
        Known hit = known.get(remembered);
        Instant now = clock.instant();
        if (hit != null && now.isBefore(hit.until())) {
            return Optional.of(hit.caller());
        }
        Optional<Found> found = find(hash, now);
        if (known.size() >= MOST_REMEMBERED) {
            known.clear();
        }
        found.ifPresent(valid -> {
            known.put(remembered, new Known(valid.caller(), until(valid.caller(), now)));
            if (valid.lastUsed().isEmpty() || valid.lastUsed().get().isBefore(now.minus(USE_NOTED))) {
                noteUse(valid.caller(), now);
            }
        });
        return found.map(Found::caller);
    }

    /** Whether it lets anybody in now; asking is no use of it. */
    public boolean valid(String key) {
        return hasForm(key) && find(Sha256.of(key), clock.instant()).isPresent();
    }

    /** To be called when a key, or what its owner may do, has changed: this server then asks the database again. */
    public void forget() {
        known.clear();
    }

    private Optional<Found> find(byte[] hash, Instant now) {
        return jdbc.sql("""
                        select k.id, k.organization_id, coalesce(k.member_id, k.service_account_id) as owner,
                               coalesce(m.role, s.role) as role, k.scopes, k.expires_at, k.last_used_at,
                               o.operates_server
                        from api_keys k
                            join organizations o on o.id = k.organization_id and o.deleted_at is null
                            left join members m on m.id = k.member_id and m.removed_at is null
                            left join service_accounts s on s.id = k.service_account_id and s.removed_at is null
                        where k.key_sha256 = :hash and k.revoked_at is null
                          and (k.expires_at is null or k.expires_at > :now)
                          and (m.id is not null or s.id is not null)
                        """)
                .param("hash", hash)
                .param("now", Rows.time(now))
                .query(ApiKeys::found)
                .optional();
    }

    private static Found found(ResultSet row, int number) throws SQLException {
        Credential credential = new Credential(
                row.getString("id"),
                Role.of(row.getString("role")),
                Scope.allOf(Rows.texts(row, "scopes")),
                row.getBoolean("operates_server"),
                Rows.optionalInstant(row, "expires_at"));
        return new Found(
                new Caller(row.getString("organization_id"), row.getString("owner"), Optional.of(credential), ""),
                Rows.optionalInstant(row, "last_used_at"));
    }

    private static Instant until(Caller caller, Instant now) {
        Instant forgotten = now.plus(REMEMBERED);
        return caller.credential()
                .flatMap(Credential::expiresAt)
                .filter(forgotten::isAfter)
                .orElse(forgotten);
    }

    /** Beside the request, which does not wait for it. */
    private void noteUse(Caller caller, Instant now) {
        String key = caller.credential().orElseThrow().id();
        Thread.ofVirtual().name("note-key-use").start(() -> {
            try {
                jdbc.sql("""
                                update api_keys set last_used_at = :now
                                where id = :id and (last_used_at is null or last_used_at < :noted)
                                """)
                        .param("now", Rows.time(now))
                        .param("id", key)
                        .param("noted", Rows.time(now.minus(USE_NOTED)))
                        .update();
            } catch (DataAccessException e) {
                LOG.warn("event=key_use_not_noted key={} error=\"{}\"", key, e.getMessage());
            }
        });
    }
}
