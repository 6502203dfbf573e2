package dev.sandkeep.server.docs;

import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Role;
import dev.sandkeep.server.platform.security.Scope;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class PermissionsPageTest {

    @Test
    void the_page_shows_the_whole_table() throws IOException {
        StringBuilder page = new StringBuilder("""
                # Permissions

                <!-- Made from Permission.java by PermissionsPageTest. -->

                Every operation of the API needs one permission; `docs/openapi.json` names it as `x-permission`. A request may do
                what the role of its key's owner allows, as far as the scopes of the key go. What it may not do is answered
                with 403 and the code `forbidden`, which says what is in the way; what belongs to another organization with 404.
                `GET /api/v1/permissions` answers this table.

                ## Roles

                | role | |
                |---|---|
                """);
        for (Role role : Role.values()) {
            page.append("| `%s` | %s |\n".formatted(role.text(), role.description()));
        }
        page.append("""

                ## Scopes of API keys

                Every scope includes `read`.

                | scope | |
                |---|---|
                """);
        for (Scope scope : Scope.values()) {
            page.append("| `%s` | %s |\n".formatted(scope.text(), scope.description()));
        }
        page.append("""

                ## Who may do what

                | permission | what | owner | admin | member | scope |
                |---|---|---|---|---|---|
                """);
        for (Permission permission : Permission.values()) {
            page.append("| `%s` | %s |".formatted(permission.text(), permission.description()));
            for (Role role : Role.values()) {
                String yes = permission.ofTheServer() ? " yes¹ |" : " yes |";
                page.append(permission.allows(role) ? yes : " – |");
            }
            page.append(" `%s` |\n".formatted(permission.scope().text()));
        }
        page.append("""

                ¹ In the organization that operates the server only: the one that the installation began with.
                """);
        GeneratedPage.expect("permissions.md", page.toString());
    }
}
