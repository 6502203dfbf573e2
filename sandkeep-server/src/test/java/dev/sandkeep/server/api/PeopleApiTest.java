package dev.sandkeep.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandkeep.server.platform.security.Role;
import dev.sandkeep.server.platform.security.Scope;
import dev.sandkeep.server.testing.ApiClient;
import dev.sandkeep.server.testing.ApiClient.Answer;
import dev.sandkeep.server.testing.AtOnce;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.SettableClock;
import dev.sandkeep.server.testing.TestServer;
import dev.sandkeep.server.testing.TestServer.Tenant;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

@ServerTest
class PeopleApiTest {
    @Autowired
    TestServer server;

    @Autowired
    JdbcClient jdbc;

    @Autowired
    SettableClock clock;

    private Tenant owner;
    private ApiClient api;

    @BeforeEach
    void ownOrganization() {
        owner = server.newOrganization();
        api = owner.api();
    }

    @Test
    void a_key_is_shown_once_and_stored_hashed() {
        Answer created = api.post("/api-keys", "{\"name\":\"ci\",\"scopes\":[\"sessions\",\"read\"]}");
        assertThat(created.status()).as(created.text()).isEqualTo(201);
        String text = created.text("text");
        assertThat(text).startsWith(created.text("key.beginning")).hasSize(47);
        assertThat(created.text("key.scopes")).isEqualTo("[\"read\",\"sessions\"]");
        assertThat(api.get("/api-keys").text()).contains(created.text("key.id")).doesNotContain(text);
        assertThat(stored(text)).isFalse();
        assertThat(server.client(text).get("/me").text("keyId")).isEqualTo(created.text("key.id"));
        assertThat(server.client(text).post("/profiles", "{\"name\":\"web\"}").status())
                .isEqualTo(403);
    }

    @Test
    void a_repeated_request_makes_one_key_and_does_not_show_it_again() {
        String body = "{\"name\":\"ci\",\"scopes\":[\"read\"],\"expiresInDays\":1}";
        Answer first = api.post("/api-keys", body, "Idempotency-Key", "once");
        Answer second = api.post("/api-keys", body, "Idempotency-Key", "once");
        assertThat(second.text("key.id")).isEqualTo(first.text("key.id"));
        assertThat(second.body().get("text").isNull()).isTrue();
    }

    @Test
    void a_revoked_key_ends_at_once() {
        Answer created = api.post("/api-keys", "{\"name\":\"ci\",\"scopes\":[\"read\"]}");
        ApiClient client = server.client(created.text("text"));
        assertThat(client.get("/me").status()).isEqualTo(200);
        assertThat(api.delete("/api-keys/" + created.text("key.id")).status()).isEqualTo(204);
        assertThat(client.get("/me").text("code")).isEqualTo("api_key_invalid");
        assertThat(api.delete("/api-keys/" + created.text("key.id")).status()).isEqualTo(404);
    }

    @Test
    void a_key_that_is_not_asked_for_correctly_is_not_made() {
        Answer wrong = api.post("/api-keys", "{\"name\":\" \",\"scopes\":[\"all\"],\"expiresInDays\":0}");
        assertThat(wrong.status()).isEqualTo(422);
        assertThat(wrong.text("errors")).contains("name", "scopes[0]", "expiresInDays");
        assertThat(api.post("/api-keys", "{\"name\":\"x\",\"scopes\":[]}").status())
                .isEqualTo(422);
    }

