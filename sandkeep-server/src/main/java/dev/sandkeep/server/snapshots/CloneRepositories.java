package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.profiles.Specification;
import dev.sandkeep.spi.ExecSpec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** Clones the plan's repositories with the git of the compute, each at the commit that its inputs name. */
final class CloneRepositories {
    private static final Duration TIMEOUT = Duration.ofMinutes(30);
    /** A branch stays one that can be pulled; a tag or a commit is checked out as it is. */
    static final String CLONE = GitScripts.PRELUDE + """
            url=$1 ref=$2 path=$3 depth=$4 commit=$5
            if [ -e "$path" ] && [ -n "$(ls -A -- "$path")" ]; then echo "$path is not empty" >&2; exit 1; fi
            mkdir -p -- "$path"
            [ "$depth" = 0 ] || shallow=--depth=$depth
            git -c init.defaultBranch=main init -q -- "$path"
            cd -- "$path"
            git remote add origin "$url"
            remote_git fetch -q ${shallow:-} origin "$commit" || remote_git fetch -q origin
            if [ "$ref" = HEAD ]; then
                ref=$(remote_git ls-remote --symref origin HEAD | sed -n 's|^ref: refs/heads/\\(.*\\)\\tHEAD$|\\1|p')
            fi
            if [ -n "$ref" ] && remote_git ls-remote --exit-code --heads origin "refs/heads/$ref" >/dev/null; then
                git checkout -q -B "$ref" "$commit"
                git config "branch.$ref.remote" origin
                git config "branch.$ref.merge" "refs/heads/$ref"
            else
                git checkout -q --detach "$commit"
            fi
            """;

    private final RepositoryCredentials credentials;

    CloneRepositories(RepositoryCredentials credentials) {
        this.credentials = credentials;
    }

    void run(Build build, Inputs inputs) throws InterruptedException {
        if (inputs.repositories().isEmpty()) {
            build.log().system("The plan has no repositories");
        }
        for (Inputs.Repository repository : inputs.repositories()) {
            clone(build, repository);
        }
    }

    private void clone(Build build, Inputs.Repository repository) throws InterruptedException {
        Specification.Repository asked = repository.asked();
        build.log().system("Cloning " + asked.url() + " at " + repository.commit() + " to " + asked.path());
        OptionalInt exitCode = build.shell()
                .run(
                        new ExecSpec(
                                List.of(
                                        "sh",
                                        "-c",
                                        CLONE,
                                        "sandkeep-clone",
                                        asked.url(),
                                        asked.ref(),
                                        asked.path(),
                                        Integer.toString(asked.depth()),
                                        repository.commit()),
                                Map.of(),
                                "/"),
                        credentials.find(build.attempt().organization(), asked.url()),
                        TIMEOUT,
                        ProblemCode.REPOSITORY_CLONE_FAILED,
                        line -> build.shell().say("stdout", line));
        if (exitCode.isEmpty()) {
            throw StepFailed.forGood(
                    ProblemCode.REPOSITORY_CLONE_FAILED,
                    asked.url() + " was not cloned within " + TIMEOUT.toMinutes() + " minutes.");
        }
        if (exitCode.getAsInt() != 0) {
            List<String> last = build.log().lastLines();
            throw StepFailed.command(
                    ProblemCode.REPOSITORY_CLONE_FAILED,
                    asked.url() + " cannot be cloned to " + asked.path() + ": "
                            + (last.isEmpty() ? "no reason given" : last.getLast()),
                    exitCode.getAsInt());
        }
    }
}
