package dev.sandkeep.server.accounts;

import dev.sandkeep.server.organizations.Person;
import dev.sandkeep.server.organizations.Persons;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import java.util.Objects;
import java.util.Optional;
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
    private final TransactionTemplate transactions;

    SignIn(
            Persons persons,
            Passwords passwords,
            SignInLimits limits,
            WebSessions sessions,
            KnownBrowsers browsers,
            TransactionTemplate transactions) {
        this.persons = persons;
        this.passwords = passwords;
        this.limits = limits;
        this.sessions = sessions;
        this.browsers = browsers;
        this.transactions = transactions;
    }

    /**
     * With an e-mail address and a password.
     *
     * @throws SandkeepException {@code sign_in_failed}, {@code sign_in_limited}
     */
    public SignedIn withPassword(String email, String password, Visitor from) {
        Optional<Person> person = persons.withEmail(email.strip());
        SignInLimits.Try attempt = limits.password(email, person.map(Person::id), from);
        if (!passwords.fits(person.map(Person::id), password)) {
            LOG.warn(
                    "event=sign_in_failed person={} address={} reason=password",
                    person.map(Person::id).orElse("unknown"),
                    from.address());
            throw new SandkeepException(ProblemCode.SIGN_IN_FAILED, "E-mail address and password do not fit.");
        }
        attempt.right();
        return let(person.orElseThrow().id(), Method.PASSWORD, from);
    }

    /** Lets somebody in who has shown all that is asked for. */
    SignedIn let(String person, Method method, Visitor from) {
        return Objects.requireNonNull(transactions.execute(status -> {
            WebSessions.Begun begun = sessions.begin(person, method, from);
            return new SignedIn(begun.session(), begun.cookie(), browsers.remember(from.browser(), person));
        }));
    }
}
