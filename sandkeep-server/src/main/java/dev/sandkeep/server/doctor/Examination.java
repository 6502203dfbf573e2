package dev.sandkeep.server.doctor;

import dev.sandkeep.server.platform.config.SandkeepProperties;
import dev.sandkeep.server.platform.config.StartFailure;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.spi.HostCheck;
import dev.sandkeep.spi.ProviderConfig;
import dev.sandkeep.spi.SandboxProviderFactory;
import dev.sandkeep.spi.VolumeBackendFactory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;

/** All checks: of what every server needs, and of what the chosen provider and volume backend need. */
public final class Examination {
    /** Stands for the id of a data directory that does not exist yet. */
    private static final String NO_INSTALLATION = "00000000";

    private final SandkeepProperties properties;

    public Examination(SandkeepProperties properties) {
        this.properties = properties;
    }

    /** All of them; takes seconds, because a provider may try a sandbox. */
    public List<HostCheck> checks() {
        List<HostCheck> checks = new ArrayList<>(new PlatformChecks(properties).all());
        Optional<SandboxProviderFactory> provider = ServiceLoader.load(SandboxProviderFactory.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(factory -> factory.name().equals(properties.provider()))
                .findFirst();
        provider.ifPresentOrElse(
                factory -> checks.addAll(factory.diagnose(config(factory.name()))),
                () -> checks.add(unknown("provider", properties.provider())));
        checks.addAll(volumeChecks());
        return List.copyOf(checks);
    }

    /** What the volume backend needs. */
    public List<HostCheck> volumeChecks() {
        if (properties.volumesBackend().equals(SandkeepProperties.NO_BACKEND)) {
            return List.of(HostCheck.warning(
                    "server.volumes.backend",
                    "there is none: persistent sandboxes cannot be allowed, every sandbox is ephemeral",
                    "set sandkeep.volumes.backend to one that docs/configuration.md names"));
        }
        return ServiceLoader.load(VolumeBackendFactory.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(factory -> factory.name().equals(properties.volumesBackend()))
                .findFirst()
                .map(factory -> factory.diagnose(config(factory.name())))
                .orElseGet(() -> List.of(unknown("volumes.backend", properties.volumesBackend())));
    }

    private ProviderConfig config(String name) {
        return new ProviderConfig(properties.data(), installation(), properties.settingsOf(name));
    }

    private String installation() {
        try {
            return DataDirectory.existing(properties.data())
                    .map(DataDirectory::installation)
                    .orElse(NO_INSTALLATION);
        } catch (IOException | StartFailure e) {
            return NO_INSTALLATION; // the check of the data directory tells of it
        }
    }

    private static HostCheck unknown(String key, String name) {
        return HostCheck.failed(
                "server." + key,
                "there is no '" + name + "'",
                "set sandkeep." + key + " to one that docs/configuration.md names");
    }
}
