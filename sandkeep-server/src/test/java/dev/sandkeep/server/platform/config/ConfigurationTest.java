package dev.sandkeep.server.platform.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigurationTest {
    @TempDir
    Path directory;

    @Test
    void without_anything_every_key_has_its_default() {
        SandkeepProperties properties = load(Map.of());
        assertThat(properties.data()).isEqualTo(Path.of("/var/lib/sandkeep"));
        assertThat(properties.httpPort()).isEqualTo(7080);
        assertThat(properties.databaseUrl()).isEmpty();
        assertThat(properties.jobsHeartbeat()).isEqualTo(Duration.ofSeconds(4));
    }

    @Test
    void the_option_wins_over_the_environment_and_that_over_the_file() throws IOException {
        Path file = file("sandkeep:\n  http:\n    port: 1\n  provider: file\n  jobs.heartbeat: 1s\n");
        SandkeepProperties properties = load(
                Map.of(
                        "SANDKEEP_CONFIG",
                        file.toString(),
                        "SANDKEEP_HTTP_PORT",
                        "2",
                        "SANDKEEP_PROVIDER",
                        "environment"),
                "--port=3");
        assertThat(properties.httpPort()).isEqualTo(3);
        assertThat(properties.provider()).isEqualTo("environment");
        assertThat(properties.jobsHeartbeat()).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void every_unknown_and_malformed_key_stops_the_start_by_name() {
        assertThatThrownBy(() -> load(
                        Map.of("SANDKEEP_HTP_PORT", "1", "SANDKEEP_HTTP_PORT", "many"),
                        "--sandkeep.provder=x",
                        "--verbose"))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("SANDKEEP_HTP_PORT")
                .hasMessageContaining(
                        "sandkeep.http.port (environment variable SANDKEEP_HTTP_PORT): 'many' is not a valid port")
                .hasMessageContaining("sandkeep.provder")
                .hasMessageContaining("did you mean sandkeep.provider?")
                .hasMessageContaining("--verbose");
    }

    @Test
    void unknown_keys_in_the_file_stop_the_start_too() throws IOException {
        Path file = file("sandkeep:\n  http:\n    prt: 1\nserver.port: 80\nlogging:\n  level:\n    root: warn\n");
        assertThatThrownBy(() -> load(Map.of("SANDKEEP_CONFIG", file.toString())))
                .hasMessageContaining("sandkeep.http.prt")
                .hasMessageContaining("server.port")
                .hasMessageNotContaining("logging.level");
        assertThatThrownBy(() -> load(Map.of("SANDKEEP_CONFIG", "/no/such/file")))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("/no/such/file");
        Path broken = file("sandkeep: [");
        assertThatThrownBy(() -> load(Map.of("SANDKEEP_CONFIG", broken.toString())))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("not valid YAML");
    }

    @Test
    void what_belongs_to_the_launcher_and_to_tests_is_passed_over() {
        load(Map.of(
                "SANDKEEP_HOME", "/x",
                "SANDKEEP_LAUNCHER", "x",
                "SANDKEEP_CACHE", "/x",
                "SANDKEEP_JDK_API", "x",
                "SANDKEEP_URL", "x",
                "SANDKEEP_API_KEY", "x",
                "SANDKEEP_TEST_ANYTHING", "x",
                "SANDKEEP_DEBIAN_VM", "x",
                "SANDKEEP_REQUIRE_LINUX", "1"));
    }

    @Test
    void every_variable_that_the_launcher_knows_is_known_here() throws IOException {
        Map<String, String> all = new TreeMap<>();
        List<Path> scripts = new ArrayList<>(List.of(Path.of("..", "sandkeep")));
        try (Stream<Path> parts = Files.list(Path.of("..", "launcher"))) {
            parts.forEach(scripts::add);
        }
        for (Path script : scripts) {
            Pattern.compile("SANDKEEP_[A-Z_]*[A-Z]")
                    .matcher(Files.readString(script))
                    .results()
                    .forEach(found -> all.put(found.group(), ""));
        }
        assertThat(all).containsKey("SANDKEEP_DIST");
        load(all);
    }

    @Test
    void settings_of_the_chosen_provider_are_handed_on_and_of_others_refused() {
        SandkeepProperties properties =
                load(Map.of("SANDKEEP_LINUX_READY_SLOTS", "4"), "--sandkeep.directory.place=/x");
        assertThat(properties.settingsOf("linux")).isEqualTo(Map.of("ready-slots", "4"));
        assertThat(properties.settingsOf("directory")).isEqualTo(Map.of("place", "/x"));
        assertThatThrownBy(() -> load(Map.of("SANDKEEP_DOCKER_HOST", "x")))
                .hasMessageContaining("SANDKEEP_DOCKER_HOST");
    }

    @ParameterizedTest
    @CsvSource({
        "sandkeep.data, relative/path",
        "sandkeep.http.port, 65536",
        "sandkeep.http.port, -1",
        "sandkeep.jobs.heartbeat, 5 seconds",
        "sandkeep.jobs.heartbeat, 61s",
        "sandkeep.jobs.threads, 3",
        "sandkeep.database.pool-size, 201",
        "sandkeep.database.url, mysql://u:geheim@h/d",
        "sandkeep.database.url, postgresql://u:geheim@h",
    })
    void values_out_of_form_or_range_are_refused_without_telling_secrets(String key, String value) {
        assertThatThrownBy(() -> load(Map.of(), "--" + key + "=" + value))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining(key)
                .hasMessageNotContaining("geheim");
    }

    private Path file(String content) throws IOException {
        return Files.writeString(directory.resolve("application.yaml"), content);
    }

    private static SandkeepProperties load(Map<String, String> environment, String... options) {
        return Configuration.load(List.of(options), environment, new Properties());
    }
}
