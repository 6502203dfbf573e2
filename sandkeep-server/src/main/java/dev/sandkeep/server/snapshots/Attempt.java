package dev.sandkeep.server.snapshots;

import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.ImageId;
import java.time.Instant;

/**
 * One try at a job, claimed by this server. Its number fences: a write that names an older number changes nothing.
 *
 * @param number 1, 2, 3 …
 * @param image name of what it would capture
 * @param deadline when the job ends with {@code job_timeout}
 * @param linesBefore how many lines earlier attempts have logged
 * @param lineBytesBefore how many bytes those have
 */
record Attempt(
        String jobId,
        int number,
        String organization,
        String profileId,
        int version,
        SnapshotTrigger trigger,
        RefreshOptions options,
        ImageId image,
        Instant deadline,
        long linesBefore,
        long lineBytesBefore) {
    /** What others hear when it ends the job. */
    JobEnd end(SnapshotJobState state) {
        return new JobEnd(jobId, organization, profileId, version, trigger, state);
    }

    /** Name of its compute. */
    ComputeId compute() {
        return new ComputeId(jobId, number);
    }
}
