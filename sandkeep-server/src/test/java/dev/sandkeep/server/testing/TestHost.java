package dev.sandkeep.server.testing;

import dev.sandkeep.spi.SandboxProvider;
import dev.sandkeep.spi.VolumeBackend;
import dev.sandkeep.spi.faults.FaultPlan;
import dev.sandkeep.spi.faults.FaultySandboxProvider;
import dev.sandkeep.spi.faults.FaultyVolumeBackend;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A host without processes that several servers of a test may share: one in-memory provider and one volume backend for each
 * data directory. Every server that opens them gets them with its own faults and crashes.
 */
public final class TestHost {
    private static final Map<Path, TestHost> HOSTS = new ConcurrentHashMap<>();

    private final InMemoryProvider provider = new InMemoryProvider();
    private final InMemoryVolumeBackend volumes;
    private volatile FaultPlan faults = FaultPlan.none();
    private volatile CrashPlan crashes = new CrashPlan();
    private int servers;
    private int providersOpened;
    private int backendsOpened;

    private TestHost(Path data) {
        try {
            volumes = new InMemoryVolumeBackend(Files.createDirectories(data.resolve("test-volumes")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The host of a data directory. */
    public static TestHost of(Path data) {
        return HOSTS.computeIfAbsent(data, TestHost::new);
    }

    /** What really runs. */
    public InMemoryProvider provider() {
        return provider;
    }

    /** What is really stored. */
    public InMemoryVolumeBackend volumes() {
        return volumes;
    }

    /** What goes wrong for the server that opened the host last. */
    public FaultPlan faults() {
        return faults;
    }

    /** Where the server that opened the host last dies. */
    public CrashPlan crashes() {
        return crashes;
    }

    /** The provider for a server. */
    synchronized SandboxProvider openProvider() {
        providersOpened++;
        beginServer(providersOpened);
        return crashes.around(SandboxProvider.class, "provider", new FaultySandboxProvider(provider, faults));
    }

    /** The volume backend for a server, which may open it before or after the provider. */
    synchronized VolumeBackend openVolumes() {
        backendsOpened++;
        beginServer(backendsOpened);
        return crashes.around(VolumeBackend.class, "volume", new FaultyVolumeBackend(volumes, faults));
    }

    private void beginServer(int number) {
        if (number > servers) {
            servers = number;
            faults = FaultPlan.none();
            crashes = new CrashPlan();
        }
    }
}
