package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.events.Change;
import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.platform.Ids;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.jobs.Jobs;
import dev.sandkeep.server.platform.jobs.RepeatableRequests;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.profiles.Draft;
import dev.sandkeep.server.profiles.Profile;
import dev.sandkeep.server.profiles.ProfileDrafts;
import dev.sandkeep.server.profiles.Profiles;
import dev.sandkeep.server.profiles.RuntimePlan;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Component;

/**
 * Tries a setup script out: everything that a draft says is done in a throwaway sandbox, with the text that its writer has in the
 * editor. A test is a job like those that build, followed and canceled the same way, but it belongs to no version and keeps nothing.
 */
@Component
public class SetupTests {
    private final SnapshotJobStore store;
    private final SnapshotJobs jobs;
    private final Jobs queue;
    private final Profiles profiles;
    private final ProfileDrafts drafts;
    private final RepeatableRequests requests;
    private final EventLog events;
    private final Ids ids;
    private final SnapshotSettings settings;
    private final DataDirectory data;
    private final Clock clock;

    SetupTests(
            SnapshotJobStore store,
            SnapshotJobs jobs,
            Jobs queue,
            Profiles profiles,
            ProfileDrafts drafts,
            RepeatableRequests requests,
            EventLog events,
            Ids ids,
            SnapshotSettings settings,
            DataDirectory data,
            Clock clock) {
        this.store = store;
        this.jobs = jobs;
        this.queue = queue;
        this.profiles = profiles;
        this.drafts = drafts;
        this.requests = requests;
        this.events = events;
        this.ids = ids;
        this.settings = settings;
        this.data = data;
        this.clock = clock;
    }

    /**
     * Queues a test.
     *
     * @param script to run instead of the draft's; null takes the draft's
     * @throws SandkeepException {@code no_draft}; {@code snapshot_job_active} with {@code activeJobId} while another test of the
     *     profile goes on; {@code validation_failed}
     */
    public SnapshotJob start(Caller caller, @Nullable String key, String reference, @Nullable String script) {
        Profile profile = profiles.find(caller, reference);
        Draft draft = drafts.get(caller, reference);
        RuntimePlan plan =
                RuntimePlan.compile(script == null ? draft.spec() : draft.spec().withSetupScript(script));
        try {
            String id = requests.once(
                    caller,
                    key,
                    "test setup script",
                    List.of(profile.id(), RuntimePlan.digest(plan.bytes())),
                    () -> insert(caller, profile, plan));
            return jobs.get(caller, id);
        } catch (DuplicateKeyException another) {
            String active = store.activeTest(profile.id()).orElse("");
            throw new SandkeepException(
                            ProblemCode.SNAPSHOT_JOB_ACTIVE,
                            "A setup script of profile '" + profile.name() + "' is being tested: " + active + ".",
                            "Wait for it, or cancel it: sandkeep snapshot cancel " + active)
                    .with("activeJobId", active)
                    .causedBy(another);
        }
    }

    private String insert(Caller caller, Profile profile, RuntimePlan plan) {
        String id = ids.next(Ids.Kind.SNAPSHOT_JOB);
        store.insert(
                new NewSnapshotJob(
                        id,
                        caller.organizationId(),
                        caller.actor(),
                        profile.id(),
                        OptionalInt.empty(),
                        data.installation(),
                        SnapshotTrigger.SETUP_TEST,
                        RefreshOptions.DEFAULT,
                        Optional.empty(),
                        Optional.of(plan)),
                clock.instant().plus(settings.queueTimeout()));
        queue.enqueue(SnapshotJobs.work(data, id));
        events.append(
                caller,
                Change.of("snapshot_job", id, "queued")
                        .to("queued")
                        .detail("test of a setup script of " + profile.name())
                        .alsoAbout(profile.id()));
        return id;
    }
}
