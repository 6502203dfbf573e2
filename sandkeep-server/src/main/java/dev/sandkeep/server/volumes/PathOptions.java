package dev.sandkeep.server.volumes;

import dev.sandkeep.spi.PersistedPath;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Patterns and limits of persisted paths as they stand in a row: JSON by path, and nothing where there is nothing to say. */
final class PathOptions {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private PathOptions() {}

    static @Nullable String text(List<PersistedPath> paths) {
        Map<String, ObjectNode> options = new LinkedHashMap<>();
        for (PersistedPath path : paths) {
            if (!path.exclude().isEmpty() || path.maxBytes().isPresent()) {
                ObjectNode option = JSON.createObjectNode();
                path.exclude().forEach(option.withArray("exclude")::add);
                path.maxBytes().ifPresent(most -> option.put("maxBytes", most));
                options.put(path.path(), option);
            }
        }
        return options.isEmpty() ? null : JSON.writeValueAsString(options);
    }

    static List<PersistedPath> paths(List<String> paths, @Nullable String text) {
        if (text == null) {
            return paths.stream().map(PersistedPath::of).toList();
        }
        JsonNode options = JSON.readTree(text);
        return paths.stream().map(path -> path(path, options.path(path))).toList();
    }

    private static PersistedPath path(String path, JsonNode option) {
        JsonNode most = option.path("maxBytes");
        return new PersistedPath(
                path,
                option.path("exclude").valueStream().map(JsonNode::asString).toList(),
                most.isNumber() ? OptionalLong.of(most.asLong()) : OptionalLong.empty());
    }
}
