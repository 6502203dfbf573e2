package dev.sandkeep.server.events;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One thing that somebody did through the API.
 *
 * @param id sortable
 * @param actor id of the member or service account
 * @param keyId API key that was used; for a new member, the invitation
 * @param address that the request came from, as the server saw it
 * @param action what was done: {@code created}, {@code role_changed}, …
 * @param subjectType {@code profile}, {@code member}, {@code api_key}, …
 * @param subjectId what it was done to
 * @param before state or setting before; null when there was none
 * @param after state or setting after; null when there is none
 * @param detail for people; empty when the rest says it all
 */
public record AuditEntry(
        String id,
        Instant at,
        String actor,
        String keyId,
        String address,
        String action,
        String subjectType,
        String subjectId,
        @Nullable String before,
        @Nullable String after,
        String detail) {}
