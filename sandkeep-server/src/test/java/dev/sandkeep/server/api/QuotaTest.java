package dev.sandkeep.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.Role;
import dev.sandkeep.server.platform.security.Scope;
import dev.sandkeep.server.sessions.SessionDetails;
import dev.sandkeep.server.sessions.Sessions;
import dev.sandkeep.server.testing.ApiClient;
import dev.sandkeep.server.testing.ApiClient.Answer;
import dev.sandkeep.server.testing.AtOnce;
import dev.sandkeep.server.testing.SandboxLab;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.TestServer;
import dev.sandkeep.server.testing.TestServer.Tenant;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.faults.Fault;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

@ServerTest
class QuotaTest {
    @Autowired
    TestServer server;

    @Autowired
    SandboxLab lab;

    @Autowired
    Sessions sessions;

    @Autowired
    JdbcClient jdbc;

    private Tenant owner;
    private ApiClient api;
    private Caller caller = new Caller("", "");

    @BeforeEach
    void ownOrganization() {
        owner = server.newOrganization();
        api = owner.api();
        caller = owner.caller();
    }

    @Test
    void of_many_starts_at_once_as_many_pass_as_there_are_places() throws Exception {
        String profile = lab.usable(caller);
        set("{\"runningSessions\":3}");
        Callable<Answer> start = () -> api.post("/sessions", "{\"profile\":\"" + profile + "\"}");
        List<Answer> answers = AtOnce.call(Collections.nCopies(10, start));
        assertThat(answers.stream().filter(answer -> answer.status() == 201)).hasSize(3);
        Answer refused = answers.stream()
                .filter(answer -> answer.status() != 201)
                .findFirst()
                .orElseThrow();
        assertThat(refused.status()).as(refused.text()).isEqualTo(409);
        assertThat(refused.text("code")).isEqualTo("quota_exceeded");
        assertThat(refused.text("quota")).isEqualTo("running_sessions");
        assertThat(refused.text("limit")).isEqualTo("3");
        assertThat(refused.text("used")).isEqualTo("3");
        assertThat(refused.text("nextStep")).startsWith("Stop a session");
        assertThat(used("running_sessions")).isEqualTo("3");
    }

    @Test
    void a_resume_and_a_restore_take_places_too() throws Exception {
        SessionDetails first = lab.start(caller, lab.persistent(caller));
        sessions.stop(caller, first.session().id(), Duration.ZERO);
        SessionDetails second = lab.start(caller, lab.persistent(caller));
        set("{\"runningSessions\":1,\"sessions\":2}");

        assertThat(api.post("/sessions/" + first.session().id() + "/resume", "").text("code"))
                .isEqualTo("quota_exceeded");
        sessions.stop(caller, second.session().id(), Duration.ZERO);
        assertThat(api.post("/sessions/" + first.session().id() + "/resume", "").status())
                .as("a stop makes room")
                .isEqualTo(200);
        assertThat(api.post("/sessions/" + first.session().id() + "/fork", "").text("quota"))
                .isEqualTo("sessions");

        sessions.delete(caller, second.session().id());
        sessions.stop(caller, first.session().id(), Duration.ZERO);
        SessionDetails third = lab.start(caller, lab.persistent(caller));
        assertThat(api.post("/sessions/" + second.session().id() + "/restore", "")
                        .text("quota"))
                .isEqualTo("sessions");
        assertThat(lab.now(caller, third).sandbox().state().text()).isEqualTo("running");
    }

    @Test
    void profiles_and_members_are_counted() {
        set("{\"profiles\":1,\"members\":1}");
        assertThat(api.post("/profiles", "{\"name\":\"one\"}").status()).isEqualTo(201);
        assertThat(api.post("/profiles", "{\"name\":\"two\"}").text("quota")).isEqualTo("profiles");
        String token = api.post("/invitations", "{\"role\":\"member\"}").text("token");
        String accept = "{\"token\":\"" + token + "\",\"name\":\"ada\"}";
        assertThat(server.client("").post("/invitations/accept", accept).text("quota"))
                .isEqualTo("members");
        set("{\"members\":2}");
        assertThat(server.client("").post("/invitations/accept", accept).status())
                .as("the invitation was not used up by the refusal")
                .isEqualTo(201);
    }

