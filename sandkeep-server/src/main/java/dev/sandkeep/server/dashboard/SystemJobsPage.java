package dev.sandkeep.server.dashboard;

import dev.sandkeep.server.platform.jobs.JobQueue;
import dev.sandkeep.server.platform.jobs.QueuedTask;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.snapshots.SnapshotJob;
import dev.sandkeep.server.snapshots.SnapshotJobs;
import java.util.List;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.servlet.View;

/** What the servers work on: snapshot jobs of every organization, and the queue of background work. */
@Controller
public final class SystemJobsPage {
    private static final int MOST_JOBS = 200;

    private final Pages pages;
    private final SnapshotJobs jobs;
    private final JobQueue queue;

    SystemJobsPage(Pages pages, SnapshotJobs jobs, JobQueue queue) {
        this.pages = pages;
        this.jobs = jobs;
        this.queue = queue;
    }

    /** What the page shows. */
    public record Content(List<Tab> tabs, List<SnapshotJob> jobs, List<QueuedTask> tasks) {}

    @GetMapping(SystemTabs.JOBS)
    @Requires(Permission.SERVER_OPERATE)
    View jobs(Frame frame) {
        return pages.page(
                "system/jobs",
                frame,
                new Content(SystemTabs.at(SystemTabs.JOBS), jobs.active(MOST_JOBS), queue.tasks()));
    }
}
