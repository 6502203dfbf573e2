package dev.sandkeep.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandkeep.server.platform.security.Role;
import dev.sandkeep.server.platform.security.Scope;
import dev.sandkeep.server.testing.ApiClient.Answer;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.TestServer;
import dev.sandkeep.server.testing.TestServer.Tenant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@ServerTest
class AuditApiTest {
    @Autowired
    TestServer server;

    @Autowired
    JdbcClient jdbc;

    @Autowired
    TransactionTemplate transactions;

    @Autowired
    JsonMapper json;

    private Tenant owner;

    @BeforeEach
    void ownOrganization() {
        owner = server.newOrganization();
    }

    @Test
    void a_change_of_a_setting_is_told_with_who_from_where_before_and_after() {
        owner.api().put("/settings/sandboxes", "{\"allowPersistentSandboxes\":true}");
        JsonNode entry = owner.api().get("/audit").body().get("items").get(0);
        assertThat(entry.get("actor").stringValue()).isEqualTo(owner.caller().actor());
        assertThat(entry.get("keyId").stringValue())
                .isEqualTo(owner.caller().credential().orElseThrow().id());
        assertThat(entry.get("address").stringValue()).isEqualTo("127.0.0.1");
        assertThat(entry.get("action").stringValue()).isEqualTo("persistent_sandboxes_set");
        assertThat(entry.get("subjectId").stringValue())
                .isEqualTo(owner.caller().organizationId());
        assertThat(entry.get("before").stringValue()).isEqualTo("not_allowed");
        assertThat(entry.get("after").stringValue()).isEqualTo("allowed");
    }

    @Test
    void what_people_do_is_told_newest_first_and_never_holds_a_secret() {
        owner.api().post("/profiles", "{\"name\":\"web\"}");
        Tenant member = server.newMember(owner.caller().organizationId(), Role.MEMBER, Scope.ALL);
        String key = member.api()
                .post("/api-keys", "{\"name\":\"mine\",\"scopes\":[\"read\"]}")
                .text("text");
        String token = owner.api().post("/invitations", "{\"role\":\"member\"}").text("token");
        server.client("").post("/invitations/accept", "{\"token\":\"" + token + "\",\"name\":\"ada\"}");
        owner.api().put("/members/" + member.caller().actor() + "/role", "{\"role\":\"admin\"}");
        owner.api().delete("/members/" + member.caller().actor());
        Answer all = owner.api().get("/audit");
        assertThat(actions(all))
                .containsExactly(
                        "removed member",
                        "role_changed member",
                        "created api_key",
                        "joined member",
                        "created invitation",
                        "created api_key",
                        "created profile");
        assertThat(all.text()).doesNotContain(key, token);
        Answer page = owner.api().get("/audit?limit=2");
        assertThat(actions(page)).hasSize(2);
        assertThat(actions(owner.api().get("/audit?limit=9&cursor=" + page.text("nextCursor"))))
                .hasSize(5);
    }

    @Test
    void what_was_not_done_is_not_told() {
        owner.api().put("/settings/sandboxes", "{\"allowPersistentSandboxes\":false}");
        owner.api().post("/profiles", "{\"name\":\"Not a name\"}");
        assertThat(actions(owner.api().get("/audit"))).isEmpty();
    }

    @Test
    void the_export_has_every_entry_of_the_organization_on_a_line_of_its_own() {
        for (int i = 0; i < 3; i++) {
            owner.api().post("/profiles", "{\"name\":\"web-" + i + "\"}");
        }
        server.newOrganization().api().post("/profiles", "{\"name\":\"foreign\"}");
        Answer export = owner.api().get("/audit/export");
        assertThat(export.headers().firstValue("Content-Type").orElse("")).startsWith("application/x-ndjson");
        List<JsonNode> lines = export.text().lines().map(json::readTree).toList();
        assertThat(lines.stream().map(line -> line.get("detail").stringValue()))
                .containsExactly("web-0", "web-1", "web-2");
    }

    @Test
    void members_do_not_see_it() {
        Tenant member = server.newMember(owner.caller().organizationId(), Role.MEMBER, Scope.ALL);
        assertThat(member.api().get("/audit").status()).isEqualTo(403);
        assertThat(member.api().get("/audit/export").status()).isEqualTo(403);
    }

    @Test
    void the_server_itself_can_neither_change_nor_remove_what_is_in_it() {
        owner.api().post("/profiles", "{\"name\":\"web\"}");
        for (String attempt : List.of(
                "update audit_log set actor = 'nobody' where organization_id = :organization",
                "update audit_log set recorded_at = '2000-01-01' where organization_id = :organization",
                "delete from audit_log where organization_id = :organization",
                "with gone as (select cast(:organization as text)) delete from audit_log using gone")) {
            assertThatThrownBy(() -> jdbc.sql(attempt)
                            .param("organization", owner.caller().organizationId())
                            .update())
                    .as(attempt)
                    .isInstanceOf(DataAccessException.class)
                    .hasMessageContaining("audit_log is refused");
        }
        assertThatThrownBy(() -> jdbc.sql("truncate audit_log").update())
                .isInstanceOf(DataAccessException.class)
                .hasMessageContaining("audit_log is refused");
    }

    @Test
    void an_entry_cannot_be_written_as_older_than_it_is() {
        assertThat(transactions.<Boolean>execute(status -> {
                    insert("aud_backdated");
                    status.setRollbackOnly();
                    return jdbc.sql("""
                                    select recorded_at > clock_timestamp() - interval '1 hour' from audit_log
                                    where id = 'aud_backdated'
                                    """).query(Boolean.class).single();
                }))
                .isTrue();
    }

    /** Only whoever owns the table can turn its stamp off, and so write an old entry to try this with. */
    @Test
    void entries_older_than_thirty_days_may_go() {
        int removed = transactions.<Integer>execute(status -> {
            jdbc.sql("alter table audit_log disable trigger audit_log_is_stamped")
                    .update();
            insert("aud_old");
            jdbc.sql("alter table audit_log enable trigger audit_log_is_stamped")
                    .update();
            int gone = jdbc.sql("delete from audit_log where id = 'aud_old'").update();
            status.setRollbackOnly();
            return gone;
        });
        assertThat(removed).isEqualTo(1);
    }

    private void insert(String id) {
        jdbc.sql("""
                        insert into audit_log (id, organization_id, at, recorded_at, actor, key_id, address, action,
                                               subject_type, subject_id, detail)
                        values (:id, :organization, '2001-01-01', '2001-01-01', 'a', 'k', '', 'x', 'y', 'z', '')
                        """)
                .param("id", id)
                .param("organization", owner.caller().organizationId())
                .update();
    }

    private static List<String> actions(Answer answer) {
        return answer.body()
                .get("items")
                .valueStream()
                .map(entry -> entry.get("action").stringValue() + " "
                        + entry.get("subjectType").stringValue())
                .toList();
    }
}
