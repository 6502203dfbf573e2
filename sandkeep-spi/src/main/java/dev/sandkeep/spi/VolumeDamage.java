package dev.sandkeep.spi;

/**
 * Why a volume cannot be used. The data stays as it is.
 *
 * @param code what is wrong
 * @param reason one sentence that names the file or directory
 */
public record VolumeDamage(Code code, String reason) {
    /** What can be wrong with a volume. */
    public enum Code {
        /** The volume's own marker cannot be read. */
        MARKER_UNREADABLE,
        /** The marker names another volume or sandbox. */
        FOREIGN,
        /** A checkpoint that the state stands on is not there. */
        CHECKPOINT_MISSING,
        /** A checkpoint is not as it was when it was committed. */
        CHECKPOINT_CHANGED,
        /** The newest checkpoint is older than the durable point that was promised. */
        OLDER_THAN_DURABLE_POINT,
        /** The writable files of an attachment are not there. */
        HEAD_MISSING
    }
}
