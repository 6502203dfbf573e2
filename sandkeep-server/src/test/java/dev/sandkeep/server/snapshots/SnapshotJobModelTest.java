package dev.sandkeep.server.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandkeep.server.platform.errors.ProblemCode;
import dev.sandkeep.server.platform.errors.SandkeepException;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.platform.web.PageRequest;
import dev.sandkeep.server.profiles.Profiles;
import dev.sandkeep.server.schedules.RefreshSchedules;
import dev.sandkeep.server.schedules.RefreshTicks;
import dev.sandkeep.server.testing.AtOnce;
import dev.sandkeep.server.testing.CrashPlan;
import dev.sandkeep.server.testing.SandboxLab;
import dev.sandkeep.server.testing.ServerTest;
import dev.sandkeep.server.testing.SettableClock;
import dev.sandkeep.server.testing.TestServer;
import dev.sandkeep.spi.ProviderException;
import dev.sandkeep.spi.faults.Fault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;

/**
 * Does many things at once to the jobs of one profile, and compares what came of it with a model: a version has at most one active
 * job, whoever asks for a second is told which; a job that is over stays as it is; the usable snapshot is that of the newest job
 * that succeeded, and no other job ever changes it.
 */
@ServerTest
class SnapshotJobModelTest {
    private static final int ROUNDS = 12;
    private static final int AT_ONCE = 4;
    private static final List<String> CALLS =
            List.of("provider.start", "provider.exec", "provider.stop", "provider.capture", "provider.destroy");

    @Autowired
    TestServer server;

    @Autowired
    SandboxLab lab;

    @Autowired
    SnapshotJobs jobs;

    @Autowired
    Snapshots snapshots;

    @Autowired
    RefreshSchedules schedules;

    @Autowired
    RefreshTicks ticks;

    @Autowired
    Profiles profiles;

    @Autowired
    SettableClock clock;

    private Caller caller = new Caller("", "");
    private String profile = "";
    private final Map<String, SnapshotJob> over = new HashMap<>();
    private final Set<String> accepted = ConcurrentHashMap.newKeySet();

