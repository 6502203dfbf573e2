package dev.sandkeep.spi;

/**
 * Names a checkpoint of a volume ({@code chk_…}).
 *
 * @param value safe as one path component, chosen by the caller before anything exists under it
 */
public record CheckpointId(String value) {
    public CheckpointId {
        Names.requireSafe("checkpoint id", value);
    }

    @Override
    public String toString() {
        return value;
    }
}
