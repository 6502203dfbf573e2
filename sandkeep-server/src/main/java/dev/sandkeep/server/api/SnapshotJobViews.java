package dev.sandkeep.server.api;

import dev.sandkeep.server.platform.security.Caller;
import java.util.Optional;

/** Shows snapshot jobs with the versions that they belong to. */
interface SnapshotJobViews {

    /** A job of the caller's organization. */
    Optional<SnapshotJobView> find(Caller caller, String jobId);
}
