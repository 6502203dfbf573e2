package dev.sandkeep.server.computes;

import dev.sandkeep.spi.ComputeId;
import java.util.Collection;
import java.util.Set;

/**
 * Says which computes belong to something that is going on. Each feature that runs compute has one; a compute that none claims
 * is destroyed.
 */
public interface ComputeClaims {
    /**
     * Those of {@code computes} that are not to be touched.
     *
     * @param computes any, also of owners that this feature knows nothing of
     */
    Set<ComputeId> claimed(Collection<ComputeId> computes);
}
