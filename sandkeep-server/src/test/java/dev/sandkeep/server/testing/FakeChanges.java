package dev.sandkeep.server.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sandkeep.spi.ChangeVisitor;
import dev.sandkeep.spi.ChangedFile;
import dev.sandkeep.spi.ChangesOutcome;
import dev.sandkeep.spi.DirectorySize;
import dev.sandkeep.spi.FileKind;
import dev.sandkeep.spi.FilePath;
import dev.sandkeep.spi.ImageDiff;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** What there is to say of files that are texts in a map by their paths. */
final class FakeChanges {
    private FakeChanges() {}

    static ChangesOutcome visit(Map<String, String> files, ChangeVisitor visitor) {
        long paths = 0;
        for (Map.Entry<String, String> file : files.entrySet()) {
            paths++;
            if (visitor.changed(new FakeFile(file.getKey(), file.getValue())) == ChangeVisitor.Next.STOP) {
                return new ChangesOutcome.Visited(paths, false);
            }
        }
        return new ChangesOutcome.Visited(paths, true);
    }

    private record FakeFile(String name, String content) implements ChangedFile {
        @Override
        public FilePath path() {
            return FilePath.of(name);
        }

        @Override
        public FileKind kind() {
            return FileKind.REGULAR;
        }

        @Override
        public long size() {
            return FakeChanges.size(content);
        }

        @Override
        public long storedBytes() {
            return size();
        }

        @Override
        public int permissions() {
            return 0644;
        }

        @Override
        public boolean replaces() {
            return false;
        }

        @Override
        public InputStream open(long atMost) {
            return new ByteArrayInputStream(content.getBytes(UTF_8), 0, (int) Math.min(atMost, size()));
        }
    }

    static long bytes(Map<String, String> files) {
        return files.values().stream().mapToLong(FakeChanges::size).sum();
    }

    private static long size(String content) {
        return content.getBytes(UTF_8).length;
    }

    /** By the directory that holds a file, not by those above it. */
    static List<DirectorySize> largest(Map<String, String> files, int count) {
        Map<String, List<String>> byDirectory = new TreeMap<>();
        files.forEach((path, content) -> byDirectory
                .computeIfAbsent(path.substring(0, Math.max(1, path.lastIndexOf('/'))), any -> new ArrayList<>())
                .add(content));
        return byDirectory.entrySet().stream()
                .map(it -> new DirectorySize(
                        FilePath.of(it.getKey()),
                        it.getValue().stream().mapToLong(FakeChanges::size).sum(),
                        it.getValue().size()))
                .sorted(Comparator.comparingLong(DirectorySize::bytes).reversed())
                .limit(count)
                .toList();
    }

    static ImageDiff diff(Map<String, String> before, Map<String, String> after, int entries, int largest) {
        List<ImageDiff.Entry> found = new ArrayList<>();
        Map<String, String> added = new TreeMap<>();
        Map<String, String> changed = new TreeMap<>();
        Map<String, String> removed = new TreeMap<>();
        TreeSet<String> paths = new TreeSet<>(before.keySet());
        paths.addAll(after.keySet());
        for (String path : paths) {
            Optional<String> earlier = Optional.ofNullable(before.get(path));
            Optional<String> later = Optional.ofNullable(after.get(path));
            if (!earlier.equals(later)) {
                (earlier.isEmpty() ? added : later.isEmpty() ? removed : changed)
                        .put(path, later.or(() -> earlier).orElseThrow());
                found.add(new ImageDiff.Entry(
                        FilePath.of(path), earlier.map(FakeChanges::side), later.map(FakeChanges::side)));
            }
        }
        Map<String, String> written = new TreeMap<>(added);
        written.putAll(changed);
        return new ImageDiff(
                total(added),
                total(changed),
                total(removed),
                bytes(after) - bytes(before),
                found.stream().limit(entries).toList(),
                largest(written, largest));
    }

    private static ImageDiff.Side side(String content) {
        return new ImageDiff.Side(FileKind.REGULAR, size(content), 0644);
    }

    private static ImageDiff.Total total(Map<String, String> files) {
        return new ImageDiff.Total(files.size(), bytes(files));
    }
}
