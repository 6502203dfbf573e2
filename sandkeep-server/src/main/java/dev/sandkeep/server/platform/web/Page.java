package dev.sandkeep.server.platform.web;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A part of a list.
 *
 * @param items in the list's order
 * @param nextCursor where the next page begins, for {@code ?cursor=}; null on the last page
 */
public record Page<T>(List<T> items, @Nullable String nextCursor) {

    /**
     * Cuts a page out of rows.
     *
     * @param rows in order, fetched with {@link PageRequest#fetch()} as the limit: one more than the page may hold
     * @param key the row's place in the order, as the cursor keeps it
     */
    public static <T> Page<T> of(List<T> rows, PageRequest request, Function<T, String> key) {
        if (rows.size() <= request.limit()) {
            return new Page<>(List.copyOf(rows), null);
        }
        List<T> items = List.copyOf(rows.subList(0, request.limit()));
        return new Page<>(items, PageRequest.cursor(key.apply(items.getLast())));
    }

    /** The same page of something else. */
    public <R> Page<R> map(Function<T, R> mapping) {
        return new Page<>(items.stream().map(mapping).toList(), nextCursor);
    }
}
