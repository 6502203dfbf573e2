package dev.sandkeep.server.schedules;

import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.FixedDelay;
import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.profiles.ProfileVersions;
import dev.sandkeep.server.snapshots.SnapshotJobs;
import java.time.Clock;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.transaction.support.TransactionTemplate;

/** Puts the parts of this package together. */
@Configuration(proxyBeanMethods = false)
class ScheduleConfiguration {
    @Bean
    RefreshTicks refreshTicks(
            RefreshScheduleStore store,
            SnapshotJobs jobs,
            ProfileVersions versions,
            TransactionTemplate transactions,
            EventLog events,
            DataDirectory data,
            Clock clock) {
        return new RefreshTicks(store, jobs, versions, transactions, events, data, clock);
    }

    /** Only servers of the data directory know the task, so only they run it, one at a time. */
    @Bean
    Task<Void> refreshTicksTask(RefreshTicks ticks, DataDirectory data, SandkeepProperties properties) {
        return Tasks.recurring(
                        "refresh-ticks-" + data.installation(),
                        FixedDelay.of(properties.reconciler().interval()))
                .execute((instance, context) -> ticks.run());
    }
}
