package dev.sandkeep.server.metrics;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import dev.sandkeep.server.platform.ServerVersion;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.telemetry.Label;
import dev.sandkeep.server.platform.telemetry.Metric;
import dev.sandkeep.server.platform.telemetry.Metrics;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.ToIntFunction;
import org.springframework.stereotype.Component;

/** Shows what is now: rows, disks, connections, what runs. Nothing is looked up before somebody reads it. */
@Component
class InstallationGauges {
    /** Where the directory backend stores volumes when nothing else is set. */
    private static final String VOLUMES = "volumes";

    private static final String VOLUMES_SETTING = "volumes.directory";

    InstallationGauges(
            Metrics metrics,
            FleetCounts counts,
            HikariDataSource pool,
            DataDirectory data,
            SandkeepProperties properties) {
        String set = properties.settingsOf(properties.volumesBackend()).get(VOLUMES_SETTING);
        Path volumes = set == null ? data.resolve(VOLUMES) : Path.of(set);
        fleet(metrics, counts);
        disks(metrics, data.root(), volumes);
        connections(metrics, pool);
        metrics.show(
                Metric.BUILD, () -> 1, ServerVersion.text(), Runtime.version().toString());
    }

    private static void fleet(Metrics metrics, FleetCounts counts) {
        List<Label> sandboxes = Metric.SANDBOXES.labels();
        for (String state : sandboxes.getFirst().values()) {
            for (String mode : sandboxes.getLast().values()) {
                metrics.show(Metric.SANDBOXES, () -> counts.of("sandboxes", state, mode), state, mode);
            }
        }
        for (Metric metric : List.of(Metric.SNAPSHOT_JOBS, Metric.TASKS)) {
            String what = metric.name().toLowerCase(Locale.ROOT);
            for (String state : metric.labels().getFirst().values()) {
                metrics.show(metric, () -> counts.of(what, state, ""), state);
            }
        }
        for (String state : Metric.FINDINGS_OPEN.labels().getFirst().values()) {
            metrics.show(Metric.FINDINGS_OPEN, () -> counts.of("findings", state, ""), state);
        }
        for (Metric metric : List.of(Metric.TASK_LAG, Metric.DURABLE_POINT_AGE, Metric.SNAPSHOT_BYTES)) {
            String what = metric.name().toLowerCase(Locale.ROOT);
            metrics.show(metric, () -> counts.of(what, "", ""));
        }
    }

    private static void disks(Metrics metrics, Path data, Path volumes) {
        disk(metrics, "data", data);
        disk(metrics, VOLUMES, volumes);
        StorageUse use = new StorageUse(data, volumes);
        for (String part : Metric.STORAGE_USED.labels().getFirst().values()) {
            metrics.show(Metric.STORAGE_USED, () -> use.of(part), part);
        }
    }

    private interface Space {
        long of(FileStore store) throws IOException;
    }

    private static void disk(Metrics metrics, String place, Path path) {
        metrics.show(Metric.DISK_SIZE, () -> space(path, FileStore::getTotalSpace), place);
        metrics.show(Metric.DISK_FREE, () -> space(path, FileStore::getUsableSpace), place);
    }

    private static double space(Path path, Space space) {
        try {
            return Files.exists(path) ? space.of(Files.getFileStore(path)) : Double.NaN;
        } catch (IOException notMounted) {
            return Double.NaN;
        }
    }

    private static void connections(Metrics metrics, HikariDataSource pool) {
        metrics.show(Metric.DATABASE_CONNECTIONS, () -> pool(pool, HikariPoolMXBean::getActiveConnections), "active");
        metrics.show(Metric.DATABASE_CONNECTIONS, () -> pool(pool, HikariPoolMXBean::getIdleConnections), "idle");
        metrics.show(
                Metric.DATABASE_CONNECTIONS,
                () -> pool(pool, HikariPoolMXBean::getThreadsAwaitingConnection),
                "waiting");
        metrics.show(Metric.DATABASE_CONNECTIONS_MOST, pool::getMaximumPoolSize);
    }

    private static double pool(HikariDataSource pool, ToIntFunction<HikariPoolMXBean> figure) {
        HikariPoolMXBean bean = pool.getHikariPoolMXBean();
        return bean == null ? Double.NaN : figure.applyAsInt(bean);
    }
}
