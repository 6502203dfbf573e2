package dev.sandkeep.linux.volumes;

import dev.sandkeep.linux.files.JsonFile;
import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.linux.volumes.CheckpointManifest.Content;
import dev.sandkeep.spi.IdRange;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.VolumeDamage.Code;
import dev.sandkeep.spi.VolumeMount;
import dev.sandkeep.spi.VolumeMount.Committed;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The writable directories of one volume. */
final class Heads {
    /** Owns a head that no provider has prepared: no range starts here, and no user of the host has this id. */
    static final long UNPREPARED = 65_533;

    private static final String MAKING = ".new";

    private final VolumeDirectory directory;
    private final List<String> paths;
    private final Trash trash;

    Heads(VolumeDirectory directory, List<String> paths, Trash trash) {
        this.directory = directory;
        this.paths = paths;
        this.trash = trash;
    }

    boolean exists(int generation) {
        return Files.isDirectory(directory.head(generation));
    }

    /** The directory of one path in a head: the parent of upper and work. */
    Path head(int generation, int index) {
        return directory.head(generation).resolve(Integer.toString(index));
    }

    Path upper(int generation, int index) {
        return head(generation, index).resolve(VolumeDirectory.UPPER);
    }

    /** Limits what one path's part of a head may take, while there is nothing in it. */
    interface Limiting {
        void limit(int index, Path head);
    }

    /** Makes an empty head, which appears complete. */
    void make(int generation, Limiting limiting) throws IOException {
        Path making = directory.heads().resolve(MAKING);
        trash.discard(making);
        Files.createDirectory(making);
        for (int index = 0; index < paths.size(); index++) {
            Path head = Files.createDirectory(making.resolve(Integer.toString(index)));
            limiting.limit(index, head);
            Files.createDirectory(head.resolve(VolumeDirectory.UPPER));
            Files.createDirectory(head.resolve(VolumeDirectory.WORK));
            try (Directory owned = Directory.open(head)) {
                owned.permissions(0700);
                owned.owner(UNPREPARED, UNPREPARED);
            }
        }
        Files.move(making, directory.head(generation));
        JsonFile.sync(directory.heads());
    }

    /** Puts a head, and whatever else its file system holds, on disk. */
    void flush(int generation) {
        try (Directory head = Directory.open(directory.head(generation))) {
            head.syncFileSystem();
        }
    }

    /** Makes the head of a holder writable again after a detach that died before its commit. */
    void mend(int generation) throws IOException {
        Files.deleteIfExists(directory.head(generation).resolve(VolumeDirectory.MANIFEST));
        for (int index = 0; index < paths.size(); index++) {
            discardMerge(generation, index);
            Path work = head(generation, index).resolve(VolumeDirectory.WORK);
            if (!Files.isDirectory(work)) {
                Files.createDirectory(work);
            }
        }
    }

    /** Removes what a merge made, as far as it came. */
    void discardMerge(int generation, int index) throws IOException {
        for (Path layer : VolumeDirectory.layers(directory.head(generation), index, Content.WHOLE)) {
            trash.discard(layer);
        }
    }

    /** @throws DamagedVolumeException when something of the holder's head is not there */
    void requireComplete(int generation) {
        for (int index = 0; index < paths.size(); index++) {
            if (!Files.isDirectory(upper(generation, index))) {
                throw new DamagedVolumeException(
                        Code.HEAD_MISSING,
                        upper(generation, index) + " is not there, but generation " + generation + " holds the volume");
            }
        }
    }

    /** Removes all heads: nobody holds the volume. */
    void discardAll() throws IOException {
        List<Path> left = new ArrayList<>();
        try (DirectoryStream<Path> heads = Files.newDirectoryStream(directory.heads())) {
            heads.forEach(left::add);
        }
        for (Path head : left) {
            trash.discard(head);
        }
    }

    /**
     * In whose ids a provider writes to the head; empty when no provider has prepared it.
     *
     * @throws ProviderException {@code FAULT} when the owner is no start of a range
     */
    Optional<IdRange> range(int generation, int index) {
        Path head = head(generation, index);
        try (Directory owned = Directory.open(head)) {
            long owner = owned.status().uid();
            if (owner == UNPREPARED) {
                return Optional.empty();
            }
            if (owner % IdRange.SIZE != 0) {
                throw new ProviderException(
                        ProviderException.Kind.FAULT, head + " belongs to " + owner + ", where no range of ids starts");
            }
            return Optional.of(new IdRange(owner));
        }
    }

    List<VolumeMount> mounts(int generation, List<List<Committed>> chains) {
        List<VolumeMount> mounts = new ArrayList<>();
        for (int index = 0; index < paths.size(); index++) {
            Path head = head(generation, index);
            mounts.add(new VolumeMount(
                    paths.get(index),
                    head,
                    head.resolve(VolumeDirectory.UPPER),
                    head.resolve(VolumeDirectory.WORK),
                    chains.get(index)));
        }
        return mounts;
    }
}
