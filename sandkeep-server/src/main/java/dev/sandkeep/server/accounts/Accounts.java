package dev.sandkeep.server.accounts;

import dev.sandkeep.server.events.Change;
import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.organizations.Person;
import dev.sandkeep.server.organizations.Persons;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.errors.ValidationErrors;
import dev.sandkeep.server.platform.security.Caller;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** What people do with their own account. What decides who signs in is only changed by who shows the password. */
@Component
public final class Accounts {
    private static final String PASSWORD = "password";

    private final Persons persons;
    private final Passwords passwords;
    private final SecondFactors factors;
    private final SignInLimits limits;
    private final WebSessions sessions;
    private final KnownBrowsers browsers;
    private final Challenges challenges;
    private final EventLog events;
    private final TransactionTemplate transactions;

    Accounts(
            Persons persons,
            Passwords passwords,
            SecondFactors factors,
            SignInLimits limits,
            WebSessions sessions,
            KnownBrowsers browsers,
            Challenges challenges,
            EventLog events,
            TransactionTemplate transactions) {
        this.persons = persons;
        this.passwords = passwords;
        this.factors = factors;
        this.limits = limits;
        this.sessions = sessions;
        this.browsers = browsers;
        this.challenges = challenges;
        this.events = events;
        this.transactions = transactions;
    }

    /**
     * The account of the person behind the caller.
     *
     * @throws SandkeepException {@code person_needed} for a service account
     */
    public Account of(Caller caller) {
        Person person = persons.behind(caller);
        return new Account(
                person, passwords.has(person.id()), factors.has(person.id()), factors.recoveryCodesLeft(person.id()));
    }

    /** Sessions of the caller's person, the one that was used last first. */
    public List<ListedSession> sessions(Caller caller) {
        return sessions.list(persons.behind(caller).id());
    }

    /**
     * Ends one of them.
     *
     * @throws SandkeepException {@code not_found}
     */
    public void endSession(Caller caller, String id) {
        sessions.end(caller, persons.behind(caller).id(), id);
    }

    /** Ends all of them but the one that asks. */
    public void endOtherSessions(Caller caller) {
        String person = persons.behind(caller).id();
        transactions.executeWithoutResult(status -> {
            int ended = sessions.endAll(person, presentSession());
            if (ended > 0) {
                events.append(
                        caller,
                        Change.of("member", caller.actor(), "signed_out").detail("sessions of browsers: " + ended));
            }
        });
    }

    /**
     * Chooses another password. All other sessions of the person end.
     *
     * @throws SandkeepException {@code validation_failed}, {@code sign_in_limited}
     */
    public void changePassword(Caller caller, String present, String wanted, Visitor from) {
        Person person = persons.behind(caller);
        ValidationErrors errors = new ValidationErrors();
        PasswordRules.check(wanted, person.email().orElse(""), "newPassword", errors);
        errors.throwIfAny();
        requirePassword(person, present, "currentPassword", from);
        String hash = passwords.hash(wanted);
        transactions.executeWithoutResult(status -> {
            passwords.store(person.id(), hash);
            sessions.endAll(person.id(), presentSession());
            browsers.forgetAllOf(person.id());
            challenges.endAll(person.id());
            events.append(caller, Change.of("member", caller.actor(), "password_changed"));
        });
    }

    /**
     * Begins with a second factor: hands its secret over.
     *
     * @throws SandkeepException {@code second_factor_exists}, {@code validation_failed}, {@code sign_in_limited}
     */
    public SecondFactorSecret beginSecondFactor(Caller caller, String password, Visitor from) {
        Person person = persons.behind(caller);
        requirePassword(person, password, PASSWORD, from);
        byte[] secret = Totp.newSecret();
        if (!factors.begin(person.id(), secret)) {
            throw new SandkeepException(ProblemCode.SECOND_FACTOR_EXISTS, "There is a second factor already.");
        }
        String uri = Totp.uri(secret, person.email().orElse(person.name()));
        return new SecondFactorSecret(Totp.base32(secret), uri, QrCode.of(uri));
    }

    /**
     * Makes it count from now on.
     *
     * @param code a first one, which shows that the app has the secret
     * @return codes for when the app is lost, which nobody can read again
     * @throws SandkeepException {@code validation_failed}, {@code sign_in_limited}
     */
    public List<String> confirmSecondFactor(Caller caller, String code, Visitor from) {
        Person person = persons.behind(caller);
        SignInLimits.Try attempt = limits.code(person.id(), from);
        return Objects.requireNonNull(transactions.execute(status -> {
            if (!factors.confirm(person.id(), code)) {
                throw wrong("code", "the code is not the present one of the secret that was handed over");
            }
            attempt.right();
            events.append(caller, Change.of("member", caller.actor(), "second_factor_added"));
            return factors.newRecoveryCodes(person.id());
        }));
    }

    /**
     * Makes new recovery codes in the place of the earlier ones.
     *
     * @throws SandkeepException {@code no_second_factor}, {@code validation_failed}, {@code sign_in_limited}
     */
    public List<String> newRecoveryCodes(Caller caller, String password, Visitor from) {
        Person person = persons.behind(caller);
        requirePassword(person, password, PASSWORD, from);
        if (!factors.has(person.id())) {
            throw new SandkeepException(ProblemCode.NO_SECOND_FACTOR, "There is no second factor.");
        }
        return Objects.requireNonNull(transactions.execute(status -> {
            events.append(caller, Change.of("member", caller.actor(), "recovery_codes_made"));
            return factors.newRecoveryCodes(person.id());
        }));
    }

    /**
     * Goes without one from now on.
     *
     * @throws SandkeepException {@code no_second_factor}, {@code validation_failed}, {@code sign_in_limited}
     */
    public void removeSecondFactor(Caller caller, String password, Visitor from) {
        Person person = persons.behind(caller);
        requirePassword(person, password, PASSWORD, from);
        transactions.executeWithoutResult(status -> {
            if (!factors.remove(person.id())) {
                throw new SandkeepException(ProblemCode.NO_SECOND_FACTOR, "There is no second factor.");
            }
            events.append(caller, Change.of("member", caller.actor(), "second_factor_removed"));
        });
    }

    private void requirePassword(Person person, String password, String field, Visitor from) {
        SignInLimits.Try attempt = limits.code(person.id(), from);
        if (!passwords.fits(Optional.of(person.id()), password)) {
            throw wrong(field, "this is not the present password");
        }
        attempt.right();
    }

    private static Optional<String> presentSession() {
        return WebSessions.current().map(WebSession::id);
    }

    private static SandkeepException wrong(String field, String message) {
        return ValidationErrors.only(field, "wrong", message);
    }
}
