package dev.sandkeep.server.snapshots;

import com.github.kagkarlsson.scheduler.task.TaskInstance;
import dev.sandkeep.server.events.Change;
import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.platform.Ids;
import dev.sandkeep.server.platform.Signals;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.jobs.Jobs;
import dev.sandkeep.server.platform.jobs.RepeatableRequests;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.web.Page;
import dev.sandkeep.server.platform.web.PageRequest;
import dev.sandkeep.server.profiles.Profile;
import dev.sandkeep.server.profiles.ProfileVersion;
import dev.sandkeep.server.profiles.ProfileVersions;
import dev.sandkeep.server.profiles.Profiles;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Snapshot jobs, for everyone else: queue, look, follow, cancel. */
@Component
public class SnapshotJobs {
    /** How long a cancellation waits for the job's end. */
    private static final Duration CANCEL_PATIENCE = Duration.ofSeconds(10);

    private static final Duration POLL = Duration.ofMillis(500);
    private static final String TASK = "snapshot-job-";

    private final SnapshotJobStore store;
    private final SnapshotStore snapshots;
    private final Jobs queue;
    private final Profiles profiles;
    private final ProfileVersions versions;
    private final RepeatableRequests requests;
    private final TransactionTemplate transactions;
    private final EventLog events;
    private final JobEndings endings;
    private final Signals signals;
    private final Ids ids;
    private final SnapshotSettings settings;
    private final DataDirectory data;
    private final Clock clock;

    SnapshotJobs(
            SnapshotJobStore store,
            SnapshotStore snapshots,
            Jobs queue,
            Profiles profiles,
            ProfileVersions versions,
            RepeatableRequests requests,
            TransactionTemplate transactions,
            EventLog events,
            JobEndings endings,
            Signals signals,
            Ids ids,
            SnapshotSettings settings,
            DataDirectory data,
            Clock clock) {
        this.store = store;
        this.snapshots = snapshots;
        this.queue = queue;
        this.profiles = profiles;
        this.versions = versions;
        this.requests = requests;
        this.transactions = transactions;
        this.events = events;
        this.endings = endings;
        this.signals = signals;
        this.ids = ids;
        this.settings = settings;
        this.data = data;
        this.clock = clock;
    }

    /** The scheduled work of a job. Only servers of the data directory know the task, so only they take it. */
    static TaskInstance<Void> work(DataDirectory data, String jobId) {
        return new TaskInstance<>(taskName(data), jobId);
    }

    static String taskName(DataDirectory data) {
        return TASK + data.installation();
    }

    // ------------------------------------------------------------------------------------------------ queue

    /** Queues the first job of a version that is being published; part of the caller's transaction. */
    String published(Caller caller, ProfileVersion version) {
        return insert(caller, version, SnapshotTrigger.PUBLISH, RefreshOptions.DEFAULT, Optional.empty());
    }

    /**
     * Queues a job that makes the version's snapshot anew. The one there is serves until the swap.
     *
     * @throws SandkeepException {@code snapshot_job_active} with {@code activeJobId}; {@code not_found}
     */
    public SnapshotJob refresh(
            Caller caller, @Nullable String key, String profile, int number, RefreshOptions options) {
        ProfileVersion version = versions.get(caller, profile, number);
        try {
            String id = requests.once(
                    caller, key, "refresh snapshot", List.of(version.profileId(), number, options), () -> {
                        store.active(version.profileId(), number).ifPresent(active -> {
                            throw active(version, active);
                        });
                        return insert(caller, version, SnapshotTrigger.MANUAL_REFRESH, options, Optional.empty());
                    });
            return get(caller, id);
        } catch (DuplicateKeyException simultaneous) {
            throw active(version, store.active(version.profileId(), number).orElse(""))
                    .causedBy(simultaneous);
        }
    }

    /**
     * Queues the job of a schedule's tick; part of the caller's transaction.
     *
     * @throws DuplicateKeyException when a job of the version is queued or running, or the tick had its job
     */
    public String scheduled(Caller caller, ProfileVersion version, Instant tick, RefreshOptions options) {
        return insert(caller, version, SnapshotTrigger.SCHEDULED_REFRESH, options, Optional.of(tick));
    }

    /** The job of a version that is queued or running. */
    public Optional<String> active(String profileId, int version) {
        return store.active(profileId, version);
    }

    private String insert(
            Caller caller,
            ProfileVersion version,
            SnapshotTrigger trigger,
            RefreshOptions options,
            Optional<Instant> tick) {
        String id = ids.next(Ids.Kind.SNAPSHOT_JOB);
        store.insert(
                new NewSnapshotJob(
                        id,
                        caller.organizationId(),
                        caller.actor(),
                        version.profileId(),
                        OptionalInt.of(version.number()),
                        data.installation(),
                        trigger,
                        options,
                        tick,
                        Optional.empty()),
                clock.instant().plus(settings.queueTimeout()));
        queue.enqueue(work(data, id));
        events.append(
                caller,
                Change.of("snapshot_job", id, "queued")
                        .to("queued")
                        .detail(version.profileName() + " version " + version.number() + ", " + trigger.text())
                        .alsoAbout(version.profileId()));
        return id;
    }

