package dev.sandkeep.server.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.profiles.Profiles;
import dev.sandkeep.server.sessions.SessionDetails;
import dev.sandkeep.server.sessions.Sessions;
import dev.sandkeep.server.testing.SandboxLab;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.SettableClock;
import dev.sandkeep.server.testing.TestServer;
import dev.sandkeep.spi.ImageId;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.faults.Fault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.support.TransactionTemplate;

/** By default three snapshots of a version are kept, and what was in use within the last day. */
@ServerTest
class ImagePruningTest {
    private static final Duration LONG_ENOUGH = Duration.ofHours(25);

    @Autowired
    TestServer server;

    @Autowired
    SandboxLab lab;

    @Autowired
    SnapshotJobs jobs;

    @Autowired
    Snapshots snapshots;

    @Autowired
    SnapshotHistory history;

    @Autowired
    ImagePruning pruning;

    @Autowired
    Sessions sessions;

    @Autowired
    Profiles profiles;

    @Autowired
    SettableClock clock;

    @Autowired
    TransactionTemplate transactions;

    private Caller caller = new Caller("", "");
    private String profile = "";
    private final List<String> made = new ArrayList<>();

    @BeforeEach
    void aVersionWithFiveSnapshots() {
        caller = server.newOrganization().caller();
        profile = lab.usable(caller);
        made.add(usable());
        for (int more = 1; more <= 4; more++) {
            made.add(refresh());
        }
    }

    @AfterEach
    void nothingLeaks() {
        lab.host().faults().heal("provider.deleteImage");
        lab.assertNothingLeaks();
    }

    @Test
    void the_newest_three_stay_and_the_others_go_after_the_grace_period() {
        assertThat(prune()).as("within the grace period").isEmpty();
        clock.advance(LONG_ENOUGH);
        assertThat(prune()).containsExactly(made.get(0), made.get(1));
        assertThat(prune()).as("once").isEmpty();
        assertThat(onHost(made.get(0))).isFalse();
        assertThat(onHost(made.get(2))).isTrue();
        assertThatThrownBy(() -> history.rollback(caller, made.get(0))).hasMessageContaining(made.get(0));
    }

    @Test
    void a_dry_run_names_the_same_and_changes_nothing() {
        clock.advance(LONG_ENOUGH);
        ImagePruning.Report report = pruning.run(caller, true);
        assertThat(report.images())
                .extracting(ImagePruning.Candidate::image)
                .filteredOn(image -> image.startsWith("snp_"))
                .containsExactly(made.get(0), made.get(1));
        assertThat(report.removed()).isZero();
        assertThat(report.bytes()).isNotNegative();
        assertThat(onHost(made.get(0))).isTrue();
        assertThat(pruning.removals(caller, 10))
                .extracting(ImageRemoval::image)
                .doesNotContain(made.get(0), made.get(1));
    }

    @Test
    void what_is_pinned_stays() {
        history.pin(caller, made.get(0), "the demo");
        clock.advance(LONG_ENOUGH);
        assertThat(prune()).containsExactly(made.get(1));
        history.unpin(caller, made.get(0));
        assertThat(prune()).containsExactly(made.get(0));
    }

    @Test
    void what_new_sessions_start_from_stays_however_old_it_is() {
        history.rollback(caller, made.get(0));
        clock.advance(LONG_ENOUGH);
        assertThat(prune()).containsExactly(made.get(1));
        history.rollback(caller, made.get(4));
        assertThat(prune()).as("its grace period has only begun").isEmpty();
        clock.advance(LONG_ENOUGH);
        assertThat(prune()).containsExactly(made.get(0));
    }

    @Test
    void what_a_sandbox_stands_on_stays_until_the_session_is_deleted() throws InterruptedException {
        history.rollback(caller, made.get(0));
        SessionDetails session = lab.start(caller, profile);
        history.rollback(caller, made.get(4));
        clock.advance(LONG_ENOUGH);
        assertThat(prune()).containsExactly(made.get(1));
        sessions.stop(caller, session.session().id(), Duration.ZERO);
        assertThat(prune()).as("a stopped one").isEmpty();
        sessions.delete(caller, session.session().id());
        assertThat(prune()).containsExactly(made.get(0));
    }

    @Test
    void one_that_cannot_be_removed_does_not_keep_the_others_and_is_tried_again() {
        clock.advance(LONG_ENOUGH);
        lab.host().faults().onNext("provider.deleteImage", Fault.FAIL_BEFORE, ProviderException.Kind.FAULT);
        ImagePruning.Report report = pruning.run(caller, false);
        assertThat(report.failed()).isEqualTo(1);
        assertThat(onHost(made.get(0))).isTrue();
        assertThat(onHost(made.get(1))).isFalse();
        assertThat(removal(made.get(0)).failure()).isPresent();
        lab.reconcile();
        assertThat(onHost(made.get(0))).isFalse();
        assertThat(removal(made.get(0)).removedAt()).isPresent();
    }

    @Test
    void the_ledger_says_what_went_and_why_it_was_allowed() {
        clock.advance(LONG_ENOUGH);
        prune();
        ImageRemoval removal = removal(made.get(0));
        assertThat(removal.reason()).isEqualTo(ImageRemoval.Reason.SUPERSEDED);
        assertThat(removal.explanation()).contains("3 or more newer ones", "not pinned", "no sandbox");
        assertThat(removal.removedAt()).isPresent();
        assertThat(removal.bytes()).isPresent();
    }