    @AfterEach
    void nothingLeaks() {
        lab.host().crashes().clear();
        CALLS.forEach(call -> lab.host().faults().heal(call));
        schedules.set(caller, profile, new RefreshSchedules.Wanted(false, "0 * * * *", null, false));
        lab.assertNothingLeaks();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void whatever_happens_at_once_the_jobs_stay_what_the_model_says(long seed) throws InterruptedException {
        Random dice = new Random(seed);
        caller = server.newOrganization().caller();
        profile = lab.usable(caller, SandboxLab.text("setupScript", "sleep 0.05"));
        schedules.set(caller, profile, new RefreshSchedules.Wanted(true, "0 * * * *", null, false));
        accepted.addAll(all().stream().map(SnapshotJob::id).toList());
        for (int round = 0; round < ROUNDS; round++) {
            List<Callable<Boolean>> actions = new ArrayList<>();
            for (int i = 0; i < AT_ONCE; i++) {
                actions.add(action(dice));
            }
            AtOnce.call(actions);
            atMostOneActiveOfEachVersion();
            whatIsOverStays();
            if (dice.nextInt(3) == 0) {
                quiet();
                theUsableSnapshotIsThatOfTheNewestSuccess(seed, round);
            }
        }
        quiet();
        whatIsOverStays();
        theUsableSnapshotIsThatOfTheNewestSuccess(seed, ROUNDS);
        assertThat(all()).extracting(SnapshotJob::id).containsAll(accepted);
    }

    private Callable<Boolean> action(Random dice) {
        int version = 1 + dice.nextInt(versions());
        String call = CALLS.get(dice.nextInt(CALLS.size()));
        return switch (dice.nextInt(10)) {
            case 0 -> this::publish;
            case 1, 2, 3 -> () -> refresh(version);
            case 4 -> this::cancelSomething;
            case 5, 6 -> this::tick;
            case 7 ->
                () -> {
                    lab.host().crashes().onNext(call, CrashPlan.When.BEFORE);
                    return true;
                };
            case 8 ->
                () -> {
                    lab.host().faults().onNext(call, Fault.FAIL_BEFORE, ProviderException.Kind.FAULT);
                    return true;
                };
            default ->
                () -> {
                    lab.host().faults().onNext(call, Fault.LOSE_ANSWER, ProviderException.Kind.UNAVAILABLE);
                    return true;
                };
        };
    }

    private boolean publish() {
        synchronized (accepted) {
            lab.publishAgain(caller, profile, SandboxLab.spec(SandboxLab.text("setupScript", "sleep 0.05")));
        }
        return true;
    }

    private boolean refresh(int version) {
        try {
            accepted.add(jobs.refresh(caller, null, profile, version, RefreshOptions.DEFAULT)
                    .id());
        } catch (SandkeepException problem) {
            assertThat(problem.code()).isEqualTo(ProblemCode.SNAPSHOT_JOB_ACTIVE);
            assertThat(all().stream().filter(job -> job.version() == version).map(SnapshotJob::id))
                    .contains((String) problem.fields().get("activeJobId"));
        }
        return true;
    }

    private boolean cancelSomething() throws InterruptedException {
        for (SnapshotJob job : all()) {
            if (!job.state().over()) {
                try {
                    jobs.cancel(caller, job.id());
                } catch (SandkeepException problem) {
                    assertThat(problem.code()).isEqualTo(ProblemCode.SNAPSHOT_JOB_OVER);
                }
                return true;
            }
        }
        return false;
    }

    private boolean tick() {
        clock.advance(Duration.ofHours(1));
        ticks.run();
        return true;
    }

    /** Until every job is over, with time going on so that lost ones are taken over. */
    private void quiet() {
        await("every job is over")
                .atMost(SandboxLab.PATIENCE)
                .pollInterval(Duration.ofMillis(100))
                .until(() -> {
                    clock.advance(Duration.ofSeconds(6));
                    return all().stream().allMatch(job -> job.state().over());
                });
    }

    private void atMostOneActiveOfEachVersion() {
        assertThat(lab.jdbc()
                        .sql("""
                                select coalesce(max(n), 0) from (
                                    select count(*) n from snapshot_jobs
                                    where profile_id = :profile and state in ('queued', 'running') group by version) x
                                """)
                        .param("profile", profiles.find(caller, profile).id())
                        .query(Integer.class)
                        .single())
                .isLessThanOrEqualTo(1);
    }

    private void whatIsOverStays() {
        for (SnapshotJob job : all()) {
            if (job.state().over()) {
                SnapshotJob before = over.putIfAbsent(job.id(), job);
                if (before != null) {
                    assertThat(job.state()).isEqualTo(before.state());
                    assertThat(job.attempt()).isEqualTo(before.attempt());
                    assertThat(job.endedAt()).isEqualTo(before.endedAt());
                    assertThat(job.snapshotId()).isEqualTo(before.snapshotId());
                }
            }
        }
    }

    private void theUsableSnapshotIsThatOfTheNewestSuccess(long seed, int round) {
        for (int version = 1; version <= versions(); version++) {
            int number = version;
            Optional<String> expected = all().stream()
                    .filter(job -> job.version() == number)
                    .filter(job -> job.state() == SnapshotJobState.SUCCEEDED)
                    .findFirst()
                    .flatMap(SnapshotJob::snapshotId);
            Optional<String> usable;
            try {
                usable = Optional.of(snapshots
                        .requireUsable(profiles.find(caller, profile), OptionalInt.of(number))
                        .id());
            } catch (SandkeepException none) {
                usable = Optional.empty();
            }
            assertThat(usable)
                    .as("version %d, seed %d, round %d", number, seed, round)
                    .isEqualTo(expected);
        }
    }

    private int versions() {
        return profiles.find(caller, profile).latestVersion().orElse(1);
    }

    /** Newest first. Of one version they are also in the order of their ends, as one is queued only when the last is over. */
    private List<SnapshotJob> all() {
        return jobs.list(caller, Optional.of(profile), Optional.empty(), new PageRequest(500, Optional.empty()))
                .items();
    }
}
