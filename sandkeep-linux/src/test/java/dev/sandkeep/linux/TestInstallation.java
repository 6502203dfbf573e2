package dev.sandkeep.linux;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sandkeep.linux.kernel.Directory;
import dev.sandkeep.linux.kernel.HostProcess;
import dev.sandkeep.spi.BaseImageOutcome;
import dev.sandkeep.spi.BaseImageSource;
import dev.sandkeep.spi.ImageId;
import dev.sandkeep.spi.ProviderConfig;
import dev.sandkeep.spi.SandboxProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A data directory for all tests of this module's run, so that a Debian system is built once. It is removed when the run ends;
 * what a run that was killed left is removed by the next one.
 *
 * <p>The system property {@value #KEPT} names a directory to use instead and to keep, so that single tests, run again and
 * again, find the Debian system that the first run built. One run at a time may use it.
 */
final class TestInstallation {
    private static final String KEPT = "sandkeep.test.data";
    private static final Path PARENT = Path.of("/var/tmp");
    private static final String PREFIX = "sandkeep-linux-test-";
    private static @Nullable ProviderConfig config;

    private TestInstallation() {}

    /** The configuration to open provider and backend with. Skips the test when not run as root. */
    static synchronized ProviderConfig config() {
        assumeTrue("root".equals(System.getProperty("user.name")), "the linux provider needs root");
        if (config == null) {
            String kept = System.getProperty(KEPT);
            config = kept == null ? create() : open(Path.of(kept));
        }
        return config;
    }

    /** As {@link #config}, with one setting more. */
    static ProviderConfig config(String setting, String value) {
        ProviderConfig plain = config();
        return new ProviderConfig(plain.dataDirectory(), plain.installation(), Map.of(setting, value));
    }

    private static ProviderConfig create() {
        try {
            removeLeftovers();
            HostProcess self = HostProcess.find(ProcessHandle.current().pid()).orElseThrow();
            Path data = PARENT.resolve(PREFIX + self.pid() + "-" + self.startTicks());
            Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(data)));
            return open(data);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ProviderConfig open(Path data) {
        try {
            Files.createDirectories(data);
            Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx--x--x"));
            return new ProviderConfig(data, UUID.randomUUID().toString().substring(0, 8), Map.of());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void removeLeftovers() throws IOException {
        try (Stream<Path> entries = Files.list(PARENT)) {
            for (Path entry : entries.toList()) {
                String name = entry.getFileName().toString();
                if (name.startsWith(PREFIX) && !ownerAlive(name.substring(PREFIX.length()))) {
                    remove(entry);
                }
            }
        }
    }

    private static boolean ownerAlive(String owner) {
        int dash = owner.indexOf('-');
        return new HostProcess(Long.parseLong(owner.substring(0, dash)), Long.parseLong(owner.substring(dash + 1)))
                .alive();
    }

    private static void remove(Path data) {
        try (Directory parent = Directory.open(PARENT)) {
            parent.removeTree(Directory.bytes(data.getFileName().toString()));
        }
    }

    /** A minimal Debian system in {@code provider}. */
    static ImageId debian(SandboxProvider provider) {
        return switch (provider.ensureBaseImage(new BaseImageSource.Debian("bookworm"), line -> {})) {
            case BaseImageOutcome.Ready ready -> ready.image();
            case BaseImageOutcome.Unavailable unavailable -> throw new AssertionError(unavailable.reason());
        };
    }
}
