package dev.sandkeep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.cli.terminal.Terminal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Keeps {@code docs/cli.md} equal to the commands. After a change of a command, write the page anew with
 * {@code ./mvnw -pl sandkeep-cli test -Dtest=CommandReferenceTest -Dsandkeep.docs.update=true}.
 */
class CommandReferenceTest {
    private static final Path PAGE = Path.of("..", "docs", "cli.md");

    @Test
    void the_page_of_the_command_line_says_what_the_commands_say() throws IOException {
        String page = page(CommandTree.whole(Terminal.system(), Map.of()).getCommandSpec());
        if (Boolean.getBoolean("sandkeep.docs.update")) {
            Files.createDirectories(PAGE.getParent());
            Files.writeString(PAGE, page);
        }
        assertThat(PAGE)
                .as("docs/cli.md; write it anew with -Dsandkeep.docs.update=true")
                .content()
                .isEqualTo(page);
    }

    @Test
    void every_command_option_and_argument_is_described() {
        assertThat(everything(CommandTree.whole(Terminal.system(), Map.of()).getCommandSpec()))
                .allSatisfy(spec -> {
                    assertThat(spec.usageMessage().description())
                            .as(spec.qualifiedName())
                            .isNotEmpty();
                    assertThat(spec.args())
                            .allSatisfy(arg -> assertThat(arg.description())
                                    .as(spec.qualifiedName() + " " + arg.paramLabel())
                                    .isNotEmpty());
                });
    }

    private static Set<CommandSpec> everything(CommandSpec spec) {
        Set<CommandSpec> found = new LinkedHashSet<>(List.of(spec));
        spec.subcommands().values().forEach(sub -> found.addAll(everything(sub.getCommandSpec())));
        return found;
    }

    private static String page(CommandSpec root) {
        StringBuilder page = new StringBuilder("""
                # The command line

                <!-- Written by CommandReferenceTest from the commands themselves; do not edit. -->

                Nouns, then verbs: `sandkeep session start`. Results go to standard output, progress and errors to
                standard error. Colours and moving lines appear on a terminal only; `NO_COLOR` turns colours off.

                Exit codes: 0 success, 1 failure (the reason and the next step are on standard error), 2 wrong usage;
                `session exec` passes on the exit code of the remote command.

                `./sandkeep` also knows `doctor`, `server` (in the foreground), `backup`, `bench`, `test` and `build`.

                ## Options of every command

                """);
        options(page, root, false);
        for (CommandSpec spec : everything(root)) {
            if (!spec.equals(root)) {
                command(page, spec);
            }
        }
        return page.toString();
    }

    private static void command(StringBuilder page, CommandSpec spec) {
        page.append("\n## ").append(spec.qualifiedName()).append("\n\n");
        if (spec.subcommands().isEmpty()) {
            page.append("    ").append(synopsis(spec)).append("\n\n");
        }
        page.append(String.join("\n", spec.usageMessage().description()).strip())
                .append('\n');
        if (spec.aliases().length > 0) {
            page.append("\nAlso: `").append(String.join("`, `", spec.aliases())).append("`.\n");
        }
        if (!spec.positionalParameters().isEmpty()) {
            page.append("\n| argument | |\n|---|---|\n");
            spec.positionalParameters().forEach(argument -> row(page, argument.paramLabel(), argument));
        }
        if (spec.options().stream().anyMatch(option -> !option.inherited())) {
            page.append('\n');
            options(page, spec, true);
        }
    }

    private static String synopsis(CommandSpec spec) {
        String[] custom = spec.usageMessage().customSynopsis();
        if (custom.length > 0) {
            return custom[0];
        }
        StringJoiner synopsis = new StringJoiner(" ").add(spec.qualifiedName()).add("[OPTIONS]");
        spec.positionalParameters().forEach(argument -> {
            String label = argument.paramLabel() + (argument.arity().max() > 1 ? "…" : "");
            synopsis.add(argument.arity().min() == 0 ? "[" + label + "]" : label);
        });
        return synopsis.toString();
    }

    private static void options(StringBuilder page, CommandSpec spec, boolean onlyOwn) {
        page.append("| option | |\n|---|---|\n");
        for (OptionSpec option : spec.options()) {
            if (!onlyOwn || !option.inherited()) {
                String names = List.of(option.names()).stream().collect(Collectors.joining("`, `"));
                row(page, names + (option.arity().max() > 0 ? " " + option.paramLabel() : ""), option);
            }
        }
    }

    private static void row(StringBuilder page, String label, ArgSpec arg) {
        String description = String.join(" ", arg.description());
        page.append("| `")
                .append(label)
                .append("` | ")
                .append(description.replace("|", "\\|"))
                .append(" |\n");
    }
}
