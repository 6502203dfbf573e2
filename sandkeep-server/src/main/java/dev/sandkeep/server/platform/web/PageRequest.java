package dev.sandkeep.server.platform.web;

import dev.sandkeep.server.platform.errors.ValidationErrors;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which part of a list is wanted.
 *
 * @param limit most items, 1 to 200
 * @param after the key of the last item before the page, as {@link Page#of} was given it; empty for the first page
 */
public record PageRequest(int limit, Optional<String> after) {
    /** Items on a page when the request does not say. */
    public static final int DEFAULT_LIMIT = 50;

    private static final int LARGEST_LIMIT = 200;
    /** So that a cursor of another list, or one made up, is seen as such. */
    private static final String MARK = "1:";

    /** From the query parameters {@code limit} and {@code cursor}. */
    public static PageRequest of(@Nullable Integer limit, @Nullable String cursor) {
        ValidationErrors errors = new ValidationErrors();
        int wanted = limit == null ? DEFAULT_LIMIT : limit;
        errors.check(
                wanted >= 1 && wanted <= LARGEST_LIMIT, "limit", "out_of_range", "limit must be 1 to " + LARGEST_LIMIT);
        Optional<String> after = Optional.empty();
        if (cursor != null && !cursor.isEmpty()) {
            after = decode(cursor);
            errors.check(after.isPresent(), "cursor", "malformed", "cursor must be the nextCursor of an earlier page");
        }
        errors.throwIfAny();
        return new PageRequest(wanted, after);
    }

    /** How many rows to fetch: one more than a page holds tells whether there is another. */
    public int fetch() {
        return limit + 1;
    }

    static String cursor(String key) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString((MARK + key).getBytes(StandardCharsets.UTF_8));
    }

    private static Optional<String> decode(String cursor) {
        try {
            String text = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
            return text.startsWith(MARK) ? Optional.of(text.substring(MARK.length())) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
