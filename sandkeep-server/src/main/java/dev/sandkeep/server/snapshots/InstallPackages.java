package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.spi.ExecSpec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * Installs the plan's packages with apt, without what they only recommend and without leaving apt's caches in the snapshot. Their
 * lists are fresh: the inputs were resolved.
 */
final class InstallPackages {
    static final String INSTALL = """
            set -eu
            export DEBIAN_FRONTEND=noninteractive
            %s -- "$@"
            apt-get clean
            """.formatted(Apt.INSTALL);

    void run(Build build) throws InterruptedException {
        List<String> packages = build.plan().packages();
        if (packages.isEmpty()) {
            build.log().system("The plan has no packages");
            return;
        }
        build.log().system("Installing " + String.join(" ", packages));
        Duration timeout = Duration.ofSeconds(build.plan().setupTimeoutSeconds());
        OptionalInt exitCode = build.shell()
                .run(
                        new ExecSpec(
                                Stream.concat(Stream.of("sh", "-c", INSTALL, "sandkeep-packages"), packages.stream())
                                        .toList(),
                                Map.of(),
                                "/"),
                        "",
                        timeout,
                        ProblemCode.PACKAGES_FAILED);
        if (exitCode.isEmpty()) {
            throw StepFailed.forGood(
                    ProblemCode.PACKAGES_FAILED,
                    "The packages were not installed within " + timeout.toSeconds() + " s.");
        }
        if (exitCode.getAsInt() != 0) {
            throw StepFailed.command(
                    ProblemCode.PACKAGES_FAILED,
                    "apt-get ended with exit code " + exitCode.getAsInt() + ".",
                    exitCode.getAsInt());
        }
    }
}
