package dev.sandkeep.linux.tar;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.linux.kernel.EntryCopy;
import dev.sandkeep.linux.kernel.EntryMaker;
import dev.sandkeep.linux.kernel.Errno;
import dev.sandkeep.linux.kernel.FileStatus;
import dev.sandkeep.linux.kernel.KernelException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Unpacks an archive into a directory as a layer in overlayfs's on-disk form. The archive is taken for hostile: every path is
 * walked from the top, name by name, and no symbolic link on the way is followed, so that nothing in it reaches outside.
 *
 * <p>Of a later entry with the name of an earlier one, the later stays, as with tar; two directories become one.
 */
public final class TarExtraction {
    private static final byte[] TOP = {'.'};
    private static final long LARGEST_ID = 65_535;
    private static final long NOBODY = 65_534;
    private static final int MOST_DIRECTORIES = 1_000_000;
    private static final long LEFT_FREE = 256L << 20;
    private static final int BUFFER = 128 * 1024;

    private final Path place;
    private final Directory top;
    private final Lower lower;
    private final Optional<Whiteouts> whiteouts;
    private final boolean exact;
    private final EntryAttributes attributes = new EntryAttributes();
    /** A directory's time is set last, because every new name in it changes it. */
    private final Map<String, Long> directoryTimes = new LinkedHashMap<>();

    private final byte[] buffer = new byte[BUFFER];
    private final Notices notices;
    private long files;
    private long bytes;
    private long unchecked;

    private TarExtraction(Path place, Directory top, Lower lower, boolean removals, boolean exact, Notices notices) {
        this.exact = exact;
        this.place = place;
        this.top = top;
        this.lower = lower;
        this.whiteouts = removals ? Optional.of(new Whiteouts()) : Optional.empty();
        this.notices = notices;
    }

    /** The layers that the new one will lie on. */
    public interface Lower {
        /** Nothing is below. */
        Lower NOTHING = (path, target) -> false;

        /**
         * Gives {@code target} the attributes of the directory {@code path}, if there is one below.
         *
         * @return whether there is
         */
        boolean copyAttributes(String path, Directory target);
    }

    /**
     * What was unpacked.
     *
     * @param files entries
     * @param bytes of content
     */
    public record Summary(long files, long bytes) {}

    /**
     * Unpacks {@code archive} into {@code target}, an empty directory.
     *
     * @param lower what the layer will lie on
     * @param removals whether names that begin with {@code .wh.} mean removed files, as in the layers of OCI images; else they are
     *     names
     * @throws MalformedTarException when it is no archive or must not be unpacked; the directory then holds a part of it
     */
    public static Summary unpack(InputStream archive, Path target, Lower lower, boolean removals, Notices notices)
            throws IOException {
        try (Directory top = Directory.open(target)) {
            top.permissions(0755);
            lower.copyAttributes("", top);
            TarExtraction extraction = new TarExtraction(target, top, lower, removals, false, notices);
            extraction.run(new TarReader(archive));
            return new Summary(extraction.files, extraction.bytes);
        }
    }

    /**
     * Unpacks entries one by one as {@link TreeWriter} wrote them: layers with their marks of removed names, opaque directories,
     * sockets and sparse files.
     *
     * @param top of {@code place}; stays the caller's
     */
    static TarExtraction exactly(Path place, Directory top) {
        return new TarExtraction(place, top, Lower.NOTHING, false, true, new Notices());
    }

    /** Unpacks the entry that came last. */
    void take(TarEntry entry, TarReader reader) throws IOException {
        try {
            unpack(entry, TarPath.of(entry.name()), reader);
        } catch (KernelException e) {
            if (e.storageFull() || e.passing()) {
                throw e;
            }
            throw new MalformedTarException("'" + entry.name() + "' cannot be unpacked: " + e.getMessage());
        }
    }

    /** Sets what is set last. */
    void finish() {
        directoryTimes.forEach(this::setTime);
    }

    private void run(TarReader reader) throws IOException {
        for (Optional<TarEntry> entry = reader.next(); entry.isPresent(); entry = reader.next()) {
            TarPath path = TarPath.of(entry.get().name());
            try {
                unpack(entry.get(), path, reader);
            } catch (KernelException e) {
                if (e.storageFull() || e.passing()) {
                    throw e;
                }
                throw new MalformedTarException("'" + path + "' cannot be unpacked: " + e.getMessage());
            }
            files++;
        }
        finish();
    }

