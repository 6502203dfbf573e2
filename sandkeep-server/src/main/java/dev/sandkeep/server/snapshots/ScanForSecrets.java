package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.profiles.Specification;
import dev.sandkeep.spi.ChangeVisitor;
import dev.sandkeep.spi.ChangedFile;
import dev.sandkeep.spi.ChangesOutcome;
import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.FileKind;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.SandboxProvider;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Looks for secrets in everything that the build wrote: all sessions of the version would have them. A hit fails the build and names
 * path and rule, never the value; a path that the profile allows is told in the log, with the reason.
 */
final class ScanForSecrets {
    /** Of each text file so much is read, from its start. */
    private static final long MOST_BYTES = 16L << 20;

    private static final int MOST_HITS = 20;

    private final SandboxProvider provider;

    ScanForSecrets(SandboxProvider provider) {
        this.provider = provider;
    }

    private record Hit(String path, String rule) {
        @Override
        public String toString() {
            return path + " (" + rule + ")";
        }
    }

    /**
     * Looks through what was written.
     *
     * @param compute stopped, and not yet captured
     * @return what it found and the profile allows, at most {@value #MOST_HITS}
     */
    List<AllowedSecret> run(Build build, ComputeId compute) throws InterruptedException {
        Scan scan = new Scan(build.plan().allowedSecrets());
        ChangesOutcome outcome;
        try {
            outcome = ProviderCalls.call("visit-changes", () -> provider.visitChanges(compute, scan));
        } catch (ProviderException failure) {
            throw StepFailed.of(failure, ProblemCode.CAPTURE_FAILED);
        }
        if (!(outcome instanceof ChangesOutcome.Visited visited)) {
            throw StepFailed.forNow(
                    ProblemCode.CAPTURE_FAILED, "Compute " + compute + " was gone before it was looked through.");
        }
        for (AllowedSecret allowed : scan.allowed) {
            build.log().system("Allowed by the profile: " + allowed);
        }
        for (Hit hit : scan.hits) {
            build.log().system("Secret: " + hit);
        }
        if (!scan.hits.isEmpty()) {
            throw StepFailed.forGood(ProblemCode.SECRET_FOUND, message(scan.hits));
        }
        if (!visited.complete()) {
            throw StepFailed.forNow(
                    ProblemCode.CAPTURE_FAILED, "Not everything in compute " + compute + " was looked through.");
        }
        build.log().system("Looked through " + visited.paths() + " changed paths: no secrets");
        return List.copyOf(scan.allowed);
    }

    private static String message(List<Hit> hits) {
        Hit first = hits.getFirst();
        String more = hits.size() == 1 ? "" : ", and " + (hits.size() - 1) + " more in the log";
        return first.path() + " holds what looks like a secret (rule " + first.rule() + ")" + more + ".";
    }

    private static final class Scan implements ChangeVisitor {
        private final List<Specification.AllowedSecret> allow;
        private final SecretSearch search = new SecretSearch(SecretRules.CONTENT);
        private final List<Hit> hits = new ArrayList<>();
        private final List<AllowedSecret> allowed = new ArrayList<>();

        private Scan(List<Specification.AllowedSecret> allow) {
            this.allow = allow;
        }

        @Override
        public Next changed(ChangedFile file) {
            if (Thread.currentThread().isInterrupted()) {
                return Next.STOP;
            }
            if (file.kind() != FileKind.REGULAR || file.size() == 0) {
                return Next.CONTINUE;
            }
            String path = file.path().toString();
            rule(file, path).ifPresent(rule -> note(new Hit(path, rule)));
            return hits.size() < MOST_HITS ? Next.CONTINUE : Next.STOP;
        }

        private Optional<String> rule(ChangedFile file, String path) {
            Optional<String> byPath = SecretRules.byPath(path);
            if (byPath.isPresent()) {
                return byPath;
            }
            try (InputStream content = file.open(MOST_BYTES)) {
                return search.search(path, content);
            } catch (IOException e) {
                throw new ProviderException(
                        ProviderException.Kind.FAULT, path + " cannot be read: " + e.getMessage(), e);
            }
        }

        private void note(Hit hit) {
            Optional<Specification.AllowedSecret> reason = allow.stream()
                    .filter(it -> hit.path().equals(it.path()) || hit.path().startsWith(it.path() + "/"))
                    .findFirst();
            if (reason.isEmpty()) {
                hits.add(hit);
            } else if (allowed.size() < MOST_HITS) {
                allowed.add(
                        new AllowedSecret(hit.path(), hit.rule(), reason.get().reason()));
            }
        }
    }
}
