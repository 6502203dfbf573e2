package dev.sandkeep.server.organizations;

import dev.sandkeep.server.events.Change;
import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.security.ApiKeys;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Role;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The members of organizations. Only owners touch owners, and an organization always has one: changes of its people happen one
 * after the other.
 */
@Component
public final class Members {
    private final People people;
    private final KeyStore keys;
    private final InvitationStore invitations;
    private final ApiKeys known;
    private final EventLog events;
    private final TransactionTemplate transactions;

    Members(
            People people,
            KeyStore keys,
            InvitationStore invitations,
            ApiKeys known,
            EventLog events,
            TransactionTemplate transactions) {
        this.people = people;
        this.keys = keys;
        this.invitations = invitations;
        this.known = known;
        this.events = events;
        this.transactions = transactions;
    }

    /** All of them, by name. */
    public List<Member> list(Caller caller) {
        return people.members(caller.organizationId());
    }

    /**
     * Gives a member another role. What invitations the member has made are revoked: they may promise what it no longer may.
     *
     * @throws SandkeepException {@code last_owner}; {@code forbidden} when it is about an owner and the caller is none
     */
    public Member changeRole(Caller caller, String memberId, Role role) {
        Member changed = Objects.requireNonNull(transactions.execute(status -> {
            people.lock(caller);
            Member before = people.member(caller.organizationId(), memberId);
            if (before.role() == role) {
                return before;
            }
            mayTouch(caller, before.role());
            mayTouch(caller, role);
            keepAnOwner(caller, before);
            setRole(caller, before, role);
            return people.member(caller.organizationId(), memberId);
        }));
        known.forget();
        return changed;
    }

    /** Takes a member out, and with it its keys and the invitations that it made. */
    public void remove(Caller caller, String memberId) {
        transactions.executeWithoutResult(status -> {
            people.lock(caller);
            Member before = people.member(caller.organizationId(), memberId);
            mayTouch(caller, before.role());
            end(caller, before, "removed");
        });
        known.forget();
    }

    /** Takes the caller out. */
    public void leave(Caller caller) {
        people.person(caller);
        transactions.executeWithoutResult(status -> {
            people.lock(caller);
            end(caller, people.member(caller.organizationId(), caller.actor()), "left");
        });
        known.forget();
    }

    /**
     * Makes a person what the identity provider says that it is, in the organization that operates the server. The last owner stays
     * one, whatever is said.
     *
     * @param name as which it becomes a member, with a number when another member has the name
     */
    public void provide(String personId, String name, Role role) {
        transactions.executeWithoutResult(status -> {
            Caller caller = Caller.system(people.operator());
            people.lock(caller);
            Optional<Member> before = people.memberOf(caller.organizationId(), personId);
            if (before.isEmpty()) {
                Member joined = people.join(
                        caller.organizationId(), personId, people.freeName(caller.organizationId(), name), role);
                events.append(
                        caller,
                        Change.of("member", joined.id(), "joined")
                                .to(role.text())
                                .detail(joined.name()));
            } else if (before.get().role() != role && !isLastOwner(caller, before.get())) {
                setRole(caller, before.get(), role);
            }
        });
        known.forget();
    }

    private void setRole(Caller caller, Member before, Role role) {
        people.setRole(before.id(), role);
        invitations.revokeAllBy(before.id());
        events.append(
                caller,
                Change.of("member", before.id(), "role_changed")
                        .from(before.role().text())
                        .to(role.text())
                        .detail(before.name()));
    }

    /**
     * Makes sure that the caller may decide about a member.
     *
     * @throws SandkeepException {@code not_found}; {@code forbidden} when it is an owner and the caller is none
     */
    public void requireTouchable(Caller caller, String memberId) {
        mayTouch(caller, people.member(caller.organizationId(), memberId).role());
    }

    private void end(Caller caller, Member member, String action) {
        keepAnOwner(caller, member);
        people.remove(member.id());
        keys.revokeAllOf(member.id());
        invitations.revokeAllBy(member.id());
        events.append(
                caller,
                Change.of("member", member.id(), action)
                        .from(member.role().text())
                        .detail(member.name()));
    }

    private void keepAnOwner(Caller caller, Member before) {
        if (isLastOwner(caller, before)) {
            throw new SandkeepException(
                    ProblemCode.LAST_OWNER, "'" + before.name() + "' is the only owner of the organization.");
        }
    }

    private boolean isLastOwner(Caller caller, Member member) {
        return member.role() == Role.OWNER && people.owners(caller.organizationId()) == 1;
    }

    /** Only owners touch owners. */
    static void mayTouch(Caller caller, Role role) {
        if (role == Role.OWNER) {
            caller.require(Permission.OWNERS_MANAGE);
        }
    }
}
