package dev.sandkeep.server.sessions;

import dev.sandkeep.server.organizations.Organizations;
import dev.sandkeep.server.platform.Ids;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.errors.ValidationErrors;
import dev.sandkeep.server.platform.providers.PersistenceSupport;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.profiles.Profile;
import dev.sandkeep.server.profiles.Profiles;
import dev.sandkeep.server.profiles.RuntimePlan;
import dev.sandkeep.server.profiles.Specification;
import dev.sandkeep.server.snapshots.Snapshots;
import dev.sandkeep.server.snapshots.UsableSnapshot;
import dev.sandkeep.server.volumes.VolumeOrigin;
import dev.sandkeep.spi.PersistedPath;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Records new sessions: what is pinned for their life, the mode of their sandbox, and where its first content comes from. */
final class SessionStarts {
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");
    private static final int NAME_TAIL = 6;
    private static final int NAME_HEAD = 50;
    /** For the stream of an import, however long it is. */
    private static final Duration IMPORT_TIMEOUT = Duration.ofHours(24);

    private final SandboxTransitions transitions;
    private final SandboxLeases leases;
    private final StartSlots slots;
    private final SandboxPlans plans;
    private final SandboxChecks checks;
    private final Profiles profiles;
    private final Snapshots snapshots;
    private final Organizations organizations;
    private final PersistenceSupport persistence;
    private final SessionSettings settings;
    private final DataDirectory data;
    private final Ids ids;
    private final Clock clock;

    SessionStarts(
            SandboxTransitions transitions,
            SandboxLeases leases,
            StartSlots slots,
            SandboxPlans plans,
            SandboxChecks checks,
            Profiles profiles,
            Snapshots snapshots,
            Organizations organizations,
            PersistenceSupport persistence,
            SessionSettings settings,
            DataDirectory data,
            Ids ids,
            Clock clock) {
        this.transitions = transitions;
        this.leases = leases;
        this.slots = slots;
        this.plans = plans;
        this.checks = checks;
        this.profiles = profiles;
        this.snapshots = snapshots;
        this.organizations = organizations;
        this.persistence = persistence;
        this.settings = settings;
        this.data = data;
        this.ids = ids;
        this.clock = clock;
    }

    /** A session that was recorded, with the slot that it may start in. */
    record Begun(Session session, String profileName, Task task, Optional<StartSlots.Slot> slot) {
        /** When the transaction did not commit, nothing was begun. */
        static void giveBack(@Nullable Begun begun) {
            if (begun != null) {
                begun.slot().ifPresent(StartSlots.Slot::close);
            }
        }
    }

    /** Records one from a profile's snapshot. Part of the caller's transaction. */
    Begun begin(Caller caller, NewSession request) {
        Profile profile = profiles.find(caller, request.profile());
        UsableSnapshot usable = snapshots.requireUsable(profile, request.version());
        checks.requireHere(usable.dataDirectory(), "Snapshot " + usable.id());
        RuntimePlan plan = plans.of(profile.id(), usable.version());
        Optional<PersistenceFallback> fallback =
                plan.usePersistentSandboxes() ? missing(caller).map(PersistenceFallback::of) : Optional.empty();
        Origin origin = new Origin(
                profile.id(), profile.name(), usable, plan, directory(plan, request), new VolumeOrigin.Empty());
        boolean persistent = plan.usePersistentSandboxes() && fallback.isEmpty();
        return withSlot(slot -> record(caller, origin, request.name(), persistent, fallback, slot));
    }

    /** Records one on the snapshot of another session, to begin with a checkpoint of its volume. */
    Begun beginFork(Caller caller, SessionDetails source, VolumeOrigin.Fork fork, Optional<String> name) {
        requirePersistence(caller);
        Sandbox row = source.sandbox();
        UsableSnapshot pinned =
                new UsableSnapshot(row.snapshotId(), row.version(), row.planDigest(), row.dataDirectory());
        Origin origin = new Origin(
                row.profileId(),
                source.profileName(),
                pinned,
                plans.of(row),
                source.session().workingDirectory(),
                fork);
        return withSlot(slot -> record(caller, origin, name, true, Optional.empty(), slot));
    }

    /** Records one that begins with a stream. It is pending, and its volume must not be used, until the stream has ended. */
    Begun beginImport(Caller caller, NewSession request) {
        requirePersistence(caller);
        Profile profile = profiles.find(caller, request.profile());
        UsableSnapshot usable = snapshots.requireUsable(profile, request.version());
        checks.requireHere(usable.dataDirectory(), "Snapshot " + usable.id());
        RuntimePlan plan = plans.of(profile.id(), usable.version());
        if (!plan.usePersistentSandboxes()) {
            throw new SandkeepException(
                    ProblemCode.SANDBOX_NOT_PERSISTENT,
                    "Version " + usable.version() + " of profile '" + profile.name()
                            + "' does not use persistent sandboxes.",
                    "Turn usePersistentSandboxes on in its draft and publish it.");
        }
        Origin origin = new Origin(
                profile.id(), profile.name(), usable, plan, directory(plan, request), new VolumeOrigin.Import());
        return record(caller, origin, request.name(), true, Optional.empty(), Optional.empty());
    }

