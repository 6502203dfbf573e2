package dev.sandkeep.server.api;

import dev.sandkeep.server.organizations.CreatedOrganization;
import dev.sandkeep.server.organizations.DeletedOrganization;
import dev.sandkeep.server.organizations.Organization;
import dev.sandkeep.server.organizations.OrganizationDeletion;
import dev.sandkeep.server.organizations.Organizations;
import dev.sandkeep.server.organizations.SandboxSettings;
import dev.sandkeep.server.platform.errors.ValidationErrors;
import dev.sandkeep.server.platform.json.SelfChecking;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.Credential;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.platform.security.Scope;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** The caller's organization and its settings. */
@RestController
@RequestMapping("/api/v1")
@Tag(name = "Organization")
class OrganizationController {
    private final Organizations organizations;
    private final OrganizationDeletion deletion;

    OrganizationController(Organizations organizations, OrganizationDeletion deletion) {
        this.organizations = organizations;
        this.deletion = deletion;
    }

    /**
     * Settings to write.
     *
     * @param allowPersistentSandboxes see SandboxSettings
     * @param updatedAt taken and not used, so that what was read can be sent back
     * @param persistentSandboxesUnavailable as updatedAt
     */
    record PutSandboxSettings(
            boolean allowPersistentSandboxes,
            @Nullable String updatedAt,
            SandboxSettings.@Nullable Unavailable persistentSandboxesUnavailable) {}

    /**
     * An organization to make, or its new name.
     *
     * @param name for people
     */
    record OrganizationRequest(String name) implements SelfChecking {
        @Override
        public void check(String path, ValidationErrors errors) {
            PeopleRules.name(name, path, errors);
        }
    }

    /**
     * That the organization is to be deleted.
     *
     * @param name its name, letter by letter, so that nobody deletes another one than is meant
     */
    record DeletionRequest(String name) {}

    /** Those that can be brought back. */
    record DeletedList(List<DeletedOrganization> items) {}

    /**
     * That one is in an organization.
     *
     * @param memberId as which member
     */
    record MembershipView(Organization organization, String memberId, String role) {}

    /** All of them. */
    record MembershipList(List<MembershipView> items) {}

    /**
     * An organization that was made.
     *
     * @param memberId as which member one owns it
     * @param key an API key for it: shown here and never again; null when the request was a repetition
     */
    record CreatedOrganizationView(
            Organization organization,
            String memberId,
            @Nullable String key) {}

    /**
     * Whom a key stands for.
     *
     * @param actor id of the member or service account
     * @param permissions all that the key may do
     */
    record Me(
            Organization organization,
            String actor,
            String role,
            String keyId,
            List<String> scopes,
            @Nullable Instant expiresAt,
            List<String> permissions) {}

    @GetMapping("/organization")
    @Requires(Permission.ORGANIZATION_SEE)
    @Operation(operationId = "getOrganization", summary = "The organization of the key")
    Organization organization(Caller caller) {
        return organizations.of(caller);
    }

    @PutMapping("/organization")
    @Requires(Permission.SETTINGS_MANAGE)
    @Operation(operationId = "renameOrganization", summary = "Give the organization of the key another name")
    Organization rename(Caller caller, @RequestBody OrganizationRequest body) {
        return organizations.rename(caller, body.name());
    }

    @GetMapping("/organizations")
    @Requires(Permission.ORGANIZATION_SEE)
    @Operation(
            operationId = "listOrganizations",
            summary = "The organizations that the person behind the key is a member of; empty for a service account")
    MembershipList memberships(Caller caller) {
        return new MembershipList(organizations.memberships(caller).stream()
                .map(it -> new MembershipView(
                        it.organization(), it.memberId(), it.role().text()))
                .toList());
    }

    @PostMapping("/organizations")
    @ResponseStatus(HttpStatus.CREATED)
    @Requires(Permission.ORGANIZATIONS_CREATE)
    @Operation(
            operationId = "createOrganization",
            summary = "Make an organization of one's own, with a first key for it")
    CreatedOrganizationView create(
            Caller caller,
            @RequestBody OrganizationRequest body,
            @RequestHeader(name = "Idempotency-Key", required = false)
                    @Parameter(description = ListParameters.IDEMPOTENCY_KEY)
                    @Nullable
                    String idempotencyKey) {
        CreatedOrganization created = organizations.create(caller, idempotencyKey, body.name());
        return new CreatedOrganizationView(
                created.organization(), created.memberId(), created.key().orElse(null));
    }

    @PostMapping("/organization/delete")
    @Requires(Permission.ORGANIZATION_DELETE)
    @Operation(
            operationId = "deleteOrganization",
            summary =
                    "Delete the organization of the key: nobody gets in any more, what runs is stopped, and after the grace"
                            + " period everything that it kept is removed")
    DeletedOrganization delete(Caller caller, @RequestBody DeletionRequest body) {
        return deletion.delete(caller, body.name());
    }

    @GetMapping("/organizations/deleted")
    @Requires(Permission.ORGANIZATION_RESTORE)
    @Operation(
            operationId = "listDeletedOrganizations",
            summary =
                    "Deleted organizations that the caller may bring back: the ones that one owned, or for the operators of the"
                            + " server every one")
    DeletedList deleted(Caller caller) {
        return new DeletedList(deletion.restorable(caller));
    }

    @PostMapping("/organizations/{organization}/restore")
    @Requires(Permission.ORGANIZATION_RESTORE)
    @Operation(
            operationId = "restoreOrganization",
            summary = "Bring a deleted organization back, with everybody and everything in it; what ran is stopped")
    Organization restore(
            Caller caller, @PathVariable @Parameter(description = "Id of the organization.") String organization) {
        return deletion.restore(caller, organization);
    }

    @GetMapping("/me")
    @Requires(Permission.ORGANIZATION_SEE)
    @Operation(operationId = "whoAmI", summary = "Whom the key stands for, and what it may do")
    Me me(Caller caller) {
        Credential credential = caller.credential().orElseThrow();
        return new Me(
                organizations.of(caller),
                caller.actor(),
                credential.role().text(),
                credential.id(),
                Scope.texts(credential.scopes()),
                credential.expiresAt().orElse(null),
                Arrays.stream(Permission.values())
                        .filter(caller::may)
                        .map(Permission::text)
                        .toList());
    }

    @GetMapping("/settings/sandboxes")
    @Requires(Permission.ORGANIZATION_SEE)
    @Operation(operationId = "getSandboxSettings", summary = "What holds for all sandboxes of the organization")
    SandboxSettings settings(Caller caller) {
        return organizations.sandboxSettings(caller.organizationId());
    }

    @PutMapping("/settings/sandboxes")
    @Requires(Permission.SETTINGS_MANAGE)
    @Operation(operationId = "putSandboxSettings", summary = "Set what holds for sandboxes from now on")
    SandboxSettings putSettings(Caller caller, @RequestBody PutSandboxSettings body) {
        return organizations.allowPersistentSandboxes(caller, body.allowPersistentSandboxes());
    }
}