    @Test
    void a_build_beyond_the_quota_waits_for_its_turn() {
        set("{\"snapshotBuilds\":1}");
        lab.host().faults().onNext("provider.start", Fault.HANG, ProviderException.Kind.FAULT);
        String first =
                lab.newestJob(caller, lab.publish(caller, SandboxLab.spec())).id();
        await("the first build")
                .atMost(SandboxLab.PATIENCE)
                .until(() -> used("snapshot_builds").equals("1"));
        String second =
                lab.newestJob(caller, lab.publish(caller, SandboxLab.spec())).id();
        await("the second one to be held back")
                .atMost(SandboxLab.PATIENCE)
                .until(() -> jdbc.sql(
                                "select execution_time > now() - interval '1 minute' and not picked from scheduled_tasks where task_instance = :id")
                        .param("id", second)
                        .query(Boolean.class)
                        .single());
        assertThat(api.get("/snapshot-jobs/" + second).text("state")).isEqualTo("queued");
        lab.host().faults().release();
        assertThat(lab.ended(caller, first).state().text()).isEqualTo("succeeded");
        assertThat(lab.ended(caller, second).state().text()).isEqualTo("succeeded");
    }

    @Test
    void the_operators_ceiling_holds_whatever_the_organization_sets_itself() {
        String organization = "/system/organizations/" + caller.organizationId() + "/quotas";
        ApiClient operator = server.operator().api();
        assertThat(api.get(organization).status()).isEqualTo(403);
        assertThat(operator.put(organization, "{\"profiles\":2}").status()).isEqualTo(200);
        set("{\"profiles\":5}");
        assertThat(api.get("/settings/quotas").text("items.2"))
                .contains("\"own\":5", "\"ceiling\":2", "\"limit\":2", "\"used\":0");
        set("{\"profiles\":1}");
        assertThat(api.get("/settings/quotas").text("items.2")).contains("\"limit\":1");
        assertThat(operator.put(organization, "{}").status()).isEqualTo(200);
        set("{}");
        assertThat(jdbc.sql("select count(*) from organization_quotas where organization_id = :id")
                        .param("id", caller.organizationId())
                        .query(Integer.class)
                        .single())
                .as("what nobody limits has no row, and costs nothing")
                .isZero();
        assertThat(api.get("/audit").text()).contains("quota_set", "no limit");
        assertThat(operator.get("/audit").text()).contains("quota_ceiling_set");
    }

    @Test
    void only_admins_set_quotas_and_only_sensible_ones() {
        Tenant member = server.newMember(caller.organizationId(), Role.MEMBER, Scope.ALL);
        assertThat(member.api().get("/settings/quotas").status()).isEqualTo(200);
        assertThat(member.api().put("/settings/quotas", "{}").text("permission"))
                .isEqualTo("quotas.manage");
        Answer wrong = api.put("/settings/quotas", "{\"members\":0,\"sessions\":-1,\"snapshotBuilds\":0}");
        assertThat(wrong.status()).isEqualTo(422);
        assertThat(wrong.text("errors")).contains("members", "sessions", "snapshotBuilds");
    }

    private void set(String limits) {
        Answer set = api.put("/settings/quotas", limits);
        assertThat(set.status()).as(set.text()).isEqualTo(200);
    }

    private String used(String quota) {
        for (int i = 0; i < 5; i++) {
            Answer quotas = api.get("/settings/quotas");
            if (quotas.text("items." + i + ".quota").equals(quota)) {
                return quotas.text("items." + i + ".used");
            }
        }
        throw new AssertionError("no quota " + quota);
    }
}
