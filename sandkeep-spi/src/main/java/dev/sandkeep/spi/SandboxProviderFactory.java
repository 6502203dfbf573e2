package dev.sandkeep.spi;

import java.util.List;

/** Found with {@link java.util.ServiceLoader}; the configuration chooses one by {@link #name()}. */
public interface SandboxProviderFactory {
    /** How the configuration names it: {@code linux}, {@code docker}, {@code kubernetes}. */
    String name();

    /**
     * Opens the provider and prepares the host for it. Computes that run already keep running and can be inspected, used and
     * stopped at once.
     *
     * @throws ProviderException when the host lacks something; the message says what, and what to do
     */
    SandboxProvider open(ProviderConfig config);

    /** Looks at the host without changing it, also when {@link #open} would fail. */
    List<HostCheck> diagnose(ProviderConfig config);

    /**
     * What stands on this host from any installation whose data directory no longer exists: it belongs to nothing. Changes
     * nothing.
     */
    List<HostResource> orphans();
}
