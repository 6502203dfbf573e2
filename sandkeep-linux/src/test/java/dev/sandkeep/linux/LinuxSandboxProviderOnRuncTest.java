package dev.sandkeep.linux;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sandkeep.linux.files.Command;
import dev.sandkeep.spi.ProviderConfig;

/** The same with runc, which is what hosts without crun have. */
class LinuxSandboxProviderOnRuncTest extends LinuxSandboxProviderTest {
    @Override
    protected ProviderConfig config() {
        assumeTrue(Command.find("runc").isPresent(), "needs runc");
        return TestInstallation.config("runtime", "runc");
    }
}
