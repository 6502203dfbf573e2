package dev.sandkeep.server.api;

import dev.sandkeep.server.organizations.Organization;
import dev.sandkeep.server.organizations.Organizations;
import dev.sandkeep.server.organizations.SandboxSettings;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** The caller's organization and its settings. */
@RestController
@RequestMapping("/api/v1")
@Tag(name = "Organization")
class OrganizationController {
    private final Organizations organizations;

    OrganizationController(Organizations organizations) {
        this.organizations = organizations;
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

    @GetMapping("/organization")
    @Requires(Permission.ORGANIZATION_SEE)
    @Operation(operationId = "getOrganization", summary = "The organization of the key")
    Organization organization(Caller caller) {
        return organizations.of(caller);
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
