package dev.sandkeep.server.accounts;

import dev.sandkeep.server.platform.Sha256;
import dev.sandkeep.server.platform.database.Rows;
import dev.sandkeep.server.platform.errors.SandkeepException;
import java.security.SecureRandom;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The rows of second factors: the secrets that authenticator apps share with us, and codes for when the app is lost. */
@Component
class SecondFactors {
    private static final Logger LOG = LoggerFactory.getLogger(SecondFactors.class);
    private static final String SECRETS = "select person_id, secret, sealed, sealed_by from second_factors";
    private static final int RECOVERY_CODES = 10;
    private static final int RECOVERY_BYTES = 10;

    private final JdbcClient jdbc;
    private final SecretSeal seal;
    private final Clock clock;

    SecondFactors(JdbcClient jdbc, SecretSeal seal, Clock clock) {
        this.jdbc = jdbc;
        this.seal = seal;
        this.clock = clock;
    }

    /** Whether the person has to show a code. */
    boolean has(String person) {
        return jdbc.sql("""
                        select exists (select 1 from second_factors where person_id = :person and confirmed_at is not null)
                        """).param("person", person).query(Boolean.class).single();
    }

    int recoveryCodesLeft(String person) {
        return jdbc.sql("select count(*) from recovery_codes where person_id = :person and used_at is null")
                .param("person", person)
                .query(Integer.class)
                .single();
    }

    /** Begins with a new secret, which counts when a first code of it was shown. */
    boolean begin(String person, byte[] secret) {
        SecretSeal.Sealed sealed = seal.seal(person, secret);
        return jdbc.sql("""
                        insert into second_factors (person_id, sealed, sealed_by, created_at)
                        values (:person, :sealed, :key, :now)
                        on conflict (person_id) do update
                            set secret = null, sealed = excluded.sealed, sealed_by = excluded.sealed_by,
                                created_at = excluded.created_at, last_step = 0
                            where second_factors.confirmed_at is null
                        """)
                        .param("person", person)
                        .param("sealed", sealed.bytes())
                        .param("key", sealed.key())
                        .param("now", Rows.time(clock.instant()))
                        .update()
                > 0;
    }

    /** Makes the secret count, when the code is of it. */
    boolean confirm(String person, String code) {
        return secret(person, false)
                        .map(secret -> Totp.step(secret, digits(code), clock.instant()))
                        .filter(OptionalLong::isPresent)
                        .map(step -> jdbc.sql("""
                                        update second_factors set confirmed_at = :now, last_step = :step
                                        where person_id = :person and confirmed_at is null
                                        """)
                                .param("now", Rows.time(clock.instant()))
                                .param("step", step.getAsLong())
                                .param("person", person)
                                .update())
                        .orElse(0)
                > 0;
    }

    /** Whether it is a code of the person's that was not used yet; it is used from now on. */
    boolean use(String person, String code) {
        // Paper first: it is of use also when the app's secret cannot be read.
        return useOfPaper(person, code) || useOfApp(person, digits(code));
    }

    private boolean useOfApp(String person, String code) {
        return secret(person, true)
                        .map(secret -> Totp.step(secret, code, clock.instant()))
                        .filter(OptionalLong::isPresent)
                        .map(step -> jdbc.sql("""
                                        update second_factors set last_step = :step
                                        where person_id = :person and confirmed_at is not null and last_step < :step
                                        """)
                                .param("step", step.getAsLong())
                                .param("person", person)
                                .update())
                        .orElse(0)
                > 0;
    }

    private boolean useOfPaper(String person, String code) {
        return jdbc.sql("""
                        update recovery_codes set used_at = :now
                        where person_id = :person and code_sha256 = :hash and used_at is null
                        """)
                        .param("now", Rows.time(clock.instant()))
                        .param("person", person)
                        .param("hash", Sha256.of(plain(code)))
                        .update()
                > 0;
    }

    /** New recovery codes in the place of all earlier ones; nobody can read them again. */
    List<String> newRecoveryCodes(String person) {
        removeRecoveryCodes(person);
        List<String> codes = IntStream.range(0, RECOVERY_CODES)
                .mapToObj(number -> recoveryCode())
                .toList();
        codes.forEach(code -> jdbc.sql("""
                        insert into recovery_codes (person_id, code_sha256, created_at) values (:person, :hash, :now)
                        """)
                .param("person", person)
                .param("hash", Sha256.of(plain(code)))
                .param("now", Rows.time(clock.instant()))
                .update());
        return codes;
    }

    boolean remove(String person) {
        removeRecoveryCodes(person);
        return jdbc.sql("delete from second_factors where person_id = :person")
                        .param("person", person)
                        .update()
                > 0;
    }

    private void removeRecoveryCodes(String person) {
        jdbc.sql("delete from recovery_codes where person_id = :person")
                .param("person", person)
                .update();
    }

    private Optional<byte[]> secret(String person, boolean confirmed) {
        return jdbc.sql(SECRETS + " where person_id = :person and (confirmed_at is not null) = :confirmed")
                .param("person", person)
                .param("confirmed", confirmed)
                .query(SecondFactors::stored)
                .optional()
                .map(this::open);
    }

    /**
     * Seals what is not sealed with the first key, in the present transaction.
     *
     * @return how many were sealed; those whose key is not here stay as they are
     */
    int sealAll() {
        List<Stored> others = jdbc.sql(SECRETS + " where sealed_by is distinct from :first for update")
                .param("first", seal.firstKey())
                .query(SecondFactors::stored)
                .list();
        int done = 0;
        for (Stored other : others) {
            try {
                store(other.person(), seal.seal(other.person(), open(other)));
                done++;
            } catch (SandkeepException unreadable) {
                LOG.warn(
                        "event=second_factor_unreadable person={} cause=\"{}\"",
                        other.person(),
                        unreadable.getMessage());
            }
        }
        return done;
    }

    private void store(String person, SecretSeal.Sealed sealed) {
        jdbc.sql(
                        "update second_factors set secret = null, sealed = :sealed, sealed_by = :key where person_id = :person")
                .param("sealed", sealed.bytes())
                .param("key", sealed.key())
                .param("person", person)
                .update();
    }

    /** A secret as its row has it: plain, or sealed. */
    private record Stored(String person, Optional<byte[]> plain, Optional<SecretSeal.Sealed> sealed) {}

    private static Stored stored(ResultSet row, int number) throws SQLException {
        byte[] bytes = row.getBytes("sealed");
        return new Stored(
                row.getString("person_id"),
                Optional.ofNullable(row.getBytes("secret")),
                bytes == null
                        ? Optional.empty()
                        : Optional.of(SecretSeal.Sealed.of(bytes, row.getString("sealed_by"))));
    }

    private byte[] open(Stored stored) {
        return stored.plain()
                .orElseGet(() -> seal.open(stored.person(), stored.sealed().orElseThrow()));
    }

    /** 80 random bits, in groups of four: {@code abcd-efgh-ijkl-mnop}. */
    private static String recoveryCode() {
        byte[] bytes = new byte[RECOVERY_BYTES];
        new SecureRandom().nextBytes(bytes);
        return Totp.base32(bytes).toLowerCase(Locale.ROOT).replaceAll("(.{4})(?!$)", "$1-");
    }

    private static String plain(String code) {
        return code.toLowerCase(Locale.ROOT).replaceAll("[^a-z2-7]", "");
    }

    private static String digits(String code) {
        return code.replaceAll("\\s", "");
    }
}
