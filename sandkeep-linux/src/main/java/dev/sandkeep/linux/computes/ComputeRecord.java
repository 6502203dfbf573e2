package dev.sandkeep.linux.computes;

import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.IdRange;
import dev.sandkeep.spi.ImageId;
import java.util.Map;

/**
 * What was decided about a compute before it was started.
 *
 * @param compute its name
 * @param image what it starts from
 * @param firstId of the host ids that its files are written in
 * @param environment of its processes
 * @param diskBytes what it may write
 * @param bootId of the host when it was started
 */
public record ComputeRecord(
        String compute, String image, long firstId, Map<String, String> environment, long diskBytes, String bootId) {
    public ComputeRecord {
        environment = Map.copyOf(environment);
    }

    public ComputeId id() {
        return ComputeId.parse(compute);
    }

    public ImageId imageId() {
        return new ImageId(image);
    }

    public IdRange range() {
        return new IdRange(firstId);
    }
}
