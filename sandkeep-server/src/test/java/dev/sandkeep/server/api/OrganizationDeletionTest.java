package dev.sandkeep.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandkeep.server.organizations.OrganizationRemoval;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.security.Role;
import dev.sandkeep.server.platform.security.Scope;
import dev.sandkeep.server.sessions.SandboxState;
import dev.sandkeep.server.sessions.SessionDetails;
import dev.sandkeep.server.sessions.Sessions;
import dev.sandkeep.server.sessions.StopReason;
import dev.sandkeep.server.testing.ApiClient.Answer;
import dev.sandkeep.server.testing.Browser;
import dev.sandkeep.server.testing.SandboxLab;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.SignedInPeople;
import dev.sandkeep.server.testing.SignedInPeople.Someone;
import dev.sandkeep.server.testing.TestServer;
import dev.sandkeep.server.testing.TestServer.Tenant;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

/** The table of deleted organizations in docs/states.md. */
@ServerTest
class OrganizationDeletionTest {
    private static final String NAME = "{\"name\":\"test\"}";

    @Autowired
    TestServer server;

    @Autowired
    SignedInPeople people;

    @Autowired
    SandboxLab lab;

    @Autowired
    Sessions sessions;

    @Autowired
    OrganizationRemoval removal;

    @Autowired
    JdbcClient jdbc;

    private Someone owner;
    private Caller caller = new Caller("", "");
    private String id = "";

    @BeforeEach
    void anOrganization() {
        jdbc.sql("delete from sign_in_failures").update();
        owner = people.owner();
        caller = owner.tenant().caller();
        id = caller.organizationId();
    }

    @Test
    void a_deleted_organization_lets_nobody_in_and_stops_what_runs() throws Exception {
        Tenant member = server.newMember(id, Role.MEMBER, Scope.ALL);
        Browser browser = people.browser(owner);
        String invitation = owner.tenant()
                .api()
                .post("/invitations", "{\"role\":\"member\"}")
                .text("token");
        SessionDetails persistent = lab.start(caller, lab.persistent(caller));
        lab.run(caller, persistent, "echo kept > /root/file");
        SessionDetails ephemeral = lab.start(caller, lab.usable(caller));

        Answer deleted = owner.tenant().api().post("/organization/delete", NAME);
        assertThat(deleted.status()).as(deleted.text()).isEqualTo(200);

        assertThat(owner.tenant().api().get("/me").text("code")).isEqualTo("api_key_invalid");
        assertThat(member.api().get("/sessions").status()).isEqualTo(401);
        assertThat(browser.get("/api/v1/me").statusCode()).isEqualTo(401);
        assertThat(server.client("")
                        .post("/invitations/accept", "{\"token\":\"" + invitation + "\",\"name\":\"ada\"}")
                        .text("code"))
                .isEqualTo("invitation_invalid");

        removal.run();
        assertThat(lab.settled(caller, persistent).sandbox().stopReason()).contains(StopReason.SYSTEM);
        assertThat(lab.settled(caller, ephemeral).sandbox().state()).isEqualTo(SandboxState.STOPPED);

        assertThat(Browser.location(browser.get("/sign-in"))).isEqualTo("/no-organization");
        HttpResponse<String> alone = browser.get("/no-organization");
        assertThat(alone.body()).contains("member of no organization", "Restore test", id);
        HttpResponse<String> back = browser.post("/no-organization/restore", "organization", id);
        assertThat(Browser.location(back)).isEqualTo("/");
        assertThat(browser.get("/api/v1/me").statusCode()).isEqualTo(200);
        assertThat(member.api().get("/sessions").status()).isEqualTo(200);

        sessions.resume(caller, persistent.session().id());
        assertThat(lab.run(caller, persistent, "cat /root/file")).isEqualTo("kept\n");
        assertThat(owner.tenant().api().get("/audit").text()).contains("\"deleted\"", "\"restored\"");
    }

    @Test
    void what_is_begun_by_a_request_that_was_under_way_is_stopped_too() throws Exception {
        String profile = lab.usable(caller);
        owner.tenant().api().post("/organization/delete", NAME);
        SessionDetails late = lab.start(caller, profile);
        removal.run();
        assertThat(lab.settled(caller, late).sandbox().state()).isEqualTo(SandboxState.STOPPED);
    }

    @Test
    void a_build_is_canceled_and_schedules_rest() {
        lab.host()
                .faults()
                .onNext(
                        "provider.start",
                        dev.sandkeep.spi.faults.Fault.HANG,
                        dev.sandkeep.spi.ProviderException.Kind.FAULT);
        String profile = lab.publish(caller, SandboxLab.spec());
        String job = lab.newestJob(caller, profile).id();
        await("the build")
                .atMost(SandboxLab.PATIENCE)
                .until(() -> lab.host().faults().hanging() > 0);
        owner.tenant().api().post("/organization/delete", NAME);
        removal.run();
        lab.host().faults().release();
        assertThat(lab.ended(caller, job).state().text()).isEqualTo("canceled");
    }

