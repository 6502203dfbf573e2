package dev.sandkeep.server.events;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One change that happened.
 *
 * @param id sortable; where a stream is resumed after
 * @param at when the change was made
 * @param actor a member's id, or {@code system}
 * @param subjectType {@code profile}, {@code snapshot_job}, {@code session}, …
 * @param subjectId what changed
 * @param action what was done: {@code created}, {@code published}, {@code stopped}, …
 * @param from state before; null when there was none
 * @param to state after; null when there is none
 * @param code why, when it is a failure or another case that has a code
 * @param detail for people; empty when the rest says it all
 */
public record Event(
        String id,
        Instant at,
        String actor,
        String subjectType,
        String subjectId,
        String action,
        @Nullable String from,
        @Nullable String to,
        @Nullable String code,
        String detail) {}