    @Test
    void what_a_snapshot_takes_is_not_added_up_again_to_remove_it() {
        clock.advance(LONG_ENOUGH);
        lab.host().faults().onNext("provider.imageUsage", Fault.FAIL_BEFORE, ProviderException.Kind.UNAVAILABLE);
        prune();
        assertThat(removal(made.get(0)).bytes()).isPresent();
        assertThat(removal(made.get(1)).bytes()).isPresent();
        lab.host().faults().heal("provider.imageUsage");
    }

    @Test
    void a_session_whose_snapshot_is_released_while_it_is_created_starts_from_the_present_one() throws Exception {
        history.rollback(caller, made.get(0));
        CountDownLatch released = new CountDownLatch(1);
        CountDownLatch commit = new CountDownLatch(1);
        FutureTask<Boolean> release = new FutureTask<>(() -> transactions.<Boolean>execute(status -> {
            lab.jdbc()
                    .sql("update usable_snapshots set snapshot_id = :now where snapshot_id = :before")
                    .param("now", made.get(4))
                    .param("before", made.get(0))
                    .update();
            lab.jdbc()
                    .sql("update snapshots set released_at = created_at where id = :id")
                    .param("id", made.get(0))
                    .update();
            released.countDown();
            try {
                commit.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return true;
        }));
        Thread.ofVirtual().start(release);
        FutureTask<SessionDetails> start = new FutureTask<>(() -> lab.start(caller, profile));
        try {
            assertThat(released.await(SandboxLab.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
            Thread.ofVirtual().start(start);
            await("the session waits for the release")
                    .atMost(SandboxLab.PATIENCE)
                    .until(this::somebodyWaitsForALock);
        } finally {
            commit.countDown();
        }
        release.get();

        assertThat(start.get().sandbox().snapshotId()).isEqualTo(made.get(4));
        sessions.delete(caller, start.get().session().id());
    }

    @Test
    void what_maintenance_built_on_stays_under_it() {
        String maintained = lab.usable(caller, SandboxLab.text("maintenanceScript", "true"));
        String bottom = usable(maintained);
        for (int more = 1; more <= 4; more++) {
            lab.ended(
                    caller,
                    jobs.refresh(caller, null, maintained, 1, RefreshOptions.DEFAULT)
                            .id());
        }
        clock.advance(LONG_ENOUGH);
        assertThat(prune()).doesNotContain(bottom);
    }

    @Test
    void a_base_image_that_no_snapshot_stands_on_goes_and_others_stay() {
        lab.host().provider().ensureBaseImage(new dev.sandkeep.spi.BaseImageSource.Debian("sid"), line -> {});
        clock.advance(LONG_ENOUGH);
        assertThat(pruning.run(caller, true).images())
                .extracting(ImagePruning.Candidate::image)
                .contains("debian_sid")
                .doesNotContain("debian_bookworm");
        assertThat(onHost("debian_sid")).as("a dry run").isTrue();
        pruning.run(caller, false);
        assertThat(onHost("debian_sid")).isFalse();
        assertThat(onHost("debian_bookworm")).isTrue();
        assertThat(removal("debian_sid").reason()).isEqualTo(ImageRemoval.Reason.UNUSED_BASE_IMAGE);
    }

    @Test
    void the_database_refuses_a_sandbox_on_what_may_go() {
        clock.advance(LONG_ENOUGH);
        prune();
        assertThatThrownBy(() -> lab.jdbc()
                        .sql("update usable_snapshots set snapshot_id = :gone where snapshot_id = :usable")
                        .param("gone", made.get(0))
                        .param("usable", usable())
                        .update())
                .isInstanceOf(DataAccessException.class)
                .hasMessageContaining("is released");
    }

    private boolean somebodyWaitsForALock() {
        return lab.jdbc()
                .sql("select exists (select 1 from pg_locks where not granted)")
                .query(Boolean.class)
                .single();
    }

    private List<String> prune() {
        return pruning.run(caller, false).images().stream()
                .filter(it -> it.reason() == ImageRemoval.Reason.SUPERSEDED)
                .map(ImagePruning.Candidate::image)
                .toList();
    }

    private ImageRemoval removal(String image) {
        return pruning.removals(caller, 100).stream()
                .filter(it -> it.image().equals(image))
                .findFirst()
                .orElseThrow();
    }

    private boolean onHost(String image) {
        return lab.host().provider().listImages().stream()
                .anyMatch(it -> it.id().equals(new ImageId(image)));
    }

    private String refresh() {
        SnapshotJob job = lab.ended(
                caller,
                jobs.refresh(caller, null, profile, 1, RefreshOptions.DEFAULT).id());
        // Only then is the snapshot measured.
        lab.awaitCleanUp(job);
        return job.snapshotId().orElseThrow();
    }

    private String usable() {
        return usable(profile);
    }

    private String usable(String name) {
        return snapshots
                .requireUsable(profiles.find(caller, name), OptionalInt.empty())
                .id();
    }
}
