package dev.sandkeep.spi;

/** What became of {@link VolumeBackend#provision}. */
public sealed interface ProvisionOutcome {
    /**
     * The volume exists.
     *
     * @param repeated whether it existed before with the same specification
     */
    record Provisioned(boolean repeated) implements ProvisionOutcome {}

    /** The name is taken by a volume with another specification. */
    record Conflict(String reason) implements ProvisionOutcome {}
}
