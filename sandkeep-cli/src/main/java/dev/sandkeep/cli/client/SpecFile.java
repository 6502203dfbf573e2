package dev.sandkeep.cli.client;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * A profile's specification in a YAML file, which may also name the profile.
 *
 * @param name what the file says under {@code name}
 * @param spec everything else
 */
public record SpecFile(Optional<String> name, ObjectNode spec) {
    /** Reads a file; {@code -} is standard input. */
    public static SpecFile read(String file) {
        ObjectNode document =
                file.equals("-") ? Json.parseYaml(standardInput(), "standard input") : Json.readYaml(Path.of(file));
        return of(document);
    }

    /** The text of a file; {@code -} is standard input. */
    public static String text(String file) {
        try {
            return file.equals("-") ? standardInput() : Files.readString(Path.of(file));
        } catch (IOException e) {
            throw new Failure("cannot read " + file + ": " + e.getMessage(), "", e);
        }
    }

    /** Takes the name out of a document that was read already. */
    public static SpecFile of(ObjectNode document) {
        Optional<String> name = document.path("name").isString()
                ? Optional.of(document.path("name").asString())
                : Optional.empty();
        ObjectNode spec = document.deepCopy();
        if (name.isPresent()) {
            spec.remove("name");
        }
        return new SpecFile(name, spec);
    }

    private static String standardInput() {
        try {
            return new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new Failure("cannot read standard input: " + e.getMessage(), "", e);
        }
    }
}
