package dev.sandkeep.server.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sandkeep.spi.ExportKey;
import dev.sandkeep.spi.ExportKeys;
import dev.sandkeep.spi.ImportOutcome;
import dev.sandkeep.spi.VolumeSpec;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/** The stream that the backend in memory exports to: one block with a check sum, "encrypted" by adding the key's bytes. */
final class FakeExport {
    private static final String MAGIC = "fake-sandkeep-export";

    private FakeExport() {}

    /** @param layers for each path, directories with {@code upper} in them, newest first */
    record Content(List<String> places, Map<String, String> labels, List<List<Path>> layers) {}

    /** The stream cannot be believed. */
    static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;

        private final transient ImportOutcome.Refused refusal;

        RefusedException(ImportOutcome.Code code, String reason) {
            super(reason);
            this.refusal = new ImportOutcome.Refused(code, reason);
        }

        ImportOutcome.Refused refusal() {
            return refusal;
        }
    }

    static long write(Content content, Optional<ExportKey> key, OutputStream target) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(body);
        out.writeInt(content.labels().size());
        for (Map.Entry<String, String> label : content.labels().entrySet()) {
            out.writeUTF(label.getKey());
            out.writeUTF(label.getValue());
        }
        out.writeInt(content.places().size());
        for (int i = 0; i < content.places().size(); i++) {
            out.writeUTF(content.places().get(i));
            Map<String, Path> files = files(content.layers().get(i));
            out.writeInt(files.size());
            for (Map.Entry<String, Path> file : files.entrySet()) {
                out.writeUTF(file.getKey());
                byte[] bytes = Files.readAllBytes(file.getValue());
                out.writeInt(bytes.length);
                out.write(bytes);
            }
        }
        byte[] bytes = body.toByteArray();
        CRC32 sum = new CRC32();
        sum.update(bytes);
        key.ifPresent(it -> add(bytes, it, 1));
        DataOutputStream head = new DataOutputStream(target);
        head.writeUTF(MAGIC);
        head.writeUTF(key.map(ExportKey::id).orElse(""));
        head.writeInt(bytes.length);
        head.write(bytes);
        head.writeLong(sum.getValue());
        head.flush();
        return head.size();
    }

    private static Map<String, Path> files(List<Path> layers) throws IOException {
        Map<String, Path> files = new HashMap<>();
        for (Path layer : layers) {
            Path upper = layer.resolve("upper");
            try (Stream<Path> all = Files.walk(upper)) {
                all.filter(Files::isRegularFile)
                        .forEach(
                                file -> files.putIfAbsent(upper.relativize(file).toString(), file));
            }
        }
        return files;
    }

    static Content read(VolumeSpec spec, ExportKeys keys, InputStream source, Supplier<List<Path>> directories)
            throws IOException, RefusedException {
        DataInputStream in = new DataInputStream(source);
        byte[] magic = in.readNBytes(2 + MAGIC.length());
        if (!Arrays.equals(magic, 2, magic.length, MAGIC.getBytes(UTF_8), 0, MAGIC.length())) {
            throw new RefusedException(ImportOutcome.Code.NOT_AN_EXPORT, "the stream is something else");
        }
        try {
            return read(spec, keys, in, directories);
        } catch (EOFException e) {
            throw new RefusedException(ImportOutcome.Code.CUT_OFF, "the stream ends too early");
        }
    }

    private static Content read(VolumeSpec spec, ExportKeys keys, DataInputStream in, Supplier<List<Path>> directories)
            throws IOException, RefusedException {
        String keyId = in.readUTF();
        byte[] bytes = new byte[in.readInt()];
        in.readFully(bytes);
        if (!keyId.isEmpty()) {
            Optional<ExportKey> key = keys.find(keyId);
            if (key.isEmpty()) {
                throw new RefusedException(ImportOutcome.Code.KEY_UNKNOWN, "there is no key " + keyId);
            }
            add(bytes, key.get(), -1);
        }
        CRC32 sum = new CRC32();
        sum.update(bytes);
        if (sum.getValue() != in.readLong() || in.read() >= 0) {
            throw new RefusedException(ImportOutcome.Code.CHANGED, "the stream is not what was exported");
        }
        return content(spec, new DataInputStream(new ByteArrayInputStream(bytes)), directories);
    }

    private static Content content(VolumeSpec spec, DataInputStream in, Supplier<List<Path>> directories)
            throws IOException, RefusedException {
        Map<String, String> labels = new HashMap<>();
        for (int left = in.readInt(); left > 0; left--) {
            labels.put(in.readUTF(), in.readUTF());
        }
        List<Path> made = directories.get();
        List<String> places = new ArrayList<>();
        int count = in.readInt();
        for (int i = 0; i < count; i++) {
            places.add(in.readUTF());
            for (int left = in.readInt(); left > 0; left--) {
                String name = in.readUTF();
                byte[] file = new byte[in.readInt()];
                in.readFully(file);
                if (i < made.size()) {
                    Path target = made.get(i).resolve("upper").resolve(name);
                    Files.createDirectories(target.getParent());
                    Files.write(target, file);
                }
            }
        }
        if (!places.equals(spec.places())) {
            throw new RefusedException(ImportOutcome.Code.OTHER_PATHS, "the stream holds " + places);
        }
        return new Content(places, labels, made.stream().map(List::of).toList());
    }

    private static void add(byte[] bytes, ExportKey key, int sign) {
        byte[] secret = key.secret();
        for (int at = 0; at < bytes.length; at++) {
            bytes[at] = (byte) (bytes[at] + sign * secret[at % secret.length]);
        }
    }
}
