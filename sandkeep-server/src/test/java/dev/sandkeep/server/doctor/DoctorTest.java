package dev.sandkeep.server.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandkeep.server.platform.config.Configuration;
import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.testing.PostgresFixture;
import dev.sandkeep.spi.HostCheck;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class DoctorTest {
    private final Path data = PostgresFixture.passableDirectory().resolve("data");

    @Test
    void looking_changes_nothing() {
        new Examination(properties()).checks();
        assertThat(data).doesNotExist();
    }

    @Test
    void every_check_has_an_id_and_every_failure_a_remedy() {
        List<HostCheck> checks = new Examination(properties("--sandkeep.provider=none")).checks();
        assertThat(checks).extracting(HostCheck::id).doesNotHaveDuplicates().contains("server.java", "server.disk");
        assertThat(checks).anySatisfy(check -> {
            assertThat(check.id()).isEqualTo("server.provider");
            assertThat(check.result()).isEqualTo(HostCheck.Result.FAILED);
        });
        assertThat(checks)
                .allMatch(check ->
                        check.result() == HostCheck.Result.OK || !check.remedy().isEmpty());
    }

    @Test
    void a_port_is_free_or_ours_or_somebody_elses() throws IOException {
        try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            SandkeepProperties properties = properties("--port=" + listening.getLocalPort());
            assertThat(check(properties, "server.port").result()).isEqualTo(HostCheck.Result.FAILED);
            DataDirectory.open(data)
                    .writeSecret(
                            "server.json",
                            "{\"url\":\"http://127.0.0.1:" + listening.getLocalPort() + "\",\"pid\":"
                                    + ProcessHandle.current().pid() + "}");
            assertThat(check(properties, "server.port").result()).isEqualTo(HostCheck.Result.OK);
            assertThat(check(properties, "server.port").detail()).contains("is the Sandkeep server");
        }
        assertThat(check(properties("--port=0"), "server.port").result()).isEqualTo(HostCheck.Result.OK);
    }

    @Test
    void a_data_directory_of_a_newer_version_is_told() throws IOException {
        DataDirectory.open(data);
        Files.writeString(data.resolve("data.json"), "{\"format\":9,\"installation\":\"01234567\"}");
        assertThat(check(properties(), "server.data").detail()).contains("newer version");
    }

    @Test
    void the_table_names_the_remedy_under_what_failed() {
        List<HostCheck> checks = List.of(
                HostCheck.ok("a.b", "fine"), HostCheck.missing("linux.nft", "nft is missing", List.of("nftables")));
        assertThat(Report.checks(checks, false).lines())
                .containsExactly(
                        "CHECK      RESULT  DETAIL",
                        "a.b        OK      fine",
                        "linux.nft  FAILED  nft is missing",
                        "                   -> apt-get install --no-install-recommends nftables",
                        "",
                        "This machine cannot run sandboxes yet: 1 check failed. Do what '->' says, or run sandkeep doctor"
                                + " --install for missing packages.");
        assertThat(Report.checks(checks, true).lines())
                .containsExactly(
                        "{\"checks\":[{\"detail\":\"fine\",\"id\":\"a.b\",\"packages\":[],\"remedy\":\"\",\"result\":\"OK\"},"
                                + "{\"detail\":\"nft is missing\",\"id\":\"linux.nft\",\"packages\":[\"nftables\"],"
                                + "\"remedy\":\"apt-get install --no-install-recommends nftables\",\"result\":\"FAILED\"}],\"ok\":false}");
    }

    @Test
    void leaks_without_a_server_say_so() {
        LeakSearch.Result found = new LeakSearch(properties()).search();
        assertThat(found.answered()).isFalse();
        assertThat(found.server()).contains("No server runs on " + data);
    }

    @Test
    void a_wrong_command_line_is_told() {
        assertThatThrownBy(() -> DoctorOptions.parse(List.of("--instal"))).hasMessageContaining("--instal");
        assertThatThrownBy(() -> DoctorOptions.parse(List.of("--data"))).hasMessageContaining("--data");
        assertThatThrownBy(() -> DoctorOptions.parse(List.of("--leaks", "--install")))
                .hasMessageContaining("do not go together");
    }

    private static HostCheck check(SandkeepProperties properties, String id) {
        return new PlatformChecks(properties)
                .all().stream()
                        .filter(check -> check.id().equals(id))
                        .findFirst()
                        .orElseThrow();
    }

    private SandkeepProperties properties(String... options) {
        List<String> all = new ArrayList<>(List.of(options));
        all.add("--data=" + data);
        return Configuration.load(all, Map.of(), new Properties());
    }
}
