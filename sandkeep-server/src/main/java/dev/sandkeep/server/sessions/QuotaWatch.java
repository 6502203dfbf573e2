package dev.sandkeep.server.sessions;

import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.volumes.Volumes;
import dev.sandkeep.spi.Enforcement;
import dev.sandkeep.spi.PathPressure;
import dev.sandkeep.spi.SandboxProvider;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * Watches the limits of persisted paths that the file system does not enforce. A sandbox is warned before it reaches one; one
 * that is over it and still grows is frozen, until somebody uses it, so that room can be made. Nothing is ever removed, and nothing
 * that keeps data (stop, checkpoint, resume) asks for limits.
 */
final class QuotaWatch {
    /** Name of the file under {@code /run/sandkeep} that tells how full the paths are. */
    static final String FILE = "quota.json";

    private static final Logger LOG = LoggerFactory.getLogger(QuotaWatch.class);
    private static final double WARNING = 0.9;
    /** Measuring takes at most this part of the time. */
    private static final int REST_PER_LOOK = 20;

    private final SandboxProvider provider;
    private final Volumes volumes;
    private final SandboxPlans plans;
    private final SandboxStore store;
    private final SandboxTransitions transitions;
    private final JsonMapper json;
    private final Map<String, Seen> seen = new ConcurrentHashMap<>();

    QuotaWatch(
            SandboxProvider provider,
            Volumes volumes,
            SandboxPlans plans,
            SandboxStore store,
            SandboxTransitions transitions,
            JsonMapper json) {
        this.provider = provider;
        this.volumes = volumes;
        this.plans = plans;
        this.store = store;
        this.transitions = transitions;
        this.json = json;
    }

    /** What the last look found. */
    private record Seen(int generation, Map<String, Long> used, boolean warned, long restUntilNanos) {}

    /** What the sandbox is told. */
    private record Told(String path, long usedBytes, long maxBytes, String state) {}

    /** Looks at one that runs. */
    void look(Sandbox row) {
        if (!limited(row)) {
            return;
        }
        Seen before = seen.get(row.id());
        if (before != null && before.generation() == row.generation() && System.nanoTime() < before.restUntilNanos()) {
            return;
        }
        long began = System.nanoTime();
        List<PathPressure> paths = volumes.ofSandbox(row.id())
                .map(volume -> volumes.pressure(volume.id(), row.generation()))
                .orElse(List.of());
        long took = System.nanoTime() - began;
        Seen last = before != null && before.generation() == row.generation() ? before : null;
        boolean near = paths.stream().anyMatch(path -> path.reaches(WARNING));
        seen.put(row.id(), new Seen(row.generation(), used(paths), near, System.nanoTime() + took * REST_PER_LOOK));
        if (near || (last != null && last.warned())) {
            tell(row, paths, near && (last == null || !last.warned()));
        }
        freezeOrThaw(row, paths, last);
    }

    private boolean limited(Sandbox row) {
        return row.persistent() && plans.of(row).persistedPaths().stream().anyMatch(path -> path.maxMiB() != null);
    }

    private void freezeOrThaw(Sandbox row, List<PathPressure> paths, @Nullable Seen last) {
        List<PathPressure> over = paths.stream()
                .filter(path -> path.enforcement() == Enforcement.WATCHED && path.reaches(1))
                .toList();
        if (row.upkeep().quotaFrozenAt().isPresent()) {
            if (over.isEmpty()) {
                thaw(row);
            } else {
                provider.pause(row.compute());
            }
            return;
        }
        Optional<PathPressure> growing = over.stream()
                .filter(path ->
                        last != null && path.usedBytes() > last.used().getOrDefault(path.path(), Long.MAX_VALUE))
                .findFirst();
        growing.ifPresent(path -> freeze(row, path));
    }

    private void freeze(Sandbox row, PathPressure path) {
        String detail = path.path() + " holds " + path.usedBytes() + " bytes of "
                + path.maxBytes().orElse(0) + " and grows: frozen until it is used again";
        // First the row: a pause that no row explains is ended by the next look.
        if (transitions.note(
                row,
                () -> store.quotaFrozen(row, true),
                Caller.system(row.organization()),
                "quota_exceeded",
                Optional.of("quota_exceeded"),
                detail)) {
            provider.pause(row.compute());
            LOG.warn("event=quota_exceeded sandbox={} path={} bytes={}", row.id(), path.path(), path.usedBytes());
        }
    }

    /** Lets a frozen one go on. When it grows further, the next look freezes it again. */
    void thaw(Sandbox row) {
        transitions.note(
                row,
                () -> store.quotaFrozen(row, false),
                Caller.system(row.organization()),
                "quota_thawed",
                Optional.empty(),
                "");
        provider.unpause(row.compute());
    }

    private void tell(Sandbox row, List<PathPressure> paths, boolean first) {
        List<Told> told = paths.stream()
                .filter(path -> path.maxBytes().isPresent())
                .map(path ->
                        new Told(path.path(), path.usedBytes(), path.maxBytes().getAsLong(), state(path)))
                .toList();
        provider.putRunFile(row.compute(), FILE, json.writeValueAsString(Map.of("paths", told)));
        if (first) {
            transitions.note(
                    row,
                    () -> true,
                    Caller.system(row.organization()),
                    "quota_warning",
                    Optional.empty(),
                    told.stream()
                            .filter(path -> !path.state().equals("ok"))
                            .map(path -> path.path() + " holds " + path.usedBytes() + " bytes of " + path.maxBytes())
                            .findFirst()
                            .orElse(""));
        }
    }

    private static String state(PathPressure path) {
        if (path.reaches(1)) {
            return "full";
        }
        return path.reaches(WARNING) ? "nearly_full" : "ok";
    }

    private static Map<String, Long> used(List<PathPressure> paths) {
        Map<String, Long> used = new HashMap<>();
        paths.forEach(path -> used.put(path.path(), path.usedBytes()));
        return used;
    }

    /** Forgets those that do not run any more. */
    void keepOnly(Set<String> running) {
        seen.keySet().retainAll(running);
    }
}
