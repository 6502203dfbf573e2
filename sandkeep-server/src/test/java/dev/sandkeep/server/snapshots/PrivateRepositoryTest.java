package dev.sandkeep.server.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scripts that a build runs, with a real git against a real server that wants a password. */
class PrivateRepositoryTest {
    private static final String ORGANIZATION = "org_one";

    @TempDir
    Path folder;

    private GitServer server;
    private String head = "";

    private record Ended(int exitCode, String output) {}

    @BeforeEach
    void aServerWithAPrivateRepository() throws Exception {
        Path origin = folder.resolve("srv/team/tool.git");
        assertThat(run(RepositoryCredential.NONE, """
                        set -eu
                        git init -q -b main work && cd work
                        git config user.name t && git config user.email t@example.org
                        echo content > file && git add file && git commit -q -m one
                        git clone -q --bare . "$1"
                        git -C "$1" config uploadpack.allowAnySHA1InWant true
                        git rev-parse HEAD > ../head
                        """, origin.toString()).exitCode())
                .isZero();
        head = Files.readString(folder.resolve("head")).strip();
        server = new GitServer(folder.resolve("srv"));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void a_repository_behind_a_password_is_cloned_and_the_password_is_nowhere_else() throws Exception {
        RepositoryCredential credential = credentials(line("")).find(ORGANIZATION, tool());
        assertThat(run(credential, ResolveInputs.HEADS, tool(), "refs/heads/main")
                        .output())
                .isEqualTo(head + "\trefs/heads/main\n");

        Path clone = folder.resolve("clone");
        Ended cloned = run(credential, CloneRepositories.CLONE, tool(), "HEAD", clone.toString(), "1", head);

        assertThat(cloned).isEqualTo(new Ended(0, ""));
        assertThat(clone.resolve("file")).hasContent("content\n");
        assertThat(server.authorizations()).isNotEmpty().containsOnly(GitServer.basic());
        assertThat(server.seen()).as("arguments and environments of processes").isEmpty();
        assertThat(run(
                                RepositoryCredential.NONE,
                                "grep -rlF -e \"$1\" -e \"$2\" \"$3\" . || true",
                                GitServer.PASSWORD,
                                GitServer.basic().substring("Basic ".length()),
                                clone.toString())
                        .output())
                .as("files with the password")
                .isEmpty();
        assertThat(run(RepositoryCredential.NONE, "git -C \"$1\" config --local --list", clone.toString())
                        .output())
                .doesNotContain("credential", GitServer.USER);
    }

    @Test
    void without_a_credential_git_ends_and_asks_nobody() throws Exception {
        Ended ended = run(RepositoryCredential.NONE, ResolveInputs.HEADS, tool(), "refs/heads/main");
        assertThat(ended.exitCode()).isNotZero();
        assertThat(server.authorizations()).isEmpty();
    }

    @Test
    void what_a_server_repeats_of_a_password_is_hidden() throws Exception {
        RepositoryCredential wrong = new RepositoryCredential(site(), "deploy", "not-the-password");
        Ended ended = run(wrong, ResolveInputs.HEADS, tool(), "refs/heads/main");
        assertThat(ended.exitCode()).isNotZero();
        assertThat(server.authorizations()).isNotEmpty();
        String repeated = "remote: refused: " + server.authorizations().peek() + ", not-the-password";
        assertThat(wrong.hideIn(repeated)).isEqualTo("remote: refused: Basic ***, ***");
        assertThat(wrong).hasToString("credential of " + site());
    }

    @Test
    void a_server_that_sends_git_elsewhere_does_not_get_the_credential_told_there() throws Exception {
        try (GitServer other = new GitServer(folder.resolve("srv"))) {
            // The credential is for the other server; this one sends git there.
            RepositoryCredential credential = new RepositoryCredential(site(), GitServer.USER, GitServer.PASSWORD);
            server.redirectTo(other.url(""));
            Ended ended = run(credential, ResolveInputs.HEADS, server.url("moved/team/tool.git"), "refs/heads/main");
            assertThat(ended.exitCode()).isNotZero();
            assertThat(other.authorizations()).isEmpty();
        }
    }

    @Test
    void the_line_with_the_longest_path_counts_and_none_of_another_site_or_organization() throws Exception {
        RepositoryCredentials credentials = credentials("""
                # of the team
                https://all:a@example.org
                https://team:b%2F@example.org/team
                org_two https://two:c@example.org/team/tool.git
                https://port:d@example.org:8443/
                """);
        assertThat(user(credentials, "https://example.org/other.git")).isEqualTo("all");
        assertThat(user(credentials, "https://example.org/team/tool.git")).isEqualTo("team");
        assertThat(user(credentials, "https://example.org/teams/tool.git")).isEqualTo("all");
        assertThat(user(credentials, "https://example.org/team/../other.git")).isEqualTo("all");
        assertThat(user(credentials, "https://example.org:8443/x.git")).isEqualTo("port");
        assertThat(user(credentials, "http://example.org/team/tool.git")).isEmpty();
        assertThat(user(credentials, "https://example.com/team/tool.git")).isEmpty();
        assertThat(credentials
                        .find("org_two", "https://example.org/team/tool.git")
                        .user())
                .isEqualTo("two");
        assertThat(credentials
                        .find(ORGANIZATION, "https://example.org/team/tool.git")
                        .password())
                .isEqualTo("b/");
    }

    @Test
    void a_malformed_file_is_named_with_the_line_and_not_quoted() throws Exception {
        RepositoryCredentials credentials = credentials("\nhttps://user:secret\n");
        assertThatThrownBy(() -> credentials.find(ORGANIZATION, tool()))
                .isInstanceOf(StepFailed.class)
                .hasMessageContaining("line 2")
                .hasMessageNotContaining("secret");
    }

    private static String user(RepositoryCredentials credentials, String url) {
        return credentials.find(ORGANIZATION, url).user();
    }

    private RepositoryCredentials credentials(String text) throws IOException {
        return new RepositoryCredentials(Optional.of(Files.writeString(folder.resolve("credentials"), text)));
    }

    private String line(String path) {
        return site().replace(
                                "://",
                                "://" + GitServer.USER + ":"
                                        + URLEncoder.encode(GitServer.PASSWORD, StandardCharsets.UTF_8)
                                                .replace("+", "%20")
                                        + "@")
                + path + "\n";
    }

    private String site() {
        return server.url("").replaceFirst("/$", "");
    }

    private String tool() {
        return server.url("team/tool.git");
    }

    private Ended run(RepositoryCredential credential, String script, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("sh", "-c", script, "test"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).directory(folder.toFile());
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
