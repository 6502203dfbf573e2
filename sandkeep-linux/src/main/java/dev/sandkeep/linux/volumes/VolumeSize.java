package dev.sandkeep.linux.volumes;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sandkeep.linux.images.DirectoryTotals;
import dev.sandkeep.linux.kernel.Blocking;
import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.linux.kernel.Errno;
import dev.sandkeep.linux.kernel.FileStatus;
import dev.sandkeep.linux.kernel.KernelException;
import dev.sandkeep.linux.kernel.TreeWalk;
import dev.sandkeep.linux.volumes.CheckpointManifest.PathContent;
import dev.sandkeep.spi.Enforcement;
import dev.sandkeep.spi.PathPressure;
import dev.sandkeep.spi.VolumeUsage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** What a volume takes on disk. */
final class VolumeSize {
    private final VolumeParts parts;
    private final VolumeState state;

    VolumeSize(VolumeParts parts, VolumeState state) {
        this.parts = parts;
        this.state = state;
    }

    /** Sizes of layers, which never change and so are added up once. */
    static final class Committed {
        private static final int REMEMBERED = 10_000;
        private final Map<String, Long> sizes = new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
                return size() > REMEMBERED;
            }
        };

        private long bytes(Path layer, String fingerprint) {
            String key = layer + " " + fingerprint;
            synchronized (sizes) {
                Long known = sizes.get(key);
                if (known != null) {
                    return known;
                }
            }
            StoredSize size = sizeOf(List.of(layer));
            synchronized (sizes) {
                sizes.put(key, size.bytes());
            }
            return size.bytes();
        }
    }

    boolean heldBy(int generation) {
        return state.heldBy(generation);
    }

    private static StoredSize sizeOf(List<Path> tops) {
        StoredSize size = new StoredSize();
        Blocking.runToEnd(() -> tops.forEach(size::add));
        return size;
    }

    /** How full each path is. */
    List<PathPressure> paths() {
        List<PathPressure> paths = new ArrayList<>();
        for (int index = 0; index < parts.marker().paths().size(); index++) {
            long used = committed(index);
            if (state.heldBy().isPresent()) {
                used += sizeOf(List.of(parts.heads().upper(state.holder(), index)))
                        .bytes();
            }
            paths.add(new PathPressure(
                    parts.marker().paths().get(index), used, parts.marker().maxBytes(index), enforcement(index)));
        }
        return paths;
    }

    private Enforcement enforcement(int index) {
        boolean hard = parts.marker().maxBytes(index).isPresent()
                && (state.heldBy().isPresent()
                        ? parts.limits().holds(parts.heads().head(state.holder(), index))
                        : parts.limits().possible());
        return hard ? Enforcement.HARD : Enforcement.WATCHED;
    }

    /** What the checkpoints under a head of one path take. */
    private long committed(int index) {
        long used = 0;
        for (String id : chain(index)) {
            CheckpointManifest holder = parts.history().layerHolder(id);
            PathContent content = holder.paths().get(index);
            if (content.bytes() != null) {
                used += content.bytes();
            } else {
                for (Path layer : layers(holder, index)) {
                    used += parts.sizes().bytes(layer, content.fingerprint());
                }
            }
        }
        return used;
    }

    /** What the checkpoints leave of the limit of one path, perhaps less than nothing; empty when it has none. */
    OptionalLong left(int index) {
        OptionalLong max = parts.marker().maxBytes(index);
        return max.isPresent() ? OptionalLong.of(max.getAsLong() - committed(index)) : max;
    }

    private List<String> chain(int index) {
        return state.under()
                .map(base ->
                        parts.history().layerHolder(base).paths().get(index).chain())
                .orElse(List.of());
    }

    private List<Path> layers(CheckpointManifest holder, int index) {
        return VolumeDirectory.layers(
                parts.directory().checkpoint(holder.id()),
                index,
                holder.paths().get(index).content());
    }

    /** All of it. */
    VolumeUsage usage(int largest) {
        StoredSize own = new StoredSize();
        StoredSize shared = new StoredSize();
        int kept = 0;
        try (DirectoryStream<Path> checkpoints =
                Files.newDirectoryStream(parts.directory().checkpoints())) {
            for (Path checkpoint : checkpoints) {
                StoredSize size = parts.shared().references(checkpoint) > 1 ? shared : own;
                Path real = checkpoint.toRealPath();
                Blocking.runToEnd(() -> size.add(real));
            }
            Blocking.runToEnd(() -> own.add(parts.directory().heads()));
            kept = new Retention(parts, state).kept().size();
        } catch (IOException e) {
            throw new UncheckedIOException(parts.directory().path() + " could not be measured", e);
        }
        DirectoryTotals totals = new DirectoryTotals();
        if (largest > 0) {
            Blocking.runToEnd(() -> addDirectories(totals));
        }
        return new VolumeUsage(
                own.bytes() + shared.bytes(),
                shared.bytes(),
                own.files() + shared.files(),
                kept,
                paths(),
                totals.largest(largest));
    }

    private void addDirectories(DirectoryTotals totals) {
        for (int index = 0; index < parts.marker().paths().size(); index++) {
            List<Path> tops = new ArrayList<>();
            if (state.heldBy().isPresent()) {
                tops.add(parts.heads().upper(state.holder(), index));
            }
            for (String id : chain(index)) {
                tops.addAll(layers(parts.history().layerHolder(id), index));
            }
            byte[] place = parts.marker().paths().get(index).substring(1).getBytes(UTF_8);
            tops.forEach(top -> addDirectories(top, place, totals));
        }
    }

    private static void addDirectories(Path top, byte[] place, DirectoryTotals totals) {
        try (Directory root = Directory.open(top)) {
            TreeWalk.of(root, name -> {
                FileStatus status = name.status();
                long stored = status.isDirectory()
                        ? status.storedBytes()
                        : status.storedBytes() / Math.max(1, status.links());
                totals.add(below(place, name.parent()), stored);
                return TreeWalk.Visitor.Next.ENTER;
            });
        } catch (KernelException e) {
            if (e.errno() != Errno.ENOENT) {
                throw e;
            }
        }
    }

    private static byte[] below(byte[] place, byte[] parent) {
        ByteArrayOutputStream path = new ByteArrayOutputStream();
        path.writeBytes(place);
        if (parent.length > 0) {
            path.write('/');
            path.writeBytes(parent);
        }
        return path.toByteArray();
    }
}
