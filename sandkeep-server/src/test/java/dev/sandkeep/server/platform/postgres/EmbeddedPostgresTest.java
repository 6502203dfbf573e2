package dev.sandkeep.server.platform.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sandkeep.server.platform.config.StartFailure;
import dev.sandkeep.server.platform.database.DatabaseEndpoint;
import dev.sandkeep.server.testing.PostgresFixture;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The supervisor on directories of its own, with the durable settings of the product. */
@Timeout(120)
class EmbeddedPostgresTest {
    private final Path directory = PostgresFixture.passableDirectory().resolve("postgres");

    @Test
    void it_keeps_what_was_written_from_start_to_start_on_the_same_port() throws Exception {
        DatabaseEndpoint before;
        try (EmbeddedPostgres postgres = start()) {
            before = postgres.endpoint();
            execute(before, "create table t (n int)");
            execute(before, "insert into t values (42)");
        }
        try (EmbeddedPostgres postgres = start()) {
            assertThat(postgres.endpoint().url()).isEqualTo(before.url());
            assertThat(query(postgres.endpoint(), "select n from t")).isEqualTo("42");
        }
    }

    @Test
    void it_runs_safely() throws Exception {
        try (EmbeddedPostgres postgres = start()) {
            assertThat(query(postgres.endpoint(), "show fsync")).isEqualTo("on");
            assertThat(query(postgres.endpoint(), "show synchronous_commit")).isEqualTo("on");
            assertThat(query(postgres.endpoint(), "show listen_addresses")).isEqualTo("127.0.0.1");
            assertThat(query(postgres.endpoint(), "select rolsuper from pg_roles where rolname = current_user"))
                    .isEqualTo("f");
            assertThat(PosixFilePermissions.toString(
                            Files.getPosixFilePermissions(directory.resolve("connection.properties"))))
                    .isEqualTo("rw-------");
            assertThat(Files.readString(Path.of("/proc/" + postgres.pid() + "/environ")))
                    .doesNotContain("HOME=");
            if ("root".equals(System.getProperty("user.name"))) {
                assertThat(Files.getAttribute(Path.of("/proc/" + postgres.pid()), "unix:uid"))
                        .isNotEqualTo(0);
            }
            DatabaseEndpoint wrong = new DatabaseEndpoint(postgres.endpoint().url(), "sandkeep", "guess", true);
            assertThatThrownBy(() -> query(wrong, "select 1")).hasMessageContaining("password");
        }
    }

    @Test
    void one_that_a_killed_server_left_behind_is_taken_over() throws Exception {
        EmbeddedPostgres leftBehind = start();
        leftBehind.abandon();
        try (EmbeddedPostgres adopted = start()) {
            assertThat(adopted.pid()).isEqualTo(leftBehind.pid());
            assertThat(query(adopted.endpoint(), "select 1")).isEqualTo("1");
        }
        assertThat(ProcessHandle.of(leftBehind.pid())).isEmpty();
    }

    @Test
    void one_that_died_with_its_server_as_in_a_power_cut_starts_again() throws Exception {
        EmbeddedPostgres dead = start();
        execute(dead.endpoint(), "create table t (n int)");
        dead.abandon();
        ProcessHandle process = ProcessHandle.of(dead.pid()).orElseThrow();
        process.destroyForcibly();
        process.onExit().join();
        assertThat(Files.readString(directory.resolve("data/postmaster.pid"))).contains("ready");

        try (EmbeddedPostgres postgres = start()) {
            assertThat(query(postgres.endpoint(), "select count(*) from t")).isEqualTo("0");
        }
    }

    @Test
    void one_left_behind_with_other_settings_is_stopped_first() throws Exception {
        EmbeddedPostgres other = EmbeddedPostgres.start(PostgresLock.take(directory), PostgresFixture.home(), false);
        long pid = other.pid();
        other.abandon();
        try (EmbeddedPostgres ours = start()) {
            assertThat(ours.pid()).isNotEqualTo(pid);
            assertThat(query(ours.endpoint(), "show fsync")).isEqualTo("on");
        }
    }

    @Test
    void it_is_started_again_when_it_dies() throws Exception {
        try (EmbeddedPostgres postgres = start()) {
            long first = postgres.pid();
            execute(postgres.endpoint(), "create table t (n int)");
            ProcessHandle.of(first).orElseThrow().destroyForcibly();
            await().atMost(Duration.ofSeconds(30))
                    .ignoreExceptions()
                    .untilAsserted(() -> assertThat(query(postgres.endpoint(), "select count(*) from t"))
                            .isEqualTo("0"));
            assertThat(postgres.pid()).isNotEqualTo(first);
        }
    }

    @Test
    void a_second_server_on_the_same_directory_is_refused() throws Exception {
        try (EmbeddedPostgres postgres = start()) {
            assertThat(postgres.pid()).isPositive();
            assertThatThrownBy(() -> PostgresLock.take(directory))
                    .isInstanceOfSatisfying(
                            StartFailure.class,
                            failure -> assertThat(failure.forPeople())
                                    .contains(
                                            "process " + ProcessHandle.current().pid())
                                    .contains("SANDKEEP_DATABASE_URL"));
        }
    }

    @Test
    void a_port_that_somebody_else_took_meanwhile_is_given_up() throws Exception {
        int port;
        try (EmbeddedPostgres postgres = start()) {
            port = port(postgres.endpoint());
        }
        try (ServerSocket other = new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
                EmbeddedPostgres postgres = start()) {
            assertThat(port(postgres.endpoint())).isNotEqualTo(other.getLocalPort());
        }
    }

    @Test
    void a_process_that_has_the_number_of_a_dead_one_is_left_alone() throws Exception {
        start().close();
        Files.writeString(
                directory.resolve("data/postmaster.pid"),
                ProcessHandle.current().pid() + "\n" + directory.resolve("data")
                        + "\n1\n5432\n\n127.0.0.1\n1 1\nready\n");
        try (EmbeddedPostgres postgres = start()) {
            assertThat(postgres.pid()).isNotEqualTo(ProcessHandle.current().pid());
        }
    }

    @Test
    void a_cluster_of_another_version_is_refused_with_what_to_do() throws Exception {
        start().close();
        Files.writeString(directory.resolve("data/PG_VERSION"), "17\n");
        assertThatThrownBy(this::start)
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("PostgreSQL 17")
                .hasMessageContaining("PostgreSQL 18");
    }

    @Test
    void a_first_start_that_was_cut_off_is_begun_anew() throws Exception {
        Files.createDirectories(directory.resolve("data.unfinished/base"));
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
        try (EmbeddedPostgres postgres = start()) {
            assertThat(query(postgres.endpoint(), "select 1")).isEqualTo("1");
        }
    }

    private EmbeddedPostgres start() throws InterruptedException {
        return EmbeddedPostgres.start(PostgresLock.take(directory), PostgresFixture.home(), true);
    }

    private static int port(DatabaseEndpoint endpoint) {
        return Integer.parseInt(endpoint.url().replaceAll(".*:(\\d+)/.*", "$1"));
    }

    private static void execute(DatabaseEndpoint endpoint, String sql) throws SQLException {
        try (Connection connection =
                        DriverManager.getConnection(endpoint.url(), endpoint.username(), endpoint.password());
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String query(DatabaseEndpoint endpoint, String sql) throws SQLException, IOException {
        try (Connection connection =
                        DriverManager.getConnection(endpoint.url(), endpoint.username(), endpoint.password());
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }
}
