package dev.sandkeep.server.sessions;

import dev.sandkeep.server.platform.boot.StartOrder;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;

/** Renews leases while the server runs; when it stops, gives what it has not finished to others at once. */
@Component
class SandboxWorkLifecycle implements SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(SandboxWorkLifecycle.class);
    private static final Duration FINISH = Duration.ofSeconds(5);
    private static final int RENEWALS_PER_LEASE = 4;

    private final SandboxWork work;
    private final SandboxLeases leases;
    private final Activity activity;
    private final Duration interval;
    private final boolean training;
    private volatile @Nullable Thread renewer;

    SandboxWorkLifecycle(
            SandboxWork work,
            SandboxLeases leases,
            Activity activity,
            SessionSettings settings,
            SandkeepProperties properties) {
        this.work = work;
        this.leases = leases;
        this.activity = activity;
        this.interval = settings.lease().dividedBy(RENEWALS_PER_LEASE);
        this.training = properties.training();
    }

    @Override
    public int getPhase() {
        return StartOrder.ADOPTION;
    }

    @Override
    public void start() {
        renewer = Thread.ofVirtual().name("sandbox-leases").start(this::renew);
    }

    private void renew() {
        try {
            while (true) {
                Thread.sleep(interval);
                try {
                    leases.renew();
                    activity.flush();
                } catch (DataAccessException e) {
                    LOG.warn("event=lease_renewal_failed cause=\"{}\"", e.getMessage());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void stop() {
        try {
            if (!training) {
                work.close(FINISH);
                leases.abandonAll();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            Thread running = renewer;
            renewer = null;
            if (running != null) {
                running.interrupt();
            }
        }
    }

    @Override
    public boolean isRunning() {
        return renewer != null;
    }
}
