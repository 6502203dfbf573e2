package dev.sandkeep.server.api;

import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.profiles.Profiles;
import dev.sandkeep.server.schedules.RefreshSchedule;
import dev.sandkeep.server.schedules.RefreshSchedules;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Automatic refresh of a profile's newest version. */
@RestController
@RequestMapping("/api/v1/profiles/{profile}/schedule")
@Tag(name = "Snapshots")
class ScheduleController {
    private final RefreshSchedules schedules;
    private final ScheduleViews views;
    private final Profiles profiles;

    ScheduleController(RefreshSchedules schedules, ScheduleViews views, Profiles profiles) {
        this.schedules = schedules;
        this.views = views;
        this.profiles = profiles;
    }

    /**
     * A schedule to set.
     *
     * @param cron five fields: minute, hour, day of month, month, day of week
     * @param timeZone an IANA name
     * @param enabled whether it runs
     * @param onlyIfChanged whether a tick builds only when something has changed
     */
    record PutSchedule(
            @Schema(example = "0 3 * * *") String cron,

            @Nullable @Schema(defaultValue = "UTC", example = "Europe/Berlin")
            String timeZone,

            @Nullable @Schema(defaultValue = "true") Boolean enabled,
            @Nullable @Schema(defaultValue = "false") Boolean onlyIfChanged) {}

    @GetMapping
    @Requires(Permission.PROFILES_SEE)
    @Operation(
            operationId = "getSchedule",
            summary = "When the newest version is refreshed by itself, and what became of the last ticks")
    ScheduleView get(Caller caller, @PathVariable @Parameter(description = ListParameters.PROFILE) String profile) {
        return schedules
                .find(caller, profile)
                .map(views::of)
                .orElseGet(
                        () -> ScheduleView.none(profiles.find(caller, profile).id()));
    }

    @PutMapping
    @Requires(Permission.PROFILES_EDIT)
    @Operation(operationId = "putSchedule", summary = "Set when the newest version is refreshed by itself")
    ScheduleView put(
            Caller caller,
            @PathVariable @Parameter(description = ListParameters.PROFILE) String profile,
            @RequestBody PutSchedule body) {
        RefreshSchedule set = schedules.set(
                caller,
                profile,
                new RefreshSchedules.Wanted(
                        body.enabled() == null || body.enabled(),
                        body.cron(),
                        body.timeZone(),
                        body.onlyIfChanged() != null && body.onlyIfChanged()));
        return views.of(set);
    }
}
