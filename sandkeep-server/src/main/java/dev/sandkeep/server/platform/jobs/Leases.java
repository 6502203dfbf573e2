package dev.sandkeep.server.platform.jobs;

import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.data.ServerInstance;
import dev.sandkeep.server.platform.telemetry.Metric;
import dev.sandkeep.server.platform.telemetry.Metrics;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Gives work back to the queue whose server is known to be dead: this one when it stops, and others of the data directory, of
 * which the kernel tells at once that they are gone. Servers elsewhere are given up when their heartbeat stops.
 */
@Component
public class Leases {
    private static final Logger LOG = LoggerFactory.getLogger(Leases.class);

    private final JdbcClient jdbc;
    private final ServerInstance instance;
    private final ObjectProvider<LeasedRows> rows;
    private final Metrics metrics;
    private final Duration interval;
    private volatile @Nullable Thread watcher;

    Leases(
            JdbcClient jdbc,
            ServerInstance instance,
            ObjectProvider<LeasedRows> rows,
            SandkeepProperties properties,
            Metrics metrics) {
        this.jdbc = jdbc;
        this.instance = instance;
        this.rows = rows;
        this.metrics = metrics;
        this.interval = properties.jobsHeartbeat();
    }

    /** Gives back what this server has taken. It must not run any more. */
    void releaseOwn() {
        try {
            release(instance.id());
        } catch (DataAccessException e) {
            // The others see that this server's lock is gone, and do it.
            LOG.warn("event=lease_release_failed error=\"{}\"", e.getMessage());
        }
    }

    /** Gives back what dead servers of this data directory had taken. */
    public void releaseDead() {
        try {
            for (String dead : instance.dead()) {
                int tasks = release(dead);
                metrics.count(Metric.LEASES_TAKEN_OVER, tasks, "task");
                int released = tasks + releaseRows(dead);
                instance.forget(dead);
                LOG.info("event=dead_server_found server={} released={}", dead, released);
            }
        } catch (IOException | DataAccessException e) {
            // Asked again at the next interval; and the heartbeat finds out too.
            LOG.warn("event=dead_server_check_failed error=\"{}\"", e.getMessage());
        }
    }

    void startWatching() {
        releaseDead();
        watcher = Thread.ofVirtual().name("leases").start(() -> {
            try {
                while (true) {
                    Thread.sleep(interval);
                    releaseDead();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    void stopWatching() {
        Thread running = watcher;
        if (running != null) {
            running.interrupt();
        }
    }

    private int releaseRows(String dead) {
        return rows.stream().mapToInt(it -> it.serverDied(dead)).sum();
    }

    private int release(String server) {
        return jdbc.sql("""
                        update scheduled_tasks
                        set picked = false, picked_by = null, last_heartbeat = null, version = version + 1
                        where picked and picked_by = :server
                        """).param("server", server).update();
    }
}
