package dev.sandkeep.server.profiles;

import dev.sandkeep.server.events.Change;
import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.platform.Ids;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.jobs.RepeatableRequests;
import dev.sandkeep.server.platform.security.Caller;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Sandbox profiles: what exists, how it comes and goes. Drafts and versions have services of their own. */
@Component
public final class Profiles {
    /** What a profile may be called. */
    public static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");

    private final ProfileStore store;
    private final TransactionTemplate transactions;
    private final RepeatableRequests requests;
    private final EventLog events;
    private final Ids ids;
    private final Clock clock;
    private final ObjectProvider<VersionSnapshots> snapshots;
    private final ObjectProvider<ProfileUse> uses;

    Profiles(
            ProfileStore store,
            TransactionTemplate transactions,
            RepeatableRequests requests,
            EventLog events,
            Ids ids,
            Clock clock,
            ObjectProvider<VersionSnapshots> snapshots,
            ObjectProvider<ProfileUse> uses) {
        this.store = store;
        this.transactions = transactions;
        this.requests = requests;
        this.events = events;
        this.ids = ids;
        this.clock = clock;
        this.snapshots = snapshots;
        this.uses = uses;
    }

    /**
     * The caller's profile.
     *
     * @param reference id or name
     * @throws SandkeepException {@code not_found}
     */
    public Profile find(Caller caller, String reference) {
        return store.find(caller.organizationId(), reference)
                .orElseThrow(() -> SandkeepException.notFound("profile", reference));
    }

    /**
     * Profiles of the caller's organization, by name.
     *
     * @param afterName where to begin; empty for the start
     */
    public List<Profile> list(Caller caller, Optional<String> afterName, int limit) {
        return store.list(caller.organizationId(), afterName.orElse(""), limit);
    }

    /** The newest usable version of each of these profiles; those without one are missing. */
    public Map<String, Integer> usableVersions(Collection<String> profileIds) {
        VersionSnapshots known = snapshots.getIfAvailable();
        return known == null || profileIds.isEmpty() ? Map.of() : known.usableVersions(profileIds);
    }

    /**
     * Makes a profile with a draft.
     *
     * @param idempotencyKey the request's, or null
     * @throws SandkeepException {@code profile_name_taken}
     */
    public Profile create(Caller caller, String name, SpecificationInput input, @Nullable String idempotencyKey) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("not a profile's name: '" + name + "'");
        }
        Specification spec = input.toSpecification();
        String id = requests.once(caller, idempotencyKey, "create profile", List.of(name, spec), () -> {
            String made = ids.next(Ids.Kind.PROFILE);
            if (!store.insert(made, caller.organizationId(), name, clock.instant())) {
                throw new SandkeepException(
                        ProblemCode.PROFILE_NAME_TAKEN, "There is a profile called '" + name + "' already.");
            }
            store.writeDraft(made, spec, clock.instant());
            events.append(caller, Change.of("profile", made, "created").detail(name));
            return made;
        });
        return find(caller, id);
    }

    /**
     * Deletes a profile; its name is free again. Its versions stay as they are for what still stands on them.
     *
     * @throws SandkeepException {@code profile_in_use} when sessions of it exist
     */
    public void delete(Caller caller, String reference) {
        transactions.executeWithoutResult(status -> {
            Profile profile = store.lock(caller.organizationId(), reference);
            uses.orderedStream().forEach(use -> refuseWhenUsed(profile, use));
            snapshots.ifAvailable(known -> known.profileDeleted(caller, profile));
            store.delete(profile.id(), clock.instant());
            events.append(caller, Change.of("profile", profile.id(), "deleted").detail(profile.name()));
        });
    }

    /**
     * The runtime plan of a version, also when its profile was deleted since.
     *
     * @throws SandkeepException {@code not_found}
     */
    public RuntimePlan plan(String profileId, int version) {
        return RuntimePlan.parse(store.plan(profileId, version)
                .orElseThrow(() -> SandkeepException.notFound("version of " + profileId, Integer.toString(version))));
    }

    private static void refuseWhenUsed(Profile profile, ProfileUse use) {
        int count = use.uses(profile.id());
        if (count > 0) {
            throw new SandkeepException(
                            ProblemCode.PROFILE_IN_USE,
                            "The profile '" + profile.name() + "' has " + count + " " + use.what() + ".",
                            "Delete its " + use.what() + " first.")
                    .with("uses", count);
        }
    }

    /** Runs in a transaction and answers what {@code action} does. */
    static <T> T inTransaction(TransactionTemplate transactions, java.util.function.Supplier<T> action) {
        return Objects.requireNonNull(transactions.execute(status -> action.get()));
    }
}
