package dev.sandkeep.server.accounts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.zxing.BinaryBitmap;
import com.google.zxing.RGBLuminanceSource;
import com.google.zxing.common.HybridBinarizer;
import com.google.zxing.qrcode.QRCodeReader;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.SettableClock;
import dev.sandkeep.server.testing.SignedInPeople;
import dev.sandkeep.server.testing.SignedInPeople.Someone;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

@ServerTest
class SecondFactorSealTest {
    private static final byte[] SECRET = "12345678901234567890".getBytes(StandardCharsets.US_ASCII);
    private static final Pattern RUN = Pattern.compile("M(\\d+) (\\d+)h(\\d+)v1h-\\d+z");

    @Autowired
    SignedInPeople people;

    @Autowired
    SecretSeal seal;

    @Autowired
    SealSecondFactors atStart;

    @Autowired
    SecondFactors factors;

    @Autowired
    DataDirectory data;

    @Autowired
    SettableClock clock;

    @Autowired
    JdbcClient jdbc;

    private Someone someone;
    private String person = "";

    @BeforeEach
    void person() {
        jdbc.sql("delete from sign_in_failures").update();
        someone = people.owner();
        person = someone.person().id();
    }

    @Test
    void the_database_never_sees_a_secret() {
        String secret = someone.tenant()
                .api()
                .post("/account/second-factor", "{\"password\":\"" + SignedInPeople.PASSWORD + "\"}")
                .text("secret");
        byte[] sealed = sealed();
        assertThat(sealed).hasSize(12 + Totp.SECRET_BYTES + 16);
        byte[] opened = seal.open(person, SecretSeal.Sealed.of(sealed, seal.firstKey()));
        assertThat(Totp.base32(opened)).isEqualTo(secret);
        assertThat(new String(sealed, StandardCharsets.ISO_8859_1))
                .doesNotContain(new String(opened, StandardCharsets.ISO_8859_1));
    }

    @Test
    void the_key_is_in_a_file_that_only_the_server_reads() throws Exception {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data.resolve(SecretSeal.FILE))))
                .isEqualTo("rw-------");
    }

    @Test
    void a_secret_from_before_is_sealed_when_a_server_starts_and_goes_on_working() {
        jdbc.sql("""
                        insert into second_factors (person_id, secret, created_at, confirmed_at)
                        values (:person, :secret, now(), now())
                        """).param("person", person).param("secret", SECRET).update();
        String now = Totp.code(SECRET, clock.instant().getEpochSecond() / Totp.STEP_SECONDS);
        assertThat(factors.has(person)).isTrue();

        atStart.start();

        assertThat(sealed()).isNotEqualTo(SECRET);
        assertThat(jdbc.sql("select count(*) from second_factors where secret is not null")
                        .query(Integer.class)
                        .single())
                .isZero();
        assertThat(factors.use(person, now)).isTrue();
    }

    @Test
    void what_was_changed_or_is_another_persons_or_of_an_unknown_key_opens_nothing() {
        SecretSeal.Sealed sealed = seal.seal(person, SECRET);
        assertThat(seal.open(person, sealed)).isEqualTo(SECRET);
        assertThat(seal.seal(person, SECRET).bytes()).isNotEqualTo(sealed.bytes());
        byte[] changed = sealed.bytes();
        changed[20] ^= 1;
        unreadable("per_other", sealed);
        unreadable(person, SecretSeal.Sealed.of(changed, sealed.key()));
        unreadable(person, SecretSeal.Sealed.of(Arrays.copyOf(sealed.bytes(), 5), sealed.key()));
        unreadable(person, SecretSeal.Sealed.of(sealed.bytes(), "lost"));
    }

    @Test
    void a_recovery_code_lets_in_also_when_the_key_is_lost() {
        factors.begin(person, SECRET);
        jdbc.sql("update second_factors set sealed_by = 'lost', confirmed_at = now() where person_id = :person")
                .param("person", person)
                .update();
        String paper = factors.newRecoveryCodes(person).getFirst();
        assertThat(factors.has(person)).isTrue();
        assertThatThrownBy(() -> factors.use(person, "000000"))
                .isInstanceOfSatisfying(
                        SandkeepException.class,
                        problem -> assertThat(problem.code()).isEqualTo(ProblemCode.SECOND_FACTOR_UNREADABLE));
        assertThat(factors.use(person, paper)).isTrue();
        factors.remove(person);
    }

    @Test
    void the_picture_says_what_the_link_says() throws Exception {
        String uri = Totp.uri(SECRET, "ada+test@example.org");
        QrCode code = QrCode.of(uri);
        int scale = 4;
        int side = code.size() * scale;
        int[] pixels = new int[side * side];
        Arrays.fill(pixels, 0xffffff);
        Matcher run = RUN.matcher(code.path());
        while (run.find()) {
            int left = Integer.parseInt(run.group(1));
            int top = Integer.parseInt(run.group(2));
            int width = Integer.parseInt(run.group(3));
            for (int y = top * scale; y < (top + 1) * scale; y++) {
                Arrays.fill(pixels, y * side + left * scale, y * side + (left + width) * scale, 0);
            }
        }
        BinaryBitmap seen = new BinaryBitmap(new HybridBinarizer(new RGBLuminanceSource(side, side, pixels)));
        assertThat(new QRCodeReader().decode(seen).getText()).isEqualTo(uri);
    }

    private void unreadable(String of, SecretSeal.Sealed sealed) {
        assertThatThrownBy(() -> seal.open(of, sealed))
                .isInstanceOfSatisfying(
                        SandkeepException.class,
                        problem -> assertThat(problem.code()).isEqualTo(ProblemCode.SECOND_FACTOR_UNREADABLE));
    }

    private byte[] sealed() {
        return jdbc.sql("select sealed from second_factors where person_id = :person")
                .param("person", person)
                .query((row, number) -> row.getBytes("sealed"))
                .single();
    }
}
