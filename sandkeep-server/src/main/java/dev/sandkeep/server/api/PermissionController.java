package dev.sandkeep.server.api;

import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Requires;
import dev.sandkeep.server.platform.security.Role;
import dev.sandkeep.server.platform.security.Scope;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.Arrays;
import java.util.List;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** The permission table, for programs and pages that show only what may be done. */
@RestController
@RequestMapping("/api/v1/permissions")
@Tag(name = "Organization")
class PermissionController {

    /** The whole table: what roles and scopes are, and who may do what. */
    record PermissionTable(List<PermissionWord> roles, List<PermissionWord> scopes, List<PermissionRow> permissions) {}

    /**
     * A role or scope.
     *
     * @param name as it is written everywhere
     */
    record PermissionWord(String name, String description) {}

    /**
     * One thing that can be done.
     *
     * @param permission its name
     * @param roles who may
     * @param scope what a key needs for it
     * @param ofTheServer whether it is left to the organization that operates the server
     */
    record PermissionRow(
            String permission, String description, List<String> roles, String scope, boolean ofTheServer) {}

    @GetMapping
    @Requires(Permission.ORGANIZATION_SEE)
    @Operation(operationId = "getPermissions", summary = "The permission table: roles, scopes, and who may do what")
    PermissionTable table() {
        return new PermissionTable(
                Arrays.stream(Role.values())
                        .map(role -> new PermissionWord(role.text(), role.description()))
                        .toList(),
                Arrays.stream(Scope.values())
                        .map(scope -> new PermissionWord(scope.text(), scope.description()))
                        .toList(),
                Arrays.stream(Permission.values())
                        .map(permission -> new PermissionRow(
                                permission.text(),
                                permission.description(),
                                permission.roles().stream().map(Role::text).toList(),
                                permission.scope().text(),
                                permission.ofTheServer()))
                        .toList());
    }
}
