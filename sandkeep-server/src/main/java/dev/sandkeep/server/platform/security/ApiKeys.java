package dev.sandkeep.server.platform.security;

import dev.sandkeep.server.platform.Ids;
import dev.sandkeep.server.platform.database.Rows;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** API keys: {@code skp_} and 43 base64url characters (256 random bits). Only their SHA-256 is stored. */
@Component
public final class ApiKeys {
    /** For so long after it was revoked a key may still work. */
    private static final Duration REMEMBERED = Duration.ofSeconds(5);

    private static final Pattern FORM = Pattern.compile("skp_[A-Za-z0-9_-]{43}");
    private static final int MOST_REMEMBERED = 10_000;

    private final JdbcClient jdbc;
    private final Ids ids;
    private final Clock clock;
    private final Map<String, Known> known = new ConcurrentHashMap<>();

    private record Known(Caller caller, Instant until) {}

    ApiKeys(JdbcClient jdbc, Ids ids, Clock clock) {
        this.jdbc = jdbc;
        this.ids = ids;
        this.clock = clock;
    }

    /** A new key's text; it means nothing until it is {@linkplain #store stored}. */
    public static String newKey() {
        byte[] bytes = new byte[32];
        new SecureRandom().nextBytes(bytes);
        return "skp_" + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** Whether {@code text} looks like a key. */
    public static boolean hasForm(String text) {
        return FORM.matcher(text).matches();
    }

    /** Makes a key valid for a member; one that is stored already stays as it is. */
    public void store(String organizationId, String memberId, String name, String key) {
        jdbc.sql("""
                        insert into api_keys (id, organization_id, member_id, name, key_sha256, created_at)
                        values (:id, :organization, :member, :name, :hash, :now)
                        on conflict (key_sha256) do nothing
                        """)
                .param("id", ids.next(Ids.Kind.API_KEY))
                .param("organization", organizationId)
                .param("member", memberId)
                .param("name", name)
                .param("hash", sha256(key))
                .param("now", Rows.time(clock.instant()))
                .update();
    }

    /** Whom a key stands for; empty when it is not valid. */
    public Optional<Caller> caller(String key) {
        if (!hasForm(key)) {
            return Optional.empty();
        }
        byte[] hash = sha256(key);
        String remembered = HexFormat.of().formatHex(hash);
        Known hit = known.get(remembered);
        Instant now = clock.instant();
        if (hit != null && now.isBefore(hit.until())) {
            return Optional.of(hit.caller());
        }
        Optional<Caller> caller = jdbc.sql("""
                        select organization_id, member_id from api_keys
                        where key_sha256 = :hash and revoked_at is null
                        """)
                .param("hash", hash)
                .query((row, number) -> new Caller(row.getString("organization_id"), row.getString("member_id")))
                .optional();
        if (known.size() >= MOST_REMEMBERED) {
            known.clear();
        }
        caller.ifPresent(found -> known.put(remembered, new Known(found, now.plus(REMEMBERED))));
        return caller;
    }

    private static byte[] sha256(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
