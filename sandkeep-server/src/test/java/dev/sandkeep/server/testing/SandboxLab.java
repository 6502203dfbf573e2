package dev.sandkeep.server.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandkeep.server.organizations.Organizations;
import dev.sandkeep.server.platform.data.DataDirectory;
import dev.sandkeep.server.platform.errors.ValidationErrors;
import dev.sandkeep.server.platform.json.StrictJson;
import dev.sandkeep.server.platform.security.Caller;
import dev.sandkeep.server.profiles.ProfileDrafts;
import dev.sandkeep.server.profiles.ProfileVersions;
import dev.sandkeep.server.profiles.Profiles;
import dev.sandkeep.server.profiles.SpecificationInput;
import dev.sandkeep.server.reconciler.Leak;
import dev.sandkeep.server.reconciler.Leaks;
import dev.sandkeep.server.reconciler.Reconciler;
import dev.sandkeep.server.sessions.CollectedExec;
import dev.sandkeep.server.sessions.NewSession;
import dev.sandkeep.server.sessions.SandboxWatch;
import dev.sandkeep.server.sessions.SessionDetails;
import dev.sandkeep.server.sessions.Sessions;
import dev.sandkeep.server.snapshots.SnapshotJob;
import dev.sandkeep.server.snapshots.SnapshotJobState;
import dev.sandkeep.server.snapshots.SnapshotJobs;
import dev.sandkeep.server.volumes.VolumeUpkeep;
import dev.sandkeep.spi.ExecSpec;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.json.JsonMapper;

/** What tests of snapshots and sessions do again and again. Inject it with {@code @Autowired}. */
@TestConfiguration(proxyBeanMethods = false)
public class SandboxLab {
    /** For things that take moments, on a machine that may be busy. */
    public static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final AtomicInteger NAMES = new AtomicInteger();

    static {
        // A planned crash is an error that nobody catches.
        Awaitility.doNotCatchUncaughtExceptionsByDefault();
        // What is waited for is mostly there already, or in a few milliseconds.
        Awaitility.setDefaultPollDelay(Duration.ZERO);
        Awaitility.setDefaultPollInterval(Duration.ofMillis(20));
    }

    private final Profiles profiles;
    private final ProfileDrafts drafts;
    private final ProfileVersions versions;
    private final SnapshotJobs jobs;
    private final Sessions sessions;
    private final Organizations organizations;
    private final Reconciler reconciler;
    private final Leaks leaks;
    private final SandboxWatch watch;
    private final VolumeUpkeep upkeep;
    private final JdbcClient jdbc;
    private final JsonMapper json;
    private final SettableClock clock;
    private final TestHost host;

    SandboxLab(
            Profiles profiles,
            ProfileDrafts drafts,
            ProfileVersions versions,
            SnapshotJobs jobs,
            Sessions sessions,
            Organizations organizations,
            Reconciler reconciler,
            Leaks leaks,
            SandboxWatch watch,
            VolumeUpkeep upkeep,
            JdbcClient jdbc,
            JsonMapper json,
            SettableClock clock,
            DataDirectory data) {
        this.profiles = profiles;
        this.drafts = drafts;
        this.versions = versions;
        this.jobs = jobs;
        this.sessions = sessions;
        this.organizations = organizations;
        this.reconciler = reconciler;
        this.leaks = leaks;
        this.watch = watch;
        this.upkeep = upkeep;
        this.jdbc = jdbc;
        this.json = json;
        this.clock = clock;
        this.host = TestHost.of(data.root());
    }

    /** The host that the server works on. */
    public TestHost host() {
        return host;
    }

    /** Publishes a new profile with this specification; answers its name. */
    public String publish(Caller caller, String spec) {
        String name = "profile-" + NAMES.incrementAndGet();
        profiles.create(caller, name, input(spec), null);
        versions.publish(caller, name, null);
        return name;
    }

    /** Writes the draft of a profile. */
    public void draft(Caller caller, String profile, String spec) {
        drafts.put(caller, profile, input(spec), OptionalInt.empty());
    }

    /** Publishes this specification as the next version of a profile. */
    public void publishAgain(Caller caller, String profile, String spec) {
        draft(caller, profile, spec);
        versions.publish(caller, profile, null);
    }

    /** The newest job of a profile. */
    public SnapshotJob newestJob(Caller caller, String profile) {
        return jobs.list(caller, Optional.of(profile), Optional.empty(), page())
                .items()
                .getFirst();
    }

    /** Waits until a job is over. */
    public SnapshotJob ended(Caller caller, String jobId) {
        return await("job " + jobId)
                .atMost(PATIENCE)
                .until(() -> jobs.get(caller, jobId), job -> job.state().over());
    }

