package dev.sandkeep.linux.volumes;

import dev.sandkeep.spi.ProviderConfig;
import dev.sandkeep.spi.VolumeBackend;
import dev.sandkeep.spi.VolumeBackendFactory;
import dev.sandkeep.spi.contract.VolumeHistoryContract;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Volumes in a directory do what {@link VolumeBackend} promises. */
class DirectoryVolumeHistoryTest extends VolumeHistoryContract {
    @TempDir(factory = InMemory.class)
    Path data;

    @BeforeEach
    void needsRoot() {
        StoreFixture.requireRoot();
    }

    @Override
    protected VolumeBackendFactory factory() {
        return new DirectoryVolumeBackendFactory();
    }

    @Override
    protected ProviderConfig config() {
        return StoreFixture.config(data);
    }
}
