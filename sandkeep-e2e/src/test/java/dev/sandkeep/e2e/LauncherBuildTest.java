package dev.sandkeep.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.e2e.LauncherFixture.Ended;
import dev.sandkeep.e2e.LauncherFixture.Started;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When the launcher builds and what it starts, in a checkout whose Maven is a script that counts its runs. */
class LauncherBuildTest {

    @TempDir
    private Path folder;

    private LauncherFixture launcher;
    private Path source;

    @BeforeEach
    void checkOut() throws IOException {
        launcher = new LauncherFixture(folder);
        LauncherFixture.writeJdk(launcher.jvms().resolve("temurin-25"), "25.0.3");
        Path checkout = launcher.checkout();
        source = checkout.resolve("sandkeep-cli/src/main/java/Main.java");
        Files.createDirectories(source.getParent());
        Files.createDirectories(checkout.resolve(".mvn"));
        Files.writeString(source, "first");
        Files.writeString(checkout.resolve("pom.xml"), "<project/>");
        Files.writeString(checkout.resolve("sandkeep-cli/pom.xml"), "<project/>");
        useMaven("""
                for part in cli server bench; do
                  mkdir -p "target/dist/lib/$part"
                  echo jar > "target/dist/lib/$part/sandkeep-$part-1.jar"
                done
                """);
    }

    @Test
    void builds_at_the_first_start_and_never_again() throws Exception {
        Ended first = launcher.run("profile", "list");
        Files.setLastModifiedTime(source, FileTime.from(Instant.EPOCH));
        Ended second = launcher.run("profile", "list");

        assertThat(first.stderr()).contains("Building Sandkeep (first time: about 2 minutes; log: ");
        assertThat(second.stderr()).isEmpty();
        assertThat(second.stdout()).isEqualTo(first.stdout()).endsWith("dev.sandkeep.cli.Main profile list\n");
        assertThat(mavenRuns()).containsExactly("--batch-mode --no-transfer-progress -Dmaven.test.skip package");
    }

    @Test
    void builds_again_when_a_source_changed_and_knows_an_older_build_when_it_is_changed_back() throws Exception {
        launcher.run("profile", "list");
        Files.writeString(source, "second");
        launcher.run("profile", "list");
        Files.writeString(source, "first");
        launcher.run("profile", "list");

        assertThat(mavenRuns()).hasSize(2);
    }

    @Test
    void concurrent_starts_build_once() throws Exception {
        List<Started> started = List.of(launcher.start("a"), launcher.start("b"), launcher.start("c"));

        for (Started one : started) {
            assertThat(one.await().exitCode()).isZero();
        }
        assertThat(mavenRuns()).hasSize(1);
    }

    @Test
    void a_failed_build_shows_the_last_lines_and_the_log_and_is_tried_again() throws Exception {
        useMaven("echo 'Main.java:1: not a statement'; exit 1");

        Ended ended = launcher.run("profile", "list");
        launcher.run("profile", "list");

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.stdout()).isEmpty();
        assertThat(ended.stderr())
                .contains("Main.java:1: not a statement")
                .contains("the build failed")
                .contains(launcher.checkout().resolve("target/build.log").toString());
        assertThat(mavenRuns()).hasSize(2);
    }

    @Test
    void a_build_that_was_cut_short_does_not_count() throws Exception {
        useMaven("kill -9 $PPID; kill -9 $$");
        launcher.run("profile", "list");
        checkOutMavenThatWorks();

        assertThat(launcher.run("profile", "list").exitCode()).isZero();
        assertThat(mavenRuns()).hasSize(2);
    }

    @Test
    void each_verb_starts_its_program_and_its_exit_code_comes_back() throws Exception {
        launcher.setEnvironment("JAVA_EXIT", "7");
        launcher.run("build");

        assertStarts("dev.sandkeep.server.SandkeepServer", "server");
        assertStarts("dev.sandkeep.server.SandkeepServer --port=1", "server", "--port=1");
        assertStarts("dev.sandkeep.cli.Main server start", "server", "start");
        assertStarts("dev.sandkeep.cli.Main server --help", "server", "--help");
        assertStarts("dev.sandkeep.server.doctor.DoctorMain --leaks", "doctor", "--leaks");
        assertStarts("dev.sandkeep.bench.Main start", "bench", "start");
        assertStarts("dev.sandkeep.cli.Main session exec x -- a b", "session", "exec", "x", "--", "a b");
        assertStarts("dev.sandkeep.cli.Main");
    }

    @Test
    void a_link_to_the_launcher_works_from_anywhere() throws Exception {
        launcher.run("build");
        Path link = Files.createSymbolicLink(
                launcher.bin().resolve("sandkeep"), launcher.checkout().resolve("sandkeep"));

        ProcessBuilder linked = new ProcessBuilder(link.toString(), "profile", "list").directory(folder.toFile());
        linked.environment().put("SANDKEEP_JVM_DIRS", launcher.jvms().toString());
        linked.environment().remove("JAVA_HOME");
        linked.environment().remove("SANDKEEP_DIST");
        linked.redirectErrorStream(true);
        Process process = linked.start();

        assertThat(new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8))
                .endsWith("dev.sandkeep.cli.Main profile list\n");
    }

    private void assertStarts(String program, String... words) throws Exception {
        Ended ended = launcher.run(words);
        assertThat(ended.stdout()).endsWith(" " + program + "\n");
        assertThat(ended.exitCode()).isEqualTo(7);
    }

    private void checkOutMavenThatWorks() throws IOException {
        useMaven("mkdir -p target/dist/lib/cli; echo jar > target/dist/lib/cli/sandkeep-cli-1.jar");
    }

    private void useMaven(String body) throws IOException {
        LauncherFixture.writeScript(launcher.checkout().resolve("mvnw"), "echo \"$*\" >> target/runs\n" + body);
    }

    private List<String> mavenRuns() throws IOException {
        return Files.readAllLines(launcher.checkout().resolve("target/runs"));
    }
}