    private void setTime(String path, long nanos) {
        try (Directory directory = top.openBeneath(path.getBytes(ISO_8859_1))) {
            directory.modified(nanos);
        } catch (KernelException e) {
            // A later entry may have replaced it.
            if (e.errno() != Errno.ENOENT && e.errno() != Errno.ENOTDIR && e.errno() != Errno.ELOOP) {
                throw e;
            }
        }
    }

    private void unpack(TarEntry entry, TarPath path, TarReader reader) throws IOException {
        if (path.isTop()) {
            if (entry.kind() == TarEntry.Kind.DIRECTORY) {
                applyAttributes(entry, top, TOP);
                noteTime("", entry);
            }
            return;
        }
        try (Directory parent = directory(path.parent())) {
            byte[] name = path.nameBytes();
            if (whiteouts.isPresent() && whiteouts.get().apply(parent, path.name())) {
                return;
            }
            if (entry.kind() == TarEntry.Kind.DIRECTORY) {
                makeDirectory(parent, name);
                noteTime(path.joined(), entry);
            } else {
                remove(parent, name);
                if (!makeOther(entry, parent, name, reader)) {
                    return;
                }
            }
            if (entry.kind() != TarEntry.Kind.HARD_LINK) {
                applyAttributes(entry, parent, name);
            }
        }
    }

    private void noteTime(String path, TarEntry entry) throws MalformedTarException {
        directoryTimes.put(path, entry.modifiedNanos());
        if (directoryTimes.size() > MOST_DIRECTORIES) {
            throw new MalformedTarException("the archive has more than " + MOST_DIRECTORIES + " directories");
        }
    }

    /** Opens a directory, making what the archive did not mention. */
    private Directory directory(String path) throws MalformedTarException {
        try {
            return top.openBeneath(path.getBytes(ISO_8859_1));
        } catch (KernelException e) {
            if (e.errno() != Errno.ENOENT && e.errno() != Errno.ENOTDIR && e.errno() != Errno.ELOOP) {
                throw e;
            }
        }
        Directory at = top.open(TOP);
        StringBuilder below = new StringBuilder();
        for (String component : path.split("/", -1)) {
            below.append(below.isEmpty() ? "" : "/").append(component);
            try (Directory parent = at) {
                byte[] name = component.getBytes(ISO_8859_1);
                requireNoDetour(parent, name, below);
                if (makeDirectory(parent, name)) {
                    try (Directory made = parent.open(name)) {
                        lower.copyAttributes(below.toString(), made);
                    }
                }
                at = parent.open(name);
            }
        }
        return at;
    }

    private static void requireNoDetour(Directory parent, byte[] name, StringBuilder path)
            throws MalformedTarException {
        Optional<FileStatus> status = parent.status(name);
        if (status.filter(found -> !found.isDirectory() && !found.isWhiteout()).isPresent()) {
            throw new MalformedTarException("the archive has entries below '" + TarPath.of(path.toString())
                    + "', which is no directory but a link or file in it");
        }
    }

    /** @return false when the directory was there */
    private static boolean makeDirectory(Directory parent, byte[] name) {
        Optional<FileStatus> status = parent.status(name);
        if (status.filter(FileStatus::isDirectory).isPresent()) {
            return false;
        }
        if (status.isPresent()) {
            parent.unlink(name);
        }
        parent.makeDirectory(name, 0755);
        if (status.filter(FileStatus::isWhiteout).isPresent()) {
            Whiteouts.hideBelow(parent, name);
        }
        return true;
    }

    private static void remove(Directory parent, byte[] name) {
        if (parent.status(name).isPresent()) {
            parent.removeTree(name);
        }
    }

    /** @return false when it was left out */
    private boolean makeOther(TarEntry entry, Directory parent, byte[] name, TarReader reader) throws IOException {
        switch (entry.kind()) {
            case FILE -> {
                try (FileChannel file = EntryMaker.makeFile(parent, name)) {
                    if (entry.sparse().isPresent()) {
                        copyPieces(reader, file, entry.sparse().get());
                    } else {
                        copy(reader, file);
                    }
                }
                if (entry.sparse().isPresent()) {
                    // It may end in a hole.
                    EntryMaker.size(parent, name, entry.sparse().get().size());
                }
            }
            case HARD_LINK -> link(TarPath.of(entry.link()), parent, name);
            case SYMBOLIC_LINK -> EntryMaker.makeLink(parent, name, entry.link().getBytes(ISO_8859_1));
            case FIFO -> EntryMaker.makeNode(parent, name, socket(entry) ? FileStatus.SOCKET : FileStatus.FIFO, 0);
            case CHARACTER_DEVICE -> {
                return makeDevice(entry, parent, name, FileStatus.CHARACTER_DEVICE);
            }
            case BLOCK_DEVICE -> {
                return makeDevice(entry, parent, name, FileStatus.BLOCK_DEVICE);
            }
            case DIRECTORY -> throw new IllegalStateException("a directory is made elsewhere");
        }
        return true;
    }

