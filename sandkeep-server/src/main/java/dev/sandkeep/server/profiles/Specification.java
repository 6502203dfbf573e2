package dev.sandkeep.server.profiles;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.sandkeep.server.platform.json.OrText;
import dev.sandkeep.spi.BaseImageSource;
import dev.sandkeep.spi.Limits;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What a sandbox of a profile is like: complete and valid. It is made from what a user wrote by
 * {@link SpecificationInput#toSpecification}.
 *
 * @param environment of every process
 * @param files put into the image before the setup script
 * @param packages Debian packages to install before everything that follows, each a name or {@code name=version}
 * @param repositories cloned before the setup script
 * @param setupScript run once, as root, when a snapshot is built; empty when there is none
 * @param setupTimeoutSeconds after which the setup script is ended
 * @param maintenanceScript run instead of everything else by a refresh, on top of the present snapshot; empty when there is none
 * @param workingDirectory of scripts and checks
 * @param checks commands that must succeed after the setup script, each run by {@code sh -c}
 * @param allowedSecrets where the secret scan may find what looks like one
 * @param usePersistentSandboxes whether sessions keep their persisted paths, if the organization allows it
 * @param persistedPaths whose content outlives compute
 * @param lifecycle how compute comes and goes
 * @param agent what works in the sandbox, where somebody said so
 */
public record Specification(
        BaseImage baseImage,
        Map<String, String> environment,
        List<File> files,
        List<String> packages,
        List<Repository> repositories,
        String setupScript,
        int setupTimeoutSeconds,
        String maintenanceScript,
        String workingDirectory,
        List<String> checks,
        List<AllowedSecret> allowedSecrets,
        boolean usePersistentSandboxes,
        List<PersistedPath> persistedPaths,
        SandboxLimits limits,
        Lifecycle lifecycle,
        @Nullable Agent agent) {
    /** What was added since the first specifications were written is missing in those. */
    public Specification {
        packages = List.copyOf(Objects.requireNonNullElse(packages, List.of()));
        repositories = List.copyOf(Objects.requireNonNullElse(repositories, List.of()));
        maintenanceScript = Objects.requireNonNullElse(maintenanceScript, "");
        allowedSecrets = List.copyOf(Objects.requireNonNullElse(allowedSecrets, List.of()));
        lifecycle = Objects.requireNonNullElse(lifecycle, Lifecycle.DEFAULT);
    }

    /** The same with another setup script. */
    public Specification withSetupScript(String script) {
        return new Specification(
                baseImage,
                environment,
                files,
                packages,
                repositories,
                script,
                setupTimeoutSeconds,
                maintenanceScript,
                workingDirectory,
                checks,
                allowedSecrets,
                usePersistentSandboxes,
                persistedPaths,
                limits,
                lifecycle,
                agent);
    }

    /**
     * Where the root file system comes from; one of {@code debian}, {@code oci} and {@code tar}.
     *
     * @param debian a Debian release, such as {@code bookworm}
     * @param oci an image of a container registry, such as {@code docker.io/library/debian:12}
     * @param tar an address, or a path on the host that runs sandboxes
     * @param sha256 of that archive, in hexadecimal digits
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record BaseImage(
            @Nullable String debian,
            @Nullable String oci,
            @Nullable String tar,
            @Nullable String sha256) {

        /** As a provider takes it. */
        public BaseImageSource source() {
            if (debian != null) {
                return new BaseImageSource.Debian(debian);
            }
            return oci != null
                    ? new BaseImageSource.Registry(oci)
                    : new BaseImageSource.Tar(Objects.requireNonNull(tar), Objects.requireNonNull(sha256));
        }

        /** In a few words, for people. */
        public String description() {
            return switch (source()) {
                case BaseImageSource.Debian suite -> "Debian " + suite.suite();
                case BaseImageSource.Registry image -> "image " + image.reference();
                case BaseImageSource.Tar archive -> "archive " + archive.location();
            };
        }
    }

    /**
     * A file to put into the image.
     *
     * @param path absolute
     * @param mode octal, such as {@code 0644}
     * @param owner user and group, by name or number: {@code root:root}
     * @param content text, written in UTF-8
     */
    @Schema(name = "SpecificationFile")
    public record File(String path, String mode, String owner, String content) {}

    /**
     * A Git repository to clone.
     *
     * @param url http or https, without credentials
     * @param ref branch, tag or commit; {@code HEAD} is the remote's default branch
     * @param path absolute; must not exist, or be an empty directory
     * @param depth how many commits of history; 0 for all
     */
    @Schema(name = "SpecificationRepository")
    public record Repository(String url, String ref, String path, int depth) {}

    /**
     * Something that looks like a secret, and may be in snapshots.
     *
     * @param path absolute: of a file, or of a directory with everything in it
     * @param reason for those who wonder; shown in the log of every job
     */
    @Schema(name = "SpecificationAllowedSecret")
    public record AllowedSecret(String path, String reason) {}

    /**
     * A path whose content outlives compute. One without anything more to say is written as a text.
     *
     * @param path absolute, none inside another
     * @param exclude what need not survive, in the syntax of gitignore
     * @param maxMiB most that it may hold, in mebibytes; null when there is no limit
     */
    @OrText("path")
    @Schema(name = "SpecificationPersistedPath", description = "A path, or an object that says more about it")
    public record PersistedPath(
            String path, List<String> exclude, @Nullable Integer maxMiB) {
        public PersistedPath {
            exclude = List.copyOf(Objects.requireNonNullElse(exclude, List.of()));
        }

        /** Without patterns and limit. */
        public static PersistedPath plain(String path) {
            return new PersistedPath(path, List.of(), null);
        }

        /** As a volume backend takes it. */
        public dev.sandkeep.spi.PersistedPath forBackend() {
            return new dev.sandkeep.spi.PersistedPath(
                    path, exclude, maxMiB == null ? OptionalLong.empty() : OptionalLong.of((long) maxMiB << 20));
        }

        /** As it is read. */
        @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
        static PersistedPath of(Object json) {
            if (json instanceof Map<?, ?> object) {
                List<String> exclude = object.get("exclude") instanceof List<?> patterns
                        ? patterns.stream().map(String::valueOf).toList()
                        : List.of();
                return new PersistedPath(
                        String.valueOf(object.get("path")),
                        exclude,
                        object.get("maxMiB") instanceof Number limit ? limit.intValue() : null);
            }
            return plain(String.valueOf(json));
        }

        /** As it is written. */
        @JsonValue
        Object json() {
            if (exclude.isEmpty() && maxMiB == null) {
                return path;
            }
            Map<String, Object> object = new LinkedHashMap<>();
            object.put("path", path);
            if (!exclude.isEmpty()) {
                object.put("exclude", exclude);
            }
            if (maxMiB != null) {
                object.put("maxMiB", maxMiB);
            }
            return object;
        }
    }

    /**
     * How compute of a sandbox comes and goes.
     *
     * @param maxLifetimeSeconds of one compute; null when only the installation limits it
     * @param onExpiry {@code replace} or {@code stop}; null decides by use
     * @param idleTimeoutSeconds without exec or output; 0 is never, null as the installation has it
     * @param autoResume whether an exec on a stopped sandbox resumes it first
     * @param checkpointIntervalSeconds while it runs; 0 is never, null as the installation has it
     */
    @Schema(name = "SpecificationLifecycle")
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Lifecycle(
            @Nullable Integer maxLifetimeSeconds,
            @Nullable String onExpiry,
            @Nullable Integer idleTimeoutSeconds,
            boolean autoResume,
            @Nullable Integer checkpointIntervalSeconds) {
        /** What holds when nothing is said. */
        public static final Lifecycle DEFAULT = new Lifecycle(null, null, null, true, null);
    }

    /**
     * What works in the sandbox.
     *
     * @param processName as in {@code /proc/PID/comm}
     */
    @Schema(name = "SpecificationAgent")
    public record Agent(String processName) {}

    /**
     * What one sandbox may use at most.
     *
     * @param memoryMiB mebibytes
     * @param cpus processors
     * @param pids processes and threads
     * @param diskMiB mebibytes that it may write
     */
    public record SandboxLimits(int memoryMiB, double cpus, int pids, int diskMiB) {
        /** As a provider takes them. */
        public Limits forProvider() {
            return Limits.ofMebibytes(memoryMiB, cpus, pids, diskMiB);
        }
    }
}
