package dev.sandkeep.cli;

import dev.sandkeep.cli.client.ApiProblem;
import dev.sandkeep.cli.client.Failure;
import dev.sandkeep.cli.client.Json;
import dev.sandkeep.cli.terminal.Terminal;
import dev.sandkeep.cli.terminal.Terminal.Style;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/**
 * How a command answers: for people in words and tables, for programs as one JSON document on standard output.
 *
 * @param terminal where it goes
 * @param json whether a program is reading
 */
public record Report(Terminal terminal, boolean json) {
    /** Shows {@code document} as it is to a program, and through {@code forPeople} to a person. */
    public void show(JsonNode document, Consumer<Terminal> forPeople) {
        if (json) {
            terminal.result(Json.pretty(document));
        } else {
            forPeople.accept(terminal);
        }
    }

    /** Shows a list, as {@code {"items": […]}} to a program. */
    public void showList(List<JsonNode> items, Consumer<Terminal> forPeople) {
        ArrayNode array = Json.array();
        items.forEach(array::add);
        show(Json.object().set("items", array), forPeople);
    }

    /** A word about what is going on; programs do not get it. */
    public void note(String line) {
        if (!json) {
            terminal.note(line);
        }
    }

    /** A line about a result whose document is not worth showing in full; programs get {@code document}. */
    public void done(JsonNode document, String sentence) {
        show(document, t -> t.result(sentence));
    }

    /** Says what went wrong, field by field where the server did so, and what to do next. */
    public void failure(Failure failure) {
        if (json) {
            terminal.err().println(Json.pretty(failure.document()));
            return;
        }
        String code = failure instanceof ApiProblem problem ? " (" + problem.code() + ")" : "";
        terminal.note(terminal.noteStyled(Style.RED, "error: ") + lines(failure.sentence()) + code);
        if (failure instanceof ApiProblem problem) {
            problem.errors()
                    .forEach(error -> terminal.note("  " + terminal.noteStyled(Style.BOLD, inFile(error.field())) + ": "
                            + lines(error.message())));
        }
        if (!failure.nextStep().isEmpty()) {
            terminal.note("next:  " + lines(failure.nextStep()));
        }
    }

    /** Where a request wraps the specification, the file that a person wrote does not. */
    private static String inFile(String field) {
        return field.startsWith("spec.") ? field.substring("spec.".length()) : field;
    }

    private static String lines(String text) {
        return String.join("\n       ", text.lines().map(Terminal::printable).toList());
    }
}
