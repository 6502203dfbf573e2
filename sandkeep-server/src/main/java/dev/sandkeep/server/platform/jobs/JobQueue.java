package dev.sandkeep.server.platform.jobs;

import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import dev.sandkeep.server.platform.database.Rows;
import java.util.List;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Looks into the queue of background work, and changes nothing. */
@Component
public final class JobQueue {
    private final JdbcClient jdbc;

    JobQueue(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** Every kind of work that is queued or running, of all servers, by name. */
    public List<QueuedTask> tasks() {
        return jdbc.sql("""
                        select task_name, bool_or(task_instance = :recurring) as recurring, count(*) as waiting,
                            count(*) filter (where picked) as running, min(execution_time) as next,
                            max(last_success) as last_success, max(last_failure) as last_failure,
                            coalesce(max(consecutive_failures), 0) as failures
                        from scheduled_tasks group by task_name order by task_name
                        """)
                .param("recurring", RecurringTask.INSTANCE)
                .query((row, number) -> new QueuedTask(
                        row.getString("task_name"),
                        row.getBoolean("recurring"),
                        row.getInt("waiting"),
                        row.getInt("running"),
                        Rows.instant(row, "next"),
                        Rows.optionalInstant(row, "last_success"),
                        Rows.optionalInstant(row, "last_failure"),
                        row.getInt("failures")))
                .list();
    }
}
