package dev.sandkeep.server.organizations;

import dev.sandkeep.server.events.Change;
import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.platform.boot.RunningServer;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.jobs.RepeatableRequests;
import dev.sandkeep.server.platform.mail.Mail;
import dev.sandkeep.server.platform.mail.Mailer;
import dev.sandkeep.server.platform.security.ApiKeys;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.Credential;
import dev.sandkeep.server.platform.security.NewKey;
import dev.sandkeep.server.platform.security.Role;
import dev.sandkeep.server.platform.security.Scope;
import dev.sandkeep.server.platform.web.Page;
import dev.sandkeep.server.platform.web.PageRequest;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Invitations: how people become members. Each lets one person in, until it expires. */
@Component
public final class Invitations {
    private final InvitationStore store;
    private final People people;
    private final Organizations organizations;
    private final Keys keys;
    private final EventLog events;
    private final RepeatableRequests requests;
    private final RunningServer server;
    private final Mailer mailer;
    private final TransactionTemplate transactions;

    Invitations(
            InvitationStore store,
            People people,
            Organizations organizations,
            Keys keys,
            EventLog events,
            RepeatableRequests requests,
            RunningServer server,
            Mailer mailer,
            TransactionTemplate transactions) {
        this.store = store;
        this.people = people;
        this.organizations = organizations;
        this.keys = keys;
        this.events = events;
        this.requests = requests;
        this.server = server;
        this.mailer = mailer;
        this.transactions = transactions;
    }

    /** Those that were neither accepted nor revoked, newest first. */
    public Page<Invitation> list(Caller caller, PageRequest page) {
        return Page.of(store.list(caller.organizationId(), page.after(), page.fetch()), page, Invitation::id);
    }

    /** Makes one, and mails its link when it is for an address and mail is set up. Only owners invite owners. */
    public CreatedInvitation create(
            Caller caller, @Nullable String idempotencyKey, Role role, Optional<String> email, Duration lifetime) {
        Members.mayTouch(caller, role);
        AtomicReference<@Nullable String> token = new AtomicReference<>();
        String id = requests.once(
                caller, idempotencyKey, "POST /invitations", role + "\n" + email + "\n" + lifetime, () -> {
                    people.lock(caller);
                    String made = InvitationStore.newToken();
                    token.set(made);
                    String invitation = store.insert(caller, made, role, email, lifetime);
                    events.append(
                            caller,
                            Change.of("invitation", invitation, "created")
                                    .to(role.text())
                                    .detail(email.orElse("")));
                    return invitation;
                });
        Invitation invitation =
                store.find(caller.organizationId(), id).orElseThrow(() -> SandkeepException.notFound("invitation", id));
        Optional<String> url = Optional.ofNullable(token.get()).map(made -> server.address() + "/invitation/" + made);
        boolean mailed =
                url.isPresent() && email.isPresent() && mailer.send(mail(caller, email.get(), url.get(), invitation));
        return new CreatedInvitation(invitation, Optional.ofNullable(token.get()), url, mailed);
    }

    private Mail mail(Caller caller, String to, String url, Invitation invitation) {
        String name = organizations.of(caller).name();
        return new Mail(to, "Invitation to " + name + " on Sandkeep", """
                You are invited to the organization "%s" on Sandkeep, as %s.

                Open this link to accept. It works once, until %s.

                %s

                If you did not expect this, do nothing.
                """.formatted(
                        name, invitation.role().text(), invitation.expiresAt(), url));
    }

    /** Ends one that was not accepted. */
    public void revoke(Caller caller, String id) {
        transactions.executeWithoutResult(status -> {
            people.lock(caller);
            Invitation found = store.find(caller.organizationId(), id)
                    .orElseThrow(() -> SandkeepException.notFound("invitation", id));
            Members.mayTouch(caller, found.role());
            store.revoke(id);
            events.append(
                    caller,
                    Change.of("invitation", id, "revoked").from(found.role().text()));
        });
    }

    /** What an invitation with this text is to; empty when it is not valid. */
    public Optional<OpenInvitation> look(String token) {
        return store.look(token)
                .map(found ->
                        new OpenInvitation(found.invitation(), organizations.of(Caller.system(found.organization()))));
    }

    /**
     * Makes whoever holds the token a member, and hands over a first key.
     *
     * @param known who calls, when they are known: the same person then is a member of one more organization; a stranger
     *     becomes a new person
     * @param address where they call from
     * @param name of the new member
     * @throws SandkeepException {@code invitation_invalid} when it is unknown, used, revoked or expired
     */
    public AcceptedInvitation accept(Optional<Caller> known, String address, String token, String name) {
        return Objects.requireNonNull(transactions.execute(status -> {
            Joined joined = join(token, address, () -> known.map(people::person), name);
            String key = ApiKeys.newKey();
            keys.store(
                    joined.caller(),
                    NewKey.unrestricted(
                            joined.caller().organizationId(),
                            joined.member().id(),
                            "first key",
                            joined.member().id()),
                    key);
            return new AcceptedInvitation(organizations.of(joined.caller()), joined.member(), key);
        }));
    }

    /**
     * Makes a person a member who signs in with a browser and needs no key.
     *
     * @param person who it is; empty for somebody new
     * @throws SandkeepException as {@link #accept}
     */
    public Member join(String token, Optional<String> person, String name, String address) {
        return Objects.requireNonNull(transactions.execute(status -> join(token, address, () -> person, name)))
                .member();
    }

    private record Joined(Caller caller, Member member) {}

    private Joined join(String token, String address, Supplier<Optional<String>> known, String name) {
        InvitationStore.Found found = store.take(token)
                .orElseThrow(
                        () -> new SandkeepException(ProblemCode.INVITATION_INVALID, "The invitation is not valid."));
        String person = known.get().orElseGet(() -> people.newPerson(name));
        Member member = people.join(
                found.organization(), person, name, found.invitation().role());
        store.accepted(found.invitation().id(), member.id());
        Caller joined = new Caller(found.organization(), member.id(), Optional.of(shown(found.invitation())), address);
        events.append(
                joined,
                Change.of("member", member.id(), "joined")
                        .to(member.role().text())
                        .detail(name)
                        .alsoAbout(found.invitation().id()));
        return new Joined(joined, member);
    }

    /** What a new member showed to be let in: the invitation itself. */
    private static Credential shown(Invitation invitation) {
        return new Credential(
                invitation.id(), invitation.role(), Scope.ALL, false, Optional.of(invitation.expiresAt()));
    }
}
