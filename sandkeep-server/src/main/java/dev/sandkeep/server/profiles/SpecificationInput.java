package dev.sandkeep.server.profiles;

import dev.sandkeep.server.platform.errors.ValidationErrors;
import dev.sandkeep.server.platform.json.OrText;
import dev.sandkeep.server.platform.json.SelfChecking;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A specification as a user writes it: what is left out takes its default. */
@Schema(description = "A specification as a user writes it: what is left out takes its default.")
public record SpecificationInput(
        @Nullable BaseImage baseImage,
        @Nullable Map<String, String> environment,
        @Nullable List<File> files,

        @Nullable @Schema(description = "Debian packages to install, each a name or name=version")
        List<String> packages,

        @Nullable @Schema(description = "Git repositories to clone before the setup script")
        List<Repository> repositories,

        @Nullable
        @Schema(description = "Run once by bash, as root, with 'set -eo pipefail' unless it names its own interpreter")
        String setupScript,

        @Nullable @Schema(minimum = "1", maximum = "86400", defaultValue = "1800")
        Integer setupTimeoutSeconds,

        @Nullable
        @Schema(
                description =
                        "Run by a refresh on top of the present snapshot, instead of building from the base image; as the setup"
                                + " script otherwise")
        String maintenanceScript,

        @Nullable @Schema(defaultValue = "/root") String workingDirectory,

        @Nullable @Schema(description = "Each is run by 'sh -c' after the setup script and must exit with 0")
        List<String> checks,

        @Nullable @Schema(description = "Where what looks like a secret may be in snapshots, and why")
        List<AllowedSecret> allowedSecrets,

        @Nullable @Schema(defaultValue = "false") Boolean usePersistentSandboxes,

        @Nullable @Schema(description = "Default: /root and /etc/codex")
        List<PersistedPath> persistedPaths,

        @Nullable Limits limits,
        @Nullable Lifecycle lifecycle,
        @Nullable Agent agent)
        implements SelfChecking {

    static final int DEFAULT_TIMEOUT_SECONDS = 1800;
    static final String DEFAULT_DIRECTORY = "/root";
    static final List<Specification.PersistedPath> DEFAULT_PERSISTED_PATHS =
            List.of(Specification.PersistedPath.plain("/root"), Specification.PersistedPath.plain("/etc/codex"));

    /** Exactly one alternative. */
    @Schema(name = "BaseImageInput", description = "Exactly one alternative")
    public record BaseImage(
            @Nullable @Schema(description = "A Debian release", example = "bookworm")
            String debian,

            @Nullable
            @Schema(
                    description = "An image of a container registry: [host[:port]/]repository[:tag][@sha256:...]",
                    example = "docker.io/library/debian:12")
            String oci,

            @Nullable
            @Schema(
                    description =
                            "A tar archive: an address, or a path in the directory that the host's operator allows",
                    example = "https://example.org/root.tar.gz")
            String tar,

            @Nullable @Schema(description = "Of the archive, in hexadecimal digits; required with tar")
            String sha256) {
        /** A Debian release. */
        public static BaseImage ofDebian(String suite) {
            return new BaseImage(suite, null, null, null);
        }
    }

    /** A file to put into the image. */
    @Schema(name = "FileInput")
    public record File(
            @Schema(example = "/opt/tool.conf") String path,
            @Nullable @Schema(defaultValue = "0644") String mode,

            @Nullable @Schema(defaultValue = "root:root", example = "1000:1000")
            String owner,

            String content) {}

    /** A Git repository to clone. */
    @Schema(name = "RepositoryInput")
    public record Repository(
            @Schema(example = "https://example.org/team/tool.git")
            String url,

            @Nullable @Schema(defaultValue = "HEAD", description = "Branch, tag or commit")
            String ref,

            @Schema(example = "/workspace/tool") String path,

            @Nullable @Schema(minimum = "0", defaultValue = "1", description = "Commits of history; 0 for all")
            Integer depth) {}

    /** Something that looks like a secret, and may be in snapshots. */
    @Schema(name = "AllowedSecretInput")
    public record AllowedSecret(
            @Schema(example = "/etc/ssl/private/ssl-cert-snakeoil.key")
            String path,

            @Schema(example = "made by Debian for tests") String reason) {}

    /** What one sandbox may use at most. */
    @Schema(name = "LimitsInput")
    public record Limits(
            @Nullable @Schema(minimum = "16", defaultValue = "1024")
            Integer memoryMiB,

            @Nullable @Schema(minimum = "0.01", defaultValue = "1")
            Double cpus,

            @Nullable @Schema(minimum = "8", defaultValue = "512")
            Integer pids,

            @Nullable @Schema(minimum = "16", defaultValue = "4096")
            Integer diskMiB) {}

    /** A path whose content outlives compute. */
    @OrText("path")
    @Schema(name = "PersistedPathInput", description = "A path, or an object that says more about it")
    public record PersistedPath(
            @Schema(example = "/workspace") String path,

            @Nullable
            @Schema(description = "What need not survive, in the syntax of gitignore", example = "[\"node_modules/\"]")
            List<String> exclude,

            @Nullable @Schema(minimum = "1", description = "Most that it may hold, in MiB")
            Integer maxMiB) {}

    /** How compute of a sandbox comes and goes. */
    @Schema(name = "LifecycleInput")
    public record Lifecycle(
            @Nullable @Schema(minimum = "60", maximum = "31536000", description = "Of one compute; never, when absent")
            Integer maxLifetimeSeconds,

            @Nullable
            @Schema(
                    allowableValues = {"replace", "stop"},
                    description = "When absent: replace when it was used within the last hour, else stop")
            String onExpiry,

            @Nullable
            @Schema(
                    minimum = "0",
                    maximum = "31536000",
                    description = "Without exec or output, after which it is stopped; 0 is never")
            Integer idleTimeoutSeconds,

            @Nullable
            @Schema(defaultValue = "true", description = "Whether an exec on a stopped sandbox resumes it first")
            Boolean autoResume,

            @Nullable
            @Schema(
                    minimum = "0",
                    maximum = "31536000",
                    description = "How often a running sandbox is checkpointed; 0 is never")
            Integer checkpointIntervalSeconds) {}

    /** What works in the sandbox. */
    @Schema(name = "AgentInput")
    public record Agent(
            @Schema(
                    pattern = "[A-Za-z0-9._+-]{1,15}",
                    example = "codex",
                    description =
                            "Name of its process, as in /proc/PID/comm: gets SIGUSR1 when the compute is about to expire")
            String processName) {}

    /** Nothing but a Debian base image: what a profile begins with when its creator says nothing. */
    public static SpecificationInput minimal() {
        return new SpecificationInput(
                BaseImage.ofDebian("bookworm"),
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null);
    }

    @Override
    public void check(String path, ValidationErrors errors) {
        new SpecificationRules(this, path, errors).check();
    }

    /**
     * The whole specification, defaults filled in.
     *
     * @throws dev.sandkeep.server.platform.errors.SandkeepException with every mistake, when there is one
     */
    public Specification toSpecification() {
        ValidationErrors errors = new ValidationErrors();
        check("", errors);
        errors.throwIfAny();
        return new Specification(
                baseImage(Objects.requireNonNull(baseImage)),
                environment == null ? Map.of() : new LinkedHashMap<>(new TreeMap<>(environment)),
                files == null
                        ? List.of()
                        : files.stream().map(SpecificationInput::file).toList(),
                packages == null ? List.of() : List.copyOf(packages),
                repositories == null
                        ? List.of()
                        : repositories.stream()
                                .map(SpecificationInput::repository)
                                .toList(),
                setupScript == null ? "" : setupScript,
                setupTimeoutSeconds == null ? DEFAULT_TIMEOUT_SECONDS : setupTimeoutSeconds,
                maintenanceScript == null ? "" : maintenanceScript,
                workingDirectory == null ? DEFAULT_DIRECTORY : workingDirectory,
                checks == null ? List.of() : List.copyOf(checks),
                allowedSecrets == null
                        ? List.of()
                        : allowedSecrets.stream()
                                .map(it -> new Specification.AllowedSecret(it.path(), it.reason()))
                                .toList(),
                usePersistentSandboxes != null && usePersistentSandboxes,
                persistedPaths == null
                        ? DEFAULT_PERSISTED_PATHS
                        : persistedPaths.stream()
                                .map(SpecificationInput::persistedPath)
                                .toList(),
                limitsOrDefault(),
                lifecycleOrDefault(),
                agent == null ? null : new Specification.Agent(agent.processName()));
    }

    private static Specification.PersistedPath persistedPath(PersistedPath given) {
        return new Specification.PersistedPath(
                given.path(), given.exclude() == null ? List.of() : given.exclude(), given.maxMiB());
    }

    private Specification.Lifecycle lifecycleOrDefault() {
        return lifecycle == null
                ? Specification.Lifecycle.DEFAULT
                : new Specification.Lifecycle(
                        lifecycle.maxLifetimeSeconds(),
                        lifecycle.onExpiry(),
                        lifecycle.idleTimeoutSeconds(),
                        lifecycle.autoResume() == null || lifecycle.autoResume(),
                        lifecycle.checkpointIntervalSeconds());
    }

    private static Specification.Repository repository(Repository repository) {
        return new Specification.Repository(
                repository.url(),
                repository.ref() == null ? "HEAD" : repository.ref(),
                repository.path(),
                repository.depth() == null ? 1 : repository.depth());
    }

    private static Specification.BaseImage baseImage(BaseImage image) {
        return new Specification.BaseImage(image.debian(), image.oci(), image.tar(), image.sha256());
    }

    private static Specification.File file(File file) {
        return new Specification.File(
                file.path(),
                file.mode() == null ? "0644" : file.mode(),
                file.owner() == null ? "root:root" : file.owner(),
                file.content());
    }

    private Specification.SandboxLimits limitsOrDefault() {
        Limits given = limits == null ? new Limits(null, null, null, null) : limits;
        return new Specification.SandboxLimits(
                given.memoryMiB() == null ? 1024 : given.memoryMiB(),
                given.cpus() == null ? 1.0 : given.cpus(),
                given.pids() == null ? 512 : given.pids(),
                given.diskMiB() == null ? 4096 : given.diskMiB());
    }
}
