package dev.sandkeep.server.api;

import dev.sandkeep.server.platform.errors.ValidationErrors;
import dev.sandkeep.spi.ExecSpec;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What the bodies of both ways to run a command have in common. */
final class ExecRequest {
    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    private ExecRequest() {}

    static void check(
            String path,
            @Nullable List<String> command,
            @Nullable Map<String, String> environment,
            @Nullable String workingDirectory,
            ValidationErrors errors) {
        if (command != null) {
            errors.check(
                    !command.isEmpty() && !command.getFirst().isEmpty(),
                    path + "command",
                    "required",
                    "command must hold a program");
            errors.check(
                    command.stream().allMatch(word -> word.indexOf('\0') < 0),
                    path + "command",
                    "malformed",
                    "command must not hold NUL characters");
        }
        if (environment != null) {
            environment.forEach((name, value) -> errors.check(
                    VARIABLE.matcher(name).matches() && value.indexOf('\0') < 0,
                    path + "environment." + name,
                    "malformed",
                    "names are letters, digits and '_', not starting with a digit; values hold no NUL"));
        }
        if (workingDirectory != null) {
            errors.check(
                    workingDirectory.startsWith("/") && workingDirectory.indexOf('\0') < 0,
                    path + "workingDirectory",
                    "malformed",
                    "workingDirectory must be an absolute path");
        }
    }

    /** What to run, given the directory in which the session's commands begin. */
    static Function<String, ExecSpec> spec(
            List<String> command, @Nullable Map<String, String> environment, @Nullable String workingDirectory) {
        return directory -> new ExecSpec(
                command,
                environment == null ? Map.of() : environment,
                workingDirectory == null || workingDirectory.isEmpty() ? directory : workingDirectory);
    }
}
