package dev.sandkeep.server.schedules;

import dev.sandkeep.server.events.Change;
import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.errors.ValidationErrors;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.profiles.Profile;
import dev.sandkeep.server.profiles.Profiles;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Automatic refresh, for everyone else: look and set. */
@Component
public class RefreshSchedules {
    private final RefreshScheduleStore store;
    private final Profiles profiles;
    private final TransactionTemplate transactions;
    private final EventLog events;
    private final DataDirectory data;
    private final Clock clock;

    RefreshSchedules(
            RefreshScheduleStore store,
            Profiles profiles,
            TransactionTemplate transactions,
            EventLog events,
            DataDirectory data,
            Clock clock) {
        this.store = store;
        this.profiles = profiles;
        this.transactions = transactions;
        this.events = events;
        this.data = data;
        this.clock = clock;
    }

    /**
     * A schedule as a user writes it.
     *
     * @param enabled whether it runs
     * @param cron five fields
     * @param timeZone an IANA name; UTC when null
     * @param onlyIfChanged whether a tick builds only when something has changed
     */
    public record Wanted(
            boolean enabled, String cron, @Nullable String timeZone, boolean onlyIfChanged) {}

    /** The schedule of a profile, if one was ever set. */
    public Optional<RefreshSchedule> find(Caller caller, String profile) {
        return store.find(profiles.find(caller, profile).id());
    }

    /** As {@link #find}, for a profile that is known to be the caller's. */
    public Optional<RefreshSchedule> ofProfile(String profileId) {
        return store.find(profileId);
    }

    /** What became of the newest ticks of a schedule, newest first. */
    public List<ScheduleTick> ticks(RefreshSchedule schedule, int limit) {
        return store.ticks(schedule.profileId(), limit);
    }

    /** When it runs next, by the present clock; nothing when it is off or held. */
    public List<Instant> nextRuns(RefreshSchedule schedule, int count) {
        return schedule.enabled() && schedule.held().isEmpty()
                ? schedule.times().nextRuns(clock.instant(), count)
                : List.of();
    }

    /**
     * Sets when the newest version is refreshed. What was due before is not made up for.
     *
     * @throws SandkeepException {@code validation_failed}; {@code profile_version_not_usable} while nothing is published
     */
    public RefreshSchedule set(Caller caller, String profile, Wanted wanted) {
        Profile found = profiles.find(caller, profile);
        if (found.latestVersion().isEmpty()) {
            throw new SandkeepException(
                    ProblemCode.PROFILE_VERSION_NOT_USABLE,
                    "No version of profile '" + found.name() + "' is published, so there is nothing to refresh.",
                    "Publish its draft: sandkeep profile publish " + found.name());
        }
        RefreshSchedule schedule = read(caller, found, wanted);
        transactions.executeWithoutResult(status -> {
            store.put(schedule, data.installation());
            events.append(
                    caller,
                    Change.of("profile", found.id(), schedule.enabled() ? "schedule_set" : "schedule_turned_off")
                            .detail(schedule.cron() + " " + schedule.zone()));
        });
        return store.find(found.id()).orElseThrow();
    }

    private RefreshSchedule read(Caller caller, Profile profile, Wanted wanted) {
        ValidationErrors errors = new ValidationErrors();
        ZoneId zone = zone(wanted.timeZone(), errors);
        Optional<Instant> next = next(wanted.cron(), zone, errors);
        errors.throwIfAny();
        return new RefreshSchedule(
                profile.id(),
                caller.organizationId(),
                profile.latestVersion().orElseThrow(),
                wanted.enabled(),
                wanted.cron().strip(),
                zone,
                wanted.onlyIfChanged(),
                wanted.enabled() ? next : Optional.empty(),
                0,
                Optional.empty(),
                clock.instant(),
                caller.actor());
    }

    private static ZoneId zone(@Nullable String name, ValidationErrors errors) {
        if (name == null || name.equals("UTC")) {
            return ZoneOffset.UTC;
        }
        boolean known = ZoneId.getAvailableZoneIds().contains(name);
        errors.check(
                known,
                "timeZone",
                "unknown_value",
                "timeZone must be a name such as Europe/Berlin, was '" + name + "'");
        try {
            return known ? ZoneId.of(name) : ZoneOffset.UTC;
        } catch (DateTimeException e) {
            throw new IllegalStateException("a zone that is available can be had", e);
        }
    }

    private Optional<Instant> next(String cron, ZoneId zone, ValidationErrors errors) {
        try {
            Optional<Instant> next = CronSchedule.parse(cron, zone).next(clock.instant());
            errors.check(next.isPresent(), "cron", "never_due", "cron is never due: '" + cron + "'");
            return next;
        } catch (IllegalArgumentException e) {
            errors.add(
                    "cron",
                    "malformed",
                    "cron must have five fields (minute, hour, day of month, month, day of week): " + e.getMessage());
            return Optional.empty();
        }
    }
}
