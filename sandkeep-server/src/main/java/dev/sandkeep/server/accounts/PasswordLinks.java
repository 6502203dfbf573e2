package dev.sandkeep.server.accounts;

import dev.sandkeep.server.accounts.SignInLinks.Link;
import dev.sandkeep.server.accounts.SignInLinks.Purpose;
import dev.sandkeep.server.events.Change;
import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.organizations.Members;
import dev.sandkeep.server.organizations.Organizations;
import dev.sandkeep.server.organizations.Person;
import dev.sandkeep.server.organizations.Persons;
import dev.sandkeep.server.platform.boot.RunningServer;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.errors.ValidationErrors;
import dev.sandkeep.server.platform.mail.Mail;
import dev.sandkeep.server.platform.mail.Mailer;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Secrets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Links by which people choose a password: once, and for a while. */
@Component
public final class PasswordLinks {
    /** How long a link is worth something that somebody in charge made. */
    public static final Duration LIFETIME = Duration.ofDays(1);

    private static final Logger LOG = LoggerFactory.getLogger(PasswordLinks.class);
    /** How long a link is worth something that anybody may have mailed. */
    private static final Duration MAILED_LIFETIME = Duration.ofHours(1);
    /** How many are mailed to a person in that time. */
    private static final int MOST_MAILS = 3;
    /** After so many wishes from an address, each further one has to wait. */
    private static final int MOST_WISHES = 5;

    private final SignInLinks links;
    private final Persons persons;
    private final Passwords passwords;
    private final WebSessions sessions;
    private final SignIn signIn;
    private final KnownBrowsers browsers;
    private final SecondFactors factors;
    private final Members members;
    private final Organizations organizations;
    private final EventLog events;
    private final RunningServer server;
    private final SetUpFile file;
    private final SignInLimits limits;
    private final Mailer mailer;
    private final Clock clock;
    private final TransactionTemplate transactions;

    PasswordLinks(
            SignInLinks links,
            Persons persons,
            Passwords passwords,
            WebSessions sessions,
            SignIn signIn,
            KnownBrowsers browsers,
            SecondFactors factors,
            Members members,
            Organizations organizations,
            EventLog events,
            RunningServer server,
            SetUpFile file,
            SignInLimits limits,
            Mailer mailer,
            Clock clock,
            TransactionTemplate transactions) {
        this.links = links;
        this.persons = persons;
        this.passwords = passwords;
        this.sessions = sessions;
        this.signIn = signIn;
        this.browsers = browsers;
        this.factors = factors;
        this.members = members;
        this.organizations = organizations;
        this.events = events;
        this.server = server;
        this.file = file;
        this.limits = limits;
        this.mailer = mailer;
        this.clock = clock;
        this.transactions = transactions;
    }

    /**
     * By which the person behind the caller gets an e-mail address and a password, whatever it had before, and loses its second
     * factor: the way in for a first owner, and back in for whoever has lost everything but a key.
     */
    public PasswordLink forSetUp(Caller caller) {
        Person person = persons.behind(caller);
        return Objects.requireNonNull(transactions.execute(status -> {
            PasswordLink made = setUp(person, caller.actor());
            events.append(caller, Change.of("member", caller.actor(), "set_up_link_made"));
            return made;
        }));
    }

    /** The same for the server itself, in the present transaction. */
    PasswordLink setUp(Person person, String by) {
        String token = Secrets.create("");
        Link link = links.make(token, Purpose.SET_UP, person.id(), false, true, by, LIFETIME);
        return new PasswordLink(setUpAddress(token), link.expiresAt());
    }

    String setUpAddress(String token) {
        return server.address() + "/set-up/" + token;
    }

    /** Whom a link to set up is for; empty when it is not valid. */
    public Optional<Person> toSetUp(String token) {
        return links.find(token, Purpose.SET_UP).map(link -> persons.find(link.person()));
    }

    /**
     * Uses a link to set up: gives its person name, address and password, and lets it in. All its other sessions end.
     *
     * @throws SandkeepException {@code sign_in_link_invalid}, {@code validation_failed}, {@code email_taken}
     */
    public SignedIn setUp(String token, String name, String email, String password, Visitor from) {
        Person person = toSetUp(token)
                .orElseThrow(() ->
                        new SandkeepException(ProblemCode.SIGN_IN_LINK_INVALID, "The link is not valid, or was used."));
        ValidationErrors errors = new ValidationErrors();
        AccountRules.name(name, errors);
        AccountRules.email(email, errors);
        PasswordRules.check(password, email, "password", errors);
        errors.throwIfAny();
        String hash = passwords.hash(password);
        SignedIn signedIn = Objects.requireNonNull(transactions.execute(status -> {
            links.use(token, Purpose.SET_UP);
            persons.rename(person.id(), name.strip());
            persons.setEmail(person.id(), email.strip(), true);
            passwords.store(person.id(), hash);
            startAnew(person.id());
            factors.remove(person.id());
            SignedIn in = signIn.let(person.id(), Method.LINK, from);
            in.session()
                    .caller()
                    .ifPresent(caller -> events.append(caller, Change.of("member", caller.actor(), "password_set")));
            return in;
        }));
        file.remove();
        return signedIn;
    }

