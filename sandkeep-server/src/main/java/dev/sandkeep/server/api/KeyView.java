package dev.sandkeep.server.api;

import dev.sandkeep.server.organizations.ApiKey;
import dev.sandkeep.server.organizations.CreatedKey;
import dev.sandkeep.server.platform.security.Scope;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An API key, as it may be shown.
 *
 * @param beginning of its text, by which people tell keys apart
 * @param owner id of the member or service account that it stands for
 * @param createdBy id of whoever asked for it, or system
 * @param expiresAt null when it does not
 * @param lastUsedAt to the minute; null when it never was
 */
record KeyView(
        String id,
        String name,
        String beginning,
        String owner,
        String ownerName,
        List<String> scopes,
        String createdBy,
        Instant createdAt,
        @Nullable Instant expiresAt,
        @Nullable Instant lastUsedAt) {

    /**
     * A key that was made.
     *
     * @param text the key itself: shown here and never again; null when the request was a repetition
     */
    record CreatedKeyView(KeyView key, @Nullable String text) {
        static CreatedKeyView of(CreatedKey created) {
            return new CreatedKeyView(KeyView.of(created.key()), created.text().orElse(null));
        }
    }

    static KeyView of(ApiKey key) {
        return new KeyView(
                key.id(),
                key.name(),
                key.beginning(),
                key.owner(),
                key.ownerName(),
                Scope.texts(key.scopes()),
                key.createdBy(),
                key.createdAt(),
                key.expiresAt().orElse(null),
                key.lastUsedAt().orElse(null));
    }
}
