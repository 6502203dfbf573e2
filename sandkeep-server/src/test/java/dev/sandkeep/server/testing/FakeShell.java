package dev.sandkeep.server.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Plays the few commands that tests run in a fake compute: {@code echo TEXT [>|>> FILE] [>&2]}, {@code cat [FILE]},
 * {@code exit N}, {@code sleep SECONDS}, {@code sleep forever}, {@code ignore-term}, {@code spam LINES}, {@code flood MEBIBYTES},
 * {@code env NAME},
 * {@code pwd}, {@code rm FILE}, {@code test -f FILE}, and those that a test {@linkplain #command adds}, also under the name
 * that a script is run with: {@code sh -c SCRIPT NAME …}. Statements end with a
 * line or a semicolon; the first that fails ends the script, as with {@code set -e}.
 */
final class FakeShell {
    /** One command of a script. */
    interface Command {
        int run(List<String> words, FakeProcess process) throws IOException, InterruptedException;
    }

    /** The files that a process sees. */
    interface Files {
        Optional<String> read(String path);

        void write(String path, String content);

        void remove(String path);
    }

    private static final Pattern PLAN_FILE = Pattern.compile("put_file '(.*)' '(.*)' '(.*)' <<'END'");

    private final Map<String, Command> commands = new ConcurrentHashMap<>();

    /** Lets scripts use {@code name}. */
    void command(String name, Command command) {
        commands.put(name, command);
    }

    int run(FakeProcess process, Files files, Map<String, String> environment)
            throws IOException, InterruptedException {
        List<String> command = process.spec().command();
        if (command.size() >= 3
                && command.subList(0, 2).equals(List.of("sh", "-s"))
                && command.contains("sandkeep-files")) {
            return writePlanFiles(input(process), files);
        }
        if (command.size() == 5 && command.get(3).equals("sandkeep-put")) {
            files.write(command.get(4), input(process));
            return 0;
        }
        if (command.size() >= 4 && command.get(3).equals("sandkeep-mkdir")) {
            return 0;
        }
        if (command.size() >= 4 && command.get(1).equals("-c") && commands.containsKey(command.get(3))) {
            return commands.get(command.get(3)).run(command.subList(3, command.size()), process);
        }
        if (command.getFirst().equals("bash") && command.get(1).equals("-eo")) {
            return script(files.read(command.getLast()).orElse("exit 127"), process, files, environment);
        }
        if (command.size() >= 3 && command.get(1).equals("-c")) {
            return script(command.get(2), process, files, environment);
        }
        if (command.size() == 1 && files.read(command.getFirst()).isPresent()) {
            return script(files.read(command.getFirst()).get(), process, files, environment);
        }
        return statement(command, process, files, environment);
    }

    private static String input(FakeProcess process) throws IOException {
        return new String(process.programInput().readAllBytes(), StandardCharsets.UTF_8);
    }

    private static int writePlanFiles(String script, Files files) {
        Iterator<String> lines = script.lines().iterator();
        while (lines.hasNext()) {
            Matcher file = PLAN_FILE.matcher(lines.next());
            if (file.matches()) {
                StringBuilder encoded = new StringBuilder();
                for (String line = lines.next(); !line.equals("END"); line = lines.next()) {
                    encoded.append(line);
                }
                files.write(
                        file.group(1).replace("'\\''", "'"),
                        new String(Base64.getMimeDecoder().decode(encoded.toString()), StandardCharsets.UTF_8));
            }
        }
        return 0;
    }

    private int script(String text, FakeProcess process, Files files, Map<String, String> environment)
            throws IOException, InterruptedException {
        for (String statement : text.split("[\n;]", -1)) {
            String trimmed = statement.trim();
            if (!trimmed.isEmpty() && !trimmed.startsWith("#")) {
                List<String> words = Arrays.asList(trimmed.split("\\s+", -1));
                if (words.getFirst().equals("exit")) {
                    return Integer.parseInt(words.get(1));
                }
                int code = statement(words, process, files, environment);
                if (code != 0) {
                    return code;
                }
            }
        }
        return 0;
    }

    private int statement(List<String> words, FakeProcess process, Files files, Map<String, String> environment)
            throws IOException, InterruptedException {
        Command added = commands.get(words.getFirst());
        if (added != null) {
            return added.run(words, process);
        }
        return switch (words.getFirst()) {
            case "true" -> 0;
            case "echo" -> {
                echo(new ArrayList<>(words.subList(1, words.size())), process, files);
                yield 0;
            }
            case "cat" -> cat(words, process, files);
            case "test" -> files.read(words.get(2)).isPresent() ? 0 : 1;
            case "env" -> say(process, environment.getOrDefault(words.get(1), ""));
            case "pwd" -> say(process, process.spec().workingDirectory());
            case "rm" -> {
                files.remove(words.getLast());
                yield 0;
            }
            case "spam" -> {
                for (int i = 1; i <= Integer.parseInt(words.get(1)); i++) {
                    process.out("line " + i + "\n");
                }
                yield 0;
            }
            case "flood" -> {
                String piece = "x".repeat(1 << 16);
                for (int i = 0; i < 16 * Integer.parseInt(words.get(1)); i++) {
                    process.out(piece);
                }
                yield 0;
            }
            case "ignore-term" -> {
                process.ignoreTerm();
                yield 0;
            }
            case "sleep" -> {
                Thread.sleep(
                        words.get(1).equals("forever")
                                ? Long.MAX_VALUE
                                : (long) (1000 * Double.parseDouble(words.get(1))));
                yield 0;
            }
            default -> {
                process.err(words.getFirst() + ": command not found\n");
                yield 127;
            }
        };
    }

    private static int say(FakeProcess process, String text) {
        process.out(text + "\n");
        return 0;
    }

    private static int cat(List<String> words, FakeProcess process, Files files) throws IOException {
        if (words.size() == 1) {
            process.programInput().transferTo(process.programOutput());
            return 0;
        }
        Optional<String> content = files.read(words.get(1));
        content.ifPresentOrElse(process::out, () -> process.err("cat: " + words.get(1) + ": No such file\n"));
        return content.isPresent() ? 0 : 1;
    }

    private static void echo(List<String> words, FakeProcess process, Files files) {
        boolean toErrors = words.remove(">&2");
        int to = Math.max(words.indexOf(">"), words.indexOf(">>"));
        String text = String.join(" ", to < 0 ? words : words.subList(0, to)) + "\n";
        if (to >= 0) {
            String before =
                    words.get(to).equals(">>") ? files.read(words.get(to + 1)).orElse("") : "";
            files.write(words.get(to + 1), before + text);
        } else if (toErrors) {
            process.err(text);
        } else {
            process.out(text);
        }
    }
}
