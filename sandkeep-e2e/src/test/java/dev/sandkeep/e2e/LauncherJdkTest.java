package dev.sandkeep.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.sandkeep.e2e.LauncherFixture.Ended;
import dev.sandkeep.e2e.LauncherFixture.Started;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How the launcher finds a JDK, or gets one from a file server that answers as Adoptium's does. */
class LauncherJdkTest {

    @TempDir
    private Path folder;

    private LauncherFixture launcher;
    private HttpServer adoptium;
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private byte[] archive;
    private String checksum;
    private int bytesSent;

    @BeforeEach
    void start() throws Exception {
        launcher = new LauncherFixture(folder.resolve("machine"));
        launcher.useEmptyDistribution();
        archive = archiveOfJdk("25.0.9");
        checksum = sha256(archive);
        bytesSent = archive.length;

        adoptium = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        adoptium.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        adoptium.createContext("/v3/assets/latest/25/hotspot", this::answerWhereTheArchiveIs);
        adoptium.createContext("/jdk.tar.gz", this::sendArchive);
        adoptium.start();
    }

    @AfterEach
    void stop() {
        adoptium.stop(0);
    }

    @Test
    void an_installed_jdk_is_used_and_older_ones_are_passed_over() throws Exception {
        LauncherFixture.writeJdk(launcher.jvms().resolve("java-17"), "17.0.15");
        Path installed = LauncherFixture.writeJdk(launcher.jvms().resolve("temurin-25"), "25.0.3");
        launcher.setEnvironment("JAVA_HOME", launcher.jvms().resolve("java-17").toString());

        assertThat(launcher.run("profile", "list").stdout()).contains("java of " + installed + " was called with");
    }

    @Test
    void java_home_comes_first_when_it_is_new_enough() throws Exception {
        LauncherFixture.writeJdk(launcher.jvms().resolve("temurin-25"), "25.0.3");
        Path mine = LauncherFixture.writeJdk(folder.resolve("mine"), "26");
        launcher.setEnvironment("JAVA_HOME", mine.toString());

        assertThat(launcher.run("profile", "list").stdout()).contains("java of " + mine + " was called with");
    }

    @Test
    void a_javac_on_the_path_leads_to_its_jdk() throws Exception {
        Path elsewhere = LauncherFixture.writeJdk(folder.resolve("elsewhere"), "25");
        Files.createSymbolicLink(launcher.bin().resolve("javac"), elsewhere.resolve("bin/javac"));

        assertThat(launcher.run("profile", "list").stdout()).contains("java of " + elsewhere + " was called with");
    }

    @Test
    void a_downloaded_jdk_is_verified_kept_and_found_again() throws Exception {
        useNetwork("curl");

        Ended first = launcher.run("profile", "list");
        Ended second = launcher.run("profile", "list");

        Path kept = launcher.cache().resolve("jdk-25-" + checksum.substring(0, 12));
        assertThat(first.stdout())
                .contains("java of " + kept + " was called with")
                .contains("profile list");
        assertThat(second.stdout()).isEqualTo(first.stdout());
        assertThat(second.stderr()).isEmpty();
        assertThat(requests)
                .containsExactly(
                        "/v3/assets/latest/25/hotspot?architecture=x64&image_type=jdk&os=linux&vendor=eclipse",
                        "/jdk.tar.gz");
        assertThat(cached()).containsExactly(kept.getFileName().toString());
    }

    @Test
    void wget_serves_where_there_is_no_curl_and_arm_asks_for_its_own() throws Exception {
        useNetwork("wget");
        launcher.addScript("uname", "echo aarch64");

        assertThat(launcher.run("profile", "list").exitCode()).isZero();
        assertThat(requests).first().asString().contains("architecture=aarch64");
    }

    @Test
    void concurrent_starts_download_once() throws Exception {
        useNetwork("curl");

        List<Started> started = List.of(launcher.start("a"), launcher.start("b"), launcher.start("c"));

        for (Started one : started) {
            assertThat(one.await().exitCode()).isZero();
        }
        assertThat(requests).filteredOn("/jdk.tar.gz"::equals).hasSize(1);
    }

