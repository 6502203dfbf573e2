package dev.sandkeep.server.snapshots;

import java.util.List;
import java.util.Map;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a snapshot was made from, as far as it can change without the plan.
 *
 * @param fingerprint the same exactly when everything else is
 * @param packages what apt was to install, by name
 */
public record SnapshotInputs(String fingerprint, List<Repository> repositories, Map<String, String> packages) {
    private static final JsonMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    public SnapshotInputs {
        repositories = List.copyOf(repositories);
        packages = Map.copyOf(packages);
    }

    /**
     * A repository that was cloned.
     *
     * @param commit that was checked out
     */
    public record Repository(String url, String ref, String path, String commit) {}

    private record Stored(List<Repository> repositories, Map<String, String> packages) {}

    /** From what {@link Inputs#json} wrote. */
    static SnapshotInputs read(String fingerprint, String json) {
        Stored stored = JSON.readValue(json, Stored.class);
        return new SnapshotInputs(fingerprint, stored.repositories(), stored.packages());
    }
}
