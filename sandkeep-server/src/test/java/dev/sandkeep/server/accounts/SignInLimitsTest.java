package dev.sandkeep.server.accounts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.testing.AtOnce;
import dev.sandkeep.server.testing.Browser;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.SettableClock;
import dev.sandkeep.server.testing.SignedInPeople;
import dev.sandkeep.server.testing.SignedInPeople.Someone;
import dev.sandkeep.server.testing.TestServer;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

@ServerTest
class SignInLimitsTest {
    @Autowired
    TestServer server;

    @Autowired
    SignIn signIn;

    @Autowired
    SignInLimits limits;

    @Autowired
    SignedInPeople people;

    @Autowired
    SettableClock clock;

    @Autowired
    JdbcClient jdbc;

    private Someone someone;
    private Visitor attacker;

    @BeforeEach
    void strangers() {
        someone = people.owner();
        attacker = from("203.0.113." + ThreadLocalRandom.current().nextInt(256), "");
        jdbc.sql("delete from sign_in_failures").update();
    }

    @Test
    void after_some_wrong_tries_even_the_right_password_has_to_wait() {
        for (int i = 0; i < SignInLimits.FOR_ACCOUNT; i++) {
            wrong(attacker);
        }
        limited(attacker);
        clock.advance(SignInLimits.FIRST_PAUSE.plusSeconds(1));
        wrong(attacker);
        limited(attacker);
        clock.advance(SignInLimits.FIRST_PAUSE.plusSeconds(1));
        limited(attacker);
        clock.advance(SignInLimits.FIRST_PAUSE);
        assertThat(in(attacker).session().personId()).isEqualTo(someone.person().id());
    }

    @Test
    void wrong_tries_from_one_place_do_not_keep_the_person_out_elsewhere() {
        for (int i = 0; i < SignInLimits.FOR_ACCOUNT; i++) {
            wrong(attacker);
        }
        limited(attacker);
        assertThat(in(from("198.51.100.7", "")).session().personId())
                .isEqualTo(someone.person().id());
    }

    @Test
    void wrong_tries_from_the_same_address_do_not_keep_a_known_browser_out() {
        SignedIn before = in(attacker);
        for (int i = 0; i < SignInLimits.FOR_ADDRESS + 5; i++) {
            try {
                signIn.withPassword("nobody" + i + "@example.org", "wrong password", attacker);
            } catch (SandkeepException refused) {
                assertThat(refused.code().status()).isIn(401, 429);
            }
        }
        limited(attacker);
        assertThat(in(from(attacker.address(), before.browser())).browser()).isEqualTo(before.browser());
    }

    @Test
    void a_known_browser_that_was_stolen_may_not_guess_for_ever_either() {
        Visitor thief = from("198.51.100.9", in(attacker).browser());
        for (int i = 0; i < SignInLimits.FOR_BROWSER; i++) {
            wrong(thief);
        }
        limited(thief);
    }

    @Test
    void one_browser_is_known_for_each_person_by_itself() {
        Someone other = people.owner();
        String browser = ((SignedIn) signIn.withPassword(other.email(), SignedInPeople.PASSWORD, attacker)).browser();
        for (int i = 0; i < SignInLimits.FOR_ACCOUNT; i++) {
            wrong(from(attacker.address(), browser));
        }
        limited(from(attacker.address(), browser));
    }

    @Test
    void many_tries_at_once_are_counted_all() throws InterruptedException {
        List<Callable<Boolean>> calls = Collections.nCopies(SignInLimits.FOR_ACCOUNT * 3, () -> {
            try {
                limits.password(someone.email(), Optional.empty(), attacker);
                return true;
            } catch (SandkeepException limited) {
                return false;
            }
        });
        assertThat(AtOnce.call(calls)).filteredOn(let -> let).hasSize(SignInLimits.FOR_ACCOUNT);
    }

    @Test
    void who_is_right_in_between_starts_anew() {
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < SignInLimits.FOR_ACCOUNT - 1; i++) {
                wrong(attacker);
            }
            in(attacker);
            clock.advance(SignInLimits.FORGOTTEN.plusSeconds(1));
        }
        assertThatCode(() -> in(attacker)).doesNotThrowAnyException();
    }

    @Test
    void the_addresses_of_one_connection_count_as_one() {
        assertThat(SignInLimits.prefix("192.0.2.1")).isEqualTo("192.0.2.1");
        assertThat(SignInLimits.prefix("2001:db8:1:2:3:4:5:6"))
                .isEqualTo(SignInLimits.prefix("2001:db8:1:2::1"))
                .isNotEqualTo(SignInLimits.prefix("2001:db8:1:3::1"));
        assertThat(SignInLimits.prefix("::ffff:192.0.2.1")).isEqualTo("192.0.2.1");
    }

    @Test
    void the_answer_says_how_long_to_wait() {
        Browser browser = server.browser();
        for (int i = 0; i < SignInLimits.FOR_ACCOUNT; i++) {
            browser.post("/sign-in", "email", someone.email(), "password", "wrong password");
        }
        assertThat(browser.post("/sign-in", "email", someone.email(), "password", SignedInPeople.PASSWORD)
                        .body())
                .contains("too many wrong tries", "Try again in");
        jdbc.sql("delete from sign_in_failures").update();
    }

    private static Visitor from(String address, String browser) {
        return new Visitor(address, "test", browser);
    }

    private SignedIn in(Visitor from) {
        return (SignedIn) signIn.withPassword(someone.email(), SignedInPeople.PASSWORD, from);
    }

    private void wrong(Visitor from) {
        assertThatThrownBy(() -> signIn.withPassword(someone.email(), "wrong password", from))
                .isInstanceOfSatisfying(
                        SandkeepException.class,
                        it -> assertThat(it.code().status()).isEqualTo(401));
    }

    private void limited(Visitor from) {
        assertThatThrownBy(() -> in(from)).isInstanceOfSatisfying(SandkeepException.class, it -> {
            assertThat(it.code().status()).isEqualTo(429);
            assertThat(it.fields()).containsKey("retryAfterSeconds");
        });
    }
}
