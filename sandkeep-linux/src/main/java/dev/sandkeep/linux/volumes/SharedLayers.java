package dev.sandkeep.linux.volumes;

import static dev.sandkeep.linux.kernel.Directory.bytes;

import dev.sandkeep.linux.files.JsonFile;
import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.linux.kernel.FileStatus;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Checkpoints that several volumes stand on.
 *
 * <pre>
 * &lt;volumes&gt;/.shared/&lt;vol id&gt;-&lt;chk id&gt;              the checkpoint, as it was in the volume that made it: the <em>key</em>
 * &lt;volumes&gt;/.shared/&lt;vol id&gt;-&lt;chk id&gt;.refs/&lt;name&gt;  an empty file for each volume, or export, that stands on it
 * &lt;volumes&gt;/&lt;vol id&gt;/checkpoints/&lt;chk id&gt;          a link to it, in each of those volumes
 * </pre>
 *
 * <h2>States of a checkpoint</h2>
 *
 * <pre>
 *            refs made           exchanged               refs: one more or less        the last one dropped
 *  private ────────────▶ private ─────────▶ shared ◀──────────────────────────▶ shared ────────────────▶ doomed ──▶ gone
 * </pre>
 *
 * To share one, its references and a link in its future place are made, and then directory and link change places in one step: at no
 * moment is there nothing under its old name, and what is mounted of it does not notice. A reference stands from before something
 * uses it until after nothing does, so that dropping the last one (removing the directory of references, which only succeeds when it
 * is empty) proves that nobody needs it. Who adds a reference has one already, or holds the lock of the volume that owns the private
 * checkpoint; so no other lock is needed.
 *
 * <h2>What a death leaves</h2>
 *
 * References to nothing, and references of volumes that do not have the link: both are dropped when a store is opened, once they are
 * so old that nobody can be about to use them. A doomed checkpoint goes at the same time.
 */
final class SharedLayers {
    private static final String REFERENCES = ".refs";
    private static final String EXPORT = "export-";
    private static final Duration LONGEST_FORK = Duration.ofHours(1);
    private static final Duration LONGEST_EXPORT = Duration.ofDays(1);

    private final Path root;
    private final Path volumes;
    private final Trash trash;

    SharedLayers(Path volumes, Trash trash) {
        this.volumes = volumes;
        this.root = volumes.resolve(".shared");
        this.trash = trash;
    }

    Path root() {
        return root;
    }

    /** The name of an export among references. */
    static String export(String id) {
        return EXPORT + id;
    }

    /** The key of a checkpoint in a volume; empty when it is private. */
    Optional<String> keyOf(Path checkpoint) throws IOException {
        return Files.isSymbolicLink(checkpoint)
                ? Optional.of(Files.readSymbolicLink(checkpoint).getFileName().toString())
                : Optional.empty();
    }

    /** Where a shared checkpoint is. */
    Path at(String key) {
        return root.resolve(key);
    }

    /** The text of a link to it. */
    static Path link(String key) {
        return Path.of("..", "..", ".shared", key);
    }

    private Path references(String key) {
        return root.resolve(key + REFERENCES);
    }

    /** How many stand on it. */
    int references(Path checkpoint) throws IOException {
        Optional<String> key = keyOf(checkpoint);
        if (key.isEmpty()) {
            return 1;
        }
        try (Stream<Path> all = Files.list(references(key.get()))) {
            return (int) all.count();
        }
    }

    /**
     * Notes, on disk when {@link #flush} was called, that {@code user} stands on checkpoints of a volume whose lock is held.
     *
     * @return the key of each
     */
    List<String> refer(VolumeDirectory volume, Set<String> checkpoints, String user) throws IOException {
        String owner = volume.path().getFileName().toString();
        List<String> keys = new ArrayList<>();
        for (String checkpoint : checkpoints) {
            Optional<String> shared = keyOf(volume.checkpoint(checkpoint));
            String key = shared.orElse(owner + "-" + checkpoint);
            if (shared.isEmpty()) {
                refer(key, owner);
            }
            reference(key, user);
            keys.add(key);
        }
        return keys;
    }

    /** Notes that {@code user} stands on a checkpoint that is, or is about to be, in its shared place. */
    void refer(String key, String user) throws IOException {
        Files.createDirectories(references(key));
        reference(key, user);
    }

