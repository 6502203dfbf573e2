package dev.sandkeep.server.organizations;

import java.time.Instant;

/**
 * An organization that was deleted and can be brought back.
 *
 * @param name it had
 * @param deletedBy id of the member or service account that deleted it
 * @param restorableUntil when everything that it kept begins to be removed
 */
public record DeletedOrganization(
        String id, String name, Instant deletedAt, String deletedBy, Instant restorableUntil) {}
