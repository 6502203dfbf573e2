package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.spi.ExecSpec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Makes sure that the build's compute has git. Repositories are cloned inside, never by the host: what the network of a sandbox
 * cannot reach, a repository's address must not reach either, and a hostile server speaks to a git that can harm nothing but the
 * build. An image without git gets Debian's, which then is part of the snapshot.
 */
final class GitInside {
    private static final Duration TIMEOUT = Duration.ofMinutes(10);
    static final String ENSURE = """
            set -eu
            command -v git >/dev/null && exit 0
            command -v apt-get >/dev/null || { echo "the base image has neither git nor apt-get to install it" >&2; exit 1; }
            echo "The base image has no git: installing it; it stays in the snapshot"
            export DEBIAN_FRONTEND=noninteractive
            %s
            %s git ca-certificates
            apt-get clean
            """.formatted(Apt.UPDATE, Apt.INSTALL);

    void ensure(Build build) throws InterruptedException {
        OptionalInt exitCode = build.shell()
                .run(
                        new ExecSpec(List.of("sh", "-c", ENSURE, "sandkeep-git"), Map.of(), "/"),
                        "",
                        TIMEOUT,
                        ProblemCode.REPOSITORY_CLONE_FAILED);
        if (exitCode.isEmpty() || exitCode.getAsInt() != 0) {
            List<String> last = build.log().lastLines();
            throw StepFailed.command(
                    ProblemCode.REPOSITORY_CLONE_FAILED,
                    "There is no git to clone with: " + (last.isEmpty() ? "no reason given" : last.getLast()),
                    exitCode.orElse(1));
        }
    }
}
