package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.computes.ComputeClaims;
import dev.sandkeep.spi.ComputeId;
import java.util.Collection;
import java.util.Set;
import java.util.stream.Collectors;

/** A job claims the compute of the attempt that goes on. */
final class JobClaims implements ComputeClaims {
    private final SnapshotJobStore jobs;

    JobClaims(SnapshotJobStore jobs) {
        this.jobs = jobs;
    }

    @Override
    public Set<ComputeId> claimed(Collection<ComputeId> computes) {
        Set<String> owners = computes.stream()
                .map(ComputeId::sandbox)
                .filter(owner -> owner.startsWith("job_"))
                .collect(Collectors.toSet());
        Set<ComputeId> open = jobs.openAttempts(owners);
        return computes.stream().filter(open::contains).collect(Collectors.toSet());
    }
}
