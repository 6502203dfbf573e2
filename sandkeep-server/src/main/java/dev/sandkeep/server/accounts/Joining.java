package dev.sandkeep.server.accounts;

import dev.sandkeep.server.organizations.Invitations;
import dev.sandkeep.server.organizations.Member;
import dev.sandkeep.server.organizations.OpenInvitation;
import dev.sandkeep.server.organizations.Person;
import dev.sandkeep.server.organizations.Persons;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.errors.ValidationErrors;
import java.util.Objects;
import java.util.Optional;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** People who open the link of an invitation. */
@Component
public final class Joining {
    private final Invitations invitations;
    private final Persons persons;
    private final Passwords passwords;
    private final SignIn signIn;
    private final WebSessions sessions;
    private final TransactionTemplate transactions;

    Joining(
            Invitations invitations,
            Persons persons,
            Passwords passwords,
            SignIn signIn,
            WebSessions sessions,
            TransactionTemplate transactions) {
        this.invitations = invitations;
        this.persons = persons;
        this.passwords = passwords;
        this.signIn = signIn;
        this.sessions = sessions;
        this.transactions = transactions;
    }

    /** What an invitation is to; empty when it is not valid. */
    public Optional<OpenInvitation> look(String token) {
        return invitations.look(token);
    }

    /**
     * Makes somebody new a member, with an address and a password, and lets it in.
     *
     * @throws SandkeepException {@code invitation_invalid}, {@code validation_failed}, {@code email_taken},
     *     {@code member_name_taken}
     */
    public SignedIn asSomebodyNew(String token, String name, String email, String password, Visitor from) {
        if (look(token).isEmpty()) {
            throw new SandkeepException(ProblemCode.INVITATION_INVALID, "The invitation is not valid.");
        }
        ValidationErrors errors = new ValidationErrors();
        AccountRules.name(name, errors);
        AccountRules.email(email, errors);
        PasswordRules.check(password, email, "password", errors);
        errors.throwIfAny();
        String hash = passwords.hash(password);
        return Objects.requireNonNull(transactions.execute(status -> {
            Member member = invitations.join(token, Optional.empty(), name.strip(), from.address());
            Person person = persons.ofMember(member.id());
            persons.setEmail(person.id(), email.strip(), false);
            passwords.store(person.id(), hash);
            return signIn.let(person.id(), Method.INVITATION, from);
        }));
    }

    /**
     * Makes the person of a session a member, and looks at the organization.
     *
     * @throws SandkeepException {@code invitation_invalid}, {@code already_member}, {@code member_name_taken}
     */
    public void asOneself(WebSession session, String token, String name, Visitor from) {
        ValidationErrors errors = new ValidationErrors();
        AccountRules.name(name, errors);
        errors.throwIfAny();
        transactions.executeWithoutResult(status -> {
            String organization = look(token)
                    .orElseThrow(
                            () -> new SandkeepException(ProblemCode.INVITATION_INVALID, "The invitation is not valid."))
                    .organization()
                    .id();
            invitations.join(token, Optional.of(session.personId()), name.strip(), from.address());
            sessions.enter(session, organization);
        });
    }
}
