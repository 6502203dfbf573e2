package dev.sandkeep.server.snapshots;

import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import dev.sandkeep.server.computes.ComputeClaims;
import dev.sandkeep.server.computes.ComputeLedger;
import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.platform.Ids;
import dev.sandkeep.server.platform.Signals;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.data.ServerInstance;
import dev.sandkeep.server.platform.jobs.Jobs;
import dev.sandkeep.server.profiles.Profiles;
import dev.sandkeep.spi.SandboxProvider;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.transaction.support.TransactionTemplate;

/** Puts the parts of this package together. */
@Configuration(proxyBeanMethods = false)
class SnapshotConfiguration {
    private static final Duration AFTER_A_MISTAKE = Duration.ofSeconds(10);
    private static final Duration QUEUE_TIMEOUT = Duration.ofHours(24);

    @Bean
    SnapshotSettings snapshotSettings(SandkeepProperties properties, DataDirectory data) {
        return new SnapshotSettings(
                QUEUE_TIMEOUT,
                properties.snapshots().buildTimeout(),
                properties.snapshots().retryBackoff(),
                data.root(),
                (long) properties.snapshots().storageReserveMib() << 20);
    }

    @Bean
    JobEndings jobEndings(EventLog events, Signals signals, List<JobEndListener> listeners) {
        return new JobEndings(events, signals, listeners);
    }

    @Bean
    SnapshotJobRunner snapshotJobRunner(
            SnapshotJobStore jobs,
            SnapshotStore snapshots,
            ComputeLedger computes,
            SandboxProvider provider,
            Profiles profiles,
            TransactionTemplate transactions,
            EventLog events,
            JobEndings endings,
            Signals signals,
            Ids ids,
            SnapshotSettings settings,
            ServerInstance instance,
            DataDirectory data,
            Clock clock) {
        return new SnapshotJobRunner(
                new ClaimJob(
                        jobs,
                        computes,
                        transactions,
                        events,
                        signals,
                        ids,
                        settings,
                        instance.id(),
                        data.installation(),
                        clock),
                new SnapshotBuild(provider, computes, jobs, snapshots, transactions, endings, data.installation()),
                jobs,
                computes,
                provider,
                profiles,
                transactions,
                events,
                endings,
                signals,
                settings,
                clock);
    }

    @Bean
    Task<Void> snapshotJobTask(SnapshotJobRunner runner, DataDirectory data) {
        return Tasks.custom(SnapshotJobs.taskName(data), Void.class)
                // Only what nobody expected: the attempt counts as lost, like one whose server died.
                .onFailure((complete, operations) ->
                        operations.reschedule(complete, complete.getTimeDone().plus(AFTER_A_MISTAKE)))
                .execute((instance, context) -> {
                    Optional<java.time.Instant> again = runner.run(instance.getId());
                    return (complete, operations) ->
                            again.ifPresentOrElse(at -> operations.reschedule(complete, at), operations::remove);
                });
    }

    @Bean
    ComputeClaims jobClaims(SnapshotJobStore jobs) {
        return new JobClaims(jobs);
    }

    @Bean
    SnapshotSweep snapshotSweep(
            SnapshotJobStore jobs,
            SnapshotStore snapshots,
            SandboxProvider provider,
            Jobs queue,
            TransactionTemplate transactions,
            JobEndings endings,
            DataDirectory data,
            Clock clock) {
        return new SnapshotSweep(jobs, snapshots, provider, queue, transactions, endings, data, clock);
    }
}
