package dev.sandkeep.server.sessions;

import dev.sandkeep.server.organizations.Organizations;
import dev.sandkeep.server.platform.Ids;
import dev.sandkeep.server.platform.Signals;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.errors.ValidationErrors;
import dev.sandkeep.server.platform.jobs.RepeatableRequests;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.web.Page;
import dev.sandkeep.server.platform.web.PageRequest;
import dev.sandkeep.server.profiles.Profile;
import dev.sandkeep.server.profiles.Profiles;
import dev.sandkeep.server.profiles.RuntimePlan;
import dev.sandkeep.server.snapshots.Snapshots;
import dev.sandkeep.server.snapshots.UsableSnapshot;
import dev.sandkeep.spi.ExecOutcome;
import dev.sandkeep.spi.ExecProcess;
import dev.sandkeep.spi.ExecSpec;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.SandboxProvider;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Pattern;
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

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");
    private static final Duration POLL = Duration.ofSeconds(1);
    private static final int NAME_TAIL = 6;
    private static final int NAME_HEAD = 50;

    private final SessionStore sessions;
    private final SandboxStore sandboxes;
    private final SandboxTransitions transitions;
    private final SandboxWork work;
    private final SandboxLeases leases;
    private final StartSlots slots;
    private final LostComputes lost;
    private final SandboxPlans plans;
    private final Profiles profiles;
    private final Snapshots snapshots;
    private final Organizations organizations;
    private final SandboxProvider provider;
    private final RepeatableRequests requests;
    private final SessionSettings settings;
    private final DataDirectory data;
    private final Ids ids;
    private final Signals signals;
    private final Clock clock;

    Sessions(
            SessionStore sessions,
            SandboxStore sandboxes,
            SandboxTransitions transitions,
            SandboxWork work,
            SandboxLeases leases,
            StartSlots slots,
            LostComputes lost,
            SandboxPlans plans,
            Profiles profiles,
            Snapshots snapshots,
            Organizations organizations,
            SandboxProvider provider,
            RepeatableRequests requests,
            SessionSettings settings,
            DataDirectory data,
            Ids ids,
            Signals signals,
            Clock clock) {
        this.sessions = sessions;
        this.sandboxes = sandboxes;
        this.transitions = transitions;
        this.work = work;
        this.leases = leases;
        this.slots = slots;
        this.lost = lost;
        this.plans = plans;
        this.profiles = profiles;
        this.snapshots = snapshots;
        this.organizations = organizations;
        this.provider = provider;
        this.requests = requests;
        this.settings = settings;
        this.data = data;
        this.ids = ids;
        this.signals = signals;
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
        checkName(request);
        AtomicReference<@Nullable Begun> begun = new AtomicReference<>();
        String id;
        try {
            id = onPresentSnapshot(() -> requests.once(caller, key, "POST /sessions", request, () -> {
                Begun made = begin(caller, request);
                begun.set(made);
                return made.session().id();
            }));
        } catch (DuplicateKeyException e) {
            giveBack(begun.get());
            throw taken(request).causedBy(e);
        } catch (RuntimeException e) {
            giveBack(begun.get());
            throw e;
        }
        Begun made = begun.get();
        if (made == null) {
            SessionDetails before = get(caller, id);
            Sandbox settled = await(before.sandbox(), wait, row -> row.state().atRest());
            return new SessionDetails(before.session(), before.profileName(), settled, before.durable());
        }
        Optional<Sandbox> result = work.begin(made.task(), made.slot()).await(wait);
        return result.map(row -> new SessionDetails(made.session(), made.profileName(), row, Optional.empty()))
                .orElseGet(() -> get(caller, id));
    }

    /**
     * Between looking the usable snapshot up and standing on it, another may have become the usable one and the first one have
     * been released: then {@code begin} is done again, with the present one.
     */
    private static String onPresentSnapshot(Supplier<String> begin) {
        for (int attempt = 1; attempt < MOST_SNAPSHOTS; attempt++) {
            try {
                return begin.get();
            } catch (SnapshotReleased overtaken) {
                LOG.info("event=snapshot_overtaken cause=\"{}\"", overtaken.getMessage());
            }
        }
        return begin.get();
    }

    private record Begun(Session session, String profileName, Task task, Optional<StartSlots.Slot> slot) {}

    private Begun begin(Caller caller, NewSession request) {
        Profile profile = profiles.find(caller, request.profile());
        UsableSnapshot usable = snapshots.requireUsable(profile, request.version());
        requireHere(usable.dataDirectory(), "Snapshot " + usable.id());
        RuntimePlan plan = plans.of(profile.id(), usable.version());
        Optional<PersistenceFallback> fallback = fallback(caller, plan);
        boolean persistent = plan.usePersistentSandboxes() && fallback.isEmpty();
        Instant now = clock.instant();
        Session session = new Session(
                ids.next(Ids.Kind.SESSION),
                caller.organizationId(),
                "",
                profile.id(),
                usable.version(),
                caller.actor(),
                now,
                Optional.empty());
        session = session.named(request.name().orElse(madeUpName(profile.name(), session.id())));
        Optional<StartSlots.Slot> slot = slots.tryTake();
        try {
            Sandbox row = Sandbox.first(
                    ids.next(Ids.Kind.SANDBOX),
                    session,
                    data.installation(),
                    persistent ? SandboxMode.PERSISTENT : SandboxMode.EPHEMERAL,
                    usable,
                    persistent ? plan.persistedPaths() : List.of(),
                    fallback,
                    slot.isPresent() ? SandboxState.STARTING : SandboxState.PENDING,
                    leases.owner(),
                    leases.until(),
                    now.plus(settings.startTimeout()));
            return new Begun(session, profile.name(), transitions.create(caller, session, row), slot);
        } catch (RuntimeException e) {
            slot.ifPresent(StartSlots.Slot::close);
            throw e;
        }
    }

    /** When the transaction did not commit, nothing was begun. */
    private static void giveBack(@Nullable Begun begun) {
        if (begun != null) {
            begun.slot().ifPresent(StartSlots.Slot::close);
        }
    }

    private Optional<PersistenceFallback> fallback(Caller caller, RuntimePlan plan) {
        if (!plan.usePersistentSandboxes()) {
            return Optional.empty();
        }
        if (!organizations.sandboxSettings(caller.organizationId()).allowPersistentSandboxes()) {
            return Optional.of(PersistenceFallback.of(ProblemCode.ORGANIZATION_DISALLOWS_PERSISTENCE));
        }
        return provider.capabilities().layeredVolumes()
                ? Optional.empty()
                : Optional.of(PersistenceFallback.of(ProblemCode.PROVIDER_WITHOUT_VOLUMES));
    }

    private static String madeUpName(String profile, String sessionId) {
        String head = profile.length() > NAME_HEAD ? profile.substring(0, NAME_HEAD) : profile;
        return head + "-" + sessionId.substring(sessionId.length() - NAME_TAIL);
    }

    private static void checkName(NewSession request) {
        ValidationErrors errors = new ValidationErrors();
        request.name()
                .ifPresent(name -> errors.check(
                        NAME.matcher(name).matches(),
                        "name",
                        "malformed",
                        "name must be 1 to 63 lower-case letters, digits and dashes, and not begin with a dash"));
        errors.throwIfAny();
    }

    private static SandkeepException taken(NewSession request) {
        return new SandkeepException(
                ProblemCode.SESSION_NAME_TAKEN,
                "A session called '" + request.name().orElse("") + "' exists.");
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
                    requireHere(row.dataDirectory(), "Sandbox " + row.id());
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
                        await(row, left(until), it -> it.state() != SandboxState.RUNNING && settled(it));
                        return get(caller, row.sessionId());
                    }
                    row = read(row);
                }
                case STOPPING -> {
                    await(row, left(until), Sessions::settled);
                    return get(caller, row.sessionId());
                }
                case STOPPED, FAILED, DELETED -> {
                    return get(caller, row.sessionId());
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
                    await(row, left(until), Sessions::settled);
                    return get(caller, row.sessionId());
                }
                case STOPPING -> {
                    row = await(row, left(until), Sessions::settled);
                    if (row.state() == SandboxState.STOPPING) {
                        throw new SandkeepException(
                                        ProblemCode.SANDBOX_BUSY, "Sandbox " + row.id() + " is still being stopped.")
                                .with("state", row.state().text());
                    }
                }
                case STOPPED, FAILED -> {
                    requirePersistent(row);
                    requireHere(row.dataDirectory(), "Sandbox " + row.id());
                    try {
                        work.begin(transitions.resume(caller, row), Optional.empty())
                                .await(left(until));
                        return get(caller, row.sessionId());
                    } catch (SandboxMoved moved) {
                        row = read(row);
                    }
                }
                case DELETED -> throw deleted(row);
            }
        }
    }

    private static void requirePersistent(Sandbox row) {
        if (!row.persistent()) {
            throw new SandkeepException(
                            ProblemCode.SANDBOX_NOT_PERSISTENT,
                            "Sandbox " + row.id() + " is ephemeral: nothing of it outlived its compute.")
                    .with("state", row.state().text());
        }
    }

    // ------------------------------------------------------------------------------------------------ delete

    /**
     * Deletes a session with everything that it kept; stops it first when it runs.
     *
     * @return whether all of it is gone; when not, the server goes on with it
     */
    public boolean delete(Caller caller, String reference) throws InterruptedException {
        Sandbox row = get(caller, reference).sandbox();
        requireHere(row.dataDirectory(), "Sandbox " + row.id());
        if (!transitions.wishDelete(caller, row)) {
            return true;
        }
        Instant until = clock.instant().plus(PATIENCE);
        row = read(row);
        while (row.state() != SandboxState.DELETED && left(until).isPositive()) {
            if (settled(row)) {
                row = beginDelete(caller, row, left(until));
            } else {
                row = await(row, left(until), Sessions::settled);
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

    // ------------------------------------------------------------------------------------------------ exec

    /**
     * Runs a command in a session's sandbox. The caller owns the process.
     *
     * @throws SandkeepException {@code sandbox_not_running}, with the state; also when its compute turns out to be gone, which
     *     is then dealt with
     */
    public ExecProcess exec(Caller caller, String reference, ExecSpec spec) throws InterruptedException {
        Sandbox row = get(caller, reference).sandbox();
        requireNotDeleted(row);
        if (row.state() != SandboxState.RUNNING) {
            throw notRunning(row);
        }
        requireHere(row.dataDirectory(), "Sandbox " + row.id());
        return switch (provider.exec(row.compute(), spec)) {
            case ExecOutcome.Executing executing -> executing.process();
            case ExecOutcome.NotRunning gone -> throw notRunning(dealWithLoss(row));
        };
    }

    private Sandbox dealWithLoss(Sandbox row) throws InterruptedException {
        Optional<SandboxWork.Piece> ending = lost.look(row);
        if (ending.isPresent()) {
            ending.get().await(POLL);
        }
        return read(row);
    }

    private static SandkeepException notRunning(Sandbox row) {
        String next = row.persistent() && (row.state() == SandboxState.STOPPED || row.state() == SandboxState.FAILED)
                ? "Resume it: sandkeep session resume " + row.sessionId()
                : ProblemCode.SANDBOX_NOT_RUNNING.nextStep();
        String why = row.failure()
                .map(Failure::message)
                .or(() -> row.stopReason()
                        .filter(reason -> row.state() != SandboxState.STARTING)
                        .map(reason -> "stop reason " + reason.text()))
                .map(text -> " (" + text + ")")
                .orElse("");
        return new SandkeepException(
                        ProblemCode.SANDBOX_NOT_RUNNING,
                        "Sandbox " + row.id() + " is " + row.state().text() + why + ".",
                        next)
                .with("state", row.state().text());
    }

    // ------------------------------------------------------------------------------------------------ common

    private void requireHere(String dataDirectory, String what) {
        if (!dataDirectory.equals(data.installation())) {
            throw new SandkeepException(
                            ProblemCode.ON_OTHER_MACHINE,
                            what + " lives in data directory " + dataDirectory + "; this server works in "
                                    + data.installation() + ".")
                    .with("dataDirectory", dataDirectory);
        }
    }

    private static void requireNotDeleted(Sandbox row) {
        if (row.deleteWished() || row.state() == SandboxState.DELETED) {
            throw deleted(row);
        }
    }

    private static SandkeepException deleted(Sandbox row) {
        return new SandkeepException(
                ProblemCode.SESSION_DELETED,
                "Session " + row.sessionId() + " is " + (row.state() == SandboxState.DELETED ? "" : "being ")
                        + "deleted.");
    }

    /** Whether nobody works on it and nothing is to be done. */
    private static boolean settled(Sandbox row) {
        return row.state().atRest() && row.leaseOwner().isEmpty();
    }

    private Sandbox read(Sandbox row) {
        return sandboxes.find(row.id()).orElse(row);
    }

    private Duration left(Instant until) {
        return Duration.between(clock.instant(), until);
    }

    /** Waits for a change that this or another server makes. */
    private Sandbox await(Sandbox row, Duration patience, Predicate<Sandbox> enough) throws InterruptedException {
        long until = System.nanoTime() + patience.toNanos();
        while (true) {
            long seen = signals.version(row.id());
            Sandbox now = read(row);
            long left = until - System.nanoTime();
            if (enough.test(now) || left <= 0 || signals.closed()) {
                return now;
            }
            signals.await(row.id(), seen, Duration.ofNanos(Math.min(left, POLL.toNanos())));
        }
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
