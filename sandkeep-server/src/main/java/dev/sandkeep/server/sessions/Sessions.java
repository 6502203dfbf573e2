package dev.sandkeep.server.sessions;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.jobs.RepeatableRequests;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.web.Page;
import dev.sandkeep.server.platform.web.PageRequest;
import dev.sandkeep.server.profiles.Profiles;
import dev.sandkeep.server.volumes.Volume;
import dev.sandkeep.server.volumes.Volumes;
import dev.sandkeep.spi.ExecOutcome;
import dev.sandkeep.spi.ExecProcess;
import dev.sandkeep.spi.ExecSpec;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.SandboxProvider;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DuplicateKeyException;

/**
 * Sessions, for everyone else. Each method that changes something records the wish in one short transaction, lets this server
 * work on it, and waits a limited time for the result; the work goes on when nobody waits any more, and elsewhere when this
 * server dies.
 */
public final class Sessions {
    /** How long stop, resume and delete wait for their result. */
    public static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final Logger LOG = LoggerFactory.getLogger(Sessions.class);
    /** How many snapshots of a version may be released one after the other while a session tries to start from them. */
    private static final int MOST_SNAPSHOTS = 5;

    /** How long an exec waits for the end of a compute that it found gone, before it says so. */
    private static final Duration LOSS_PATIENCE = Duration.ofSeconds(1);

    private final SessionStore sessions;
    private final SandboxStore sandboxes;
    private final SandboxTransitions transitions;
    private final SandboxWork work;
    private final SandboxWaits waits;
    private final SandboxChecks checks;
    private final SessionStarts starts;
    private final LostComputes lost;
    private final Lifetimes lifetimes;
    private final Activity activity;
    private final QuotaWatch quotas;
    private final Volumes volumes;
    private final Profiles profiles;
    private final SandboxProvider provider;
    private final RepeatableRequests requests;
    private final SessionSettings settings;
    private final Clock clock;

    Sessions(
            SessionStore sessions,
            SandboxStore sandboxes,
            SandboxTransitions transitions,
            SandboxWork work,
            SandboxWaits waits,
            SandboxChecks checks,
            SessionStarts starts,
            LostComputes lost,
            Lifetimes lifetimes,
            Activity activity,
            QuotaWatch quotas,
            Volumes volumes,
            Profiles profiles,
            SandboxProvider provider,
            RepeatableRequests requests,
            SessionSettings settings,
            Clock clock) {
        this.sessions = sessions;
        this.sandboxes = sandboxes;
        this.transitions = transitions;
        this.work = work;
        this.waits = waits;
        this.checks = checks;
        this.starts = starts;
        this.lost = lost;
        this.lifetimes = lifetimes;
        this.activity = activity;
        this.quotas = quotas;
        this.volumes = volumes;
        this.profiles = profiles;
        this.provider = provider;
        this.requests = requests;
        this.settings = settings;
        this.clock = clock;
    }

    // ------------------------------------------------------------------------------------------------ looking

    /** Sessions, newest first; deleted ones only when that state is asked for. */
    public Page<SessionDetails> list(
            Caller caller, Optional<SandboxState> state, Optional<String> profile, PageRequest page) {
        Optional<String> profileId =
                profile.map(reference -> profiles.find(caller, reference).id());
        List<SessionDetails> rows = sessions.list(caller.organizationId(), state, profileId, page);
        return Page.of(rows, page, it -> it.session().id());
    }

    /** How many sessions are in each state, without deleted ones; states without any are missing. */
    public Map<SandboxState, Integer> counts(Caller caller) {
        return sessions.counts(caller.organizationId());
    }

    /**
     * One session.
     *
     * @param reference its id, its sandbox's id or its name
     * @throws SandkeepException {@code not_found}
     */
    public SessionDetails get(Caller caller, String reference) {
        return sessions.find(caller.organizationId(), reference)
                .orElseThrow(() -> SandkeepException.notFound("session", reference));
    }

    // ------------------------------------------------------------------------------------------------ create

    /**
     * Creates a session and starts its sandbox.
     *
     * @param key the request's {@code Idempotency-Key}, if it has one
     * @param wait how long to wait for {@code running}
     * @throws SandkeepException {@code profile_version_not_usable}, {@code session_name_taken}, {@code not_found}
     */
    public SessionDetails create(Caller caller, @Nullable String key, NewSession request, Duration wait)
            throws InterruptedException {
        SessionStarts.checkName(request.name());
        return started(
                caller, key, "POST /sessions", request, request.name(), wait, () -> starts.begin(caller, request));
    }

