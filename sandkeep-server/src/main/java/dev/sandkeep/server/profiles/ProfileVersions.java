package dev.sandkeep.server.profiles;

import dev.sandkeep.server.events.Change;
import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.jobs.RepeatableRequests;
import dev.sandkeep.server.platform.security.Caller;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/** Published versions, and how a draft becomes one. */
@Component
public final class ProfileVersions {
    private final ProfileStore store;
    private final RepeatableRequests requests;
    private final EventLog events;
    private final Clock clock;
    private final ObjectProvider<VersionSnapshots> snapshots;

    ProfileVersions(
            ProfileStore store,
            RepeatableRequests requests,
            EventLog events,
            Clock clock,
            ObjectProvider<VersionSnapshots> snapshots) {
        this.store = store;
        this.requests = requests;
        this.events = events;
        this.clock = clock;
        this.snapshots = snapshots;
    }

    /**
     * What publishing made.
     *
     * @param jobId the snapshot job that was queued with it
     */
    public record Published(ProfileVersion version, String jobId) {}

    /**
     * Makes the draft the next version. One transaction: the version with its runtime plan, the end of the draft, and the
     * first snapshot job.
     *
     * @param idempotencyKey the request's, or null
     * @throws SandkeepException {@code no_draft}
     */
    public Published publish(Caller caller, String reference, @Nullable String idempotencyKey) {
        String made = requests.once(caller, idempotencyKey, "publish", reference, () -> publish(caller, reference));
        String[] parts = made.split(" ", 3);
        return new Published(store.version(parts[0], Integer.parseInt(parts[1])).orElseThrow(), parts[2]);
    }

    /**
     * One version.
     *
     * @throws SandkeepException {@code not_found}
     */
    public ProfileVersion get(Caller caller, String reference, int number) {
        return store.version(find(caller, reference).id(), number)
                .orElseThrow(
                        () -> SandkeepException.notFound("version of profile " + reference, Integer.toString(number)));
    }

    /**
     * Versions, newest first.
     *
     * @param below where to begin; empty for the newest
     */
    public List<ProfileVersion> list(Caller caller, String reference, OptionalInt below, int limit) {
        return store.versions(find(caller, reference).id(), below.orElse(Integer.MAX_VALUE), limit);
    }

    /** The exact bytes of a version's runtime plan. */
    public byte[] planBytes(Caller caller, String reference, int number) {
        ProfileVersion version = get(caller, reference, number);
        return store.plan(version.profileId(), number).orElseThrow();
    }

    /** How versions of one profile stand with their snapshots; each number is in the answer. */
    public Map<Integer, VersionStatus> statuses(String profileId, Collection<Integer> numbers) {
        VersionSnapshots known = snapshots.getIfAvailable();
        Map<Integer, VersionStatus> found =
                known == null || numbers.isEmpty() ? Map.of() : known.statuses(profileId, numbers);
        Map<Integer, VersionStatus> all = new java.util.TreeMap<>();
        numbers.forEach(number -> all.put(number, found.getOrDefault(number, VersionStatus.NONE)));
        return all;
    }

    /** Answers profile, number and job, as they are remembered for a repeated request. */
    private String publish(Caller caller, String reference) {
        Profile profile = store.lock(caller.organizationId(), reference);
        Specification spec = profile.draft()
                .orElseThrow(() -> ProfileDrafts.noDraft(profile.name()))
                .spec();
        byte[] plan = RuntimePlan.compile(spec).bytes();
        ProfileVersion version = new ProfileVersion(
                profile.id(),
                profile.name(),
                profile.latestVersion().orElse(0) + 1,
                clock.instant(),
                caller.actor(),
                spec,
                RuntimePlan.digest(plan));
        store.insertVersion(version, plan);
        store.deleteDraft(profile.id());
        events.append(
                caller,
                Change.of("profile", profile.id(), "published")
                        .from("draft")
                        .to("published")
                        .detail("version " + version.number()));
        String job = snapshots.stream()
                .findFirst()
                .orElseThrow(() -> new SandkeepException(ProblemCode.UNAVAILABLE, "This server builds no snapshots."))
                .published(caller, version);
        return profile.id() + " " + version.number() + " " + job;
    }

    private Profile find(Caller caller, String reference) {
        return store.find(caller.organizationId(), reference)
                .orElseThrow(() -> SandkeepException.notFound("profile", reference));
    }
}
