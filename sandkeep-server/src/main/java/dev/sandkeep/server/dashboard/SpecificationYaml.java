package dev.sandkeep.server.dashboard;

import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.errors.ValidationErrors;
import dev.sandkeep.server.profiles.Specification;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.stereotype.Component;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLMapper;
import tools.jackson.dataformat.yaml.YAMLWriteFeature;

/** Specifications as YAML, the same bytes as {@code sandkeep profile show --spec} prints and {@code profile create -f} reads. */
@Component
final class SpecificationYaml {
    private static final YAMLMapper YAML = YAMLMapper.builder(YAMLFactory.builder()
                    .disable(YAMLWriteFeature.WRITE_DOC_START_MARKER)
                    .disable(YAMLWriteFeature.SPLIT_LINES)
                    .enable(YAMLWriteFeature.MINIMIZE_QUOTES)
                    .enable(YAMLWriteFeature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
                    .enable(YAMLWriteFeature.LITERAL_BLOCK_STYLE)
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .build();

    private final JsonMapper json;

    SpecificationYaml(JsonMapper json) {
        this.json = json;
    }

    /** As a file. */
    String write(Specification specification) {
        return YAML.writeValueAsString(json.<JsonNode>valueToTree(specification));
    }

    /** As one line of JSON, which the API takes. */
    String json(Specification specification) {
        return json.writeValueAsString(specification);
    }

    /**
     * Reads a file.
     *
     * @return {@code spec}, and {@code name} where the file says it
     * @throws SandkeepException {@code validation_failed} when it is no YAML, or no mapping of keys to values
     */
    Map<String, Object> read(String text) {
        ValidationErrors errors = new ValidationErrors();
        Map<String, Object> read = new LinkedHashMap<>();
        try {
            JsonNode node = YAML.readTree(text);
            if (node instanceof ObjectNode document) {
                ObjectNode spec = document.deepCopy();
                if (document.path("name").isString()) {
                    read.put("name", document.path("name").asString());
                    spec.remove("name");
                }
                read.put("spec", spec);
            } else {
                errors.add("yaml", "wrong_type", "the text must be a mapping of keys to values");
            }
        } catch (JacksonException mistake) {
            String where = mistake.getLocation() == null
                    ? ""
                    : " in line " + mistake.getLocation().getLineNr();
            errors.add("yaml", "malformed", "this is not YAML" + where + ": " + mistake.getOriginalMessage());
        }
        errors.throwIfAny();
        return read;
    }
}
