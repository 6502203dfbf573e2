package dev.sandkeep.spi;

/**
 * Names an image: a base image, or the prepared root file system of a snapshot ({@code snp_…}).
 *
 * @param value safe as one path component, chosen by the caller before anything exists under it
 */
public record ImageId(String value) {
    public ImageId {
        Names.requireSafe("image id", value);
    }

    @Override
    public String toString() {
        return value;
    }
}
