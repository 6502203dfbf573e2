package dev.sandkeep.server.profiles;

import dev.sandkeep.server.events.Change;
import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.security.Caller;
import java.time.Clock;
import java.util.Optional;
import java.util.OptionalInt;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** The draft of a profile: at most one, editable until it is published. */
@Component
public final class ProfileDrafts {
    private final ProfileStore store;
    private final TransactionTemplate transactions;
    private final EventLog events;
    private final Clock clock;

    ProfileDrafts(ProfileStore store, TransactionTemplate transactions, EventLog events, Clock clock) {
        this.store = store;
        this.transactions = transactions;
        this.events = events;
        this.clock = clock;
    }

    /**
     * The draft.
     *
     * @throws SandkeepException {@code no_draft}, or {@code not_found} for the profile
     */
    public Draft get(Caller caller, String profile) {
        return store.find(caller.organizationId(), profile)
                .orElseThrow(() -> SandkeepException.notFound("profile", profile))
                .draft()
                .orElseThrow(() -> noDraft(profile));
    }

    /**
     * Writes the draft, and makes it when there is none. Writing what is there already changes nothing.
     *
     * @param expected revision that must be the present one; empty writes over whatever is there
     * @throws SandkeepException {@code precondition_failed} when it is another
     */
    public Draft put(Caller caller, String profile, SpecificationInput input, OptionalInt expected) {
        Specification spec = input.toSpecification();
        return Profiles.inTransaction(transactions, () -> {
            Profile locked = store.lock(caller.organizationId(), profile);
            requireRevision(locked, expected);
            Optional<Draft> present = locked.draft();
            if (present.isEmpty() || !present.get().spec().equals(spec)) {
                store.writeDraft(locked.id(), spec, clock.instant());
                events.append(
                        caller,
                        Change.of("profile", locked.id(), present.isEmpty() ? "draft_created" : "draft_changed"));
            }
            return get(caller, locked.id());
        });
    }

    /**
     * Throws the draft away.
     *
     * @throws SandkeepException {@code no_draft}
     */
    public void delete(Caller caller, String profile) {
        transactions.executeWithoutResult(status -> {
            Profile locked = store.lock(caller.organizationId(), profile);
            if (!store.deleteDraft(locked.id())) {
                throw noDraft(locked.name());
            }
            events.append(caller, Change.of("profile", locked.id(), "draft_deleted"));
        });
    }

    static SandkeepException noDraft(String profile) {
        return new SandkeepException(ProblemCode.NO_DRAFT, "The profile '" + profile + "' has no draft.");
    }

    private static void requireRevision(Profile profile, OptionalInt expected) {
        int present = profile.draft().map(Draft::revision).orElse(0);
        if (expected.isPresent() && expected.getAsInt() != present) {
            throw new SandkeepException(
                            ProblemCode.PRECONDITION_FAILED,
                            present == 0
                                    ? "The profile '" + profile.name() + "' has no draft any more."
                                    : "The draft of '" + profile.name() + "' is at revision " + present + ", not "
                                            + expected.getAsInt() + ".")
                    .with("revision", present);
        }
    }
}
