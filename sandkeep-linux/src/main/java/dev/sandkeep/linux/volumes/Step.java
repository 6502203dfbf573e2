package dev.sandkeep.linux.volumes;

/** The points between which a death leaves different things behind; see the table in this package's comment. */
enum Step {
    PROVISION_PREPARED,
    PROVISION_RENAMED,
    ATTACH_HEAD_MADE,
    ATTACH_STATE_WRITTEN,
    DETACH_FLUSHED,
    DETACH_WORK_REMOVED,
    DETACH_MERGED,
    DETACH_MANIFEST_WRITTEN,
    DETACH_RENAMED,
    DETACH_STATE_WRITTEN,
    CHECKPOINT_COPIED,
    CHECKPOINT_ANNOUNCED,
    CHECKPOINT_RENAMED,
    CHECKPOINT_STATE_WRITTEN,
    RESTORE_PREPARED,
    RESTORE_ANNOUNCED,
    RESTORE_RENAMED,
    RESTORE_STATE_WRITTEN,
    REMOVE_MARKED,
    REMOVE_RELEASED,
    FORK_REFERRED,
    FORK_SHARED,
    FORK_PREPARED,
    FORK_RENAMED,
    IMPORT_PREPARED,
    IMPORT_RENAMED,
    DELETE_RENAMED,
    COPY_PACKED,
    COPY_PUBLISHED,
    COPY_WITHDRAWN;

    /** Told of each step that is done; tests let the process die there. */
    interface Listener {
        /** Nobody listens. */
        Listener NONE = step -> {};

        void done(Step step);
    }
}
