package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.events.Change;
import dev.sandkeep.server.events.EventLog;
import dev.sandkeep.server.platform.Signals;
import dev.sandkeep.server.platform.security.Caller;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Tells everyone that a job is over, inside the transaction that ends it. */
final class JobEndings {
    private final EventLog events;
    private final Signals signals;
    private final List<JobEndListener> listeners;

    JobEndings(EventLog events, Signals signals, List<JobEndListener> listeners) {
        this.events = events;
        this.signals = signals;
        this.listeners = List.copyOf(listeners);
    }

    /** With a snapshot. */
    void succeeded(JobEnd end, String snapshotId) {
        tell(Caller.system(end.organization()), end, SnapshotJobState.RUNNING, Optional.empty(), snapshotId);
    }

    /** A snapshot that is about to be used holds what looks like secrets, as its profile allows. */
    void secretsAllowed(JobEnd end, String snapshotId, List<AllowedSecret> allowed) {
        events.append(
                Caller.system(end.organization()),
                Change.of("snapshot", snapshotId, "secrets_allowed")
                        .detail(allowed.stream().map(AllowedSecret::toString).collect(Collectors.joining("; ")))
                        .alsoAbout(end.profileId(), end.jobId()));
    }

    /** The test of a setup script, which makes none. */
    void passed(JobEnd end) {
        tell(Caller.system(end.organization()), end, SnapshotJobState.RUNNING, Optional.empty(), "setup test passed");
    }

    /** Without one, because the present one is still right. */
    void skipped(JobEnd end) {
        tell(Caller.system(end.organization()), end, SnapshotJobState.RUNNING, Optional.empty(), "nothing has changed");
    }

    /**
     * Without one.
     *
     * @param by who ended it
     */
    void failed(Caller by, JobEnd end, SnapshotJobState from, JobFailure failure) {
        tell(by, end, from, Optional.of(failure.code()), failure.message());
    }

    private void tell(Caller by, JobEnd end, SnapshotJobState from, Optional<String> code, String detail) {
        Change change = Change.of("snapshot_job", end.jobId(), end.state().text())
                .from(from.text())
                .to(end.state().text())
                .detail(detail)
                .alsoAbout(end.profileId());
        events.append(by, code.map(change::code).orElse(change));
        listeners.forEach(listener -> listener.ended(end));
        signals.raise(end.jobId());
    }

    /** A profile is being deleted, and its jobs were told to end. */
    void profileDeleted(String profileId) {
        listeners.forEach(listener -> listener.profileDeleted(profileId));
    }
}
