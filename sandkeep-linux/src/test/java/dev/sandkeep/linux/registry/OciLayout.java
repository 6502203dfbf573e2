package dev.sandkeep.linux.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/** An image in a directory, in the image specification's layout, made of archives. */
public final class OciLayout {
    private final Path directory;
    private final List<Blob> layers = new ArrayList<>();
    private final List<String> contents = new ArrayList<>();
    private String architecture = "amd64";

    /** Something stored. */
    public record Blob(String digest, long size) {}

    private OciLayout(Path directory) {
        this.directory = directory;
    }

    public static OciLayout in(Path directory) throws IOException {
        Files.createDirectories(directory.resolve("blobs/sha256"));
        return new OciLayout(directory);
    }

    public Path directory() {
        return directory;
    }

    /** The layers' blobs, lowest first. */
    public List<Blob> layers() {
        return List.copyOf(layers);
    }

    public OciLayout architecture(String name) {
        architecture = name;
        return this;
    }

    /** Adds a layer, compressed with gzip. */
    public OciLayout layer(byte[] archive) throws IOException {
        return layer(new ByteArrayInputStream(archive));
    }

    /** Adds a layer, compressed with gzip. */
    public OciLayout layer(InputStream archive) throws IOException {
        Path compressed = directory.resolve("new-layer");
        try (DigestedStream content = new DigestedStream(archive);
                OutputStream out = new GZIPOutputStream(Files.newOutputStream(compressed)) {
                    {
                        def.setLevel(Deflater.BEST_SPEED);
                    }
                }) {
            content.transferTo(out);
            contents.add(content.digest());
        }
        layers.add(store(compressed));
        return this;
    }

    /** Writes configuration and manifest, and gives the manifest's text. */
    public String finish() throws IOException {
        Blob config = store("""
                {"architecture": "%s", "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": [%s]}}""".formatted(
                architecture, contents.stream().map(it -> "\"" + it + "\"").collect(Collectors.joining(","))));
        String manifest = """
                {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": %s, "layers": [%s]}""".formatted(
                        descriptor(config, "application/vnd.oci.image.config.v1+json"),
                        layers.stream()
                                .map(it -> descriptor(it, "application/vnd.oci.image.layer.v1.tar+gzip"))
                                .collect(Collectors.joining(",")));
        Files.writeString(directory.resolve("oci-layout"), "{\"imageLayoutVersion\": \"1.0.0\"}");
        Files.writeString(
                directory.resolve("index.json"),
                "{\"schemaVersion\": 2, \"manifests\": ["
                        + descriptor(store(manifest), "application/vnd.oci.image.manifest.v1+json") + "]}");
        return manifest;
    }

    public static String descriptor(Blob blob, String type) {
        return "{\"mediaType\": \"%s\", \"digest\": \"%s\", \"size\": %d}".formatted(type, blob.digest(), blob.size());
    }

    private Blob store(String text) throws IOException {
        return store(Files.writeString(directory.resolve("new-text"), text));
    }

    private Blob store(Path file) {
        try (DigestedStream in = new DigestedStream(Files.newInputStream(file))) {
            String digest = in.digest();
            Files.move(
                    file,
                    directory.resolve("blobs/sha256").resolve(digest.substring(7)),
                    StandardCopyOption.REPLACE_EXISTING);
            return new Blob(digest, in.bytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The digest of a text. */
    public static String digestOf(String text) throws IOException {
        try (DigestedStream in = new DigestedStream(new ByteArrayInputStream(text.getBytes(UTF_8)))) {
            return in.digest();
        }
    }

    static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream compressed = new GZIPOutputStream(out)) {
            compressed.write(bytes);
        }
        return out.toByteArray();
    }
}
