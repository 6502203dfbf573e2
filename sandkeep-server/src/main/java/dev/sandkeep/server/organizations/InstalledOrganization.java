package dev.sandkeep.server.organizations;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An organization, as the operators of the server see it.
 *
 * @param members how many there are
 * @param operatesServer whether it is the one that operates the server
 * @param deletedAt null when it is not deleted
 * @param restorableUntil until when it can be brought back; null when it is not deleted
 */
public record InstalledOrganization(
        String id,
        String name,
        Instant createdAt,
        int members,
        boolean operatesServer,
        @Nullable Instant deletedAt,
        @Nullable Instant restorableUntil) {}
