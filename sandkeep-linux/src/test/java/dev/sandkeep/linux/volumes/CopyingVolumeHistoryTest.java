package dev.sandkeep.linux.volumes;

import static dev.sandkeep.linux.volumes.StoreFixture.sh;

import dev.sandkeep.spi.ProviderConfig;
import dev.sandkeep.spi.VolumeBackend;
import dev.sandkeep.spi.VolumeBackendFactory;
import dev.sandkeep.spi.contract.VolumeHistoryContract;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** Volumes that are copied do what {@link VolumeBackend} promises. */
class CopyingVolumeHistoryTest extends VolumeHistoryContract {
    @TempDir
    static Path place;

    private static UnfitDirectory unfit;

    private @Nullable Path volumes;

    @BeforeAll
    static void mount() throws Exception {
        Files.createDirectory(place.resolve("disk"));
        sh(place, MemoryDisk.script("256M", "disk"));
        unfit = UnfitDirectory.overlayOnDisk(place, "256M");
    }

    @AfterAll
    static void unmount() throws Exception {
        unfit.remove();
        sh(place, "umount disk");
    }

    @Override
    protected VolumeBackendFactory factory() {
        return new DirectoryVolumeBackendFactory();
    }

    @Override
    protected ProviderConfig config() {
        if (volumes == null) {
            volumes = unfit.fresh();
        }
        return StoreFixture.config(place.resolve("disk/data"), volumes);
    }
}
