package dev.sandkeep.linux;

import dev.sandkeep.linux.computes.LowerStyleProbe;
import dev.sandkeep.linux.computes.RootFileSystem;
import dev.sandkeep.linux.registry.RegistrySettings;
import dev.sandkeep.linux.runtime.ControlGroups;
import dev.sandkeep.linux.runtime.OciRuntime;
import dev.sandkeep.linux.slots.HostNetwork;
import dev.sandkeep.linux.slots.Resolver;
import dev.sandkeep.linux.slots.SlotPool;
import dev.sandkeep.spi.HostCheck;
import dev.sandkeep.spi.HostResource;
import dev.sandkeep.spi.ProviderConfig;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.SandboxProvider;
import dev.sandkeep.spi.SandboxProviderFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Opens the linux provider.
 *
 * <p>Settings: {@code network} ({@code a.b.0.0/16}, default {@value #DEFAULT_NETWORK}) is the block of addresses for sandboxes;
 * {@code ready-slots} (0 to 64, default {@value #DEFAULT_READY_SLOTS}) is how many slots are kept made for the next starts;
 * {@code runtime} ({@code crun} or {@code runc}, default the faster one that works here) is the OCI runtime. Those
 * about base images are {@link RegistrySettings}'.
 */
public final class LinuxSandboxProviderFactory implements SandboxProviderFactory {
    static final String DEFAULT_NETWORK = "10.213.0.0/16";
    static final int DEFAULT_READY_SLOTS = 4;

    /** For {@link java.util.ServiceLoader}. */
    public LinuxSandboxProviderFactory() {}

    @Override
    public String name() {
        return "linux";
    }

    @Override
    public SandboxProvider open(ProviderConfig config) {
        HostDiagnosis diagnosis = new HostDiagnosis(config);
        List<HostCheck> failures = diagnosis.essentials().stream()
                .filter(check -> check.result() == HostCheck.Result.FAILED)
                .toList();
        if (!failures.isEmpty()) {
            throw new ProviderException(
                    ProviderException.Kind.FAULT,
                    failures.stream()
                            .map(check -> check.detail() + " (" + check.remedy() + ")")
                            .collect(Collectors.joining("; ")));
        }
        Path tmp = config.dataDirectory().resolve("tmp");
        try {
            Files.createDirectories(tmp);
        } catch (IOException e) {
            throw new UncheckedIOException(tmp + " could not be made", e);
        }
        return open(config, RuntimeChoice.make(config), settingReadySlots(config));
    }

    /** Opens the provider on a runtime that was chosen before. */
    static LinuxSandboxProvider open(ProviderConfig config, Path runtime, int readySlots) {
        String installation = config.installation();
        return new LinuxSandboxProvider(
                config.dataDirectory(),
                new HostNetwork(installation, config.setting("network").orElse(DEFAULT_NETWORK)),
                Resolver.ofHost(),
                new OciRuntime(runtime, Path.of("/run/sandkeep/oci", installation), ControlGroups.unified()),
                new ControlGroups(installation),
                new RootFileSystem(LowerStyleProbe.probe(config.dataDirectory().resolve("tmp"))),
                RegistrySettings.of(config),
                readySlots);
    }

    private static int settingReadySlots(ProviderConfig config) {
        int slots = config.setting("ready-slots").map(Integer::parseInt).orElse(DEFAULT_READY_SLOTS);
        if (slots < 0 || slots > 64) {
            throw new ProviderException(
                    ProviderException.Kind.FAULT, "ready-slots must be between 0 and 64, was " + slots);
        }
        return slots;
    }

    @Override
    public List<HostCheck> diagnose(ProviderConfig config) {
        return new HostDiagnosis(config).everything();
    }

    @Override
    public List<HostResource> orphans() {
        return SlotPool.orphans();
    }
}
