package dev.sandkeep.spi.faults;

/** How one call goes wrong. */
public enum Fault {
    /** Throws; nothing was done. */
    FAIL_BEFORE,
    /** Does everything, then throws. */
    FAIL_AFTER,
    /**
     * Waits, nothing done yet, until {@link FaultPlan#release()}; then does everything, however late that is. A caller that
     * is interrupted while it waits gets an exception, and nothing is done.
     */
    HANG,
    /** Does everything, then throws {@code UNAVAILABLE}, as a connection that breaks under the answer. */
    LOSE_ANSWER,
    /** Does everything twice, as a network that delivers a request again, and gives the second answer. */
    ANSWER_TWICE
}
