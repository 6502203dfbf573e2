package dev.sandkeep.server.dashboard;

import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.platform.web.Page;
import dev.sandkeep.server.platform.web.PageRequest;
import dev.sandkeep.server.schedules.CronSchedule;
import dev.sandkeep.server.schedules.RefreshSchedule;
import dev.sandkeep.server.schedules.RefreshSchedules;
import dev.sandkeep.server.schedules.ScheduleTick;
import dev.sandkeep.server.snapshots.Snapshot;
import dev.sandkeep.server.snapshots.SnapshotJob;
import dev.sandkeep.server.snapshots.SnapshotJobs;
import dev.sandkeep.server.snapshots.Snapshots;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.View;

/** The snapshots of a profile: how they stand, when they are made anew, and all that there were. */
@Controller
public final class ProfileSnapshotsPage {
    private static final int MOST_JOBS = 10;
    private static final int MOST_TICKS = 5;
    private static final int NEXT_RUNS = 3;

    private final Pages pages;
    private final ProfileHeads heads;
    private final Snapshots snapshots;
    private final SnapshotJobs jobs;
    private final RefreshSchedules schedules;

    ProfileSnapshotsPage(
            Pages pages, ProfileHeads heads, Snapshots snapshots, SnapshotJobs jobs, RefreshSchedules schedules) {
        this.pages = pages;
        this.heads = heads;
        this.snapshots = snapshots;
        this.jobs = jobs;
        this.schedules = schedules;
    }

    /**
     * What the page shows.
     *
     * @param history snapshots that are kept, newest first
     * @param nextRuns of the schedule
     */
    public record Content(
            ProfileHead head,
            List<Snapshot> history,
            String next,
            boolean first,
            List<SnapshotJob> jobs,
            Optional<RefreshSchedule> schedule,
            List<Instant> nextRuns,
            List<ScheduleTick> ticks) {}

    /**
     * What a cron expression means.
     *
     * @param mistake why it means nothing; empty when it does
     */
    public record Preview(String description, List<Instant> nextRuns, String mistake) {}

    @GetMapping("/profiles/{profile}/snapshots")
    @Requires(Permission.SNAPSHOTS_SEE)
    View show(Frame frame, @PathVariable String profile, @RequestParam(required = false) @Nullable String cursor) {
        ProfileHead head = heads.of(frame, profile, "snapshots");
        Optional<String> only = Optional.of(head.profile().id());
        Page<Snapshot> history =
                snapshots.list(frame.caller(), only, PageRequest.of(PageRequest.DEFAULT_LIMIT, cursor));
        Optional<RefreshSchedule> schedule = schedules.ofProfile(head.profile().id());
        return pages.page(
                "profiles/snapshots",
                frame,
                new Content(
                        head,
                        history.items(),
                        Links.older(head.path() + "/snapshots", history.nextCursor()),
                        cursor == null,
                        jobs.list(frame.caller(), only, Optional.empty(), new PageRequest(MOST_JOBS, Optional.empty()))
                                .items(),
                        schedule,
                        schedule.map(it -> schedules.nextRuns(it, NEXT_RUNS)).orElse(List.of()),
                        schedule.map(it -> schedules.ticks(it, MOST_TICKS)).orElse(List.of())));
    }

    @GetMapping("/profiles/schedule-preview")
    @Requires(Permission.PROFILES_SEE)
    View preview(
            Frame frame,
            @RequestParam(defaultValue = "") String cron,
            @RequestParam(defaultValue = "") String timeZone) {
        return pages.view(
                "profiles/schedulePreview",
                HttpStatus.OK,
                Map.of("frame", frame, "page", preview(cron, timeZone.isBlank() ? "UTC" : timeZone, frame.now())));
    }

    private static Preview preview(String cron, String zone, Instant now) {
        if (cron.isBlank()) {
            return new Preview("", List.of(), "");
        }
        try {
            CronSchedule schedule = CronSchedule.parse(cron.strip(), ZoneId.of(zone));
            return new Preview(schedule.description(), schedule.nextRuns(now, NEXT_RUNS), "");
        } catch (DateTimeException unknown) {
            return new Preview("", List.of(), "There is no time zone '" + zone + "'.");
        } catch (IllegalArgumentException mistake) {
            return new Preview("", List.of(), String.valueOf(mistake.getMessage()));
        }
    }
}
