package dev.sandkeep.server.snapshots;

/** Hears of jobs that end, inside the transaction that ends them: both are written or neither. */
public interface JobEndListener {
    /** A job is over. */
    void ended(JobEnd end);

    /** A profile is being deleted, and what stands on it with it. */
    void profileDeleted(String profileId);
}
