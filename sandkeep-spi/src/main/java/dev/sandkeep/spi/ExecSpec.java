package dev.sandkeep.spi;

import java.util.List;
import java.util.Map;

/**
 * A command to run in a compute.
 *
 * @param command program and arguments, at least one; looked up on the sandbox's {@code PATH}
 * @param environment added to the compute's own, the same names replaced
 * @param workingDirectory absolute path in the sandbox; one that is not there ends the command with 126 and is not made
 */
public record ExecSpec(List<String> command, Map<String, String> environment, String workingDirectory) {
    public ExecSpec {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
        if (command.isEmpty() || command.getFirst().isEmpty()) {
            throw new IllegalArgumentException("a command needs a program");
        }
        if (!workingDirectory.startsWith("/")) {
            throw new IllegalArgumentException("working directory must be absolute, was '" + workingDirectory + "'");
        }
    }

    /** Runs {@code command} in {@code /root} with the compute's environment. */
    public static ExecSpec of(String... command) {
        return new ExecSpec(List.of(command), Map.of(), "/root");
    }
}
