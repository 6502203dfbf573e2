package dev.sandkeep.spi.contract;

import dev.sandkeep.spi.ComputeId;

/** A group of rules that every provider keeps; its tests run in each subclass of {@link SandboxProviderContract}. */
interface ProviderRules {
    /** What the tests work with. */
    ProviderFixture host();

    /** Kills a compute's first process behind the provider's back, as an administrator or a lack of memory would. */
    void killFromOutside(ComputeId id) throws Exception;
}
