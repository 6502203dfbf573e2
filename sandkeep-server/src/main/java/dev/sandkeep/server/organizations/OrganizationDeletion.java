package dev.sandkeep.server.organizations;

import dev.sandkeep.server.events.Change;
import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.errors.ValidationErrors;
import dev.sandkeep.server.platform.security.ApiKeys;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.Credential;
import dev.sandkeep.server.platform.security.Permission;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Deletes organizations, and brings them back. A deleted one lets nobody in: its keys, invitations and seats of browsers count for
 * nothing at once (on other servers within 5 s), and count again when it is brought back. What it kept stays for a grace period, and
 * is then removed by {@link OrganizationRemoval}; docs/states.md has the table.
 */
@Component
public final class OrganizationDeletion {
    private final DeletionStore store;
    private final Organizations organizations;
    private final People people;
    private final OrganizationRemoval removal;
    private final ApiKeys keys;
    private final EventLog events;
    private final TransactionTemplate transactions;
    private final Duration grace;
    private final Clock clock;

    OrganizationDeletion(
            DeletionStore store,
            Organizations organizations,
            People people,
            OrganizationRemoval removal,
            ApiKeys keys,
            EventLog events,
            TransactionTemplate transactions,
            SandkeepProperties properties,
            Clock clock) {
        this.store = store;
        this.organizations = organizations;
        this.people = people;
        this.removal = removal;
        this.keys = keys;
        this.events = events;
        this.transactions = transactions;
        this.grace = properties.organizationDeleteGrace();
        this.clock = clock;
    }

    /**
     * Deletes the caller's organization.
     *
     * @param name its name, which whoever asks has to repeat
     * @throws SandkeepException {@code organization_stays} for the one that operates the server
     */
    public DeletedOrganization delete(Caller caller, String name) {
        DeletedOrganization deleted = Objects.requireNonNull(transactions.execute(status -> {
            people.lock(caller);
            Organization organization = organizations.of(caller);
            if (caller.credential().filter(Credential::operatesServer).isPresent()) {
                throw new SandkeepException(
                        ProblemCode.ORGANIZATION_STAYS, "'" + organization.name() + "' operates the server.");
            }
            if (!organization.name().equals(name)) {
                throw ValidationErrors.only("name", "mismatch", "name must be the organization's, letter by letter");
            }
            Instant now = clock.instant();
            Instant until = now.plus(grace);
            Change change = Change.of("organization", organization.id(), "deleted")
                    .detail(name + ", can be brought back until " + until);
            store.delete(organization.id(), caller.actor(), until);
            events.append(caller, change);
            events.append(in(people.operator(), caller), change);
            return new DeletedOrganization(organization.id(), name, now, caller.actor(), until);
        }));
        keys.forget();
        removal.soon();
        return deleted;
    }

    /** Deleted organizations that the caller may bring back, the one that was deleted last first. */
    public List<DeletedOrganization> restorable(Caller caller) {
        if (caller.may(Permission.SERVER_OPERATE)) {
            return store.restorable(Optional.empty());
        }
        return people.personOf(caller).map(this::restorable).orElse(List.of());
    }

    /** Deleted organizations that a person owns. */
    public List<DeletedOrganization> restorable(String personId) {
        return store.restorable(Optional.of(personId));
    }

    /**
     * Brings a deleted organization back, with everybody and everything that is in it; what ran is stopped.
     *
     * @throws SandkeepException {@code not_found} for whoever may not; {@code organization_not_restorable} when it is too late
     */
    public Organization restore(Caller caller, String id) {
        return caller.may(Permission.SERVER_OPERATE)
                ? restore(id, Optional.empty(), caller)
                : restore(
                        id,
                        Optional.of(people.personOf(caller)
                                .orElseThrow(() -> SandkeepException.notFound("organization", id))),
                        caller);
    }

    /**
     * As {@link #restore(Caller, String)}, for a person who may be a member of no other organization.
     *
     * @param credential what the person has shown, as an owner of it
     * @param address where the person asks from
     */
    public Organization restore(String personId, Credential credential, String address, String id) {
        String member = people.memberOf(id, personId)
                .map(Member::id)
                .orElseThrow(() -> SandkeepException.notFound("organization", id));
        return restore(id, Optional.of(personId), new Caller(id, member, Optional.of(credential), address));
    }

    private Organization restore(String id, Optional<String> owner, Caller caller) {
        return Objects.requireNonNull(transactions.execute(status -> {
            DeletedOrganization deleted =
                    store.lock(id, owner).orElseThrow(() -> SandkeepException.notFound("organization", id));
            if (!store.restore(id)) {
                throw new SandkeepException(
                        ProblemCode.ORGANIZATION_NOT_RESTORABLE,
                        "'" + deleted.name() + "' could be brought back until " + deleted.restorableUntil() + ".");
            }
            Change change = Change.of("organization", id, "restored").detail(deleted.name());
            events.append(in(id, caller), change);
            events.append(in(people.operator(), caller), change);
            return organizations.of(Caller.system(id));
        }));
    }

    /** The same one, so that what it does stands in the log of an organization that it is not in, too. */
    private static Caller in(String organization, Caller caller) {
        return new Caller(organization, caller.actor(), caller.credential(), caller.address());
    }
}