    @Test
    void a_key_makes_none_that_can_do_more_or_lives_longer() {
        Tenant narrow =
                server.newKey(owner.caller().organizationId(), owner.caller().actor(), Set.of(Scope.ADMIN));
        assertThat(narrow.api()
                        .post("/api-keys", "{\"name\":\"x\",\"scopes\":[\"sessions\"]}")
                        .text("code"))
                .isEqualTo("key_exceeds_caller");
        assertThat(narrow.api()
                        .post("/api-keys", "{\"name\":\"x\",\"scopes\":[\"read\",\"admin\"]}")
                        .status())
                .isEqualTo(201);
        String passing = api.post("/api-keys", "{\"name\":\"x\",\"scopes\":[\"admin\"],\"expiresInDays\":2}")
                .text("text");
        assertThat(server.client(passing)
                        .post("/api-keys", "{\"name\":\"y\",\"scopes\":[\"admin\"]}")
                        .text("code"))
                .isEqualTo("key_exceeds_caller");
        assertThat(server.client(passing)
                        .post("/api-keys", "{\"name\":\"y\",\"scopes\":[\"admin\"],\"expiresInDays\":1}")
                        .status())
                .isEqualTo(201);
    }

    @Test
    void a_key_expires() {
        Answer created = api.post("/api-keys", "{\"name\":\"x\",\"scopes\":[\"read\"],\"expiresInDays\":1}");
        jdbc.sql("update api_keys set expires_at = created_at + interval '1 second' where id = :id")
                .param("id", created.text("key.id"))
                .update();
        clock.advance(Duration.ofSeconds(2));
        assertThat(server.client(created.text("text")).get("/me").text("code")).isEqualTo("api_key_invalid");
    }

    @Test
    void the_last_use_is_noted_beside_the_request() {
        Answer created = api.post("/api-keys", "{\"name\":\"x\",\"scopes\":[\"read\"]}");
        assertThat(created.body().get("key").get("lastUsedAt").isNull()).isTrue();
        server.client(created.text("text")).get("/me");
        String id = created.text("key.id");
        await().atMost(Duration.ofMinutes(1)).until(() -> used(id));
    }

    @Test
    void members_see_and_revoke_their_own_keys_and_admins_everybodys_but_owners() {
        Tenant member = newMember(Role.MEMBER);
        Tenant admin = newMember(Role.ADMIN);
        String ofMember = ownKey(member);
        String ofOwner = ownKey(owner);
        assertThat(member.api().get("/api-keys").text()).contains(ofMember).doesNotContain(ofOwner);
        assertThat(admin.api().get("/api-keys").text()).contains(ofMember, ofOwner);
        assertThat(member.api().delete("/api-keys/" + ofOwner).status()).isEqualTo(404);
        assertThat(admin.api().delete("/api-keys/" + ofOwner).text("permission"))
                .isEqualTo("owners.manage");
        assertThat(admin.api().delete("/api-keys/" + ofMember).status()).isEqualTo(204);
        assertThat(api.delete("/api-keys/" + ownKey(admin)).status()).isEqualTo(204);
    }

    @Test
    void keys_of_service_accounts_outlive_their_maker_and_end_with_the_account() {
        Tenant admin = newMember(Role.ADMIN);
        Answer account = admin.api().post("/service-accounts", "{\"name\":\"ci\",\"role\":\"member\"}");
        assertThat(account.status()).as(account.text()).isEqualTo(201);
        assertThat(admin.api()
                        .post("/service-accounts", "{\"name\":\"ci\",\"role\":\"admin\"}")
                        .text("code"))
                .isEqualTo("service_account_name_taken");
        assertThat(admin.api()
                        .post("/service-accounts", "{\"name\":\"boss\",\"role\":\"owner\"}")
                        .status())
                .isEqualTo(422);
        ApiClient program = server.client(admin.api()
                .post("/service-accounts/ci/keys", "{\"name\":\"k\",\"scopes\":[\"profiles\",\"admin\"]}")
                .text("text"));
        assertThat(api.delete("/members/" + admin.caller().actor()).status()).isEqualTo(204);
        assertThat(admin.api().get("/me").status()).isEqualTo(401);
        assertThat(program.get("/me").text("actor")).isEqualTo(account.text("id"));
        assertThat(program.post("/profiles", "{\"name\":\"made\"}").status()).isEqualTo(201);
        assertThat(program.post("/organization/leave", "").text("code")).isEqualTo("person_needed");
        assertThat(api.delete("/service-accounts/ci").status()).isEqualTo(204);
        assertThat(program.get("/me").status()).isEqualTo(401);
    }

