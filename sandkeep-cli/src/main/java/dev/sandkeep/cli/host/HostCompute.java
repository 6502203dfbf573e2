package dev.sandkeep.cli.host;

import dev.sandkeep.cli.client.Failure;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * A compute of the {@code linux} provider as this machine's administrator sees it: processes in a cgroup that carries
 * the compute's name.
 *
 * @param name the sandbox's id and the generation, e.g. {@code sbx_01k…-1}
 */
public record HostCompute(String name) {
    /** The compute of a generation of a sandbox. */
    public static HostCompute of(String sandboxId, int generation) {
        return new HostCompute(sandboxId + "-" + generation);
    }

    /**
     * Its first process, with which all the others die.
     *
     * @throws Failure when no such process can be seen
     */
    public ProcessHandle firstProcess() {
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                if (isInCgroup(process) && isFirst(process)) {
                    return ProcessHandle.of(Long.parseLong(process.getFileName().toString()))
                            .orElseThrow(() -> notSeen("it has just ended"));
                }
            }
        } catch (IOException e) {
            throw notSeen(e.toString());
        }
        throw notSeen("no process is in a cgroup of that name");
    }

    private Failure notSeen(String why) {
        return new Failure(
                "the processes of compute " + name + " cannot be seen: " + why,
                "run as root on the machine of the server, with the linux provider");
    }

    private boolean isInCgroup(Path process) {
        return lines(process.resolve("cgroup")).stream()
                .anyMatch(line -> Arrays.asList(line.split("/", -1)).contains(name));
    }

    /** Whether it is number 1 in a process namespace directly below this one. */
    private static boolean isFirst(Path process) {
        return lines(process.resolve("status")).stream()
                .filter(line -> line.startsWith("NSpid:"))
                .map(line -> line.substring("NSpid:".length()).strip().split("\\s+", -1))
                .anyMatch(ids -> ids.length == 2 && ids[1].equals("1"));
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException ended) {
            return List.of();
        }
    }
}
