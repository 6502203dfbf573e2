package dev.sandkeep.server.accounts;

import dev.sandkeep.server.accounts.OpenIdRequests.Asked;
import dev.sandkeep.server.organizations.EmailAddress;
import dev.sandkeep.server.organizations.Invitations;
import dev.sandkeep.server.organizations.Members;
import dev.sandkeep.server.organizations.Person;
import dev.sandkeep.server.organizations.Persons;
import dev.sandkeep.server.platform.boot.RunningServer;
import dev.sandkeep.server.platform.config.SandkeepProperties.OpenIdProperties;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.security.Role;
import dev.sandkeep.server.platform.security.Secrets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Sign-in with OpenID Connect. Whom the provider calls what is remembered at the first sign-in, and by the address only when both
 * sides have verified it: otherwise whoever enters a foreign address at either side would be that person.
 */
@Component
public final class OpenId {
    static final String RETURN = "/sign-in/openid/return";

    private final OpenIdProvider provider;
    private final OpenIdRequests requests;
    private final Persons persons;
    private final Members members;
    private final Invitations invitations;
    private final SignIn signIn;
    private final RunningServer server;
    private final TransactionTemplate transactions;

    OpenId(
            OpenIdProvider provider,
            OpenIdRequests requests,
            Persons persons,
            Members members,
            Invitations invitations,
            SignIn signIn,
            RunningServer server,
            TransactionTemplate transactions) {
        this.provider = provider;
        this.requests = requests;
        this.persons = persons;
        this.members = members;
        this.invitations = invitations;
        this.signIn = signIn;
        this.server = server;
        this.transactions = transactions;
    }

    /**
     * Where to send a browser.
     *
     * @param browser by which it is known again when it comes back
     */
    public record Departure(String url, String browser) {
        /** Shows no secret. */
        @Override
        public String toString() {
            return "Departure[]";
        }
    }

    /** Somebody who came back, and where to go now. */
    public record Arrival(SignedIn in, String next) {}

    /** What people call the provider; empty when none is set up. */
    public Optional<String> name() {
        return Optional.of(provider.settings())
                .filter(it -> it.issuer().isPresent())
                .map(OpenIdProperties::name);
    }

    /**
     * Sends somebody to the provider.
     *
     * @param next a page of ours
     * @param person who wants to sign in with it from now on; empty for somebody who signs in
     * @throws SandkeepException {@code not_found} when none is set up; {@code unavailable}
     */
    public Departure depart(String next, Optional<String> person) {
        if (name().isEmpty()) {
            throw new SandkeepException(ProblemCode.NOT_FOUND, "There is no identity provider to sign in with.");
        }
        String state = Secrets.create("");
        String browser = Secrets.create("");
        Asked asked = new Asked(Secrets.create(""), Secrets.create(""), SafePath.of(next), person);
        String url = provider.authorizationUri(returnAddress(), state, asked);
        requests.insert(state, browser, asked);
        return new Departure(url, browser);
    }

    /**
     * Lets somebody in who comes back from the provider.
     *
     * @throws SandkeepException {@code sign_in_failed}, {@code openid_not_linked}
     */
    public Arrival arrive(String state, String code, String browser, Visitor from) {
        boolean in = false;
        try {
            Arrival arrival = enter(state, code, browser, from);
            in = true;
            return arrival;
        } finally {
            signIn.countOpenId(in);
        }
    }

    private Arrival enter(String state, String code, String browser, Visitor from) {
        Asked asked = requests.take(state, browser)
                .orElseThrow(() -> new SandkeepException(
                        ProblemCode.SIGN_IN_FAILED, "This browser did not ask for it, or too long ago."));
        OidcUser user = provider.user(returnAddress(), state, asked, code);
        // Both are there: the ID token was checked.
        String issuer = Objects.requireNonNull(user.getIssuer()).toString();
        String subject = Objects.requireNonNull(user.getSubject());
        return Objects.requireNonNull(transactions.execute(status -> {
            Optional<Role> role = role(user);
            Optional<String> known = requests.person(issuer, subject);
            if (known.isPresent() && asked.person().isPresent() && !known.equals(asked.person())) {
                throw notLinked("Somebody else here signs in with this account of the provider.");
            }
            String person = known.or(asked::person).orElseGet(() -> person(user, role, asked));
            requests.link(issuer, subject, person);
            role.ifPresent(it -> members.provide(person, persons.find(person).name(), it));
            return new Arrival(signIn.let(person, Method.OPENID, from), asked.next());
        }));
    }

    /** Who an account of the provider is that was not seen before. */
    private String person(OidcUser user, Optional<Role> role, Asked asked) {
        Optional<String> email = Optional.ofNullable(user.getEmail()).filter(EmailAddress::hasForm);
        boolean verified = Boolean.TRUE.equals(user.getEmailVerified());
        Optional<Person> here = email.flatMap(persons::withEmail);
        if (here.isPresent()) {
            if (verified && here.get().emailVerified()) {
                return here.get().id();
            }
            throw notLinked("Somebody here has the address '" + email.get()
                    + "', and it is not known on both sides that it is the same person.");
        }
        if (role.isEmpty() && !invited(asked.next())) {
            throw notLinked("No group of this account of the provider is let in.");
        }
        String name = List.of(
                        Optional.ofNullable(user.getFullName()),
                        Optional.ofNullable(user.getPreferredUsername()),
                        email)
                .stream()
                .flatMap(Optional::stream)
                .map(text -> text.replaceAll("\\p{Cntrl}", " ").strip())
                .filter(text -> !text.isBlank() && text.length() <= AccountRules.LONGEST_NAME)
                .findFirst()
                .orElse("somebody");
        String person = persons.create(name);
        email.ifPresent(address -> persons.setEmail(person, address, verified));
        return person;
    }

    /** The highest role that a group of the account has. */
    private Optional<Role> role(OidcUser user) {
        Object claim = user.getClaims().get(provider.settings().groupsClaim());
        List<?> groups = claim instanceof List<?> list ? list : claim instanceof String one ? List.of(one) : List.of();
        return List.of(Role.OWNER, Role.ADMIN, Role.MEMBER).stream()
                .filter(role -> {
                    Set<String> wanted = provider.settings().groups().getOrDefault(role.text(), Set.of());
                    return wanted.contains("*") || groups.stream().anyMatch(group -> wanted.contains(group.toString()));
                })
                .findFirst();
    }

    private boolean invited(String next) {
        return next.startsWith("/invitation/")
                && invitations.look(next.substring("/invitation/".length())).isPresent();
    }

    private static SandkeepException notLinked(String why) {
        return new SandkeepException(ProblemCode.OPENID_NOT_LINKED, why);
    }

    private String returnAddress() {
        return server.address() + RETURN;
    }
}