    @Test
    void an_invitation_lets_one_stranger_in() throws InterruptedException {
        Answer invitation = api.post("/invitations", "{\"role\":\"admin\",\"email\":\"ada@example.org\"}");
        assertThat(invitation.status()).as(invitation.text()).isEqualTo(201);
        String token = invitation.text("token");
        assertThat(api.get("/invitations").text()).contains("ada@example.org").doesNotContain(token);
        List<Callable<Answer>> calls = Stream.of("ada", "eve", "bob")
                .map(name ->
                        (Callable<Answer>) () -> server.client("").post("/invitations/accept", accept(token, name)))
                .toList();
        List<Answer> answers = AtOnce.call(calls);
        assertThat(answers.stream().map(Answer::status)).containsExactlyInAnyOrder(201, 404, 404);
        Answer let = answers.stream()
                .filter(answer -> answer.status() == 201)
                .findFirst()
                .orElseThrow();
        ApiClient joined = server.client(let.text("key"));
        assertThat(joined.get("/me").text("role")).isEqualTo("admin");
        assertThat(joined.get("/organization").text("id"))
                .isEqualTo(owner.caller().organizationId());
        assertThat(api.get("/invitations").text()).doesNotContain("ada@example.org");
    }

    @Test
    void an_invitation_with_a_key_brings_the_same_person_into_another_organization() {
        Tenant other = server.newOrganization();
        String token = other.api().post("/invitations", "{\"role\":\"member\"}").text("token");
        Answer joined = api.post("/invitations/accept", accept(token, "visitor"));
        assertThat(joined.status()).as(joined.text()).isEqualTo(201);
        Answer mine = api.get("/organizations");
        assertThat(mine.text())
                .contains(owner.caller().organizationId(), other.caller().organizationId());
        String again = other.api().post("/invitations", "{\"role\":\"member\"}").text("token");
        assertThat(api.post("/invitations/accept", accept(again, "visitor2")).text("code"))
                .isEqualTo("already_member");
        assertThat(server.client("")
                        .post("/invitations/accept", accept(again, "visitor"))
                        .text("code"))
                .isEqualTo("member_name_taken");
        assertThat(server.client("")
                        .post("/invitations/accept", accept(again, "another"))
                        .status())
                .as("what failed did not use it up")
                .isEqualTo(201);
    }

    @Test
    void an_invitation_ends_when_it_expires_is_revoked_or_its_maker_loses_the_right() {
        Answer expired = api.post("/invitations", "{\"role\":\"member\",\"expiresInDays\":1}");
        jdbc.sql("update invitations set expires_at = created_at where id = :id")
                .param("id", expired.text("invitation.id"))
                .update();
        assertThat(acceptCode(expired)).isEqualTo("invitation_invalid");
        Answer revoked = api.post("/invitations", "{\"role\":\"member\"}");
        assertThat(api.delete("/invitations/" + revoked.text("invitation.id")).status())
                .isEqualTo(204);
        assertThat(acceptCode(revoked)).isEqualTo("invitation_invalid");
        Tenant admin = newMember(Role.ADMIN);
        Answer byAdmin = admin.api().post("/invitations", "{\"role\":\"admin\"}");
        assertThat(setRole(api, admin, Role.MEMBER).status()).isEqualTo(200);
        assertThat(acceptCode(byAdmin)).isEqualTo("invitation_invalid");
    }

    @Test
    void admins_never_touch_owners() {
        Tenant admin = newMember(Role.ADMIN);
        Tenant member = newMember(Role.MEMBER);
        Tenant secondOwner = newMember(Role.OWNER);
        for (Answer answer : List.of(
                setRole(admin.api(), secondOwner, Role.MEMBER),
                setRole(admin.api(), member, Role.OWNER),
                admin.api().delete("/members/" + secondOwner.caller().actor()),
                admin.api().post("/invitations", "{\"role\":\"owner\"}"))) {
            assertThat(answer.status()).isEqualTo(403);
            assertThat(answer.text("permission")).isEqualTo("owners.manage");
        }
        assertThat(setRole(admin.api(), member, Role.ADMIN).text("role")).isEqualTo("admin");
        assertThat(setRole(api, secondOwner, Role.ADMIN).text("role")).isEqualTo("admin");
        assertThat(secondOwner.api().get("/me").text("role")).isEqualTo("admin");
    }

