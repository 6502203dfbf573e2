package dev.sandkeep.server.platform.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandkeep.server.platform.config.Configuration;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.config.StartFailure;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.data.ServerInstance;
import dev.sandkeep.server.platform.database.Database;
import dev.sandkeep.server.platform.database.DatabaseEndpoint;
import dev.sandkeep.server.platform.postgres.PostgresLock;
import dev.sandkeep.server.testing.PostgresFixture;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;

/** What keeps a server from starting is told in two lines, before anything was touched. */
class StartTest {
    private final Path data = PostgresFixture.passableDirectory().resolve("data");

    @Test
    void a_port_in_use_is_told_before_anything_is_started() throws IOException {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            SandkeepProperties properties = properties(
                    "--port=" + other.getLocalPort(), "--sandkeep.database.url=postgresql://u:p@localhost/d");
            assertThatThrownBy(() -> ServerBoot.prepare(properties))
                    .isInstanceOfSatisfying(
                            StartFailure.class,
                            failure -> assertThat(failure.forPeople())
                                    .contains("127.0.0.1:" + other.getLocalPort())
                                    .contains("SANDKEEP_HTTP_PORT"));
        }
    }

    @Test
    void a_second_server_on_the_embedded_database_is_told_even_when_the_port_is_taken_too() throws IOException {
        DataDirectory directory = DataDirectory.open(data);
        try (PostgresLock first = PostgresLock.take(directory.resolve("postgres"));
                ServerSocket port = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThat(first).isNotNull();
            SandkeepProperties properties = properties("--port=" + port.getLocalPort());
            assertThatThrownBy(() -> ServerBoot.prepare(properties))
                    .isInstanceOf(StartFailure.class)
                    .hasMessageContaining("Another Sandkeep server (process ")
                    .hasMessageContaining(data.toString());
        }
    }

    @Test
    void an_external_database_out_of_reach_is_told_without_its_password() throws IOException {
        int closedPort;
        try (ServerSocket probe = new ServerSocket(0)) {
            closedPort = probe.getLocalPort();
        }
        Database database = Database.inBackground(
                () -> DatabaseEndpoint.external("postgresql://someone:geheim@127.0.0.1:" + closedPort + "/sandkeep"));
        assertThatThrownBy(database::await)
                .isInstanceOfSatisfying(
                        StartFailure.class,
                        failure -> assertThat(failure.forPeople())
                                .contains("127.0.0.1:" + closedPort + "/sandkeep")
                                .contains("SANDKEEP_DATABASE_URL")
                                .doesNotContain("geheim"));
    }

    @Test
    void a_schema_of_a_newer_version_is_refused() throws SQLException {
        DatabaseEndpoint endpoint = PostgresFixture.shared().newDatabase();
        try (Connection connection =
                        DriverManager.getConnection(endpoint.url(), endpoint.username(), endpoint.password());
                Statement statement = connection.createStatement()) {
            statement.execute("""
                    insert into schema_history (installed_rank, version, description, type, script, installed_by,
                                                execution_time, success)
                    values (1000, '999', 'future', 'SQL', 'V999__future.sql', 'x', 1, true)
                    """);
        }
        assertThatThrownBy(() -> Database.inBackground(() -> endpoint).await())
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("newer version")
                .hasMessageContaining("999");
    }

    @Test
    void external_addresses_are_understood_in_both_forms() {
        DatabaseEndpoint url =
                DatabaseEndpoint.external("postgresql://us%40er:p%3Aw@db.example:5433/sand?sslmode=require");
        assertThat(url.url()).isEqualTo("jdbc:postgresql://db.example:5433/sand?sslmode=require");
        assertThat(url.username()).isEqualTo("us@er");
        assertThat(url.password()).isEqualTo("p:w");
        DatabaseEndpoint jdbc =
                DatabaseEndpoint.external("jdbc:postgresql://db.example/sand?user=a&password=b&ssl=true");
        assertThat(jdbc.url()).isEqualTo("jdbc:postgresql://db.example/sand?ssl=true");
        assertThat(jdbc.username() + jdbc.password()).isEqualTo("ab");
        assertThat(jdbc.toString()).doesNotContain("password");
        assertThatThrownBy(() -> DatabaseEndpoint.external("postgresql://db.example/sand"))
                .isInstanceOf(StartFailure.class);
    }

    @Test
    void a_server_that_is_gone_is_known_to_be_dead() throws Exception {
        DataDirectory directory = DataDirectory.open(data);
        try (ServerInstance living = ServerInstance.register(directory);
                ServerInstance other = ServerInstance.register(directory)) {
            assertThat(living.dead()).isEmpty();
            assertThat(other.dead()).isEmpty();
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            HoldInstance.class.getName(),
                            data.toString())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String id = process.inputReader().readLine();
            assertThat(living.dead()).as("while it lives").isEmpty();
            process.destroyForcibly().waitFor();
            assertThat(living.dead()).containsExactly(id);
            living.forget(id);
            assertThat(living.dead()).isEmpty();
        }
    }

    private SandkeepProperties properties(String... options) {
        List<String> all = new ArrayList<>(List.of(options));
        all.add("--data=" + data);
        return Configuration.load(all, Map.of(), new Properties());
    }
}
