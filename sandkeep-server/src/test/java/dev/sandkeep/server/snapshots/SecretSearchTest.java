package dev.sandkeep.server.snapshots;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What looks like secrets here is put together at run time, so that nobody who scans this file finds one. */
class SecretSearchTest {
    private static final long SEED = 5;
    private final SecretSearch search = new SecretSearch(SecretRules.CONTENT);

    @ParameterizedTest(name = "{0} in {1}")
    @CsvSource({
        "github_token, /srv/app/config.yaml, ghp_, 36",
        "github_token, /etc/x, ghs_, 36",
        "gitlab_token, /srv/x, glpat-, 20",
        "npm_token, /root/.npmrc, npm_, 36",
        "stripe_key, /srv/x, sk_live_, 24",
        "anthropic_key, /root/.config, sk-ant-api03-, 80",
        "openai_key, /root/.env, sk-proj-, 80",
        "sandkeep_key, /root/key, skp_, 43",
        "azure_storage_key, /srv/x, AccountKey=, 86=="
    })
    void a_token_is_found_by_its_shape(String rule, String path, String prefix, String rest) {
        String body = rest.endsWith("==")
                ? "a".repeat(Integer.parseInt(rest.replace("=", ""))) + "=="
                : "a".repeat(Integer.parseInt(rest));
        assertThat(find(path, "value: " + prefix + body + "\n")).isEqualTo(rule);
        assertThat(find(path, "value: " + prefix + "short\n")).isEqualTo("nothing");
    }

    @ParameterizedTest(name = "{0} in {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "netrc | /root/.netrc | machine x login y password z",
                "git_credentials | /root/.git-credentials | https://me:pw@example.org",
                "git_remote_credentials | /srv/a/.git/config | url = https://x:pw@example.org/a.git",
                "docker_auth | /root/.docker/config.json | {\"auths\":{\"r\":{\"auth\": \"dXNlcjpwYXNz\"}}}",
                "pypi_password | /root/.pypirc | password = hunter2hunter2",
                "kubernetes_token | /root/.kube/config | token: abcdefghijklmnopqrstuvwxyz",
            })
    void a_file_of_credentials_is_one_only_under_its_name(String rule, String path, String content) {
        assertThat(find(path, content)).isEqualTo(rule);
        assertThat(find("/usr/share/doc/example", content)).isEqualTo("nothing");
    }

    @Test
    void a_private_key_is_one_only_with_its_body() {
        String begin = "-----BEGIN " + "OPENSSH PRIVATE KEY-----\n";
        assertThat(find("/root/.ssh/id_ed25519", begin + "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAA\n"))
                .isEqualTo("private_key");
        assertThat(find("/usr/lib/program.py", "if line == '" + begin.strip() + "': parse()"))
                .isEqualTo("nothing");
        assertThat(find(
                        "/x",
                        "-----BEGIN " + "RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES\n\n"
                                + "A".repeat(64)))
                .isEqualTo("private_key");
    }

    @Test
    void the_key_of_the_documentation_is_no_secret() {
        assertThat(find("/x", "AKIA" + "IOSFODNN7EXAMPLE")).isEqualTo("nothing");
        assertThat(find("/x", "AKIA" + "IOSFODNN7ABCDEFG")).isEqualTo("aws_access_key");
    }

    @Test
    void a_secret_is_found_wherever_in_a_long_file_it_stands() {
        String token = "ghp_" + "b".repeat(36);
        Random dice = new Random(SEED);
        for (int round = 0; round < 60; round++) {
            byte[] content = "x".repeat(400_000).getBytes(StandardCharsets.UTF_8);
            int at = round < 20 ? 128 * 1024 - 50 + round * 3 : dice.nextInt(content.length - 41);
            System.arraycopy(token.getBytes(StandardCharsets.UTF_8), 0, content, at, token.length());
            content[at + token.length()] = '\n';
            assertThat(find("/x", content)).as("at %d, seed %d", at, SEED).isEqualTo("github_token");
        }
    }

    @Test
    void what_is_no_text_is_left_alone() {
        byte[] content = ("\0ELF ghp_" + "b".repeat(36)).getBytes(StandardCharsets.UTF_8);
        assertThat(find("/usr/bin/x", content)).isEqualTo("nothing");
    }

    @Test
    void files_of_any_bytes_and_lengths_are_read_to_their_end() {
        Random dice = new Random(SEED);
        for (int length : new int[] {0, 1, 8191, 8192, 131_071, 131_072, 131_073, 300_000}) {
            byte[] content = new byte[length];
            dice.nextBytes(content);
            assertThat(find("/x", content)).isEqualTo("nothing");
            Arrays.fill(content, (byte) '-');
            assertThat(find("/x", content)).isEqualTo("nothing");
        }
    }

    @Test
    void histories_of_shells_are_told_by_their_names() {
        assertThat(SecretRules.byPath("/root/.bash_history")).contains("shell_history");
        assertThat(SecretRules.byPath("/root/bash_history.md")).isEmpty();
    }

    private String find(String path, String content) {
        return find(path, content.getBytes(StandardCharsets.UTF_8));
    }

    private String find(String path, byte[] content) {
        try (InputStream in = new ByteArrayInputStream(content)) {
            return search.search(path, in).orElse("nothing");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
