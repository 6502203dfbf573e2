package dev.sandkeep.server.reconciler;

import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.FixedDelay;
import dev.sandkeep.server.computes.ComputeClaims;
import dev.sandkeep.server.computes.ComputeLedger;
import dev.sandkeep.server.computes.ComputeReaper;
import dev.sandkeep.server.findings.Findings;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.sessions.SandboxSweep;
import dev.sandkeep.server.snapshots.SnapshotSweep;
import dev.sandkeep.spi.SandboxProvider;
import java.time.Clock;
import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Puts the parts of this package together. */
@Configuration(proxyBeanMethods = false)
class ReconcilerConfiguration {

    @Bean
    ComputeReaper computeReaper(
            SandboxProvider provider,
            ComputeLedger ledger,
            List<ComputeClaims> claims,
            Findings findings,
            DataDirectory data,
            SandkeepProperties properties,
            Clock clock) {
        return new ComputeReaper(
                provider,
                ledger,
                claims,
                findings,
                data,
                properties.reconciler().unownedGrace(),
                clock);
    }

    @Bean
    Reconciler reconciler(
            SandboxSweep sandboxes,
            SnapshotSweep snapshots,
            ComputeReaper computes,
            SandboxProvider provider,
            Leaks leaks,
            Findings findings,
            SandkeepProperties properties,
            Clock clock) {
        return new Reconciler(
                sandboxes,
                snapshots,
                computes,
                leaks,
                findings,
                new RemoveLeftImages(
                        provider, leaks, findings, properties.reconciler().unownedGrace(), clock));
    }

    /** Only servers of the data directory know the task, so only they run it, one at a time. */
    @Bean
    Task<Void> reconcilerTask(Reconciler reconciler, DataDirectory data, SandkeepProperties properties) {
        return Tasks.recurring(
                        "reconciler-" + data.installation(),
                        FixedDelay.of(properties.reconciler().interval()))
                .execute((instance, context) -> reconciler.run());
    }
}
