package dev.sandkeep.server.snapshots;

/**
 * How a snapshot is to be made anew.
 *
 * @param full from the base image, also where the plan has a maintenance script
 * @param onlyIfChanged not at all when everything that it would be made from is what the present one was made from
 */
public record RefreshOptions(boolean full, boolean onlyIfChanged) {
    /** As the plan says, in any case. */
    public static final RefreshOptions DEFAULT = new RefreshOptions(false, false);
}
