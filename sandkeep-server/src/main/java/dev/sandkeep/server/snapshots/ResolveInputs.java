package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.profiles.RuntimePlan;
import dev.sandkeep.server.profiles.Specification;
import dev.sandkeep.spi.ExecSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Finds out what the build is made from: what apt would install of the plan's packages, and at which commit each repository is.
 * Everything runs in the build's compute, with its network and no other: the server must not be made to fetch addresses that
 * only it can reach.
 */
final class ResolveInputs {
    private static final Duration TIMEOUT = Duration.ofMinutes(5);
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}|[0-9a-f]{64}");
    private static final Pattern HEADING = Pattern.compile("([a-z0-9][a-z0-9.+-]*(?::[a-z0-9]+)?):");
    private static final String CANDIDATE = "Candidate: ";
    private static final Map<String, String> ENGLISH = Map.of("LC_ALL", "C");
    static final String CANDIDATES = """
            set -eu
            command -v apt-get >/dev/null || { echo "the base image has no apt-get" >&2; exit 1; }
            %s >&2
            %s -- "$@"
            """.formatted(Apt.UPDATE, Apt.POLICY);
    static final String HEADS = GitScripts.PRELUDE + """
            url=$1
            shift
            remote_git ls-remote -- "$url" "$@"
            """;
    /** Far more than the answer that is asked for; what a hostile server says beyond it is dropped. */
    private static final int MOST_LINES = 100_000;

    private final GitInside git;
    private final RepositoryCredentials credentials;

    ResolveInputs(GitInside git, RepositoryCredentials credentials) {
        this.git = git;
        this.credentials = credentials;
    }

    Inputs run(Build build, BuildSource source) throws InterruptedException {
        RuntimePlan plan = build.plan();
        Map<String, String> packages = plan.packages().isEmpty() ? Map.of() : candidates(build);
        List<Inputs.Repository> repositories = new ArrayList<>();
        if (!plan.repositories().isEmpty()) {
            git.ensure(build);
        }
        for (Specification.Repository repository : plan.repositories()) {
            repositories.add(new Inputs.Repository(repository, head(build, repository)));
        }
        Inputs inputs =
                new Inputs(RuntimePlan.digest(plan.bytes()), source.base().digest(), repositories, packages);
        build.log().system("Inputs: " + inputs.fingerprint());
        return inputs;
    }

    private static Map<String, String> candidates(Build build) throws InterruptedException {
        List<String> names = build.plan().packages().stream()
                .map(name -> name.replaceFirst("=.*", ""))
                .distinct()
                .toList();
        List<String> said = output(
                build,
                CANDIDATES,
                "sandkeep-candidates",
                names,
                RepositoryCredential.NONE,
                ProblemCode.PACKAGES_FAILED);
        Map<String, String> versions = parseCandidates(said);
        List<String> missing =
                names.stream().filter(name -> !versions.containsKey(name)).toList();
        if (!missing.isEmpty()) {
            throw StepFailed.forGood(
                    ProblemCode.PACKAGES_FAILED, "There is no package to install for: " + String.join(", ", missing));
        }
        return versions;
    }

    /** Reads what {@code apt-cache policy} says; packages without a version to install are missing. */
    static Map<String, String> parseCandidates(List<String> lines) {
        Map<String, String> versions = new TreeMap<>();
        String name = "";
        for (String line : lines) {
            var heading = HEADING.matcher(line);
            if (heading.matches()) {
                name = heading.group(1);
            } else if (line.strip().startsWith(CANDIDATE) && !line.contains("(none)")) {
                versions.put(name, line.strip().substring(CANDIDATE.length()));
            }
        }
        return versions;
    }

    private String head(Build build, Specification.Repository repository) throws InterruptedException {
        String ref = repository.ref();
        if (COMMIT.matcher(ref).matches()) {
            return ref;
        }
        List<String> names = ref.equals("HEAD")
                ? List.of("HEAD")
                : List.of("refs/heads/" + ref, "refs/tags/" + ref + "^{}", "refs/tags/" + ref);
        List<String> heads = output(
                build,
                HEADS,
                "sandkeep-heads",
                Stream.concat(Stream.of(repository.url()), names.stream()).toList(),
                credentials.find(build.attempt().organization(), repository.url()),
                ProblemCode.REPOSITORY_CLONE_FAILED);
        return commit(heads, names)
                .orElseThrow(() -> StepFailed.forGood(
                        ProblemCode.REPOSITORY_CLONE_FAILED,
                        repository.url() + " has neither a branch nor a tag '" + ref + "'."));
    }

    /** The commit of the first of {@code names} that {@code git ls-remote} has said. */
    static Optional<String> commit(List<String> heads, List<String> names) {
        return names.stream()
                .flatMap(name -> heads.stream().filter(line -> line.endsWith("\t" + name)))
                .map(line -> line.substring(0, line.indexOf('\t')))
                .filter(commit -> COMMIT.matcher(commit).matches())
                .findFirst();
    }

    private static List<String> output(
            Build build,
            String script,
            String name,
            List<String> arguments,
            RepositoryCredential credential,
            ProblemCode code)
            throws InterruptedException {
        List<String> lines = Collections.synchronizedList(new ArrayList<>());
        List<String> command = Stream.concat(Stream.of("sh", "-c", script, name), arguments.stream())
                .toList();
        OptionalInt exitCode = build.shell()
                .run(new ExecSpec(command, ENGLISH, "/"), credential, TIMEOUT, code, line -> {
                    if (lines.size() < MOST_LINES) {
                        lines.add(line);
                    }
                });
        if (exitCode.isEmpty()) {
            throw StepFailed.forGood(code, "The network took longer than " + TIMEOUT.toMinutes() + " minutes.");
        }
        if (exitCode.getAsInt() != 0) {
            List<String> last = build.log().lastLines();
            throw StepFailed.command(
                    code,
                    (code == ProblemCode.REPOSITORY_CLONE_FAILED ? arguments.getFirst() : "The packages")
                            + " cannot be looked up: "
                            + (last.isEmpty() ? "no reason given" : last.getLast()),
                    exitCode.getAsInt());
        }
        return List.copyOf(lines);
    }
}
