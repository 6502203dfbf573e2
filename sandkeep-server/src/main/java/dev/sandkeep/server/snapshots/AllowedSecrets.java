package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.platform.json.CanonicalJson;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** How {@link AllowedSecret}s stand in the database. */
final class AllowedSecrets {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private AllowedSecrets() {}

    static String json(List<AllowedSecret> allowed) {
        return new String(
                CanonicalJson.bytes(allowed.stream()
                        .map(it -> Map.of("path", it.path(), "rule", it.rule(), "reason", it.reason()))
                        .toList()),
                StandardCharsets.UTF_8);
    }

    static List<AllowedSecret> read(String json) {
        return JSON.readValue(json, new TypeReference<>() {});
    }
}