    private void reference(String key, String user) throws IOException {
        try {
            Files.createFile(references(key).resolve(user));
        } catch (FileAlreadyExistsException again) {
            Files.setLastModifiedTime(references(key).resolve(user), FileTime.from(Instant.now()));
        }
    }

    /** Lets what is private among them change places with a link. */
    void share(VolumeDirectory volume, Set<String> checkpoints) throws IOException {
        String owner = volume.path().getFileName().toString();
        for (String checkpoint : checkpoints) {
            if (keyOf(volume.checkpoint(checkpoint)).isEmpty()) {
                String key = owner + "-" + checkpoint;
                try {
                    Files.createSymbolicLink(at(key), link(key));
                } catch (FileAlreadyExistsException leftByADeath) {
                    require(Files.isSymbolicLink(at(key)), at(key));
                }
                try (Directory checkpointsOf = Directory.open(volume.checkpoints());
                        Directory shared = Directory.open(root)) {
                    checkpointsOf.exchange(bytes(checkpoint), shared, bytes(key));
                }
            }
        }
    }

    private static void require(boolean link, Path at) {
        if (!link) {
            throw new IllegalStateException(at + " is in the way: it is no link that an earlier attempt left");
        }
    }

    /** Puts names on disk that were made here and in the volume. */
    void flush(VolumeDirectory volume) throws IOException {
        try (Directory shared = Directory.open(root)) {
            shared.syncFileSystem();
        }
        JsonFile.sync(volume.checkpoints());
    }

    /** {@code user} does not stand on it any more. What nobody stands on goes. */
    void drop(String key, String user) throws IOException {
        Files.deleteIfExists(references(key).resolve(user));
        try {
            Files.delete(references(key));
        } catch (DirectoryNotEmptyException needed) {
            return;
        } catch (NoSuchFileException gone) {
            // Another dropped the last one with us.
        }
        if (Files.isSymbolicLink(at(key))) {
            Files.deleteIfExists(at(key));
        } else {
            trash.discard(at(key));
        }
    }

    /** The keys of all that a volume stands on. To be asked before it is taken out of the store: in the trash, anybody may remove it. */
    List<String> keysOf(VolumeDirectory volume) throws IOException {
        List<String> keys = new ArrayList<>();
        if (Files.isDirectory(volume.checkpoints())) {
            try (DirectoryStream<Path> all = Files.newDirectoryStream(volume.checkpoints())) {
                for (Path checkpoint : all) {
                    keyOf(checkpoint).ifPresent(keys::add);
                }
            }
        }
        return keys;
    }

    /** {@code user} does not stand on any of them any more. */
    void dropAll(List<String> keys, String user) throws IOException {
        for (String key : keys) {
            drop(key, user);
        }
    }

    /** Mends what deaths left. */
    void sweep() throws IOException {
        List<Path> entries = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(root)) {
            all.forEach(entries::add);
        }
        for (Path entry : entries) {
            String name = entry.getFileName().toString();
            if (name.endsWith(REFERENCES)) {
                sweepReferences(name.substring(0, name.length() - REFERENCES.length()));
            } else if (!Files.exists(references(name)) && Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                trash.discard(entry);
            }
        }
    }

    private void sweepReferences(String key) throws IOException {
        List<String> users = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(references(key))) {
            all.forEach(reference -> users.add(reference.getFileName().toString()));
        } catch (NoSuchFileException gone) {
            return;
        }
        for (String user : users) {
            if (isOld(references(key).resolve(user), user) && !stands(user, key)) {
                drop(key, user);
            }
        }
        if (users.isEmpty() && isOld(references(key), "")) {
            drop(key, "none");
        }
    }

    private boolean stands(String user, String key) throws IOException {
        Path checkpoint = new VolumeDirectory(volumes.resolve(user)).checkpoint(key.substring(key.indexOf('-') + 1));
        return !user.startsWith(EXPORT) && keyOf(checkpoint).filter(key::equals).isPresent();
    }

    private static boolean isOld(Path file, String user) {
        Instant limit = Instant.now().minus(user.startsWith(EXPORT) ? LONGEST_EXPORT : LONGEST_FORK);
        return Directory.status(file)
                .map(FileStatus::modifiedNanos)
                .filter(nanos -> Instant.EPOCH.plusNanos(nanos).isBefore(limit))
                .isPresent();
    }
}
