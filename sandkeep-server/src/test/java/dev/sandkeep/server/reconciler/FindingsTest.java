package dev.sandkeep.server.reconciler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandkeep.server.findings.Finding;
import dev.sandkeep.server.findings.FindingState;
import dev.sandkeep.server.findings.Findings;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.web.PageRequest;
import dev.sandkeep.server.sessions.SandboxState;
import dev.sandkeep.server.sessions.SessionDetails;
import dev.sandkeep.server.sessions.Sessions;
import dev.sandkeep.server.testing.ApiClient.Answer;
import dev.sandkeep.server.testing.SandboxLab;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.SettableClock;
import dev.sandkeep.server.testing.TestServer;
import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.ImageId;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.VolumeId;
import dev.sandkeep.spi.faults.Fault;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/** Every difference between rows and what is there becomes a finding that says what was done. */
@ServerTest
class FindingsTest {
    private static final Duration GRACE = Duration.ofSeconds(61);
    private static final List<String> ASKED =
            List.of("provider.resources", "provider.listComputes", "provider.inspect", "volume.list");

    @Autowired
    TestServer server;

    @Autowired
    SandboxLab lab;

    @Autowired
    Sessions sessions;

    @Autowired
    Findings findings;

    @Autowired
    SettableClock clock;

    private TestServer.Tenant tenant;
    private Caller caller = new Caller("", "");

    @BeforeEach
    void newOrganization() {
        tenant = server.newOrganization();
        caller = tenant.caller();
    }

    @AfterEach
    void nothingLeaks() {
        heal();
        lab.assertNothingLeaks();
    }

    @Test
    void a_compute_without_a_row_is_removed_after_the_grace_time_and_the_ledger_says_so() throws Exception {
        ComputeId planted = planted();
        lab.reconcile();
        lab.reconcile();
        assertThat(open(planted.name())).isNotEmpty().allMatch(it -> it.state() == FindingState.OPEN);

        clock.advance(GRACE);
        lab.reconcile();
        lab.reconcile();

        assertThat(open(planted.name())).isEmpty();
        assertThat(all())
                .filteredOn(it -> it.kind().equals("COMPUTE") && it.name().equals(planted.name()))
                .singleElement()
                .satisfies(it -> {
                    assertThat(it.state()).isEqualTo(FindingState.REMOVED);
                    assertThat(it.bytes()).isPresent();
                    assertThat(it.endedAt()).isPresent();
                });
    }

    @Test
    void what_cannot_be_asked_is_neither_gone_nor_new() throws Exception {
        ComputeId planted = planted();
        lab.reconcile();
        lab.reconcile();
        List<Finding> before = open(planted.name());
        assertThat(before).isNotEmpty();

        SessionDetails session = lab.start(caller, lab.usable(caller));
        for (String point : ASKED) {
            lab.host().faults().onEvery(point, Fault.FAIL_BEFORE, ProviderException.Kind.UNAVAILABLE);
        }
        clock.advance(GRACE);
        lab.reconcile();

        assertThat(open(planted.name())).extracting(Finding::id).containsAll(ids(before));
        assertThat(lab.now(caller, session).sandbox().state()).isEqualTo(SandboxState.RUNNING);
        assertThat(lab.host().provider().listComputes()).contains(planted);
        heal();
        lab.reconcile();
        assertThat(lab.host().provider().listComputes()).doesNotContain(planted);
    }

    @Test
    void a_row_whose_compute_is_gone_is_repaired() throws Exception {
        SessionDetails session = lab.start(caller, lab.persistent(caller));
        String compute = session.sandbox().compute().name();
        lab.host().provider().destroy(session.sandbox().compute());

        lab.host().faults().onEvery("provider.inspect", Fault.FAIL_BEFORE, ProviderException.Kind.UNAVAILABLE);
        lab.reconcile();
        lab.reconcile();
        assertThat(open(compute))
                .singleElement()
                .satisfies(it -> assertThat(it.reason()).isEqualTo("its compute is not on the host"));
        heal();
        lab.reconcile();
        lab.settled(caller, session);
        lab.reconcile();

        assertThat(lab.now(caller, session).sandbox().state()).isEqualTo(SandboxState.STOPPED);
        assertThat(all())
                .filteredOn(it -> it.name().equals(compute))
                .extracting(Finding::state)
                .containsExactly(FindingState.REPAIRED);
    }

    @Test
    void work_of_a_server_that_died_is_adopted_and_the_ledger_says_so() throws Exception {
        SessionDetails session = lab.start(caller, lab.persistent(caller));
        String sandbox = session.sandbox().id();
        lab.jdbc().sql("""
                        update sandboxes set delete_requested_at = started_at, lease_owner = 'a dead server', lease_until = started_at
                        where id = :id
                        """).param("id", sandbox).update();

        lab.reconcile();

        assertThat(lab.settled(caller, session).sandbox().state()).isEqualTo(SandboxState.DELETED);
        assertThat(all())
                .filteredOn(it -> it.name().equals(sandbox))
                .singleElement()
                .satisfies(it -> {
                    assertThat(it.state()).isEqualTo(FindingState.ADOPTED);
                    assertThat(it.owner()).isEqualTo(session.session().id());
                    assertThat(it.reason()).startsWith("it was running");
                });
    }

