package dev.sandkeep.server.dashboard;

import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.platform.web.Page;
import dev.sandkeep.server.platform.web.PageRequest;
import dev.sandkeep.server.snapshots.JobLine;
import dev.sandkeep.server.snapshots.SnapshotJob;
import dev.sandkeep.server.snapshots.SnapshotJobState;
import dev.sandkeep.server.snapshots.SnapshotJobs;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ContentDisposition;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.View;

/** Snapshot jobs: all of them, and one with its live log. */
@Controller
public final class JobPages {
    private static final int LINES = 1000;

    private final Pages pages;
    private final SnapshotJobs jobs;

    JobPages(Pages pages, SnapshotJobs jobs) {
        this.pages = pages;
        this.jobs = jobs;
    }

    /** What the list shows. */
    public record Jobs(List<SnapshotJob> rows, String state, List<String> states, String next, boolean first) {}

    /** What the page of one shows. */
    public record One(SnapshotJob job) {
        /** How long a phase took, or has taken by now. */
        public String took(SnapshotJob.PhaseRun phase, Frame frame) {
            return Shown.span(Duration.between(
                    phase.startedAt(), phase.endedAt().or(job::endedAt).orElse(frame.now())));
        }

        /** How long it took as a whole. */
        public Optional<String> took() {
            return job.startedAt().flatMap(begun -> job.endedAt().map(end -> Shown.span(Duration.between(begun, end))));
        }
    }

    @GetMapping("/snapshot-jobs")
    @Requires(Permission.SNAPSHOTS_SEE)
    View list(
            Frame frame,
            @RequestParam(defaultValue = "") String state,
            @RequestParam(required = false) @Nullable String cursor) {
        List<SnapshotJobState> all = List.of(SnapshotJobState.values());
        Optional<SnapshotJobState> wanted =
                all.stream().filter(it -> it.text().equals(state)).findFirst();
        Page<SnapshotJob> found =
                jobs.list(frame.caller(), Optional.empty(), wanted, PageRequest.of(PageRequest.DEFAULT_LIMIT, cursor));
        return pages.page(
                "jobs/list",
                frame,
                new Jobs(
                        found.items(),
                        state,
                        Arrays.stream(SnapshotJobState.values())
                                .map(SnapshotJobState::text)
                                .toList(),
                        Links.older("/snapshot-jobs" + (state.isEmpty() ? "" : "?state=" + state), found.nextCursor()),
                        cursor == null));
    }

    @GetMapping("/snapshot-jobs/{id}")
    @Requires(Permission.SNAPSHOTS_SEE)
    View one(Frame frame, @PathVariable String id) {
        return pages.page("jobs/one", frame, new One(jobs.get(frame.caller(), id)));
    }

    @GetMapping("/snapshot-jobs/{id}/log.txt")
    @Requires(Permission.SNAPSHOTS_SEE)
    void download(Frame frame, @PathVariable String id, HttpServletResponse response) throws IOException {
        SnapshotJob job = jobs.get(frame.caller(), id);
        response.setContentType(MediaType.TEXT_PLAIN_VALUE);
        response.setCharacterEncoding(StandardCharsets.UTF_8);
        response.setHeader(
                HttpHeaders.CONTENT_DISPOSITION,
                ContentDisposition.attachment()
                        .filename(job.id() + ".txt")
                        .build()
                        .toString());
        PrintWriter out = response.getWriter();
        long last = 0;
        List<JobLine> lines;
        do {
            lines = jobs.lines(job, last, LINES);
            for (JobLine line : lines) {
                out.println(line.at() + " " + line.phase() + " " + line.stream() + " " + line.text());
                last = line.seq();
            }
        } while (lines.size() == LINES);
    }
}
