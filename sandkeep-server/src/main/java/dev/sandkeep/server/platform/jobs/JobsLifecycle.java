package dev.sandkeep.server.platform.jobs;

import com.github.kagkarlsson.scheduler.Scheduler;
import dev.sandkeep.server.platform.boot.StartOrder;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** Starts and stops background work; what this server leaves unfinished is given back at once. */
@Component
class JobsLifecycle implements SmartLifecycle {
    private final Scheduler scheduler;
    private final Leases leases;
    private final SandkeepProperties properties;
    private volatile boolean running;

    JobsLifecycle(Scheduler scheduler, Leases leases, SandkeepProperties properties) {
        this.scheduler = scheduler;
        this.leases = leases;
        this.properties = properties;
    }

    @Override
    public int getPhase() {
        return StartOrder.JOBS;
    }

    @Override
    public void start() {
        if (!properties.training()) {
            leases.startWatching();
            scheduler.start();
        }
        running = true;
    }

    @Override
    public void stop() {
        running = false;
        if (!properties.training()) {
            scheduler.stop();
            leases.stopWatching();
            leases.releaseOwn();
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