    private boolean socket(TarEntry entry) {
        return exact && entry.attributes().containsKey(TreeWriter.SOCKET);
    }

    private boolean makeDevice(TarEntry entry, Directory parent, byte[] name, int type) {
        if (type == FileStatus.CHARACTER_DEVICE && entry.major() == 0 && entry.minor() == 0) {
            if (exact) {
                EntryCopy.makeWhiteout(parent, name);
                return true;
            }
            // On disk this is how overlayfs marks a removed file, and no device that any program could use.
            notices.add(Notices.Kind.DEVICE_LEFT_OUT);
            return false;
        }
        try {
            EntryMaker.makeNode(parent, name, type, (long) entry.major() << 32 | entry.minor());
            return true;
        } catch (KernelException e) {
            if (e.errno() == Errno.EPERM) {
                notices.add(Notices.Kind.DEVICE_LEFT_OUT);
                return false;
            }
            throw e;
        }
    }

    private void link(TarPath existing, Directory parent, byte[] name) throws MalformedTarException {
        try (Directory directory = top.openBeneath(existing.parent().getBytes(ISO_8859_1))) {
            EntryCopy.link(directory, existing.nameBytes(), parent, name);
        } catch (KernelException e) {
            switch (e.errno()) {
                case Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP, Errno.EPERM, Errno.EXDEV ->
                    throw new MalformedTarException(
                            "the archive has a hard link to '" + existing + "', which is no file in it");
                default -> throw e;
            }
        }
    }

    private void copy(TarReader reader, FileChannel file) throws IOException {
        for (int read = reader.read(buffer); read >= 0; read = reader.read(buffer)) {
            write(file, buffer, read);
        }
    }

    private void copyPieces(TarReader reader, FileChannel file, SparseMap map) throws IOException {
        for (SparseMap.Piece piece : map.pieces()) {
            file.position(piece.offset());
            for (long left = piece.length(); left > 0; ) {
                int read = reader.read(buffer, (int) Math.min(left, buffer.length));
                write(file, buffer, read);
                left -= read;
            }
        }
    }

    private void write(FileChannel file, byte[] content, int length) throws IOException {
        ByteBuffer piece = ByteBuffer.wrap(content, 0, length);
        while (piece.hasRemaining()) {
            file.write(piece);
        }
        bytes += length;
        unchecked += length;
        if (unchecked > LEFT_FREE / 4) {
            unchecked = 0;
            requireRoom();
        }
    }

    /** What unpacks to more than there is room for must not leave the host without any. */
    private void requireRoom() throws IOException {
        long usable = Files.getFileStore(place).getUsableSpace();
        if (usable < LEFT_FREE) {
            throw new IOException("no space left for unpacking: " + (usable >> 20) + " MiB are free");
        }
    }

    // Order matters: a change of owner clears set-id bits and capabilities, and any change sets the time.
    private void applyAttributes(TarEntry entry, Directory parent, byte[] name) {
        EntryMaker.owner(parent, name, id(entry.uid()), id(entry.gid()));
        if (entry.kind() != TarEntry.Kind.SYMBOLIC_LINK) {
            EntryMaker.permissions(parent, name, entry.mode());
        }
        attributes.apply(entry.attributes(), parent, name, notices);
        if (exact && "y".equals(entry.attributes().get(TreeWriter.OPAQUE))) {
            EntryMaker.attribute(parent, name, TreeWriter.OPAQUE, new byte[] {'y'});
        }
        EntryMaker.modified(parent, name, entry.modifiedNanos());
    }

    private long id(long id) {
        if (id < 0 || id > LARGEST_ID) {
            notices.add(Notices.Kind.OWNER_CHANGED);
            return NOBODY;
        }
        return id;
    }
}
