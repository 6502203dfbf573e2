package dev.sandkeep.server.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scripts that a build runs in its compute, with a real git. */
class GitScriptsTest {
    @TempDir
    Path folder;

    private Path origin = Path.of("");
    private String first = "";
    private String second = "";

    private record Ended(int exitCode, String output) {}

    @BeforeEach
    void aRepositoryWithTwoCommitsAndATag() throws Exception {
        assumeTrue(run("command -v git").exitCode() == 0, "this machine has no git");
        origin = folder.resolve("origin");
        git("""
                git -c init.defaultBranch=main init -q "$1"
                cd "$1"
                git config user.email a@example.org
                git config user.name a
                git config uploadpack.allowAnySHA1InWant true
                echo one > file; git add file; git commit -q -m one
                git tag -a -m v1 v1
                echo two > file; git commit -q -a -m two
                git checkout -q -b feature/x; git checkout -q main
                """);
        first = run("cd '" + origin + "' && git rev-parse HEAD~1").output().strip();
        second = run("cd '" + origin + "' && git rev-parse HEAD").output().strip();
    }

    @Test
    void heads_of_branches_tags_and_of_the_remote_are_found() throws Exception {
        assertThat(commit("refs/heads/main")).isEqualTo(second);
        assertThat(commit("refs/heads/feature/x")).isEqualTo(second);
        assertThat(commit("refs/heads/v1", "refs/tags/v1^{}", "refs/tags/v1"))
                .as("the commit that an annotated tag stands for")
                .isEqualTo(first);
        assertThat(commit("HEAD")).isEqualTo(second);
        assertThat(ResolveInputs.commit(List.of(), List.of("refs/heads/main"))).isEmpty();
    }

    @Test
    void a_branch_is_checked_out_as_one_that_can_be_pulled() throws Exception {
        Path clone = folder.resolve("a/b");
        assertThat(clone("main", clone, 1, second).exitCode()).isZero();
        assertThat(clone.resolve("file")).hasContent("two\n");
        assertThat(run("cd '" + clone + "' && git rev-parse --abbrev-ref HEAD && git config branch.main.remote")
                        .output())
                .isEqualTo("main\norigin\n");
        assertThat(run("cd '" + clone + "' && git rev-list --count HEAD").output())
                .as("one commit of history")
                .isEqualTo("1\n");
    }

    @Test
    void the_default_branch_is_checked_out_by_its_name() throws Exception {
        Path clone = folder.resolve("clone");
        assertThat(clone("HEAD", clone, 0, second).exitCode()).isZero();
        assertThat(run("cd '" + clone + "' && git rev-parse --abbrev-ref HEAD && git rev-list --count HEAD")
                        .output())
                .isEqualTo("main\n2\n");
    }

    @Test
    void a_tag_and_a_commit_are_checked_out_as_they_are() throws Exception {
        Path tag = folder.resolve("tag");
        assertThat(clone("v1", tag, 1, first).exitCode()).isZero();
        assertThat(tag.resolve("file")).hasContent("one\n");
        Path commit = folder.resolve("commit");
        assertThat(clone(first, commit, 0, first).exitCode()).isZero();
        assertThat(commit.resolve("file")).hasContent("one\n");
    }

    @Test
    void a_directory_that_holds_something_is_not_overwritten() throws Exception {
        Path full = Files.createDirectories(folder.resolve("full"));
        Files.writeString(full.resolve("mine"), "x");
        Ended ended = clone("main", full, 1, second);
        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.output()).contains("is not empty");
        assertThat(full.resolve("mine")).hasContent("x");
    }

    @Test
    void a_repository_that_is_not_there_ends_with_an_error() throws Exception {
        origin = folder.resolve("nowhere");
        assertThat(clone("main", folder.resolve("clone"), 1, second).exitCode()).isNotZero();
    }

    @Test
    void versions_that_apt_would_install_are_read_from_its_policy() {
        assertThat(ResolveInputs.parseCandidates(List.of(
                        "git:",
                        "  Installed: (none)",
                        "  Candidate: 1:2.39.5-0+deb12u2",
                        "  Version table:",
                        "     1:2.39.5-0+deb12u2 500",
                        "libc6:i386:",
                        "  Candidate: 2.36-9",
                        "virtual:",
                        "  Candidate: (none)")))
                .isEqualTo(Map.of("git", "1:2.39.5-0+deb12u2", "libc6:i386", "2.36-9"));
    }

    private String commit(String... names) throws Exception {
        List<String> arguments = new ArrayList<>(List.of(origin.toString()));
        arguments.addAll(List.of(names));
        return ResolveInputs.commit(
                        run(ResolveInputs.HEADS, arguments.toArray(String[]::new))
                                .output()
                                .lines()
                                .toList(),
                        List.of(names))
                .orElse("none");
    }

    private Ended clone(String ref, Path to, int depth, String commit) throws Exception {
        return run(CloneRepositories.CLONE, "file://" + origin, ref, to.toString(), Integer.toString(depth), commit);
    }

    private void git(String script) throws Exception {
        Ended ended = run("set -e\n" + script, origin.toString());
        assertThat(ended.exitCode()).as(ended.output()).isZero();
    }

    private Ended run(String script, String... arguments) throws IOException, InterruptedException {
        return run(RepositoryCredential.NONE, script, arguments);
    }

    private Ended run(RepositoryCredential credential, String script, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("sh", "-c", script, "test"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("HOME", folder.toString());
        Process process = builder.start();
        try (OutputStream stdin = process.getOutputStream()) {
            stdin.write(credential.forScript().getBytes(StandardCharsets.UTF_8));
        } catch (IOException unread) {
            // not every script reads it
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), output);
    }
}