    /** What is pinned, and what the volume begins with. */
    private record Origin(
            String profileId,
            String profileName,
            UsableSnapshot snapshot,
            RuntimePlan plan,
            String workingDirectory,
            VolumeOrigin volume) {}

    /** Where commands begin. */
    private static String directory(RuntimePlan plan, NewSession request) {
        if (request.repository().isEmpty()) {
            return Session.DEFAULT_DIRECTORY;
        }
        String wanted = request.repository().get();
        return plan.repositories().stream()
                .filter(it -> it.path().equals(wanted) || it.url().equals(wanted))
                .map(Specification.Repository::path)
                .findFirst()
                .orElseThrow(() -> ValidationErrors.only(
                        "repository",
                        "unknown",
                        plan.repositories().isEmpty()
                                ? "this version of the profile has no repositories"
                                : "this version of the profile has "
                                        + plan.repositories().stream()
                                                .map(it -> it.url() + " in " + it.path())
                                                .collect(Collectors.joining(", "))));
    }

    private interface Recording {
        Begun begin(Optional<StartSlots.Slot> slot);
    }

    private Begun withSlot(Recording recording) {
        Optional<StartSlots.Slot> slot = slots.tryTake();
        try {
            return recording.begin(slot);
        } catch (RuntimeException e) {
            slot.ifPresent(StartSlots.Slot::close);
            throw e;
        }
    }

    private Begun record(
            Caller caller,
            Origin origin,
            Optional<String> name,
            boolean persistent,
            Optional<PersistenceFallback> fallback,
            Optional<StartSlots.Slot> slot) {
        Instant now = clock.instant();
        boolean imported = origin.volume() instanceof VolumeOrigin.Import;
        Session session = new Session(
                ids.next(Ids.Kind.SESSION),
                caller.organizationId(),
                "",
                origin.profileId(),
                origin.snapshot().version(),
                origin.workingDirectory(),
                caller.actor(),
                now,
                Optional.empty());
        session = session.named(name.orElse(madeUpName(origin.profileName(), session.id())));
        List<PersistedPath> paths = persistent
                ? origin.plan().persistedPaths().stream()
                        .map(Specification.PersistedPath::forBackend)
                        .toList()
                : List.of();
        Sandbox row = Sandbox.first(
                ids.next(Ids.Kind.SANDBOX),
                session,
                data.installation(),
                persistent ? SandboxMode.PERSISTENT : SandboxMode.EPHEMERAL,
                origin.snapshot(),
                paths.stream().map(PersistedPath::path).toList(),
                fallback,
                slot.isPresent() ? SandboxState.STARTING : SandboxState.PENDING,
                leases.owner(),
                leases.until(),
                now.plus(imported ? IMPORT_TIMEOUT : settings.startTimeout()));
        return new Begun(
                session, origin.profileName(), transitions.create(caller, session, row, paths, origin.volume()), slot);
    }

    /** Why the organization's new sandboxes cannot be persistent. */
    private Optional<ProblemCode> missing(Caller caller) {
        return persistence
                .missing()
                .or(() -> organizations.sandboxSettings(caller.organizationId()).allowPersistentSandboxes()
                        ? Optional.empty()
                        : Optional.of(ProblemCode.ORGANIZATION_DISALLOWS_PERSISTENCE));
    }

    private void requirePersistence(Caller caller) {
        missing(caller).ifPresent(code -> {
            throw new SandkeepException(
                    code == ProblemCode.PROVIDER_WITHOUT_VOLUMES ? ProblemCode.NO_VOLUME_BACKEND : code,
                    code.sentence() + " A session that begins with files of another needs that.",
                    code.nextStep());
        });
    }

    private static String madeUpName(String profile, String sessionId) {
        String head = profile.length() > NAME_HEAD ? profile.substring(0, NAME_HEAD) : profile;
        return head + "-" + sessionId.substring(sessionId.length() - NAME_TAIL);
    }

    static void checkName(Optional<String> wanted) {
        ValidationErrors errors = new ValidationErrors();
        wanted.ifPresent(name -> errors.check(
                NAME.matcher(name).matches(),
                "name",
                "malformed",
                "name must be 1 to 63 lower-case letters, digits and dashes, and not begin with a dash"));
        errors.throwIfAny();
    }

    static SandkeepException taken(String name) {
        return new SandkeepException(ProblemCode.SESSION_NAME_TAKEN, "A session called '" + name + "' exists.");
    }
}