    /**
     * Records a session once for a key, starts its sandbox and waits for it.
     *
     * @param begin runs in the transaction
     */
    SessionDetails started(
            Caller caller,
            @Nullable String key,
            String operation,
            Object request,
            Optional<String> name,
            Duration wait,
            Supplier<SessionStarts.Begun> begin)
            throws InterruptedException {
        AtomicReference<SessionStarts.@Nullable Begun> begun = new AtomicReference<>();
        String id;
        try {
            id = onPresentSnapshot(() -> requests.once(caller, key, operation, request, () -> {
                SessionStarts.Begun made = begin.get();
                begun.set(made);
                return made.session().id();
            }));
        } catch (DuplicateKeyException e) {
            SessionStarts.Begun.giveBack(begun.get());
            throw SessionStarts.taken(name.orElse("")).causedBy(e);
        } catch (RuntimeException e) {
            SessionStarts.Begun.giveBack(begun.get());
            throw e;
        }
        SessionStarts.Begun made = begun.get();
        if (made == null) {
            SessionDetails before = get(caller, id);
            Sandbox settled =
                    waits.await(before.sandbox(), wait, row -> row.state().atRest());
            return new SessionDetails(
                    before.session(), before.profileName(), settled, before.durable(), Optional.empty());
        }
        Optional<Sandbox> result = work.begin(made.task(), made.slot()).await(wait);
        // What was forked has a durable point from its beginning, which only the rows know.
        return result.filter(row ->
                        made.task().volume().flatMap(Volume::firstCheckpoint).isEmpty())
                .map(row ->
                        new SessionDetails(made.session(), made.profileName(), row, Optional.empty(), Optional.empty()))
                .orElseGet(() -> get(caller, id));
    }

    /**
     * Between looking the usable snapshot up and standing on it, another may have become the usable one and the first one have
     * been released: then {@code begin} is done again, with the present one.
     */
    static String onPresentSnapshot(Supplier<String> begin) {
        for (int attempt = 1; attempt < MOST_SNAPSHOTS; attempt++) {
            try {
                return begin.get();
            } catch (SnapshotReleased overtaken) {
                LOG.info("event=snapshot_overtaken cause=\"{}\"", overtaken.getMessage());
            }
        }
        return begin.get();
    }

    // ------------------------------------------------------------------------------------------------ stop

    /**
     * Stops a session's sandbox, and waits for it. One that is stopped or failed stays as it is.
     *
     * @param grace between SIGTERM and SIGKILL
     */
    public SessionDetails stop(Caller caller, String reference, Duration grace) throws InterruptedException {
        SessionDetails details = get(caller, reference);
        Instant until = clock.instant().plus(PATIENCE).plus(grace);
        Sandbox row = details.sandbox();
        while (true) {
            requireNotDeleted(row);
            switch (row.state()) {
                case RUNNING -> {
                    checks.requireHere(row);
                    try {
                        Sandbox stopping = transitions.stop(caller, row, StopReason.USER, grace);
                        work.begin(stopping).await(left(until));
                        return get(caller, row.sessionId());
                    } catch (SandboxMoved moved) {
                        row = read(row);
                    }
                }
                case PENDING, STARTING -> {
                    if (sandboxes.wishStop(row.id(), StopReason.USER, grace)) {
                        waits.await(
                                row, left(until), it -> it.state() != SandboxState.RUNNING && SandboxWaits.settled(it));
                        return get(caller, row.sessionId());
                    }
                    row = read(row);
                }
                case STOPPING -> {
                    sandboxes.replaceNot(row.id());
                    row = waits.await(row, left(until), SandboxWaits::settled);
                    if (row.state() != SandboxState.RUNNING || !left(until).isPositive()) {
                        return get(caller, row.sessionId());
                    }
                }
                case STOPPED, FAILED, DELETED -> {
                    if (!row.upkeep().replaceWished()) {
                        return get(caller, row.sessionId());
                    }
                    sandboxes.replaceNot(row.id());
                    row = waits.await(row, left(until), SandboxWaits::settled);
                    if (!left(until).isPositive()) {
                        return get(caller, row.sessionId());
                    }
                }
            }
        }
    }

    // ------------------------------------------------------------------------------------------------ resume