    /**
     * By which a member of the caller's organization chooses another password. Who is in further organizations than the caller
     * answers for would be handed over there too: for them, only owners of the organization that operates the server may.
     *
     * @param removeSecondFactor for somebody who has lost it with all recovery codes
     * @throws SandkeepException {@code forbidden}, {@code not_found}
     */
    public PasswordLink forReset(Caller caller, String memberId, boolean removeSecondFactor) {
        members.requireTouchable(caller, memberId);
        Person person = persons.ofMember(caller, memberId);
        if (organizations.inSeveral(person.id())) {
            caller.require(Permission.SIGN_IN_RESTORE);
        }
        return Objects.requireNonNull(transactions.execute(status -> {
            String token = Secrets.create("");
            Link link =
                    links.make(token, Purpose.RESET, person.id(), false, removeSecondFactor, caller.actor(), LIFETIME);
            events.append(
                    caller,
                    Change.of("member", memberId, "password_reset_link_made")
                            .detail(removeSecondFactor ? "removes the second factor" : ""));
            return new PasswordLink(resetAddress(token), link.expiresAt());
        }));
    }

    /**
     * Mails a link to whoever has this address, if anybody has and mail is set up. The answer is the same in any case, and takes
     * no longer: all work is done beside the request.
     *
     * @throws SandkeepException {@code sign_in_limited}
     */
    public void forgotten(String email, Visitor from) {
        limits.wish("forgotten", MOST_WISHES, from);
        if (mailer.configured()) {
            Thread.ofVirtual().name("forgotten-password").start(() -> mailLink(email.strip()));
        }
    }

    /** Whether forgotten passwords are mailed. */
    public boolean mails() {
        return mailer.configured();
    }

    private void mailLink(String email) {
        Instant anHourAgo = clock.instant().minus(MAILED_LIFETIME);
        Optional<Person> person =
                persons.withEmail(email).filter(found -> links.mailedSince(found.id(), anHourAgo) < MOST_MAILS);
        if (person.isEmpty()) {
            LOG.info("event=forgotten_password_not_mailed reason=\"nobody has the address, or enough were mailed\"");
            return;
        }
        String token = Secrets.create("");
        links.make(token, Purpose.RESET, person.get().id(), true, false, Caller.SYSTEM, MAILED_LIFETIME);
        mailer.send(new Mail(person.get().email().orElseThrow(), "Another password for Sandkeep", """
                Somebody, probably you, asked for a link to choose another password for Sandkeep.

                Open this link within an hour. It works once.

                %s

                If it was not you, do nothing: your password stays as it is.
                """.formatted(
                        resetAddress(token))));
    }

    String resetAddress(String token) {
        return server.address() + "/reset-password/" + token;
    }

    /** Whom a link to choose another password is for; empty when it is not valid. */
    public Optional<Person> toReset(String token) {
        return links.find(token, Purpose.RESET).map(link -> persons.find(link.person()));
    }

    /**
     * Uses a link to choose another password. All sessions of the person end; who has a second factor still has to show a code.
     *
     * @throws SandkeepException {@code sign_in_link_invalid}, {@code validation_failed}
     */
    public SignInStep reset(String token, String password, Visitor from) {
        Person person = toReset(token)
                .orElseThrow(() ->
                        new SandkeepException(ProblemCode.SIGN_IN_LINK_INVALID, "The link is not valid, or was used."));
        ValidationErrors errors = new ValidationErrors();
        PasswordRules.check(password, person.email().orElse(""), "password", errors);
        errors.throwIfAny();
        String hash = passwords.hash(password);
        return Objects.requireNonNull(transactions.execute(status -> {
            Link link = links.use(token, Purpose.RESET);
            passwords.store(person.id(), hash);
            startAnew(person.id());
            if (link.removesSecondFactor()) {
                factors.remove(person.id());
            }
            if (link.mailed()) {
                persons.setEmail(person.id(), person.email().orElseThrow(), true);
            }
            return signIn.afterPassword(person.id(), Method.LINK, from);
        }));
    }

    /** What was given before counts no more: it may be in wrong hands. */
    private void startAnew(String person) {
        sessions.endAll(person, Optional.empty());
        browsers.forgetAllOf(person);
    }
}
