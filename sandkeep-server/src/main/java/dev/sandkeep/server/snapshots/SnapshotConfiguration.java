package dev.sandkeep.server.snapshots;

import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.FixedDelay;
import dev.sandkeep.server.computes.ComputeClaims;
import dev.sandkeep.server.computes.ComputeLedger;
import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.platform.Ids;
import dev.sandkeep.server.platform.Signals;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.data.ServerInstance;
import dev.sandkeep.server.platform.jobs.Jobs;
import dev.sandkeep.server.platform.telemetry.Metrics;
import dev.sandkeep.server.platform.telemetry.Traces;
import dev.sandkeep.server.profiles.Profiles;
import dev.sandkeep.spi.SandboxProvider;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.springframework.beans.factory.ObjectProvider;
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
                (long) properties.snapshots().storageReserveMib() << 20,
                properties.snapshots().logLimitMib());
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
            ObjectProvider<PhaseBoundaries> boundaries,
            Signals signals,
            Metrics metrics,
            Traces traces,
            Ids ids,
            SnapshotSettings settings,
            SandkeepProperties properties,
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
                        metrics,
                        ids,
                        settings,
                        instance.id(),
                        data.installation(),
                        clock),
                new SnapshotBuild(
                        provider,
                        computes,
                        jobs,
                        snapshots,
                        transactions,
                        endings,
                        boundaries.getIfAvailable(() -> PhaseBoundaries.QUIET),
                        new RepositoryCredentials(properties.snapshots().repositoryCredentials()),
                        data.installation()),
                new MeasureSnapshot(provider, snapshots),
                jobs,
                computes,
                provider,
                profiles,
                transactions,
                events,
                endings,
                signals,
                metrics,
                traces,
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
    RemoveImage removeImage(SandboxProvider provider, RemovalStore removals) {
        return new RemoveImage(provider, removals);
    }

    @Bean
    ImagePruning imagePruning(
            PruneStore store,
            RemovalStore removals,
            RemoveImage removeImage,
            SandboxProvider provider,
            DataDirectory data,
            SandkeepProperties properties,
            Clock clock) {
        return new ImagePruning(
                store,
                removals,
                removeImage,
                provider,
                data,
                properties.snapshots().keep(),
                properties.snapshots().pruneGrace(),
                clock);
    }

    /** Only servers of the data directory know the task, so only they run it, one at a time. */
    @Bean
    Task<Void> imagePruningTask(ImagePruning pruning, DataDirectory data, SandkeepProperties properties) {
        return Tasks.recurring(
                        "image-pruning-" + data.installation(),
                        FixedDelay.of(properties.snapshots().pruneInterval()))
                .execute((instance, context) -> pruning.run());
    }

    @Bean
    SnapshotSweep snapshotSweep(
            SnapshotJobStore jobs,
            SnapshotStore snapshots,
            RemoveImage removeImage,
            SandboxProvider provider,
            Jobs queue,
            TransactionTemplate transactions,
            JobEndings endings,
            DataDirectory data,
            Clock clock) {
        return new SnapshotSweep(jobs, snapshots, removeImage, provider, queue, transactions, endings, data, clock);
    }
}
