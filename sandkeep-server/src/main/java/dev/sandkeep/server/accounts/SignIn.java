package dev.sandkeep.server.accounts;

import dev.sandkeep.server.organizations.Person;
import dev.sandkeep.server.organizations.Persons;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.telemetry.Metric;
import dev.sandkeep.server.platform.telemetry.Metrics;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Lets people in who show that they are who they say. An account that does not exist is answered like a wrong password, after the
 * same work.
 */
@Component
public final class SignIn {
    private static final Logger LOG = LoggerFactory.getLogger(SignIn.class);

    private final Persons persons;
    private final Passwords passwords;
    private final SignInLimits limits;
    private final WebSessions sessions;
    private final KnownBrowsers browsers;
    private final SecondFactors factors;
    private final Challenges challenges;
    private final TransactionTemplate transactions;
    private final Metrics metrics;

    SignIn(
            Persons persons,
            Passwords passwords,
            SignInLimits limits,
            WebSessions sessions,
            KnownBrowsers browsers,
            SecondFactors factors,
            Challenges challenges,
            TransactionTemplate transactions,
            Metrics metrics) {
        this.persons = persons;
        this.passwords = passwords;
        this.limits = limits;
        this.sessions = sessions;
        this.browsers = browsers;
        this.factors = factors;
        this.challenges = challenges;
        this.transactions = transactions;
        this.metrics = metrics;
    }

    /**
     * With an e-mail address and a password.
     *
     * @throws SandkeepException {@code sign_in_failed}, {@code sign_in_limited}
     */
    public SignInStep withPassword(String email, String password, Visitor from) {
        Optional<Person> person = persons.withEmail(email.strip());
        SignInLimits.Try attempt = counted("password", () -> limits.password(email, person.map(Person::id), from));
        if (!passwords.fits(person.map(Person::id), password)) {
            LOG.warn(
                    "event=sign_in_failed person={} address={} reason=password",
                    person.map(Person::id).orElse("unknown"),
                    from.address());
            metrics.count(Metric.SIGN_IN, "password", "failed");
            throw new SandkeepException(ProblemCode.SIGN_IN_FAILED, "E-mail address and password do not fit.");
        }
        attempt.right();
        metrics.count(Metric.SIGN_IN, "password", "succeeded");
        return afterPassword(person.orElseThrow().id(), Method.PASSWORD, from);
    }

    /** Goes on with somebody who has shown, or just chosen, a password. */
    SignInStep afterPassword(String person, Method method, Visitor from) {
        return factors.has(person) ? new CodeNeeded(challenges.create(person)) : let(person, method, from);
    }

    /** Whether a code can be shown for it; after ten minutes the password has to be shown again. */
    public boolean awaitsCode(String challenge) {
        return challenges.person(challenge).isPresent();
    }

    /**
     * With a code of the second factor, after the password.
     *
     * @param challenge what {@link CodeNeeded} gave
     * @throws SandkeepException {@code sign_in_failed}, {@code sign_in_limited}
     */
    public SignedIn withCode(String challenge, String code, Visitor from) {
        String person = challenges
                .person(challenge)
                .orElseThrow(() -> new SandkeepException(
                        ProblemCode.SIGN_IN_FAILED, "It took too long: show the password again."));
        SignInLimits.Try attempt = counted("code", () -> limits.code(person, from));
        if (!factors.use(person, code)) {
            LOG.warn("event=sign_in_failed person={} address={} reason=code", person, from.address());
            metrics.count(Metric.SIGN_IN, "code", "failed");
            throw new SandkeepException(ProblemCode.SIGN_IN_FAILED, "The code does not fit, or was used before.");
        }
        attempt.right();
        metrics.count(Metric.SIGN_IN, "code", "succeeded");
        challenges.endAll(person);
        return let(person, Method.PASSWORD, from);
    }

    private SignInLimits.Try counted(String method, Supplier<SignInLimits.Try> limit) {
        try {
            return limit.get();
        } catch (SandkeepException limited) {
            metrics.count(Metric.SIGN_IN, method, "limited");
            throw limited;
        }
    }

    /** Somebody came back from an identity provider. */
    void countOpenId(boolean in) {
        metrics.count(Metric.SIGN_IN, "openid", in ? "succeeded" : "failed");
    }

    /** Lets somebody in who has shown all that is asked for. */
    SignedIn let(String person, Method method, Visitor from) {
        return Objects.requireNonNull(transactions.execute(status -> {
            WebSessions.Begun begun = sessions.begin(person, method, from);
            return new SignedIn(begun.session(), begun.cookie(), browsers.remember(from.browser(), person));
        }));
    }
}
