package dev.sandkeep.server.dashboard;

import org.jspecify.annotations.Nullable;
import org.springframework.web.util.UriComponentsBuilder;

/** Addresses of pages. */
final class Links {
    private Links() {}

    /** The next page of a list; empty when there is none. */
    static String older(String path, @Nullable String cursor) {
        return cursor == null
                ? ""
                : UriComponentsBuilder.fromUriString(path)
                        .queryParam("cursor", cursor)
                        .build()
                        .toUriString();
    }
}
