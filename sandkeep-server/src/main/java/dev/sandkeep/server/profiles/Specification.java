package dev.sandkeep.server.profiles;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.sandkeep.spi.BaseImageSource;
import dev.sandkeep.spi.Limits;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
 * @param persistedPaths absolute paths whose content outlives compute
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
        List<String> persistedPaths,
        SandboxLimits limits) {
    /** What was added since the first specifications were written is missing in those. */
    public Specification {
        packages = List.copyOf(Objects.requireNonNullElse(packages, List.of()));
        repositories = List.copyOf(Objects.requireNonNullElse(repositories, List.of()));
        maintenanceScript = Objects.requireNonNullElse(maintenanceScript, "");
        allowedSecrets = List.copyOf(Objects.requireNonNullElse(allowedSecrets, List.of()));
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
                limits);
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
