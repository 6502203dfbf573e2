package dev.sandkeep.server.backup;

import dev.sandkeep.server.platform.config.WrongUsage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What the command line asked for.
 *
 * @param settings options that the configuration understands
 */
record BackupOptions(
        String verb,
        Path directory,
        boolean stopServer,
        boolean replace,
        boolean databaseRestored,
        boolean json,
        boolean help,
        List<String> settings) {

    static BackupOptions parse(List<String> arguments) throws WrongUsage {
        boolean stopServer = false;
        boolean replace = false;
        boolean databaseRestored = false;
        boolean json = false;
        boolean help = arguments.isEmpty();
        List<String> words = new ArrayList<>();
        List<String> settings = new ArrayList<>();
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            switch (argument) {
                case "--stop-server" -> stopServer = true;
                case "--replace" -> replace = true;
                case "--database-restored" -> databaseRestored = true;
                case "--json" -> json = true;
                case "--help", "-h" -> help = true;
                case "--data" -> {
                    if (i + 1 == arguments.size()) {
                        throw new WrongUsage("--data needs a directory");
                    }
                    settings.add("--data=" + absolute(arguments.get(++i)));
                }
                default -> {
                    if (argument.startsWith("--data=") || argument.startsWith("--sandkeep.")) {
                        settings.add(argument);
                    } else if (argument.startsWith("-")) {
                        throw new WrongUsage("unknown option " + argument);
                    } else {
                        words.add(argument);
                    }
                }
            }
        }
        if (!help
                && (words.size() != 2
                        || !List.of("create", "restore", "verify", "show").contains(words.getFirst()))) {
            throw new WrongUsage("say create, restore, verify or show, and one directory");
        }
        return new BackupOptions(
                help ? "" : words.getFirst(),
                Path.of(help ? "/" : absolute(words.getLast())),
                stopServer,
                replace,
                databaseRestored,
                json,
                help,
                List.copyOf(settings));
    }

    private static String absolute(String path) {
        return Path.of(path).toAbsolutePath().normalize().toString();
    }
}
