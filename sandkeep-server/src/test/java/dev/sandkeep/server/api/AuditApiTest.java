package dev.sandkeep.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sandkeep.server.platform.security.Role;
import dev.sandkeep.server.platform.security.Scope;
import dev.sandkeep.server.testing.ApiClient;
import dev.sandkeep.server.testing.ApiClient.Answer;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.TestServer;
import dev.sandkeep.server.testing.TestServer.Tenant;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
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
    private ApiClient api;

    @BeforeEach
    void ownOrganization() {
        owner = server.newOrganization();
        api = owner.api();
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

    @Test
    void the_log_is_narrowed_by_who_what_to_what_and_when() {
        Tenant other = server.newMember(owner.caller().organizationId(), Role.ADMIN, Scope.ALL);
        String first = api.post("/profiles", "{\"name\":\"first\"}").text("id");
        String second = other.api().post("/profiles", "{\"name\":\"second\"}").text("id");
        api.put("/organization", "{\"name\":\"other name\"}");

        assertThat(subjects("?actor=" + other.caller().actor())).containsExactly(second);
        assertThat(subjects("?action=renamed")).containsExactly(owner.caller().organizationId());
        assertThat(subjects("?subject=" + first)).containsExactly(first);
        assertThat(subjects("?subject=" + first + "&action=deleted")).isEmpty();
        assertThat(subjects("?actor=nobody")).isEmpty();

        String at = api.get("/audit?subject=" + second).text("items.0.at");
        assertThat(subjects("?from=" + at))
                .contains(second, owner.caller().organizationId())
                .doesNotContain(first);
        assertThat(subjects("?to=" + at)).contains(first).doesNotContain(second);
        assertThat(subjects("?from=2020-01-31&to=2020-02-01")).isEmpty();
        assertThat(subjects("?from=2020-01-31")).contains(first, second);

        String pages = "?limit=1&action=created";
        String cursor = api.get("/audit" + pages).text("nextCursor");
        assertThat(subjects(pages)).containsExactly(second);
        assertThat(subjects(pages + "&cursor=" + cursor)).containsExactly(first);

        assertThat(api.get("/audit/export?subject=" + first).text().lines()).hasSize(1);
        assertThat(server.newOrganization().api().get("/audit?subject=" + first).text("items"))
                .as("of another organization")
                .isEqualTo("[]");
    }

    @Test
    void a_filter_that_cannot_be_read_is_refused_by_field() {
        assertThat(api.get("/audit?from=yesterday&to=2026-13-01").text("errors"))
                .contains("from", "to");
        assertThat(api.get("/audit/export?from=yesterday").status()).isEqualTo(422);
    }

    @Test
    void every_filter_has_an_index() {
        for (String column : List.of("actor", "action", "subject_id")) {
            assertThat(jdbc.sql("""
                            select exists (select 1 from pg_indexes where tablename = 'audit_log'
                                           and indexdef like '%(organization_id, ' || :column || ', id)')
                            """)
                            .param("column", column)
                            .query(Boolean.class)
                            .single())
                    .as(column)
                    .isTrue();
        }
    }

    @Test
    void the_address_is_what_a_trusted_proxy_says_and_nobody_else() throws Exception {
        String pretended = api.post("/profiles", "{\"name\":\"one\"}", "X-Forwarded-For", "198.51.100.7")
                .text("id");
        assertThat(api.get("/audit?subject=" + pretended).text("items.0.address"))
                .isEqualTo("127.0.0.1");

        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.port() + "/api/v1/profiles"))
                .header("Authorization", "Bearer " + owner.key())
                .header("Content-Type", "application/json")
                .header("X-Forwarded-For", "10.6.6.6, 198.51.100.7")
                .POST(HttpRequest.BodyPublishers.ofString("{\"name\":\"two\"}"))
                .build();
        try (HttpClient proxy = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .localAddress(InetAddress.ofLiteral("127.0.0.2"))
                .build()) {
            assertThat(proxy.send(request, HttpResponse.BodyHandlers.discarding())
                            .statusCode())
                    .isEqualTo(201);
        }
        assertThat(api.get("/audit?action=created").text("items.0.address")).isEqualTo("198.51.100.7");
    }

    private List<String> subjects(String query) {
        Answer page = api.get("/audit" + query);
        assertThat(page.status()).as(page.text()).isEqualTo(200);
        List<String> subjects = new ArrayList<>();
        page.body()
                .path("items")
                .forEach(entry -> subjects.add(entry.path("subjectId").asString("")));
        return subjects;
    }
}
