package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.organizations.OrganizationPart;
import org.springframework.stereotype.Component;

/** Snapshots of a deleted organization: what is being built is canceled; images go with their profiles. */
@Component
class SnapshotsOfOrganization implements OrganizationPart {
    private final SnapshotJobs jobs;
    private final SnapshotJobStore store;

    SnapshotsOfOrganization(SnapshotJobs jobs, SnapshotJobStore store) {
        this.jobs = jobs;
        this.store = store;
    }

    @Override
    public void halt(String organizationId) {
        jobs.organizationDeleted(organizationId);
    }

    /** Deleting a profile releases its snapshots, and the sweep removes what is released. */
    @Override
    public void remove(String organizationId) {}

    @Override
    public boolean gone(String organizationId) {
        return !store.anyLeftOf(organizationId);
    }
}