    /**
     * Waits until a job is over whose server died. Time goes on until another attempt has it, and no longer: it would lose that
     * one's lease too wherever the machine is slower than the clock.
     */
    public SnapshotJob endedByAnotherAttempt(Caller caller, String jobId) {
        await("another attempt of job " + jobId)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(100))
                .until(() -> {
                    SnapshotJob job = jobs.get(caller, jobId);
                    if (job.attempt() == 1 && !job.state().over()) {
                        clock.advance(Duration.ofSeconds(6));
                        return false;
                    }
                    return true;
                });
        return ended(caller, jobId);
    }

    /** A profile with a usable snapshot: an empty specification with these members added. */
    public String usable(Caller caller, String... members) {
        String profile = publish(caller, spec(members));
        SnapshotJob job = ended(caller, newestJob(caller, profile).id());
        assertThat(job.state()).as("%s", job.failure()).isEqualTo(SnapshotJobState.SUCCEEDED);
        awaitCleanUp(job);
        return profile;
    }

    /** A job has succeeded before it cleans up; what it still calls then must not meet faults that a test plans next. */
    public void awaitCleanUp(SnapshotJob job) {
        await("the clean-up of job " + job.id())
                .atMost(PATIENCE)
                .until(() -> jdbc.sql("select count(*) from computes where owner = :job and state <> 'destroyed'")
                                .param("job", job.id())
                                .query(Integer.class)
                                .single()
                        == 0);
    }

    /** A profile whose sandboxes are persistent, in an organization that allows it. */
    public String persistent(Caller caller, String... members) {
        organizations.allowPersistentSandboxes(caller, true);
        return usable(
                caller,
                Stream.concat(Stream.of("\"usePersistentSandboxes\":true"), Stream.of(members))
                        .toArray(String[]::new));
    }

    /** A specification as JSON. */
    public static String spec(String... members) {
        return "{\"baseImage\":{\"debian\":\"bookworm\"}" + (members.length == 0 ? "" : "," + String.join(",", members))
                + "}";
    }

    /** A JSON member whose value is a text. */
    public static String text(String name, String value) {
        return "\"" + name + "\":\""
                + value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + "\"";
    }

    private SpecificationInput input(String spec) {
        ValidationErrors errors = new ValidationErrors();
        SpecificationInput bound = StrictJson.bind(json.readTree(spec), SpecificationInput.class, errors);
        errors.throwIfAny();
        return Objects.requireNonNull(bound);
    }

    private static dev.sandkeep.server.platform.web.PageRequest page() {
        return new dev.sandkeep.server.platform.web.PageRequest(50, Optional.empty());
    }

    /** Starts a session and waits for it. */
    public SessionDetails start(Caller caller, String profile) throws InterruptedException {
        return sessions.create(caller, null, new NewSession(profile, OptionalInt.empty(), Optional.empty()), PATIENCE);
    }

    /** Runs a script in a session; answers its standard output. */
    public String run(Caller caller, SessionDetails session, String script) throws InterruptedException {
        return CollectedExec.run(
                        sessions.exec(caller, session.session().id(), ExecSpec.of("sh", "-c", script)), "", PATIENCE)
                .stdout();
    }

    /** The present state of a session. */
    public SessionDetails now(Caller caller, SessionDetails session) {
        return sessions.get(caller, session.session().id());
    }

    /** Waits until nobody works on a session any more. */
    public SessionDetails settled(Caller caller, SessionDetails session) {
        return await("session " + session.session().id() + " to come to rest")
                .atMost(PATIENCE)
                .until(
                        () -> now(caller, session),
                        it -> it.sandbox().state().atRest()
                                && it.sandbox().leaseOwner().isEmpty());
    }

    /** Lets the server look for what is stuck, lost or left behind. */
    public void reconcile() {
        reconciler.run();
    }

    /** Lets the server look after what runs: lost, expired, idle, full, due. */
    public void watch() throws InterruptedException {
        watch.run();
    }

    /** Lets the server remove volumes and checkpoints that are not kept any more. */
    public void keepUpVolumes() throws InterruptedException {
        upkeep.run();
    }

    /** Waits until nothing is left that belongs to nothing, and no row misses its resource. */
    public void assertNothingLeaks() {
        await("no leaks").atMost(PATIENCE).untilAsserted(() -> {
            reconciler.run();
            assertThat(leaks.look())
                    .extracting(Leak::kind, Leak::name, Leak::reason)
                    .isEmpty();
        });
    }

    /** For looking at rows, and for trying to break their constraints. */
    public JdbcClient jdbc() {
        return jdbc;
    }

    /** What belongs to nothing at this moment. */
    public List<Leak> leaks() {
        return leaks.look();
    }
}
