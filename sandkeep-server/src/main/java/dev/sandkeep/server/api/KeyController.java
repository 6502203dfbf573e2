package dev.sandkeep.server.api;

import dev.sandkeep.server.api.KeyView.CreatedKeyView;
import dev.sandkeep.server.organizations.CreatedKey;
import dev.sandkeep.server.organizations.Keys;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.platform.web.Page;
import dev.sandkeep.server.platform.web.PageRequest;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** API keys: one's own, and for admins everybody's. */
@RestController
@RequestMapping("/api/v1/api-keys")
@Tag(name = "API keys")
class KeyController {
    private final Keys keys;

    KeyController(Keys keys) {
        this.keys = keys;
    }

    @GetMapping
    @Requires(Permission.KEYS_SEE)
    @Operation(
            operationId = "listApiKeys",
            summary = "Keys that were not revoked, newest first: one's own, for admins and owners everybody's")
    Page<KeyView> list(
            Caller caller,
            @RequestParam(required = false) @Parameter(description = ListParameters.LIMIT) @Nullable Integer limit,
            @RequestParam(required = false) @Parameter(description = ListParameters.CURSOR) @Nullable String cursor) {
        return keys.list(caller, PageRequest.of(limit, cursor)).map(KeyView::of);
    }

    @PostMapping
    @ResponseStatus(HttpStatus.CREATED)
    @Requires(Permission.KEYS_MANAGE)
    @Operation(
            operationId = "createApiKey",
            summary = "Make a key of one's own, with no more scopes and no longer life than the calling key")
    ResponseEntity<CreatedKeyView> create(
            Caller caller,
            @RequestBody KeyRequest body,
            @RequestHeader(name = "Idempotency-Key", required = false)
                    @Parameter(description = ListParameters.IDEMPOTENCY_KEY)
                    @Nullable
                    String idempotencyKey) {
        CreatedKey created = keys.create(caller, idempotencyKey, body.wanted());
        return ResponseEntity.created(
                        URI.create("/api/v1/api-keys/" + created.key().id()))
                .body(CreatedKeyView.of(created));
    }

    @DeleteMapping("/{key}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @Requires(Permission.KEYS_MANAGE)
    @Operation(
            operationId = "revokeApiKey",
            summary = "End a key: one's own, for admins everybody's but owners', for owners everybody's")
    void revoke(Caller caller, @PathVariable @Parameter(description = "Id of a key") String key) {
        keys.revoke(caller, key);
    }
}
