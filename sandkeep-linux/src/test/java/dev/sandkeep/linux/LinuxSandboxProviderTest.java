package dev.sandkeep.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.linux.runtime.OciRuntime;
import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.ImageId;
import dev.sandkeep.spi.ProviderConfig;
import dev.sandkeep.spi.SandboxProvider;
import dev.sandkeep.spi.SandboxProviderFactory;
import dev.sandkeep.spi.VolumeBackendFactory;
import dev.sandkeep.spi.contract.SandboxProviderContract;
import java.nio.file.Path;
import java.util.ServiceLoader;

/** The linux provider does what {@link SandboxProvider} promises, on the host that runs this test. */
class LinuxSandboxProviderTest extends SandboxProviderContract {
    @Override
    protected SandboxProviderFactory factory() {
        return new LinuxSandboxProviderFactory();
    }

    @Override
    protected ProviderConfig config() {
        return TestInstallation.config();
    }

    @Override
    protected VolumeBackendFactory volumeFactory() {
        return ServiceLoader.load(VolumeBackendFactory.class).findFirst().orElseThrow();
    }

    @Override
    protected ImageId smallImage(SandboxProvider provider) {
        return TestInstallation.debian(provider);
    }

    @Override
    public void killFromOutside(ComputeId id) {
        Path bundle = config().dataDirectory()
                .resolve("sandboxes")
                .resolve(id.sandbox())
                .resolve("" + id.generation());
        assertThat(OciRuntime.init(bundle).orElseThrow().signal(9)).isTrue();
    }
}
