package dev.sandkeep.server.platform.jobs;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.jdbc.JdbcCustomization;
import com.github.kagkarlsson.scheduler.jdbc.PostgreSqlJdbcCustomization;
import com.github.kagkarlsson.scheduler.logging.LogLevel;
import com.github.kagkarlsson.scheduler.serializer.Serializer;
import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.helper.RecurringTask;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.data.ServerInstance;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import javax.sql.DataSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import tools.jackson.databind.json.JsonMapper;

/**
 * Wires the scheduler. Work is taken with {@code select … for update skip locked}, a few at a time; a heartbeat is written for
 * what runs; what had none for four intervals counts as dead, which is looked for every second interval: with the default of
 * 4 s a dead server's work goes on elsewhere after 16 to 24 s.
 */
@Configuration(proxyBeanMethods = false)
class JobsConfiguration {
    /** What db-scheduler allows at least. */
    private static final int MISSED_HEARTBEATS = 4;

    /** More work is fetched when less than this part of the threads has some, up to so many pieces per thread. */
    private static final double FETCH_BELOW = 0.5;

    private static final double FETCH_UP_TO = 4;
    private static final Duration POLL = Duration.ofSeconds(1);
    /** For what runs when the server stops; afterwards it is interrupted and its lease given back. */
    private static final Duration FINISH = Duration.ofSeconds(5);

    @Bean
    Serializer taskDataSerializer(JsonMapper json) {
        return new JsonTaskContent(json);
    }

    /** Its client takes part in the caller's transaction. */
    @Bean
    Jobs jobs(DataSource dataSource, Serializer serializer, ObjectProvider<Scheduler> scheduler, Clock clock) {
        SchedulerClient client = SchedulerClient.Builder.create(new TransactionAwareDataSourceProxy(dataSource))
                .serializer(serializer)
                .jdbcCustomization(postgres())
                .enablePriority()
                .build();
        return new Jobs(client, scheduler::getObject, clock);
    }

    /** Its own connections, never the caller's transaction. Started and stopped by {@link JobsLifecycle}. */
    @Bean(destroyMethod = "")
    Scheduler scheduler(
            DataSource dataSource,
            Serializer serializer,
            List<Task<?>> tasks,
            Clock clock,
            ServerInstance instance,
            SandkeepProperties properties) {
        List<RecurringTask<?>> recurring = new ArrayList<>();
        List<Task<?>> onDemand = new ArrayList<>();
        for (Task<?> task : tasks) {
            if (task instanceof RecurringTask<?> repeated) {
                recurring.add(repeated);
            } else {
                onDemand.add(task);
            }
        }
        return Scheduler.create(dataSource, onDemand)
                .startTasks(recurring)
                .serializer(serializer)
                .jdbcCustomization(postgres())
                .schedulerName(instance::id)
                .clock(clock::instant)
                .threads(properties.jobsThreads())
                .executorService(Executors.newThreadPerTaskExecutor(
                        Thread.ofVirtual().name("job-", 0).factory()))
                .pollUsingLockAndFetch(FETCH_BELOW, FETCH_UP_TO)
                .enableImmediateExecution()
                .enablePriority()
                .pollingInterval(POLL)
                .heartbeatInterval(properties.jobsHeartbeat())
                .missedHeartbeatsLimit(MISSED_HEARTBEATS)
                .shutdownMaxWait(FINISH)
                .failureLogging(LogLevel.WARN, true)
                .build();
    }

    /** Named, because finding out which database it is would take a connection. */
    private static JdbcCustomization postgres() {
        return new PostgreSqlJdbcCustomization(false, false);
    }
}