    @Test
    void a_wrong_checksum_is_refused_and_leaves_nothing() throws Exception {
        useNetwork("curl");
        checksum = "0".repeat(64);

        Ended ended = launcher.run("profile", "list");

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.stderr())
                .contains("is refused: its SHA-256 checksum is " + sha256(archive) + ", expected " + checksum)
                .contains("export JAVA_HOME=");
        assertThat(ended.stdout()).isEmpty();
        assertThat(cached()).isEmpty();
    }

    @Test
    void a_download_that_breaks_off_is_refused_and_leaves_nothing() throws Exception {
        useNetwork("curl");
        bytesSent = archive.length / 2;

        Ended ended = launcher.run("profile", "list");

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.stderr()).contains("/jdk.tar.gz failed or broke off");
        assertThat(cached()).isEmpty();
    }

    @Test
    void what_a_killed_start_left_is_removed_by_the_next() throws Exception {
        useNetwork("curl");
        Files.createDirectories(launcher.cache().resolve(".unfinished.abc/jdk/bin"));

        assertThat(launcher.run("profile", "list").exitCode()).isZero();
        assertThat(cached()).hasSize(1).allMatch(name -> name.startsWith("jdk-25-"));
    }

    @Test
    void an_archive_without_the_wanted_jdk_is_refused() throws Exception {
        useNetwork("curl");
        archive = archiveOfJdk("21.0.2");
        bytesSent = archive.length;
        checksum = sha256(archive);

        Ended ended = launcher.run("profile", "list");

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.stderr()).contains("holds no JDK 25 that runs here");
        assertThat(cached()).isEmpty();
    }

    @Test
    void without_network_and_packages_it_says_exactly_what_to_do() throws Exception {
        launcher.addTool("curl");

        Ended ended = launcher.run("profile", "list");

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.stderr())
                .contains("sandkeep: a JDK 25 or newer (with javac) is needed, none was found, and"
                        + " http://127.0.0.1:1 could not be reached.")
                .contains("apt-get install openjdk-25-jdk-headless")
                .contains("https://adoptium.net/temurin/releases/?version=25")
                .contains("export JAVA_HOME=/path/to/the/unpacked/jdk");
        assertThat(cached()).isEmpty();
    }

    @Test
    void without_any_downloader_it_says_so() throws Exception {
        Ended ended = launcher.run("profile", "list");

        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.stderr()).contains("neither curl nor wget is here to download one");
    }

    @Test
    void as_root_the_distributions_package_is_preferred() throws Exception {
        launcher.addScript("id", "echo 0");
        launcher.addScript("apt-cache", "echo '  Candidate: 25.0.1-1'");
        LauncherFixture.writeJdk(folder.resolve("package"), "25.0.1");
        launcher.addTool("ln");
        launcher.addScript(
                "apt-get",
                "case \"$*\" in *install*openjdk-25-jdk-headless*) ln -s '" + folder.resolve("package") + "' '"
                        + launcher.jvms().resolve("java-25") + "' ;; esac");
        useNetwork("curl");

        Ended ended = launcher.run("profile", "list");

        assertThat(ended.stdout()).contains("java of " + launcher.jvms().resolve("java-25") + " was called with");
        assertThat(requests).isEmpty();
    }

    private void useNetwork(String downloader) throws IOException {
        launcher.addTool(downloader);
        launcher.setEnvironment(
                "SANDKEEP_JDK_API", "http://127.0.0.1:" + adoptium.getAddress().getPort());
    }

    /** What is in the cache beside the lock file. */
    private List<String> cached() throws IOException {
        try (Stream<Path> entries = Files.list(launcher.cache())) {
            return entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> !name.equals("jdk.lock"))
                    .toList();
        }
    }

    private void answerWhereTheArchiveIs(HttpExchange exchange) throws IOException {
        requests.add(exchange.getRequestURI().toString());
        byte[] answer = """
                [
                    {
                        "binary": {
                            "architecture": "x64",
                            "installer": { "checksum": "1", "link": "http://127.0.0.1:1/x.msi", "name": "x.msi" },
                            "package": {
                                "checksum": "%s",
                                "checksum_link": "http://127.0.0.1:1/sum",
                                "download_count": 12,
                                "link": "http://127.0.0.1:%d/jdk.tar.gz",
                                "metadata_link": "http://127.0.0.1:1/metadata",
                                "name": "OpenJDK25U-jdk_x64_linux_hotspot_25.0.9_1.tar.gz",
                                "size": %d
                            },
                            "project": "jdk"
                        },
                        "release_name": "jdk-25.0.9+1",
                        "vendor": "eclipse"
                    }
                ]
                """.formatted(checksum, adoptium.getAddress().getPort(), archive.length)
                .getBytes(UTF_8);
        exchange.sendResponseHeaders(200, answer.length);
        try (OutputStream body = exchange.getResponseBody()) {
            body.write(answer);
        }
    }

    private void sendArchive(HttpExchange exchange) throws IOException {
        requests.add(exchange.getRequestURI().toString());
        exchange.sendResponseHeaders(200, archive.length);
        exchange.getResponseBody().write(archive, 0, bytesSent);
        exchange.close();
    }

    private byte[] archiveOfJdk(String version) throws IOException, InterruptedException {
        Path parent = Files.createTempDirectory(folder, "archive");
        LauncherFixture.writeJdk(parent.resolve("jdk-25.0.9+1"), version);
        Path file = parent.resolve("jdk.tar.gz");
        Process tar = new ProcessBuilder("tar", "-czf", file.toString(), "-C", parent.toString(), "jdk-25.0.9+1")
                .inheritIO()
                .start();
        assertThat(tar.waitFor()).isZero();
        return Files.readAllBytes(file);
    }

    private static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
