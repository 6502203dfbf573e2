package dev.sandkeep.linux.volumes;

import static dev.sandkeep.linux.volumes.StoreFixture.requireRoot;
import static dev.sandkeep.linux.volumes.StoreFixture.sh;

import java.nio.file.Path;
import java.util.UUID;

/** A mounted file system that no overlay can be written to. Skips the test where nothing can be mounted. */
final class UnfitDirectory {
    private final Path place;

    private UnfitDirectory(Path place, String script) throws Exception {
        requireRoot();
        this.place = place;
        sh(place, script);
        mount();
    }

    /** Another overlay, as the root of a container is, on a disk of its own that can be full. */
    static UnfitDirectory overlayOnDisk(Path place, String size) throws Exception {
        return new UnfitDirectory(place, "mkdir under unfit\n" + MemoryDisk.script(size, "under"));
    }

    void mount() throws Exception {
        sh(place, """
                mkdir -p under/lower under/upper under/work
                mount -t overlay -o lowerdir=under/lower,upperdir=under/upper,workdir=under/work overlay unfit""");
    }

    Path path() {
        return place.resolve("unfit");
    }

    /** A directory of its own in it. */
    Path fresh() {
        return path().resolve("volumes-" + UUID.randomUUID());
    }

    void unmount() throws Exception {
        sh(place, "umount unfit");
    }

    /** Leaves nothing mounted. */
    void remove() throws Exception {
        sh(place, "! mountpoint -q unfit || umount unfit; ! mountpoint -q under || umount under");
    }
}
