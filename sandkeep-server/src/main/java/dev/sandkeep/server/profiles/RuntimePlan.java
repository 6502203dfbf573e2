package dev.sandkeep.server.profiles;

import dev.sandkeep.server.platform.Sha256;
import dev.sandkeep.server.platform.json.CanonicalJson;
import dev.sandkeep.spi.BaseImageSource;
import java.math.BigDecimal;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a published version means, ready to be carried out. Compiling is deterministic: one specification always gives the same
 * bytes, and so the same digest, on every machine and in every release that writes this format.
 *
 * @param format of the plan's bytes
 */
public record RuntimePlan(
        int format,
        Specification.BaseImage baseImage,
        Map<String, String> environment,
        List<Specification.File> files,
        List<String> packages,
        List<Specification.Repository> repositories,
        String setupScript,
        int setupTimeoutSeconds,
        String maintenanceScript,
        String workingDirectory,
        List<String> checks,
        List<Specification.AllowedSecret> allowedSecrets,
        boolean usePersistentSandboxes,
        List<Specification.PersistedPath> persistedPaths,
        Specification.SandboxLimits limits,
        Specification.Lifecycle lifecycle,
        Specification.@Nullable Agent agent) {
    /** The format that {@link #compile} writes; older ones stay readable for ever. */
    public static final int FORMAT = 1;

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** What was added since the first plans is missing in those, and stands in the bytes only when it says something. */
    public RuntimePlan {
        packages = List.copyOf(Objects.requireNonNullElse(packages, List.of()));
        repositories = List.copyOf(Objects.requireNonNullElse(repositories, List.of()));
        maintenanceScript = Objects.requireNonNullElse(maintenanceScript, "");
        allowedSecrets = List.copyOf(Objects.requireNonNullElse(allowedSecrets, List.of()));
        lifecycle = Objects.requireNonNullElse(lifecycle, Specification.Lifecycle.DEFAULT);
    }

    /** Compiles a specification. */
    public static RuntimePlan compile(Specification specification) {
        return new RuntimePlan(
                FORMAT,
                specification.baseImage(),
                new TreeMap<>(specification.environment()),
                specification.files(),
                specification.packages(),
                specification.repositories(),
                specification.setupScript(),
                specification.setupTimeoutSeconds(),
                specification.maintenanceScript(),
                specification.workingDirectory(),
                specification.checks(),
                specification.allowedSecrets(),
                specification.usePersistentSandboxes(),
                // A set of paths: their order means nothing.
                specification.persistedPaths().stream()
                        .sorted(Comparator.comparing(Specification.PersistedPath::path))
                        .toList(),
                specification.limits(),
                specification.lifecycle(),
                specification.agent());
    }

    /** Reads a plan from its bytes. */
    public static RuntimePlan parse(byte[] bytes) {
        return JSON.readValue(bytes, RuntimePlan.class);
    }

    /** The plan's exact bytes: canonical JSON. */
    public byte[] bytes() {
        Map<String, Object> tree = new HashMap<>(Map.ofEntries(
                Map.entry("format", format),
                Map.entry("baseImage", tree(baseImage)),
                Map.entry("environment", environment),
                Map.entry("files", files.stream().map(RuntimePlan::tree).toList()),
                Map.entry("setupScript", setupScript),
                Map.entry("setupTimeoutSeconds", setupTimeoutSeconds),
                Map.entry("workingDirectory", workingDirectory),
                Map.entry("checks", checks),
                Map.entry("usePersistentSandboxes", usePersistentSandboxes),
                Map.entry(
                        "persistedPaths",
                        persistedPaths.stream()
                                .map(Specification.PersistedPath::json)
                                .toList()),
                Map.entry(
                        "limits",
                        Map.of(
                                "memoryMiB", limits.memoryMiB(),
                                "cpus", BigDecimal.valueOf(limits.cpus()),
                                "pids", limits.pids(),
                                "diskMiB", limits.diskMiB()))));
        if (!packages.isEmpty()) {
            tree.put("packages", packages);
        }
        if (!repositories.isEmpty()) {
            tree.put(
                    "repositories", repositories.stream().map(RuntimePlan::tree).toList());
        }
        if (!maintenanceScript.isEmpty()) {
            tree.put("maintenanceScript", maintenanceScript);
        }
        if (!allowedSecrets.isEmpty()) {
            tree.put(
                    "allowedSecrets",
                    allowedSecrets.stream()
                            .map(it -> Map.of("path", it.path(), "reason", it.reason()))
                            .toList());
        }
        if (!lifecycle.equals(Specification.Lifecycle.DEFAULT)) {
            tree.put("lifecycle", tree(lifecycle));
        }
        if (agent != null) {
            tree.put("agent", Map.of("processName", agent.processName()));
        }
        return CanonicalJson.bytes(tree);
    }

    private static Map<String, Object> tree(Specification.Lifecycle lifecycle) {
        Map<String, Object> tree = new HashMap<>(Map.of("autoResume", lifecycle.autoResume()));
        put(tree, "maxLifetimeSeconds", lifecycle.maxLifetimeSeconds());
        put(tree, "onExpiry", lifecycle.onExpiry());
        put(tree, "idleTimeoutSeconds", lifecycle.idleTimeoutSeconds());
        put(tree, "checkpointIntervalSeconds", lifecycle.checkpointIntervalSeconds());
        return tree;
    }

    private static void put(Map<String, Object> tree, String key, @Nullable Object value) {
        if (value != null) {
            tree.put(key, value);
        }
    }

    /** Digest of a plan's bytes: {@code sha256:} and 64 hexadecimal digits. */
    public static String digest(byte[] bytes) {
        return "sha256:" + HexFormat.of().formatHex(Sha256.of(bytes));
    }

    private static Map<String, Object> tree(Specification.BaseImage baseImage) {
        return switch (baseImage.source()) {
            case BaseImageSource.Debian suite -> Map.of("debian", suite.suite());
            case BaseImageSource.Registry image -> Map.of("oci", image.reference());
            case BaseImageSource.Tar archive -> Map.of("tar", archive.location(), "sha256", archive.sha256());
        };
    }

    private static Map<String, Object> tree(Specification.Repository repository) {
        return Map.of(
                "url", repository.url(),
                "ref", repository.ref(),
                "path", repository.path(),
                "depth", repository.depth());
    }

    private static Map<String, Object> tree(Specification.File file) {
        return Map.of("path", file.path(), "mode", file.mode(), "owner", file.owner(), "content", file.content());
    }
}
