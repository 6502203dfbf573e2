package dev.sandkeep.server.api;

import dev.sandkeep.server.api.KeyView.CreatedKeyView;
import dev.sandkeep.server.organizations.CreatedKey;
import dev.sandkeep.server.organizations.ServiceAccount;
import dev.sandkeep.server.organizations.ServiceAccounts;
import dev.sandkeep.server.platform.errors.ValidationErrors;
import dev.sandkeep.server.platform.json.SelfChecking;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.platform.security.Role;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.net.URI;
import java.time.Instant;
import java.util.List;
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
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Service accounts: they own keys that outlive people. */
@RestController
@RequestMapping("/api/v1/service-accounts")
@Tag(name = "API keys")
class ServiceAccountController {
    private static final String ACCOUNT = "Id or name of a service account";

    private final ServiceAccounts accounts;

    ServiceAccountController(ServiceAccounts accounts) {
        this.accounts = accounts;
    }

    /**
     * A service account to make.
     *
     * @param role admin or member
     */
    record ServiceAccountRequest(String name, String role) implements SelfChecking {
        @Override
        public void check(String path, ValidationErrors errors) {
            PeopleRules.name(name, path, errors);
            PeopleRules.role(role, List.of(Role.ADMIN, Role.MEMBER), path, errors);
        }
    }

    /** A service account. */
    record ServiceAccountView(String id, String name, String role, String createdBy, Instant createdAt) {
        static ServiceAccountView of(ServiceAccount account) {
            return new ServiceAccountView(
                    account.id(), account.name(), account.role().text(), account.createdBy(), account.createdAt());
        }
    }

    /** All of them. */
    record ServiceAccountList(List<ServiceAccountView> items) {}

    @GetMapping
    @Requires(Permission.SERVICE_ACCOUNTS_SEE)
    @Operation(operationId = "listServiceAccounts", summary = "All service accounts, by name")
    ServiceAccountList list(Caller caller) {
        return new ServiceAccountList(
                accounts.list(caller).stream().map(ServiceAccountView::of).toList());
    }

    @PostMapping
    @ResponseStatus(HttpStatus.CREATED)
    @Requires(Permission.SERVICE_ACCOUNTS_MANAGE)
    @Operation(operationId = "createServiceAccount", summary = "Make a service account, without a key")
    ResponseEntity<ServiceAccountView> create(
            Caller caller,
            @RequestBody ServiceAccountRequest body,
            @RequestHeader(name = "Idempotency-Key", required = false)
                    @Parameter(description = ListParameters.IDEMPOTENCY_KEY)
                    @Nullable
                    String idempotencyKey) {
        ServiceAccount created = accounts.create(caller, idempotencyKey, body.name(), Role.of(body.role()));
        return ResponseEntity.created(URI.create("/api/v1/service-accounts/" + created.id()))
                .body(ServiceAccountView.of(created));
    }

    @DeleteMapping("/{account}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @Requires(Permission.SERVICE_ACCOUNTS_MANAGE)
    @Operation(operationId = "deleteServiceAccount", summary = "End a service account and all its keys")
    void delete(Caller caller, @PathVariable @Parameter(description = ACCOUNT) String account) {
        accounts.delete(caller, account);
    }

    @PostMapping("/{account}/keys")
    @ResponseStatus(HttpStatus.CREATED)
    @Requires(Permission.SERVICE_ACCOUNTS_MANAGE)
    @Operation(
            operationId = "createServiceAccountKey",
            summary = "Make a key of a service account, with no more scopes and no longer life than the calling key")
    ResponseEntity<CreatedKeyView> createKey(
            Caller caller,
            @PathVariable @Parameter(description = ACCOUNT) String account,
            @RequestBody KeyRequest body,
            @RequestHeader(name = "Idempotency-Key", required = false)
                    @Parameter(description = ListParameters.IDEMPOTENCY_KEY)
                    @Nullable
                    String idempotencyKey) {
        CreatedKey created = accounts.createKey(caller, idempotencyKey, account, body.wanted());
        return ResponseEntity.created(
                        URI.create("/api/v1/api-keys/" + created.key().id()))
                .body(CreatedKeyView.of(created));
    }
}
