package dev.sandkeep.cli.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLMapper;
import tools.jackson.dataformat.yaml.YAMLWriteFeature;

/** Text to trees and back. Both mappers are made on first use only: they cost more than the rest of a start. */
public final class Json {
    private Json() {}

    private static final class JsonText {
        static final JsonMapper MAPPER =
                JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
    }

    private static final class YamlText {
        static final YAMLMapper MAPPER = YAMLMapper.builder(YAMLFactory.builder()
                        .disable(YAMLWriteFeature.WRITE_DOC_START_MARKER)
                        .disable(YAMLWriteFeature.SPLIT_LINES)
                        .enable(YAMLWriteFeature.MINIMIZE_QUOTES)
                        .enable(YAMLWriteFeature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
                        .enable(YAMLWriteFeature.LITERAL_BLOCK_STYLE)
                        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                        .build())
                .build();
    }

    /** A new empty object. */
    public static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    /** A new empty list. */
    public static ArrayNode array() {
        return JsonNodeFactory.instance.arrayNode();
    }

    /**
     * Reads JSON.
     *
     * @throws JacksonException when the text is not JSON
     */
    public static JsonNode parse(String text) {
        return JsonText.MAPPER.readTree(text);
    }

    /** Writes {@code node} on one line, as requests and frames carry it. */
    public static String compact(JsonNode node) {
        return node.toString();
    }

    /** Writes {@code node} indented, as {@code --json} shows it. */
    public static String pretty(JsonNode node) {
        return JsonText.MAPPER.writeValueAsString(node);
    }

    /** Writes {@code node} as YAML; text of several lines becomes a literal block. */
    public static String yaml(JsonNode node) {
        return YamlText.MAPPER.writeValueAsString(node);
    }

    /**
     * Reads YAML (and so JSON), refusing a key that is given twice.
     *
     * @param source how to call the text in an error
     * @throws Failure when the text is not YAML, or not a mapping of keys to values
     */
    public static ObjectNode parseYaml(String text, String source) {
        JsonNode node;
        try {
            node = YamlText.MAPPER.readTree(text);
        } catch (JacksonException e) {
            int line = e.getLocation() == null ? -1 : e.getLocation().getLineNr();
            String where = line > 0 ? " (line " + line + ")" : "";
            String why = e.getOriginalMessage() == null ? "it cannot be read" : e.getOriginalMessage();
            throw new Failure(
                    source + " is not valid YAML" + where + ": " + firstLine(why), "correct the file and try again", e);
        }
        if (node instanceof ObjectNode object) {
            return object;
        }
        throw new Failure(
                source + " must be a mapping of keys to values",
                "start from examples/quickstart.yaml or 'sandkeep profile show NAME --spec'");
    }

    /** Like {@link #parseYaml}, from a file. */
    public static ObjectNode readYaml(Path file) {
        try {
            return parseYaml(Files.readString(file), file.toString());
        } catch (NoSuchFileException e) {
            throw new Failure("there is no file " + file, "check the path", e);
        } catch (IOException e) {
            throw new Failure("cannot read " + file + ": " + e.getMessage(), "check the path", e);
        }
    }

    private static String firstLine(String text) {
        return text.lines().findFirst().orElse(text);
    }
}
