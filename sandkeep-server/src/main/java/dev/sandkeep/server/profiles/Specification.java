package dev.sandkeep.server.profiles;

import dev.sandkeep.spi.BaseImageSource;
import dev.sandkeep.spi.Limits;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import java.util.Map;

/**
 * What a sandbox of a profile is like: complete and valid. It is made from what a user wrote by
 * {@link SpecificationInput#toSpecification}.
 *
 * @param environment of every process
 * @param files put into the image before the setup script
 * @param setupScript run once, as root, when a snapshot is built; empty when there is none
 * @param setupTimeoutSeconds after which the setup script is ended
 * @param workingDirectory of setup script and checks
 * @param checks commands that must succeed after the setup script, each run by {@code sh -c}
 * @param usePersistentSandboxes whether sessions keep their persisted paths, if the organization allows it
 * @param persistedPaths absolute paths whose content outlives compute
 */
public record Specification(
        BaseImage baseImage,
        Map<String, String> environment,
        List<File> files,
        String setupScript,
        int setupTimeoutSeconds,
        String workingDirectory,
        List<String> checks,
        boolean usePersistentSandboxes,
        List<String> persistedPaths,
        SandboxLimits limits) {

    /**
     * Where the root file system comes from.
     *
     * @param debian a Debian release, such as {@code bookworm}
     */
    public record BaseImage(String debian) {
        /** As a provider takes it. */
        public BaseImageSource source() {
            return new BaseImageSource.Debian(debian);
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
