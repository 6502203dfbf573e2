package dev.sandkeep.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A machine as the launcher sees it: a PATH with chosen tools only, folders for JDKs and for the cache, and a copy
 * of the launcher in a checkout whose Maven is a script. Java is a script too, and prints what it was called with.
 */
final class LauncherFixture {

    /** What the launcher may use on every machine it supports; downloaders and package tools are added by tests. */
    private static final List<String> BASE_TOOLS = List.of(
            "bash",
            "cat",
            "cksum",
            "cp",
            "cut",
            "dirname",
            "env",
            "find",
            "flock",
            "grep",
            "gzip",
            "head",
            "id",
            "mkdir",
            "mktemp",
            "mv",
            "readlink",
            "rm",
            "sed",
            "sha256sum",
            "sleep",
            "sort",
            "tail",
            "tar",
            "timeout",
            "tr",
            "uname",
            "xargs");

    private final Path folder;
    private final Map<String, String> environment = new HashMap<>();

    /** A running launcher and the files that take what it prints. */
    record Started(Process process, Path stdout, Path stderr) {

        Ended await() throws IOException, InterruptedException {
            boolean ended = process.waitFor(60, TimeUnit.SECONDS);
            if (!ended) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly().waitFor();
            }
            Ended result = new Ended(process.exitValue(), Files.readString(stdout), Files.readString(stderr));
            assertThat(ended).as("%s ends within a minute", result).isTrue();
            return result;
        }
    }

    /** What a finished launcher left: its exit code and what it printed. */
    record Ended(int exitCode, String stdout, String stderr) {}

    LauncherFixture(Path folder) throws IOException {
        this.folder = folder;
        for (Path made : List.of(bin(), jvms(), cache(), checkout())) {
            Files.createDirectories(made);
        }
        for (String tool : BASE_TOOLS) {
            addTool(tool);
        }
        copyLauncher();
        environment.put("PATH", bin().toString());
        environment.put("HOME", folder.toString());
        environment.put("SANDKEEP_JVM_DIRS", jvms().toString());
        environment.put("SANDKEEP_CACHE", cache().toString());
        environment.put("SANDKEEP_JDK_API", "http://127.0.0.1:1");
    }

    private void copyLauncher() throws IOException {
        Path original = Path.of("..").toAbsolutePath().normalize();
        Files.copy(original.resolve("sandkeep"), checkout().resolve("sandkeep"));
        Files.createDirectory(checkout().resolve("launcher"));
        try (Stream<Path> parts = Files.list(original.resolve("launcher"))) {
            for (Path part : parts.toList()) {
                Files.copy(part, checkout().resolve("launcher").resolve(part.getFileName()));
            }
        }
    }

    Path bin() {
        return folder.resolve("bin");
    }

    Path jvms() {
        return folder.resolve("jvm");
    }

    Path cache() {
        return folder.resolve("cache");
    }

    Path checkout() {
        return folder.resolve("checkout");
    }

    void setEnvironment(String name, String value) {
        environment.put(name, value);
    }

    /**
     * Puts a tool of this machine on the PATH; without it the launcher behaves as where it is not installed. Skips
     * the test where this machine does not have the tool.
     */
    void addTool(String name) throws IOException {
        Optional<Path> tool = Stream.of("/usr/bin", "/bin", "/usr/sbin", "/sbin")
                .map(place -> Path.of(place, name))
                .filter(Files::isExecutable)
                .findFirst();
        assumeTrue(tool.isPresent(), "this machine has no " + name);
        // Not a link: JUnit warns of every link that leads out of its temporary folder.
        writeScript(bin().resolve(name), "exec " + tool.orElseThrow() + " \"$@\"");
    }

    /** Replaces a tool by a script. */
    void addScript(String name, String body) throws IOException {
        Files.deleteIfExists(bin().resolve(name));
        writeScript(bin().resolve(name), body);
    }

    static void writeScript(Path file, String body) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/bin/sh\n" + body + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** A JDK whose java prints where it is and its arguments, and ends with the code in JAVA_EXIT. */
    static Path writeJdk(Path home, String version) throws IOException {
        writeScript(home.resolve("bin/java"), """
                echo "java of $(dirname "$(dirname "$0")") was called with: $*"
                exit "${JAVA_EXIT:-0}"
                """);
        writeScript(home.resolve("bin/javac"), "echo 'javac " + version + "'");
        return home;
    }

    /** Makes the launcher run a distribution that is there, so that nothing is built. */
    void useEmptyDistribution() throws IOException {
        Path dist = folder.resolve("dist");
        for (String part : List.of("cli", "server", "bench")) {
            Path library = Files.createDirectories(dist.resolve("lib").resolve(part));
            Files.writeString(library.resolve("sandkeep-" + part + "-1.jar"), "");
        }
        setEnvironment("SANDKEEP_DIST", dist.toString());
    }

    Started start(String... words) throws IOException {
        Path stdout = Files.createTempFile(folder, "stdout", ".txt");
        Path stderr = Files.createTempFile(folder, "stderr", ".txt");
        ProcessBuilder builder = new ProcessBuilder(
                Stream.concat(Stream.of(checkout().resolve("sandkeep").toString()), Stream.of(words))
                        .toList());
        builder.environment().clear();
        builder.environment().putAll(environment);
        builder.directory(folder.toFile());
        builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
        builder.redirectOutput(stdout.toFile());
        builder.redirectError(stderr.toFile());
        return new Started(builder.start(), stdout, stderr);
    }

    Ended run(String... words) throws IOException, InterruptedException {
        return start(words).await();
    }
}
