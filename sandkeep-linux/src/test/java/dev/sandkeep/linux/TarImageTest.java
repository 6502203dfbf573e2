package dev.sandkeep.linux;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import com.sun.net.httpserver.HttpServer;
import dev.sandkeep.linux.tar.TarBuilder;
import dev.sandkeep.spi.BaseImageOutcome;
import dev.sandkeep.spi.BaseImageOutcome.Ready;
import dev.sandkeep.spi.BaseImageOutcome.Unavailable;
import dev.sandkeep.spi.BaseImageSource;
import dev.sandkeep.spi.FilePath;
import dev.sandkeep.spi.ImageFileOutcome;
import dev.sandkeep.spi.ImageId;
import dev.sandkeep.spi.ProviderConfig;
import dev.sandkeep.spi.SandboxProvider;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/** Base images from tar archives, on this host and behind an address. */
class TarImageTest {
    @TempDir
    Path archives = Path.of("unset");

    private final List<String> progress = new ArrayList<>();
    private final List<ImageId> made = new ArrayList<>();
    private SandboxProvider provider;

    @BeforeEach
    void open() {
        provider = open(Map.of("tar-directory", archives.toString()));
    }

    private static SandboxProvider open(Map<String, String> settings) {
        ProviderConfig plain = TestInstallation.config();
        return new LinuxSandboxProviderFactory()
                .open(new ProviderConfig(plain.dataDirectory(), plain.installation(), settings));
    }

    @AfterEach
    void close() {
        made.forEach(provider::deleteImage);
        provider.close();
    }

    private BaseImageOutcome ensure(String location, String sha256) {
        BaseImageOutcome outcome = provider.ensureBaseImage(new BaseImageSource.Tar(location, sha256), progress::add);
        if (outcome instanceof Ready ready) {
            made.add(ready.image());
        }
        return outcome;
    }

    private String refusal(String location, String sha256) {
        return ((Unavailable) ensure(location, sha256)).reason();
    }

    private String text(BaseImageOutcome outcome, String path) {
        return switch (provider.readImageFile(((Ready) outcome).image(), FilePath.of(path), 1000)) {
            case ImageFileOutcome.Found found -> UTF_8.decode(found.content()).toString();
            case ImageFileOutcome other -> other.toString();
        };
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private interface Wrapping {
        OutputStream around(OutputStream out) throws IOException;
    }

    private static byte[] packed(byte[] bytes, Wrapping wrapping) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream packing = wrapping.around(out)) {
            packing.write(bytes);
        }
        return out.toByteArray();
    }

    @Test
    void an_archive_of_this_host_becomes_an_image_however_it_is_compressed() throws IOException {
        byte[] archive = new TarBuilder().file("./etc/name", "content").bytes();
        List<byte[]> forms = List.of(
                archive,
                packed(archive, GZIPOutputStream::new),
                Zstd.compress(archive),
                packed(archive, out -> new XZOutputStream(out, new LZMA2Options(1))));
        for (byte[] form : forms) {
            Path file = Files.write(archives.resolve("root.tar"), form);

            BaseImageOutcome first = ensure(file.toString(), sha256(form));

            assertThat(text(first, "/etc/name")).isEqualTo("content");
            assertThat(((Ready) first).digest()).isEqualTo("sha256:" + sha256(form));
            Files.delete(file);
            assertThat(ensure(file.toString(), sha256(form)))
                    .isEqualTo(new Ready(((Ready) first).image(), ((Ready) first).digest(), true));
        }
    }

    @Test
    void another_content_than_the_digest_says_becomes_no_image() throws IOException {
        byte[] archive = new TarBuilder().file("f", "x").bytes();
        Path file = Files.write(archives.resolve("root.tar"), archive);
        int images = provider.listImages().size();

        assertThat(refusal(file.toString(), "0".repeat(64)))
                .contains("not what was asked for", sha256(archive), "0".repeat(64));
        Files.writeString(file, "no archive at all".repeat(100));
        assertThat(refusal(file.toString(), sha256(Files.readAllBytes(file)))).contains("no tar archive");

        assertThat(provider.listImages()).hasSize(images);
    }

    @Test
    void only_archives_of_the_configured_directory_can_be_named() throws IOException {
        byte[] archive = new TarBuilder().file("f", "x").bytes();
        Path inside = Files.createDirectories(archives.resolve("sub")).resolve("root.tar");
        Files.write(inside, archive);
        Path link = Files.createSymbolicLink(archives.resolve("link.tar"), Path.of("/etc/shadow"));
        Path linkedDirectory = Files.createSymbolicLink(archives.resolve("etc"), Path.of("/etc"));
        String digest = sha256(archive);

        assertThat(text(ensure(inside.toString(), digest), "/f")).isEqualTo("x");
        assertThat(refusal("/etc/shadow", "1".repeat(64)))
                .contains("tar-directory")
                .doesNotContain("got");
        assertThat(refusal(archives + "/../../etc/shadow", "1".repeat(64))).contains("tar-directory");
        assertThat(refusal(link.toString(), "1".repeat(64))).contains("no file");
        assertThat(refusal(archives + "/etc/shadow", "1".repeat(64))).contains("no file");
        assertThat(refusal(archives + "/none", "1".repeat(64))).contains("no file");
        assertThat(refusal(archives.toString(), "1".repeat(64))).contains("tar-directory");
        Files.delete(link);
        Files.delete(linkedDirectory);
        try (SandboxProvider without = open(Map.of())) {
            assertThat(without.ensureBaseImage(new BaseImageSource.Tar(inside.toString(), "1".repeat(64)), line -> {}))
                    .isInstanceOfSatisfying(
                            Unavailable.class, it -> assertThat(it.reason()).contains("not set"));
        }
    }

    @Test
    void an_archive_behind_an_address_is_fetched_redirections_followed() throws IOException {
        byte[] archive = packed(new TarBuilder().file("f", "fetched").bytes(), GZIPOutputStream::new);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        String address = "http://127.0.0.1:" + server.getAddress().getPort();
        server.createContext("/", exchange -> {
            String path = exchange.getRequestURI().getPath();
            switch (path) {
                case "/root.tar.gz" -> {
                    exchange.sendResponseHeaders(200, archive.length);
                    exchange.getResponseBody().write(archive);
                }
                case "/moved", "/loop", "/file" -> {
                    exchange.getResponseHeaders()
                            .add(
                                    "Location",
                                    Map.of("/moved", "/root.tar.gz", "/loop", "/loop", "/file", "file:///etc/shadow")
                                            .getOrDefault(path, ""));
                    exchange.sendResponseHeaders(302, -1);
                }
                default -> exchange.sendResponseHeaders(path.equals("/busy") ? 503 : 404, -1);
            }
            exchange.close();
        });
        server.start();
        try {
            assertThat(refusal(address + "/root.tar.gz", "2".repeat(64))).contains("not what was asked for");
            assertThat(refusal(address + "/none", sha256(archive))).contains("HTTP 404");
            assertThat(refusal(address + "/loop", sha256(archive))).contains("without end");
            assertThat(refusal(address + "/file", sha256(archive))).contains("HTTP 302");
            assertThat(ensure(address + "/busy", sha256(archive)))
                    .isEqualTo(new Unavailable(address + "/busy answers HTTP 503", true));
            assertThat(text(ensure(address + "/moved", sha256(archive)), "/f")).isEqualTo("fetched");
        } finally {
            server.stop(0);
        }
    }
}
