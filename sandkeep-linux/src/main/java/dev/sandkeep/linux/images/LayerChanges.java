package dev.sandkeep.linux.images;

import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.linux.kernel.Errno;
import dev.sandkeep.linux.kernel.FileStatus;
import dev.sandkeep.linux.kernel.KernelException;
import dev.sandkeep.linux.kernel.TreeWalk;
import dev.sandkeep.linux.kernel.TreeWalk.Visitor.Next;
import dev.sandkeep.spi.ChangeVisitor;
import dev.sandkeep.spi.ChangedFile;
import dev.sandkeep.spi.ChangesOutcome;
import dev.sandkeep.spi.FileKind;
import dev.sandkeep.spi.FilePath;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Optional;

/** Shows what is in one directory of overlayfs's on-disk form: a committed layer, or what a compute is writing. */
final class LayerChanges {
    private final ChangeVisitor visitor;
    private long paths;
    private boolean skipped;

    private LayerChanges(ChangeVisitor visitor) {
        this.visitor = visitor;
    }

    static ChangesOutcome visit(Path layer, ChangeVisitor visitor) {
        LayerChanges changes = new LayerChanges(visitor);
        try (Directory top = Directory.open(layer)) {
            boolean toTheEnd = TreeWalk.of(top, changes::visit);
            return new ChangesOutcome.Visited(changes.paths, toTheEnd && !changes.skipped);
        } catch (KernelException e) {
            if (e.errno() == Errno.ENOENT) {
                return new ChangesOutcome.Missing();
            }
            throw e;
        }
    }

    private Next visit(TreeWalk.Place place) {
        paths++;
        ChangeVisitor.Next next =
                place.status().isWhiteout() ? visitor.removed(PathBelow.of(place)) : visitor.changed(new Change(place));
        return switch (next) {
            case CONTINUE -> Next.ENTER;
            case SKIP_CONTENT -> {
                skipped |= place.status().isDirectory();
                yield Next.PASS;
            }
            case STOP -> Next.STOP;
        };
    }

    private record Change(TreeWalk.Place place) implements ChangedFile {
        @Override
        public FilePath path() {
            return PathBelow.of(place);
        }

        @Override
        public FileKind kind() {
            return Kinds.of(place.status());
        }

        @Override
        public long size() {
            return switch (place.status().type()) {
                case FileStatus.REGULAR, FileStatus.SYMLINK -> place.status().size();
                default -> 0;
            };
        }

        @Override
        public long storedBytes() {
            return place.status().storedBytes();
        }

        @Override
        public int permissions() {
            return place.status().permissions();
        }

        @Override
        public boolean replaces() {
            if (!place.status().isDirectory()) {
                return false;
            }
            try (Directory directory = place.directory().open(place.name())) {
                return directory.isOpaque();
            } catch (KernelException e) {
                if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR || e.errno() == Errno.ELOOP) {
                    return false;
                }
                throw e;
            }
        }

        @Override
        public InputStream open(long atMost) throws IOException {
            Optional<FileChannel> content = place.directory().read(place.name());
            return content.isEmpty()
                    ? InputStream.nullInputStream()
                    : new BoundedStream(Channels.newInputStream(content.get()), atMost);
        }
    }
}