    @Test
    void when_the_grace_period_is_over_nothing_is_left_and_the_name_is_free() throws Exception {
        SessionDetails kept = lab.start(caller, lab.persistent(caller));
        SessionDetails deletedBefore = lab.start(caller, lab.persistent(caller));
        sessions.delete(caller, deletedBefore.session().id());
        lab.publish(caller, SandboxLab.spec());

        owner.tenant().api().post("/organization/delete", NAME);
        removal.run();
        assertThat(lab.settled(caller, kept).sandbox().state()).isEqualTo(SandboxState.STOPPED);
        endGrace();
        removal.run();
        assertThat(server.operator()
                        .api()
                        .post("/organizations/" + id + "/restore", "")
                        .text("code"))
                .isEqualTo("organization_not_restorable");
        awaitPurged();

        lab.assertNothingLeaks();
        assertThat(count("volumes", "state <> 'deleted'")).isZero();
        assertThat(count("sandboxes", "state <> 'deleted'")).isZero();
        assertThat(count("snapshots", "removed_at is null")).isZero();
        assertThat(count("profiles", "deleted_at is null")).isZero();
        assertThat(count("members", "removed_at is null")).isZero();
        assertThat(count("api_keys", "revoked_at is null")).isZero();
        assertThat(server.operator()
                        .api()
                        .get("/system/organizations/" + id + "/quotas")
                        .status())
                .isEqualTo(404);
        Answer again = server.operator().api().post("/organizations", NAME);
        assertThat(again.text("organization.name")).isEqualTo("test");
    }

    @Test
    void a_removal_that_breaks_off_goes_on_where_it_was() throws Exception {
        SessionDetails session = lab.start(caller, lab.persistent(caller));
        owner.tenant().api().post("/organization/delete", NAME);
        removal.run();
        lab.settled(caller, session);
        endGrace();
        lab.host()
                .faults()
                .onNext(
                        "volume.delete",
                        dev.sandkeep.spi.faults.Fault.FAIL_BEFORE,
                        dev.sandkeep.spi.ProviderException.Kind.FAULT);
        awaitPurged();
        lab.host().faults().release();
        lab.assertNothingLeaks();
    }

    @Test
    void a_browser_goes_on_in_another_organization_of_its_person() {
        Browser browser = people.browser(owner);
        Answer other = people.owner().tenant().api().post("/invitations", "{\"role\":\"member\"}");
        assertThat(owner.tenant()
                        .api()
                        .post("/invitations/accept", "{\"token\":\"" + other.text("token") + "\",\"name\":\"guest\"}")
                        .status())
                .isEqualTo(201);
        owner.tenant().api().post("/organization/delete", NAME);
        assertThat(browser.get("/api/v1/me").body())
                .contains("\"role\":\"member\"")
                .doesNotContain(id);
        assertThat(browser.get("/account").body()).contains("Deleted organizations that you own", id);
        Browser restoring = browser.with(people.csrf(browser));
        assertThat(restoring
                        .send(
                                "POST",
                                "/api/v1/organizations/" + id + "/restore",
                                "application/json",
                                "{}",
                                "X-CSRF-Token",
                                restoring.token())
                        .statusCode())
                .isEqualTo(200);
        assertThat(owner.tenant().api().get("/me").status()).isEqualTo(200);
    }

    @Test
    void only_owners_delete_and_only_owners_and_operators_bring_back() {
        Tenant admin = server.newMember(id, Role.ADMIN, Scope.ALL);
        assertThat(admin.api().post("/organization/delete", NAME).text("permission"))
                .isEqualTo("organization.delete");
        Answer mistaken = owner.tenant().api().post("/organization/delete", "{\"name\":\"Test\"}");
        assertThat(mistaken.status()).isEqualTo(422);
        assertThat(mistaken.text("errors.0.field")).isEqualTo("name");
        assertThat(server.operator().api().post("/organization/delete", NAME).text("code"))
                .isEqualTo("organization_stays");

        owner.tenant().api().post("/organization/delete", NAME);
        Tenant stranger = server.newOrganization();
        assertThat(stranger.api().post("/organizations/" + id + "/restore", "").status())
                .isEqualTo(404);
        assertThat(stranger.api().get("/organizations/deleted").text("items")).isEqualTo("[]");
        assertThat(server.operator().api().get("/organizations/deleted").text()).contains(id);
        assertThat(server.operator().api().get("/audit").text()).contains(id, caller.actor());
        assertThat(server.operator()
                        .api()
                        .post("/organizations/" + id + "/restore", "")
                        .status())
                .isEqualTo(200);
        assertThat(owner.tenant().api().get("/me").status()).isEqualTo(200);
        assertThat(stranger.api().post("/organizations/" + id + "/restore", "").status())
                .as("what is not deleted is not brought back")
                .isEqualTo(404);
    }

    private void endGrace() {
        jdbc.sql("update organizations set delete_after = deleted_at - interval '1 second' where id = :id")
                .param("id", id)
                .update();
    }

    private void awaitPurged() {
        await("the end of " + id)
                .atMost(SandboxLab.PATIENCE.plus(Duration.ofSeconds(60)))
                .until(() -> {
                    removal.run();
                    lab.reconcile();
                    lab.keepUpVolumes();
                    return jdbc.sql("select purged_at is not null from organizations where id = :id")
                            .param("id", id)
                            .query(Boolean.class)
                            .single();
                });
    }

    private int count(String table, String condition) {
        return jdbc.sql("select count(*) from " + table + " where organization_id = :id and " + condition)
                .param("id", id)
                .query(Integer.class)
                .single();
    }
}
