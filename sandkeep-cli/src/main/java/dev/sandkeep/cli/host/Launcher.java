package dev.sandkeep.cli.host;

import dev.sandkeep.cli.client.Failure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The {@code ./sandkeep} script this process was started by: the way to start its other parts.
 *
 * @param script the script's absolute path
 * @param home the checkout or installation it belongs to
 */
public record Launcher(Path script, Path home) {
    /**
     * Reads {@code SANDKEEP_LAUNCHER} and {@code SANDKEEP_HOME}, which the launcher sets.
     *
     * @throws Failure when this process was not started by it
     */
    public static Launcher fromEnvironment(Map<String, String> environment) {
        String script = environment.getOrDefault("SANDKEEP_LAUNCHER", "");
        if (script.isEmpty() || !Files.isExecutable(Path.of(script))) {
            throw new Failure(
                    "this command needs the sandkeep launcher, and SANDKEEP_LAUNCHER does not name it",
                    "run it as ./sandkeep … from the directory of Sandkeep");
        }
        Path path = Path.of(script).toAbsolutePath();
        String home = environment.getOrDefault("SANDKEEP_HOME", "");
        Path parent = path.getParent();
        return new Launcher(path, home.isEmpty() && parent != null ? parent : Path.of(home));
    }

    /** The command line that runs {@code arguments} through the launcher. */
    public List<String> command(String... arguments) {
        List<String> command = new ArrayList<>(List.of(script.toString()));
        command.addAll(List.of(arguments));
        return command;
    }

    /** A file of the checkout, e.g. {@code examples/quickstart.yaml}. */
    public Path file(String relative) {
        return home.resolve(relative);
    }
}
