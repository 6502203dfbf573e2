package dev.sandkeep.spi;

import java.util.List;

/** Found with {@link java.util.ServiceLoader}; the configuration chooses one by {@link #name()}. */
public interface VolumeBackendFactory {
    /** How the configuration names it: {@code directory}. */
    String name();

    /**
     * Opens the backend.
     *
     * @throws ProviderException when the place cannot store volumes; the message says what is missing
     */
    VolumeBackend open(ProviderConfig config);

    /** Looks at the place without leaving anything changed. */
    List<HostCheck> diagnose(ProviderConfig config);
}
