package dev.sandkeep.server.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.server.platform.security.Permission;
import dev.sandkeep.server.platform.security.Role;
import dev.sandkeep.server.platform.security.Scope;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.TestServer;
import dev.sandkeep.server.testing.TestServer.Tenant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

@ServerTest
class SettingsPagesTest {
    private static final String SCRIPT = "<script>alert(1)</script>";
    private static final String SHOWN = "&lt;script&gt;alert(1)&lt;/script&gt;";

    @Autowired
    TestServer server;

    private Tenant owner;
    private Tenant admin;
    private Tenant member;

    @BeforeEach
    void ownOrganization() {
        owner = server.newOrganization();
        String organization = owner.caller().organizationId();
        admin = server.newMember(organization, Role.ADMIN, Scope.ALL);
        member = server.newMember(organization, Role.MEMBER, Scope.ALL);
    }

    @Test
    void names_are_shown_as_text_everywhere() {
        String body = "{\"name\":\"" + SCRIPT + "\"}";
        assertThat(owner.api().put("/organization", body).status()).isEqualTo(200);
        owner.api().post("/api-keys", "{\"name\":\"" + SCRIPT + "\",\"scopes\":[\"read\"]}");
        owner.api().post("/service-accounts", "{\"name\":\"" + SCRIPT + "\",\"role\":\"member\"}");
        String token = owner.api().post("/invitations", "{\"role\":\"member\"}").text("token");
        server.client("").post("/invitations/accept", "{\"token\":\"" + token + "\",\"name\":\"" + SCRIPT + "\"}");
        for (String path :
                List.of("/settings/sandboxes", "/settings/members", "/settings/keys", "/settings/audit", "/design")) {
            assertThat(Html.page(owner.api(), path)).as(path).contains(SHOWN);
        }
    }

    @Test
    void the_switch_is_for_those_who_may_turn_it() {
        String own = Html.page(owner.api(), "/settings/sandboxes");
        assertThat(own)
                .contains("Allow persistent sandboxes", "PUT /api/v1/settings/sandboxes", ">Save</button>")
                .contains("PUT /api/v1/organization", "POST /api/v1/organization/leave")
                .contains("memory.store", "sandkeep.volumes.keep-checkpoints")
                .doesNotContain("name=\"allowPersistentSandboxes\" checked");
        owner.api().put("/settings/sandboxes", "{\"allowPersistentSandboxes\":true}");
        assertThat(Html.page(owner.api(), "/settings/sandboxes")).contains("name=\"allowPersistentSandboxes\" checked");
        assertThat(Html.page(member.api(), "/settings/sandboxes"))
                .containsPattern("name=\"allowPersistentSandboxes\" checked[^>]* disabled")
                .doesNotContain(">Save</button>", ">Rename</button>")
                .contains("POST /api/v1/organization/leave");
    }

    @Test
    void members_are_shown_with_what_one_may_do_about_each() {
        String touchOwner = "/api/v1/members/" + owner.caller().actor();
        String touchMember = "/api/v1/members/" + member.caller().actor();
        assertThat(Html.page(owner.api(), "/settings/members"))
                .contains("PUT " + touchMember + "/role", "DELETE " + touchMember, "PUT " + touchOwner + "/role")
                .contains("<option value=\"owner\"")
                .doesNotContain("DELETE " + touchOwner);
        assertThat(Html.page(admin.api(), "/settings/members"))
                .contains("PUT " + touchMember + "/role", "DELETE " + touchMember, "data-dialog=\"invite\"")
                .doesNotContain(touchOwner, "<option value=\"owner\"");
        assertThat(Html.page(member.api(), "/settings/members"))
                .contains(owner.caller().actor(), admin.caller().actor())
                .doesNotContain("/api/v1/members/", "data-dialog=\"invite\"", "Invitations");
    }

    @Test
    void the_table_of_roles_is_the_one_of_the_code() {
        String page = Html.page(member.api(), "/settings/members");
        for (Permission permission : Permission.values()) {
            assertThat(page).contains("<code>" + permission.text() + "</code>");
        }
    }

    @Test
    void invitations_are_listed_for_those_who_may_see_them_and_never_with_their_token() {
        String token = owner.api()
                .post("/invitations", "{\"role\":\"owner\",\"email\":\"ada@example.org\"}")
                .text("token");
        assertThat(Html.page(owner.api(), "/settings/members"))
                .contains("ada@example.org", "DELETE /api/v1/invitations/")
                .doesNotContain(token);
        assertThat(Html.page(admin.api(), "/settings/members"))
                .contains("ada@example.org")
                .doesNotContain("DELETE /api/v1/invitations/");
        assertThat(Html.page(member.api(), "/settings/members")).doesNotContain("ada@example.org");
    }

    @Test
    void keys_are_ones_own_and_for_admins_everybodys() {
        String key = owner.api()
                .post("/api-keys", "{\"name\":\"laptop of ada\",\"scopes\":[\"sessions\"]}")
                .text("key.id");
        owner.api().post("/service-accounts", "{\"name\":\"ci\",\"role\":\"member\"}");
        assertThat(Html.page(owner.api(), "/settings/keys"))
                .contains("laptop of ada", "DELETE /api/v1/api-keys/" + key, "sessions")
                .contains("data-about=\"for ci\"", "DELETE /api/v1/service-accounts/");
        assertThat(Html.page(admin.api(), "/settings/keys"))
                .contains("laptop of ada")
                .doesNotContain("DELETE /api/v1/api-keys/" + key);
        assertThat(Html.page(member.api(), "/settings/keys"))
                .contains("data-dialog=\"new-key\"")
                .doesNotContain("laptop of ada", "Service accounts");
        Tenant reader =
                server.newKey(owner.caller().organizationId(), member.caller().actor(), Set.of(Scope.READ));
        assertThat(Html.page(reader.api(), "/settings/keys"))
                .doesNotContain("data-dialog=\"new-key\"", "DELETE /api/v1/api-keys/");
    }

    @Test
    void the_audit_log_tells_before_and_after_to_admins_only() {
        owner.api().put("/settings/sandboxes", "{\"allowPersistentSandboxes\":true}");
        assertThat(Html.page(admin.api(), "/settings/audit"))
                .contains("persistent sandboxes set", "<s class=\"soft\">not allowed</s>", "<b>allowed</b>")
                .contains(
                        "href=\"/api/v1/audit/export\"",
                        "127.0.0.1",
                        owner.caller().actor());
        assertThat(Html.refused(member.api(), "/settings/audit")).contains("audit.see");
    }

    @Test
    void a_long_audit_log_is_read_page_by_page() {
        for (int i = 0; i <= 50; i++) {
            owner.api().put("/organization", "{\"name\":\"name " + i + "\"}");
        }
        String first = Html.page(owner.api(), "/settings/audit");
        assertThat(first).contains("<s class=\"soft\">name 49</s>").doesNotContain("<b>name 0</b>");
        String older = first.substring(first.indexOf("/settings/audit?cursor="));
        assertThat(Html.page(owner.api(), older.substring(0, older.indexOf('"'))))
                .contains("<b>name 0</b>")
                .doesNotContain("<s class=\"soft\">name 49</s>");
    }
}