    private static SandkeepException active(ProfileVersion version, String jobId) {
        return new SandkeepException(
                        ProblemCode.SNAPSHOT_JOB_ACTIVE,
                        "Version " + version.number() + " of profile '" + version.profileName()
                                + "' has a snapshot job that is queued or running: " + jobId + ".",
                        "Wait for it, or cancel it: sandkeep snapshot log --follow " + jobId)
                .with("activeJobId", jobId);
    }

    // ------------------------------------------------------------------------------------------------ look

    /**
     * One job.
     *
     * @throws SandkeepException {@code not_found}
     */
    public SnapshotJob get(Caller caller, String id) {
        return find(caller, id).orElseThrow(() -> SandkeepException.notFound("snapshot job", id));
    }

    /** One job of the caller's organization. */
    public Optional<SnapshotJob> find(Caller caller, String id) {
        return store.find(id).filter(job -> job.organization().equals(caller.organizationId()));
    }

    /** Jobs, newest first. */
    public Page<SnapshotJob> list(
            Caller caller, Optional<String> profile, Optional<SnapshotJobState> state, PageRequest page) {
        Optional<String> profileId =
                profile.map(reference -> profiles.find(caller, reference).id());
        return Page.of(store.list(caller.organizationId(), profileId, state, page), page, SnapshotJob::id);
    }

    /** Jobs that are queued or running, of every organization, oldest first, without their phases; tests too. */
    public List<SnapshotJob> active(int limit) {
        return store.active(limit);
    }

    /**
     * Lines of a job's log.
     *
     * @param after number of the last line that is known
     * @param limit most lines
     */
    public List<JobLine> lines(SnapshotJob job, long after, int limit) {
        return store.lines(job.id(), after, limit);
    }

    // ------------------------------------------------------------------------------------------------ cancel

    /**
     * Ends a job without a snapshot, and waits a moment for it. What runs in it gets SIGTERM, and SIGKILL 5 s later.
     *
     * @throws SandkeepException {@code snapshot_job_over} when it succeeded or failed before
     */
    public SnapshotJob cancel(Caller caller, String id) throws InterruptedException {
        SnapshotJob job = get(caller, id);
        if (job.state() == SnapshotJobState.CANCELED) {
            return job;
        }
        if (!requestCancel(caller, job)) {
            SnapshotJob now = get(caller, id);
            if (now.state() == SnapshotJobState.CANCELED) {
                return now;
            }
            throw new SandkeepException(
                            ProblemCode.SNAPSHOT_JOB_OVER,
                            "Snapshot job " + id + " has " + now.state().text() + " already.")
                    .with("state", now.state().text());
        }
        return awaitEnd(caller, id);
    }

    private boolean requestCancel(Caller caller, SnapshotJob job) {
        return Objects.requireNonNull(transactions.execute(status -> {
            boolean queued = store.endQueued(job.id(), SnapshotJobState.CANCELED, canceled());
            if (queued) {
                queue.cancel(work(data, job.id()));
            }
            boolean requested = queued || store.requestCancel(job.id());
            if (requested) {
                if (queued) {
                    endings.failed(caller, end(job), SnapshotJobState.QUEUED, canceled());
                } else {
                    events.append(
                            caller,
                            Change.of("snapshot_job", job.id(), "cancel_requested")
                                    .alsoAbout(job.profileId()));
                    signals.raise(job.id());
                }
                signals.raise(JobGuard.topic(job.id()));
            }
            return requested;
        }));
    }

    private static JobEnd end(SnapshotJob job) {
        return new JobEnd(
                job.id(), job.organization(), job.profileId(), job.version(), job.trigger(), SnapshotJobState.CANCELED);
    }

    private static JobFailure canceled() {
        ProblemCode code = ProblemCode.CANCELED;
        return new JobFailure(
                code.code(), Optional.empty(), code.sentence(), OptionalInt.empty(), List.of(), code.nextStep());
    }

    private SnapshotJob awaitEnd(Caller caller, String id) throws InterruptedException {
        long until = System.nanoTime() + CANCEL_PATIENCE.toNanos();
        while (true) {
            long seen = signals.version(id);
            SnapshotJob job = get(caller, id);
            if (job.state().over() || System.nanoTime() > until || signals.closed()) {
                return job;
            }
            signals.await(id, seen, POLL);
        }
    }

    /** Ends the jobs of an organization that is deleted. */
    void organizationDeleted(String organizationId) {
        store.activeOfOrganization(organizationId).forEach(job -> requestCancel(Caller.system(organizationId), job));
    }

    /** Ends the jobs of a profile that is being deleted; part of the caller's transaction. */
    void profileDeleted(Caller caller, Profile profile) {
        store.activeOf(profile.id()).forEach(job -> requestCancel(caller, job));
        snapshots.release(profile.id());
        endings.profileDeleted(profile.id());
    }
}
