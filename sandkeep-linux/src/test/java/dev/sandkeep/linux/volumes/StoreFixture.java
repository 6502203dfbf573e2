package dev.sandkeep.linux.volumes;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sandkeep.spi.ProviderConfig;
import java.nio.file.Path;
import java.util.Map;

/** What the tests of this package share. */
final class StoreFixture {
    private StoreFixture() {}

    /** Skips the test where it cannot run. */
    static void requireRoot() {
        assumeTrue("root".equals(System.getProperty("user.name")), "volumes keep files of many owners: needs root");
    }

    static ProviderConfig config(Path data) {
        return new ProviderConfig(data, "0123abcd", Map.of());
    }
}