    /**
     * Starts the next generation of a stopped persistent sandbox, and waits for it. One that is being started, or whose compute
     * was looked at and runs, is answered as it is. When the start fails, the answer says why, in the sandbox's failure.
     *
     * @throws SandkeepException {@code sandbox_not_persistent}, {@code sandbox_busy}, {@code session_deleted}
     */
    public SessionDetails resume(Caller caller, String reference) throws InterruptedException {
        SessionDetails details = get(caller, reference);
        Instant until = clock.instant().plus(PATIENCE);
        Sandbox row = details.sandbox();
        while (true) {
            requireNotDeleted(row);
            switch (row.state()) {
                case RUNNING -> {
                    Optional<SandboxWork.Piece> ending = lost.look(row);
                    if (ending.isEmpty()) {
                        return get(caller, row.sessionId());
                    }
                    ending.get().await(left(until));
                    row = read(row);
                }
                case PENDING, STARTING -> {
                    waits.await(row, left(until), SandboxWaits::settled);
                    return get(caller, row.sessionId());
                }
                case STOPPING -> {
                    row = waits.await(row, left(until), SandboxWaits::settled);
                    if (row.state() == SandboxState.STOPPING) {
                        throw SandboxChecks.busy(row, "still being stopped");
                    }
                }
                case STOPPED, FAILED -> {
                    SandboxChecks.requirePersistent(row);
                    checks.requireHere(row);
                    if (row.upkeep().rollback().isPresent()) {
                        row = afterRollback(row, until);
                        continue;
                    }
                    try {
                        work.begin(transitions.resume(caller, row), Optional.empty())
                                .await(left(until));
                        return get(caller, row.sessionId());
                    } catch (SandboxMoved moved) {
                        row = read(row);
                    }
                }
                case DELETED -> throw SandboxChecks.deleted(row);
            }
        }
    }

    /** The row when the rollback that it waits for is done; this server does it when nobody else does. */
    private Sandbox afterRollback(Sandbox row, Instant until) throws InterruptedException {
        if (row.leaseOwner().isEmpty()) {
            try {
                work.begin(transitions.lease(row, clock.instant().plus(settings.stopTimeout())))
                        .await(left(until));
            } catch (SandboxMoved moved) {
                return read(row);
            }
        }
        Sandbox after = waits.await(row, left(until), SandboxWaits::settled);
        if (after.upkeep().rollback().isPresent()) {
            throw SandboxChecks.busy(after, "still being rolled back");
        }
        return after;
    }

    // ------------------------------------------------------------------------------------------------ delete

    /** As {@link #delete(Caller, String, boolean)}, with a grace period. */
    public boolean delete(Caller caller, String reference) throws InterruptedException {
        return delete(caller, reference, false);
    }

    /**
     * Deletes a session; stops it first when it runs. What it kept goes when the grace period is over.
     *
     * @param now whether what it kept goes at once
     * @return whether it is deleted; when not yet, the server goes on with it
     */
    public boolean delete(Caller caller, String reference, boolean now) throws InterruptedException {
        Sandbox row = get(caller, reference).sandbox();
        checks.requireHere(row);
        if (!transitions.wishDelete(caller, row, now)) {
            return true;
        }
        Instant until = clock.instant().plus(PATIENCE);
        row = read(row);
        while (row.state() != SandboxState.DELETED && left(until).isPositive()) {
            if (SandboxWaits.settled(row)) {
                row = beginDelete(caller, row, left(until));
            } else {
                row = waits.await(row, left(until), SandboxWaits::settled);
            }
        }
        return row.state() == SandboxState.DELETED;
    }

    private Sandbox beginDelete(Caller caller, Sandbox row, Duration patience) throws InterruptedException {
        try {
            Sandbox leased = row.state() == SandboxState.RUNNING
                    ? transitions.stop(caller, row, StopReason.USER, settings.deleteGrace())
                    : transitions.lease(row, clock.instant().plus(SandboxStore.DELETE_PATIENCE));
            Optional<Sandbox> result = work.begin(leased).await(patience);
            return result.isPresent() ? result.get() : read(row);
        } catch (SandboxMoved moved) {
            return read(row);
        }
    }