    @Test
    void a_compute_that_a_dead_server_holds_still_goes_on_and_the_ledger_says_so() throws Exception {
        SessionDetails session = lab.start(caller, lab.persistent(caller));
        lab.host().provider().pause(session.sandbox().compute());

        lab.watch();

        assertThat(all())
                .filteredOn(it -> it.name().equals(session.sandbox().compute().name()))
                .singleElement()
                .satisfies(it -> {
                    assertThat(it.state()).isEqualTo(FindingState.REPAIRED);
                    assertThat(it.action()).isEqualTo("it goes on");
                });
    }

    @Test
    void an_image_without_a_row_is_removed_after_the_grace_time() throws Exception {
        ComputeId planted = planted();
        ImageId image = new ImageId("snp_00000000000000000000000000");
        lab.host().provider().stop(planted, Duration.ZERO);
        lab.host().provider().capture(planted, image);
        lab.host().provider().destroy(planted);
        lab.reconcile();
        assertThat(open(image.value())).hasSize(1);

        clock.advance(GRACE);
        lab.reconcile();

        assertThat(lab.host().provider().listImages()).noneMatch(it -> it.id().equals(image));
        assertThat(all())
                .filteredOn(it -> it.name().equals(image.value()))
                .singleElement()
                .satisfies(it -> {
                    assertThat(it.state()).isEqualTo(FindingState.REMOVED);
                    assertThat(it.bytes()).isPresent();
                });
    }

    @Test
    void a_volume_without_a_row_waits_for_a_person_and_is_never_removed() throws Exception {
        SessionDetails session = lab.start(caller, lab.persistent(caller));
        sessions.stop(caller, session.session().id(), Duration.ZERO);
        VolumeId volume = lab.host().volumes().list().stream()
                .filter(it -> lab.jdbc()
                        .sql("select exists (select 1 from volumes where id = :id and sandbox_id = :sandbox)")
                        .param("id", it.value())
                        .param("sandbox", session.sandbox().id())
                        .query(Boolean.class)
                        .single())
                .findFirst()
                .orElseThrow();
        lab.jdbc()
                .sql("update volumes set data_directory = 'elsewhere' where id = :id")
                .param("id", volume.value())
                .update();
        lab.reconcile();
        clock.advance(Duration.ofDays(30));
        lab.reconcile();
        assertThat(open(volume.value()))
                .singleElement()
                .satisfies(it -> assertThat(it.state()).isEqualTo(FindingState.NEEDS_PERSON));
        assertThat(lab.host().volumes().list()).contains(volume);
        lab.jdbc()
                .sql("update volumes set data_directory = (select data_directory from sandboxes where id = sandbox_id)"
                        + " where id = :id")
                .param("id", volume.value())
                .update();
        sessions.delete(caller, session.session().id());
    }

    @Test
    void a_dry_run_says_what_would_be_done_and_does_nothing() throws Exception {
        ComputeId planted = planted();
        lab.reconcile();
        clock.advance(GRACE);

        Answer answer = server.operator().api().post("/system/reconcile", "{\"dryRun\":true}");

        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.body().path("left"))
                .anyMatch(it -> it.path("owner").asString("").equals(planted.name())
                        && it.path("remedy").asString("").equals("server")
                        && it.path("action").asString("").startsWith("destroy compute"));
        assertThat(lab.host().provider().listComputes()).contains(planted);
        assertThat(server.operator().api().post("/system/reconcile", "").status())
                .isEqualTo(200);
        assertThat(lab.host().provider().listComputes()).doesNotContain(planted);
        assertThat(server.operator()
                        .api()
                        .get("/system/findings?state=removed&limit=200")
                        .text())
                .contains(planted.name());
        assertThat(server.operator().api().get("/system/findings?state=lost").status())
                .isEqualTo(422);
    }

    private void heal() {
        ASKED.forEach(point -> lab.host().faults().heal(point));
    }

    private ComputeId planted() throws InterruptedException {
        SessionDetails session = lab.start(caller, lab.usable(caller));
        ComputeId planted = new ComputeId(
                session.sandbox().id().substring(0, session.sandbox().id().length() - 4) + "0000", 1);
        lab.host().provider().plant(planted, new ImageId(session.sandbox().snapshotId()));
        return planted;
    }

    private List<Finding> open(String about) {
        return findings.open().stream()
                .filter(it -> it.name().equals(about) || it.owner().equals(about))
                .toList();
    }

    private List<Finding> all() {
        return findings.list(List.of(), new PageRequest(200, Optional.empty())).items();
    }

    private static List<String> ids(List<Finding> findings) {
        return findings.stream().map(Finding::id).toList();
    }
}
