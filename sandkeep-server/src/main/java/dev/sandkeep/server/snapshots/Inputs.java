package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.platform.json.CanonicalJson;
import dev.sandkeep.server.profiles.RuntimePlan;
import dev.sandkeep.server.profiles.Specification;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * Everything that a build is made from, as far as it can change without the plan.
 *
 * @param packages what apt would install of the packages that the plan lists, by name
 */
record Inputs(String planDigest, String baseImageDigest, List<Repository> repositories, Map<String, String> packages) {
    Inputs {
        repositories = List.copyOf(repositories);
        packages = Map.copyOf(packages);
    }

    /**
     * A repository at a commit.
     *
     * @param commit 40 hexadecimal digits, or 64
     */
    record Repository(Specification.Repository asked, String commit) {
        private Map<String, Object> tree() {
            return Map.of("url", asked.url(), "ref", asked.ref(), "path", asked.path(), "commit", commit);
        }
    }

    /** As text that is the same for the same inputs. */
    String json() {
        return new String(
                CanonicalJson.bytes(Map.of(
                        "plan", planDigest,
                        "baseImage", baseImageDigest,
                        "repositories",
                                repositories.stream().map(Repository::tree).toList(),
                        "packages", packages)),
                StandardCharsets.UTF_8);
    }

    /** {@code sha256:} and 64 hexadecimal digits; the same exactly when the inputs are. */
    String fingerprint() {
        return RuntimePlan.digest(json().getBytes(StandardCharsets.UTF_8));
    }
}