    @Test
    void the_last_owner_cannot_leave_or_step_down() {
        assertThat(api.post("/organization/leave", "").text("code")).isEqualTo("last_owner");
        assertThat(setRole(api, owner, Role.ADMIN).text("code")).isEqualTo("last_owner");
        assertThat(api.delete("/members/" + owner.caller().actor()).text("code"))
                .isEqualTo("last_owner");
    }

    @Test
    void of_two_owners_who_leave_at_once_one_stays() throws InterruptedException {
        Tenant second = newMember(Role.OWNER);
        List<Callable<Answer>> calls = List.of(
                () -> api.post("/organization/leave", ""), () -> second.api().post("/organization/leave", ""));
        assertThat(AtOnce.call(calls).stream().map(Answer::status).collect(Collectors.toSet()))
                .containsExactlyInAnyOrder(204, 409);
    }

    @Test
    void two_owners_who_demote_each_other_at_once_leave_one() throws InterruptedException {
        Tenant second = newMember(Role.OWNER);
        AtOnce.call(List.<Callable<Answer>>of(
                () -> setRole(api, second, Role.MEMBER), () -> setRole(second.api(), owner, Role.MEMBER)));
        assertThat(jdbc.sql("select count(*) from members where organization_id = :id and role = 'owner'")
                        .param("id", owner.caller().organizationId())
                        .query(Integer.class)
                        .single())
                .isEqualTo(1);
    }

    @Test
    void operators_make_organizations_and_others_do_not() {
        assertThat(api.post("/organizations", "{\"name\":\"mine\"}").text("permission"))
                .isEqualTo("organizations.create");
        Tenant operator = server.operator();
        Answer made = operator.api().post("/organizations", "{\"name\":\"made\"}");
        assertThat(made.status()).as(made.text()).isEqualTo(201);
        ApiClient client = server.client(made.text("key"));
        assertThat(client.get("/me").text("role")).isEqualTo("owner");
        assertThat(client.get("/settings/sandboxes").status()).isEqualTo(200);
        assertThat(client.put("/organization", "{\"name\":\"renamed\"}").text("name"))
                .isEqualTo("renamed");
        assertThat(operator.api().get("/organizations").text()).contains("renamed");
        assertThat(client.post("/organizations", "{\"name\":\"more\"}").status())
                .isEqualTo(403);
    }

    private Tenant newMember(Role role) {
        return server.newMember(owner.caller().organizationId(), role, Scope.ALL);
    }

    private static String ownKey(Tenant of) {
        return of.api()
                .post("/api-keys", "{\"name\":\"own\",\"scopes\":[\"read\"]}")
                .text("key.id");
    }

    private static Answer setRole(ApiClient by, Tenant whose, Role role) {
        return by.put("/members/" + whose.caller().actor() + "/role", "{\"role\":\"" + role.text() + "\"}");
    }

    private String acceptCode(Answer invitation) {
        return server.client("")
                .post("/invitations/accept", accept(invitation.text("token"), "somebody"))
                .text("code");
    }

    private static String accept(String token, String name) {
        return "{\"token\":\"" + token + "\",\"name\":\"" + name + "\"}";
    }

    private boolean used(String id) {
        return jdbc.sql("select last_used_at is not null from api_keys where id = :id")
                .param("id", id)
                .query(Boolean.class)
                .single();
    }

    private boolean stored(String text) {
        return jdbc.sql("select exists (select 1 from api_keys k where k::text like '%' || :text || '%')")
                .param("text", text)
                .query(Boolean.class)
                .single();
    }
}
