package dev.sandkeep.spi;

/**
 * Names a volume ({@code vol_…}).
 *
 * @param value safe as one path component, chosen by the caller before anything exists under it
 */
public record VolumeId(String value) {
    public VolumeId {
        Names.requireSafe("volume id", value);
    }

    @Override
    public String toString() {
        return value;
    }
}