    /**
     * Undoes the deletion of a session: it is stopped again, with everything that it kept.
     *
     * @param reference its id, its sandbox's id, or the name that it had
     * @param name what it is called from then on; empty for the name that it had
     * @throws SandkeepException {@code session_not_restorable} when nothing of it is kept; {@code session_name_taken}
     */
    public SessionDetails restore(Caller caller, String reference, Optional<String> name) throws InterruptedException {
        SessionStarts.checkName(name);
        SessionDetails details = sessions.find(caller.organizationId(), reference)
                .or(() -> sessions.findDeleted(caller.organizationId(), reference))
                .orElseThrow(() -> SandkeepException.notFound("session", reference));
        Sandbox row = details.sandbox();
        if (!row.deleteWished() && row.state() != SandboxState.DELETED) {
            return details;
        }
        checks.requireHere(row);
        row = waits.await(row, PATIENCE, it -> it.state() == SandboxState.DELETED);
        if (row.state() != SandboxState.DELETED) {
            throw SandboxChecks.busy(row, "still being deleted");
        }
        String called = name.orElse(details.session().name());
        try {
            Optional<Volume> volume = volumes.ofSandbox(row.id());
            if (volume.isEmpty()
                    || transitions.undelete(caller, row, volume.get(), called).isEmpty()) {
                throw new SandkeepException(
                        ProblemCode.SESSION_NOT_RESTORABLE,
                        "Nothing of session " + row.sessionId() + " is kept"
                                + (row.persistent() ? " any more." : ": its sandbox was ephemeral."));
            }
        } catch (DuplicateKeyException e) {
            throw SessionStarts.taken(called).causedBy(e);
        } catch (SandboxMoved moved) {
            return restore(caller, reference, name);
        }
        return get(caller, row.sessionId());
    }

    // ------------------------------------------------------------------------------------------------ exec

    /** As {@link #exec(Caller, String, Function, Optional)}, as the profile has it. */
    public ExecProcess exec(Caller caller, String reference, ExecSpec spec) throws InterruptedException {
        return exec(caller, reference, directory -> spec, Optional.empty());
    }

    /**
     * Runs a command in a session's sandbox. The caller owns the process.
     *
     * @param command what to run, given the directory in which the session's commands begin
     * @param autoResume whether a stopped persistent sandbox is resumed first; empty as its profile has it
     * @throws SandkeepException {@code sandbox_not_running}, with the state; also when its compute turns out to be gone, which
     *     is then dealt with
     */
    public ExecProcess exec(
            Caller caller, String reference, Function<String, ExecSpec> command, Optional<Boolean> autoResume)
            throws InterruptedException {
        SessionDetails details = get(caller, reference);
        ExecSpec spec = command.apply(details.session().workingDirectory());
        Sandbox row = details.sandbox();
        requireNotDeleted(row);
        checks.requireHere(row);
        boolean resume = row.persistent() && autoResume.orElse(lifetimes.autoResume(row));
        if (resume && waitsForNext(row)) {
            row = resume(caller, row.sessionId()).sandbox();
        }
        ExecOutcome outcome = run(row, spec);
        if (outcome instanceof ExecOutcome.NotRunning) {
            row = dealWithLoss(row);
            if (resume) {
                row = resume(caller, row.sessionId()).sandbox();
                outcome = run(row, spec);
            }
        }
        return switch (outcome) {
            case ExecOutcome.Executing executing -> activity.watched(row.id(), executing.process());
            case ExecOutcome.NotRunning gone -> throw SandboxChecks.notRunning(row);
        };
    }

    /** Whether it does not run, and a resume, or waiting for one, lets it. One that somebody asked to stop is left to him. */
    private static boolean waitsForNext(Sandbox row) {
        return switch (row.state()) {
            case STOPPED, FAILED, PENDING, STARTING -> true;
            case STOPPING -> !row.stopReason().equals(Optional.of(StopReason.USER));
            case RUNNING, DELETED -> false;
        };
    }

    private ExecOutcome run(Sandbox row, ExecSpec spec) {
        if (row.state() != SandboxState.RUNNING) {
            throw SandboxChecks.notRunning(row);
        }
        if (row.upkeep().quotaFrozenAt().isPresent()) {
            quotas.thaw(row);
        }
        return provider.exec(row.compute(), spec);
    }

    private Sandbox dealWithLoss(Sandbox row) throws InterruptedException {
        Optional<SandboxWork.Piece> ending = lost.look(row);
        if (ending.isPresent()) {
            ending.get().await(LOSS_PATIENCE);
        }
        return read(row);
    }

    // ------------------------------------------------------------------------------------------------ common

    private static void requireNotDeleted(Sandbox row) {
        SandboxChecks.requireNotDeleted(row);
    }

    private Sandbox read(Sandbox row) {
        return waits.read(row);
    }

    private Duration left(Instant until) {
        return waits.left(until);
    }

    /** What a provider's exception means to someone who asked for something. */
    public static SandkeepException problem(ProviderException failure) {
        return new SandkeepException(
                        switch (failure.kind()) {
                            case STORAGE_FULL -> ProblemCode.STORAGE_FULL;
                            case UNAVAILABLE -> ProblemCode.UNAVAILABLE;
                            case FAULT -> ProblemCode.PROVIDER_FAULT;
                        },
                        String.valueOf(failure.getMessage()))
                .causedBy(failure);
    }
}
