package dev.sandkeep.server.organizations;

import java.util.OptionalLong;

/**
 * One quota of an organization, and how much of it is used.
 *
 * @param own what its admins and owners have set; empty for nothing
 * @param ceiling what the operators of the server have set; empty for nothing
 * @param used at this moment; may be more than the limit, which ends nothing that is there
 */
public record QuotaUse(Quota quota, OptionalLong own, OptionalLong ceiling, long used) {
    /** What holds: the lower one. */
    public OptionalLong limit() {
        if (own.isPresent() && ceiling.isPresent()) {
            return OptionalLong.of(Math.min(own.getAsLong(), ceiling.getAsLong()));
        }
        return own.isPresent() ? own : ceiling;
    }

    /** Whether nothing more of it can be had. */
    public boolean usedUp() {
        return limit().isPresent() && used >= limit().getAsLong();
    }
}
