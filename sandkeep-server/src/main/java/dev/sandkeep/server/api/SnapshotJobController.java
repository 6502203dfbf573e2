package dev.sandkeep.server.api;

import dev.sandkeep.server.platform.errors.ValidationErrors;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.platform.web.Page;
import dev.sandkeep.server.platform.web.PageRequest;
import dev.sandkeep.server.platform.web.SseStreams;
import dev.sandkeep.server.snapshots.JobLine;
import dev.sandkeep.server.snapshots.SnapshotJob;
import dev.sandkeep.server.snapshots.SnapshotJobState;
import dev.sandkeep.server.snapshots.SnapshotJobs;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Snapshot jobs and their logs. */
@RestController
@RequestMapping("/api/v1/snapshot-jobs")
@Tag(name = "Snapshots")
class SnapshotJobController {
    private static final int MOST_LINES = 5000;
    private static final int DEFAULT_LINES = 1000;
    private static final String LOG_SUMMARY =
            "The lines of a job's log, oldest first; as an event stream with Accept: text/event-stream";

    private final SnapshotJobs jobs;
    private final SseStreams streams;

    SnapshotJobController(SnapshotJobs jobs, SseStreams streams) {
        this.jobs = jobs;
        this.streams = streams;
    }

    @GetMapping
    @Requires(Permission.SNAPSHOTS_SEE)
    @Operation(operationId = "listSnapshotJobs", summary = "All snapshot jobs, newest first")
    Page<SnapshotJobView> list(
            Caller caller,
            @RequestParam(required = false) @Parameter(description = "Only of this profile, by id or name") @Nullable
                    String profile,
            @RequestParam(required = false)
                    @Parameter(description = "queued, running, succeeded, failed, canceled or skipped")
                    @Nullable
                    String state,
            @RequestParam(required = false) @Parameter(description = ListParameters.LIMIT) @Nullable Integer limit,
            @RequestParam(required = false) @Parameter(description = ListParameters.CURSOR) @Nullable String cursor) {
        return jobs.list(caller, Optional.ofNullable(profile), state(state), PageRequest.of(limit, cursor))
                .map(ShownSnapshotJobs::of);
    }

    @GetMapping("/{job}")
    @Requires(Permission.SNAPSHOTS_SEE)
    @Operation(operationId = "getSnapshotJob", summary = "One snapshot job")
    SnapshotJobView get(Caller caller, @PathVariable String job) {
        return ShownSnapshotJobs.of(jobs.get(caller, job));
    }

    @PostMapping("/{job}/cancel")
    @Requires(Permission.SNAPSHOTS_BUILD)
    @Operation(
            operationId = "cancelSnapshotJob",
            summary = "End a job without a snapshot; what runs in it gets SIGTERM, and SIGKILL 5 s later")
    SnapshotJobView cancel(Caller caller, @PathVariable String job) throws InterruptedException {
        return ShownSnapshotJobs.of(jobs.cancel(caller, job));
    }

    @GetMapping("/{job}/log")
    @Requires(Permission.SNAPSHOTS_SEE)
    @Operation(operationId = "getSnapshotJobLog", summary = LOG_SUMMARY)
    List<JobLine> log(
            Caller caller,
            @PathVariable String job,
            @RequestParam(defaultValue = "0") @Parameter(description = "Number of the last line that is known")
                    long after,
            @RequestParam(defaultValue = "" + DEFAULT_LINES) @Parameter(description = "Most lines, 1 to " + MOST_LINES)
                    int limit) {
        ValidationErrors errors = new ValidationErrors();
        errors.check(limit >= 1 && limit <= MOST_LINES, "limit", "out_of_range", "limit must be 1 to " + MOST_LINES);
        errors.throwIfAny();
        return jobs.lines(jobs.get(caller, job), after, limit);
    }

    @GetMapping(path = "/{job}/log", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    @Requires(Permission.SNAPSHOTS_SEE)
    @Operation(operationId = "getSnapshotJobLog", summary = LOG_SUMMARY)
    @ApiResponse(
            responseCode = "200",
            description = "The lines",
            content =
                    @Content(
                            mediaType = MediaType.TEXT_EVENT_STREAM_VALUE,
                            schema =
                                    @Schema(
                                            type = "string",
                                            description =
                                                    "Events 'line' whose data is a JobLine, and at the end of the job one"
                                                            + " event 'end' whose data is the SnapshotJob")))
    void follow(
            Caller caller,
            @PathVariable String job,
            @RequestHeader(name = "Last-Event-ID", required = false)
                    @Parameter(description = "Number of the last line that was received")
                    @Nullable
                    String lastEventId,
            HttpServletResponse response) {
        SnapshotJob found = jobs.get(caller, job);
        streams.serve(response, found.id(), new Follower(caller, found.id(), number(lastEventId)));
    }

    private final class Follower implements SseStreams.Source {
        private final Caller caller;
        private final String id;
        private long last;

        Follower(Caller caller, String id, long last) {
            this.caller = caller;
            this.id = id;
            this.last = last;
        }

        @Override
        public boolean sendNew(SseStreams.Sink sink) throws IOException {
            // The job before its lines: when it is over, all of them are there.
            SnapshotJob job = jobs.get(caller, id);
            List<JobLine> lines;
            do {
                lines = jobs.lines(job, last, DEFAULT_LINES);
                for (JobLine line : lines) {
                    sink.send(Long.toString(line.seq()), "line", line);
                    last = line.seq();
                }
            } while (lines.size() == DEFAULT_LINES);
            if (job.state().over()) {
                sink.send("", "end", ShownSnapshotJobs.of(job));
            }
            return !job.state().over();
        }
    }

    private static long number(@Nullable String lastEventId) {
        if (lastEventId == null || lastEventId.isEmpty()) {
            return 0;
        }
        ValidationErrors errors = new ValidationErrors();
        errors.check(
                lastEventId.matches("\\d{1,18}"),
                "Last-Event-ID",
                "malformed",
                "Last-Event-ID must be a line's number");
        errors.throwIfAny();
        return Long.parseLong(lastEventId);
    }

    private static Optional<SnapshotJobState> state(@Nullable String text) {
        if (text == null) {
            return Optional.empty();
        }
        Optional<SnapshotJobState> found = Arrays.stream(SnapshotJobState.values())
                .filter(it -> it.text().equals(text))
                .findFirst();
        ValidationErrors errors = new ValidationErrors();
        errors.check(
                found.isPresent(),
                "state",
                "unknown_value",
                "state must be one of "
                        + Arrays.stream(SnapshotJobState.values())
                                .map(SnapshotJobState::text)
                                .toList());
        errors.throwIfAny();
        return found;
    }
}
