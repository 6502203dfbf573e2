package dev.sandkeep.server.snapshots;

import dev.sandkeep.server.platform.database.Rows;
import dev.sandkeep.server.platform.web.PageRequest;
import dev.sandkeep.server.profiles.RuntimePlan;
import dev.sandkeep.spi.ComputeId;
import dev.sandkeep.spi.ImageId;
import java.nio.charset.StandardCharsets;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/**
 * Rows of {@code snapshot_jobs}, their attempts, phases and lines. Every write of an attempt names its number and changes
 * nothing once a newer one was claimed or the job is over.
 */
@Repository
class SnapshotJobStore {
    /** After every job id in every collation. */
    private static final String AFTER_ALL = "zzzz";

    /** How long after the swap the compute of a job may still be there. */
    private static final Duration CLEAN_UP_TIME = Duration.ofMinutes(1);

    private static final String JOBS = """
            select j.*, p.name as profile_name from snapshot_jobs j join profiles p on p.id = j.profile_id
            """;

    private final JdbcClient jdbc;
    private final Clock clock;

    SnapshotJobStore(JdbcClient jdbc, Clock clock) {
        this.jdbc = jdbc;
        this.clock = clock;
    }

    // ------------------------------------------------------------------------------------------------ jobs

    void insert(NewSnapshotJob job, Instant deadline) {
        jdbc.sql("""
                        insert into snapshot_jobs (id, organization_id, profile_id, version, data_directory, trigger,
                            full_build, only_if_changed, plan, scheduled_for, state, actor, queued_at, deadline)
                        values (:id, :organization, :profile, :version, :directory, :trigger,
                            :full, :onlyIfChanged, :plan, :tick, 'queued', :actor, :now, :deadline)
                        """)
                .param("id", job.id())
                .param("organization", job.organization())
                .param("profile", job.profileId())
                .param("version", job.version().isPresent() ? job.version().getAsInt() : null, Types.INTEGER)
                .param("plan", job.plan().map(RuntimePlan::bytes).orElse(null), Types.BINARY)
                .param("directory", job.dataDirectory())
                .param("trigger", job.trigger().text())
                .param("full", job.options().full())
                .param("onlyIfChanged", job.options().onlyIfChanged())
                .param("tick", Rows.time(job.scheduledFor()))
                .param("actor", job.actor())
                .param("now", Rows.time(clock.instant()))
                .param("deadline", Rows.time(deadline))
                .update();
    }

    Optional<String> active(String profileId, int version) {
        return jdbc.sql("""
                        select id from snapshot_jobs
                        where profile_id = :profile and version = :version and state in ('queued', 'running')
                        """)
                .param("profile", profileId)
                .param("version", version)
                .query(String.class)
                .optional();
    }

    /** The test of a setup script that is queued or running. */
    Optional<String> activeTest(String profileId) {
        return jdbc.sql("""
                        select id from snapshot_jobs
                        where profile_id = :profile and trigger = 'setup_test' and state in ('queued', 'running')
                        """).param("profile", profileId).query(String.class).optional();
    }

    /** Every job of a profile that is queued or running, tests too. */
    List<SnapshotJob> activeOf(String profileId) {
        return jdbc.sql(JOBS + " where j.profile_id = :profile and j.state in ('queued', 'running')")
                .param("profile", profileId)
                .query(SnapshotJobStore::job)
                .list();
    }

    /** Jobs of an organization that are queued or running and that nobody has canceled yet; tests too. */
    List<SnapshotJob> activeOfOrganization(String organization) {
        return jdbc.sql(JOBS + """
                         where j.organization_id = :organization and j.state in ('queued', 'running')
                           and j.cancel_requested_at is null
                        """)
                .param("organization", organization)
                .query(SnapshotJobStore::job)
                .list();
    }

    /** Whether an organization has a job that is not over, or an image or compute that may still be there. */
    boolean anyLeftOf(String organization) {
        return jdbc.sql("""
                        select exists (select 1 from snapshots where organization_id = :organization and removed_at is null)
                            or exists (select 1 from snapshot_jobs j
                                       where j.organization_id = :organization
                                         and (j.state in ('queued', 'running')
                                              or exists (select 1 from snapshot_attempts a
                                                         where a.job_id = j.id and not a.settled)
                                              or exists (select 1 from computes c
                                                         where c.owner = j.id and c.state <> 'destroyed')))
                        """)
                .param("organization", organization)
                .query(Boolean.class)
                .single();
    }

    /** Every job that is queued or running, of every organization, oldest first; tests too. */
    List<SnapshotJob> active(int limit) {
        return jdbc.sql(JOBS + " where j.state in ('queued', 'running') order by j.id limit :limit")
                .param("limit", limit)
                .query(SnapshotJobStore::job)
                .list();
    }

    /** The plan that a test carries. */
    Optional<byte[]> plan(String id) {
        return jdbc.sql("select plan from snapshot_jobs where id = :id and plan is not null")
                .param("id", id)
                .query((row, number) -> row.getBytes("plan"))
                .optional();
    }

    Optional<SnapshotJob> find(String id) {
        return jdbc.sql(JOBS + " where j.id = :id")
                .param("id", id)
                .query(SnapshotJobStore::job)
                .optional()
                .map(job -> withPhases(List.of(job)).getFirst());
    }

    List<SnapshotJob> list(
            String organization, Optional<String> profileId, Optional<SnapshotJobState> state, PageRequest page) {
        String sql = JOBS + " where j.organization_id = :organization and j.id < :before and j.trigger <> 'setup_test'"
                + (profileId.isPresent() ? " and j.profile_id = :profile" : "")
                + (state.isPresent() ? " and j.state = :state" : "")
                + " order by j.id desc limit :limit";
        JdbcClient.StatementSpec query = jdbc.sql(sql)
                .param("organization", organization)
                .param("before", page.after().orElse(AFTER_ALL))
                .param("limit", page.fetch());
        if (profileId.isPresent()) {
            query = query.param("profile", profileId.get());
        }
        if (state.isPresent()) {
            query = query.param("state", state.get().text());
        }
        return withPhases(query.query(SnapshotJobStore::job).list());
    }

    /** The newest job of each version of a profile that has one. */
    Map<Integer, SnapshotJob> newestOfVersions(String profileId) {
        List<SnapshotJob> jobs = jdbc.sql("""
                        select distinct on (j.version) j.*, p.name as profile_name
                        from snapshot_jobs j join profiles p on p.id = j.profile_id
                        where j.profile_id = :profile and j.version is not null order by j.version, j.id desc
                        """)
                .param("profile", profileId)
                .query(SnapshotJobStore::job)
                .list();
        return withPhases(jobs).stream().collect(Collectors.toMap(SnapshotJob::version, job -> job));
    }

    /** How a refresh ended that ended by itself. */
    record LastRefresh(String jobId, SnapshotJobState state) {}

    /** The newest of these of each version that has one. */
    Map<Integer, LastRefresh> lastRefreshOfVersions(String profileId) {
        Map<Integer, LastRefresh> states = new HashMap<>();
        jdbc.sql("""
                        select distinct on (version) version, id, state from snapshot_jobs
                        where profile_id = :profile and trigger in ('manual_refresh', 'scheduled_refresh') and state in ('succeeded', 'failed', 'skipped')
                        order by version, id desc
                        """)
                .param("profile", profileId)
                .query((row, number) -> states.put(
                        row.getInt("version"),
                        new LastRefresh(row.getString("id"), SnapshotJobState.of(row.getString("state")))))
                .list();
        return states;
    }

    private List<SnapshotJob> withPhases(List<SnapshotJob> jobs) {
        Map<String, List<SnapshotJob.PhaseRun>> phases = new HashMap<>();
        if (!jobs.isEmpty()) {
            jdbc.sql("""
                            select f.* from snapshot_job_phases f join snapshot_jobs j on j.id = f.job_id
                            where f.job_id = any (:ids) and f.attempt = j.attempt order by f.job_id, f.ordinal
                            """)
                    .param("ids", jobs.stream().map(SnapshotJob::id).toArray(String[]::new))
                    .query((row, number) -> phases.computeIfAbsent(row.getString("job_id"), id -> new ArrayList<>())
                            .add(new SnapshotJob.PhaseRun(
                                    row.getString("name"),
                                    Rows.instant(row, "started_at"),
                                    Rows.optionalInstant(row, "ended_at"))))
                    .list();
        }
        return jobs.stream()
                .map(job -> job.withPhases(phases.getOrDefault(job.id(), List.of())))
                .toList();
    }

    // ------------------------------------------------------------------------------------------------ attempts

    /** What the claiming of a job decides on. */
    record ClaimRow(
            String organization,
            String profileId,
            int version,
            SnapshotTrigger trigger,
            RefreshOptions options,
            SnapshotJobState state,
            int attempt,
            boolean attemptOpen,
            int lost,
            int retries,
            boolean cancelRequested,
            Instant deadline,
            long lines,
            long lineBytes) {}

    /** Reads a job and keeps others from moving it until the end of the transaction. */
    Optional<ClaimRow> lock(String id) {
        return jdbc.sql("select * from snapshot_jobs where id = :id for update")
                .param("id", id)
                .query((row, number) -> new ClaimRow(
                        row.getString("organization_id"),
                        row.getString("profile_id"),
                        row.getInt("version"),
                        SnapshotTrigger.of(row.getString("trigger")),
                        options(row),
                        SnapshotJobState.of(row.getString("state")),
                        row.getInt("attempt"),
                        row.getBoolean("attempt_open"),
                        row.getInt("lost"),
                        row.getInt("retries"),
                        row.getObject("cancel_requested_at") != null,
                        Rows.instant(row, "deadline"),
                        row.getLong("lines"),
                        row.getLong("line_bytes")))
                .optional();
    }

    /**
     * Whether the organization may have one more job that runs. Of two that would take the last place, the second waits for the first.
     */
    boolean mayBegin(String organization) {
        return jdbc.sql("""
                        select least(own_limit, ceiling) as most from organization_quotas
                        where organization_id = :organization and quota = 'snapshot_builds' for update
                        """)
                .param("organization", organization)
                .query((row, number) -> Optional.ofNullable(row.getObject("most", Long.class)))
                .optional()
                .flatMap(Function.identity())
                .map(most -> running(organization) < most)
                .orElse(true);
    }

    private long running(String organization) {
        return jdbc.sql(
                        "select count(*) from snapshot_jobs where organization_id = :organization and state = 'running'")
                .param("organization", organization)
                .query(Long.class)
                .single();
    }

    /** Begins an attempt of a locked job, which is in the phase that the attempt before was in until it enters one. */
    void begin(Attempt attempt, int lost, String server) {
        jdbc.sql("""
                        update snapshot_jobs set state = 'running', attempt = :attempt, attempt_open = true, lost = :lost,
                            started_at = coalesce(started_at, :now), deadline = :deadline
                        where id = :id
                        """)
                .param("attempt", attempt.number())
                .param("lost", lost)
                .param("now", Rows.time(clock.instant()))
                .param("deadline", Rows.time(attempt.deadline()))
                .param("id", attempt.jobId())
                .update();
        jdbc.sql("""
                        insert into snapshot_attempts (job_id, attempt, image, server, started_at)
                        values (:id, :attempt, :image, :server, :now)
                        """)
                .param("id", attempt.jobId())
                .param("attempt", attempt.number())
                .param("image", attempt.image().value())
                .param("server", server)
                .param("now", Rows.time(clock.instant()))
                .update();
    }

    /** What a running attempt has to know about its job. */
    record Watch(boolean mine, boolean cancelRequested) {}

    Watch watch(Attempt attempt) {
        return jdbc.sql("""
                        select state = 'running' and attempt = :attempt as mine, cancel_requested_at is not null as canceled
                        from snapshot_jobs where id = :id
                        """)
                .param("attempt", attempt.number())
                .param("id", attempt.jobId())
                .query((row, number) -> new Watch(row.getBoolean("mine"), row.getBoolean("canceled")))
                .optional()
                .orElse(new Watch(false, false));
    }

    /** Records what an attempt builds on, without which its image could not be adopted. */
    void source(Attempt attempt, BuildSource source) {
        jdbc.sql("""
                        update snapshot_attempts set base_image = :image, base_image_digest = :digest, parent = :parent
                        where job_id = :id and attempt = :attempt
                        """)
                .param("image", source.base().image().value())
                .param("digest", source.base().digest())
                .param("parent", source.parent().map(ImageId::value).orElse(null))
                .param("id", attempt.jobId())
                .param("attempt", attempt.number())
                .update();
    }

    /** Records what an attempt's image is made from. */
    void inputs(Attempt attempt, Inputs inputs) {
        jdbc.sql("""
                        update snapshot_attempts set inputs = :inputs::json, fingerprint = :fingerprint
                        where job_id = :id and attempt = :attempt
                        """)
                .param("inputs", inputs.json())
                .param("fingerprint", inputs.fingerprint())
                .param("id", attempt.jobId())
                .param("attempt", attempt.number())
                .update();
    }

    /** Records what an attempt's image holds although it looks like a secret. */
    void allowedSecrets(Attempt attempt, List<AllowedSecret> allowed) {
        jdbc.sql("""
                        update snapshot_attempts set allowed_secrets = :allowed::json where job_id = :id and attempt = :attempt
                        """)
                .param("allowed", AllowedSecrets.json(allowed))
                .param("id", attempt.jobId())
                .param("attempt", attempt.number())
                .update();
    }

    /** An attempt's image that may exist, and what it stands on. */
    record Capturable(String jobId, int attempt, ImageId image, Optional<BaseImage> base) {
        ComputeId compute() {
            return new ComputeId(jobId, attempt);
        }
    }

    /** Images of earlier attempts at the same job that nobody has looked for since, newest first. */
    List<Capturable> unsettledBefore(Attempt attempt) {
        return jdbc.sql("""
                        select job_id, attempt, image, base_image, base_image_digest from snapshot_attempts
                        where job_id = :id and attempt < :attempt and not settled order by attempt desc
                        """)
                .param("id", attempt.jobId())
                .param("attempt", attempt.number())
                .query(SnapshotJobStore::capturable)
                .list();
    }

    /** Images of attempts that are over for good, and whose computes are gone. */
    List<Capturable> unsettledOver(String dataDirectory) {
        return jdbc.sql("""
                        select a.job_id, a.attempt, a.image, a.base_image, a.base_image_digest
                        from snapshot_attempts a
                        join snapshot_jobs j on j.id = a.job_id
                        join computes c on c.owner = a.job_id and c.generation = a.attempt
                        where not a.settled and j.data_directory = :directory and c.state = 'destroyed'
                          and j.state not in ('queued', 'running')
                        """)
                .param("directory", dataDirectory)
                .query(SnapshotJobStore::capturable)
                .list();
    }

    void settled(String jobId, int attempt) {
        jdbc.sql("update snapshot_attempts set settled = true where job_id = :id and attempt = :attempt")
                .param("id", jobId)
                .param("attempt", attempt)
                .update();
    }

    /** All images that attempts may have captured and that are not known to be gone. */
    List<String> unsettledImages(String dataDirectory) {
        return jdbc.sql("""
                        select a.image from snapshot_attempts a join snapshot_jobs j on j.id = a.job_id
                        where not a.settled and j.data_directory = :directory
                        """)
                .param("directory", dataDirectory)
                .query((row, number) -> row.getString("image"))
                .list();
    }

    /** Records that a job that is over is cleaned up. */
    void cleaned(String jobId) {
        jdbc.sql("update snapshot_jobs set attempt_open = false where id = :id and state <> 'running' and attempt_open")
                .param("id", jobId)
                .update();
    }

    /** {@code running → succeeded}, unless a cancellation was asked for or a newer attempt exists. */
    boolean succeed(Attempt attempt, String snapshotId) {
        return finish(attempt, SnapshotJobState.SUCCEEDED, snapshotId);
    }

    /** {@code running → succeeded} of a test, which makes nothing; false as {@link #succeed}. */
    boolean passTest(Attempt attempt) {
        return finish(attempt, SnapshotJobState.SUCCEEDED, null);
    }

    /** {@code running → skipped}; false as {@link #succeed}. */
    boolean skip(Attempt attempt) {
        return finish(attempt, SnapshotJobState.SKIPPED, null);
    }

    /** A job that built something stays open until it is {@link #cleaned}; one that was skipped has nothing left to clean. */
    private boolean finish(Attempt attempt, SnapshotJobState state, @Nullable String snapshotId) {
        boolean moved = jdbc.sql("""
                        update snapshot_jobs set state = :state, snapshot_id = cast(:snapshot as text),
                            attempt_open = attempt_open and :state <> 'skipped', ended_at = :now
                        where id = :id and attempt = :attempt and state = 'running' and cancel_requested_at is null
                        """)
                        .param("state", state.text())
                        .param("snapshot", snapshotId)
                        .param("now", Rows.time(clock.instant()))
                        .param("id", attempt.jobId())
                        .param("attempt", attempt.number())
                        .update()
                == 1;
        if (moved) {
            closeAttempt(attempt, state.text());
        }
        return moved;
    }

    /** {@code running → failed|canceled}; false when this attempt has no say any more. */
    boolean end(Attempt attempt, SnapshotJobState state, JobFailure failure) {
        boolean moved = ended(
                        " where id = :id and attempt = :attempt and state = 'running'",
                        state,
                        failure,
                        Map.of("id", attempt.jobId(), "attempt", attempt.number()))
                == 1;
        if (moved) {
            closeAttempt(attempt, failure.code());
        }
        return moved;
    }

    /** {@code queued → failed|canceled}. */
    boolean endQueued(String id, SnapshotJobState state, JobFailure failure) {
        return ended(" where id = :id and state = 'queued'", state, failure, Map.of("id", id)) == 1;
    }

    /** {@code queued|running → failed}, whoever works on it. */
    boolean endOverdue(String id, JobFailure failure) {
        return ended(
                        " where id = :id and state in ('queued', 'running') and deadline < :now",
                        SnapshotJobState.FAILED,
                        failure,
                        Map.of("id", id))
                == 1;
    }

    private int ended(String which, SnapshotJobState state, JobFailure failure, Map<String, ?> parameters) {
        return jdbc.sql("""
                        update snapshot_jobs set state = :state, attempt_open = false, ended_at = :now,
                            failure_code = :code, failure_phase = :phase, failure_message = :message,
                            failure_exit_code = :exitCode, failure_last_lines = :lastLines, failure_next_step = :nextStep
                        """ + which)
                .param("state", state.text())
                .param("now", Rows.time(clock.instant()))
                .param("code", failure.code())
                .param("phase", failure.phase().orElse(null))
                .param("message", failure.message())
                .param(
                        "exitCode",
                        failure.exitCode().isPresent() ? failure.exitCode().getAsInt() : null,
                        Types.INTEGER)
                .param("lastLines", failure.lastLines().toArray(String[]::new))
                .param("nextStep", failure.nextStep())
                .params(parameters)
                .update();
    }

    /** The attempt is over and another one will follow; false when this attempt has no say any more. */
    boolean closeForRetry(Attempt attempt, String outcome, boolean counts) {
        boolean moved = jdbc.sql("""
                        update snapshot_jobs set attempt_open = false, retries = retries + :more
                        where id = :id and attempt = :attempt and state = 'running'
                        """)
                        .param("more", counts ? 1 : 0)
                        .param("id", attempt.jobId())
                        .param("attempt", attempt.number())
                        .update()
                == 1;
        if (moved) {
            closeAttempt(attempt, outcome);
        }
        return moved;
    }

    private void closeAttempt(Attempt attempt, String outcome) {
        jdbc.sql("""
                        update snapshot_attempts set ended_at = :now, outcome = :outcome
                        where job_id = :id and attempt = :attempt
                        """)
                .param("now", Rows.time(clock.instant()))
                .param("outcome", outcome)
                .param("id", attempt.jobId())
                .param("attempt", attempt.number())
                .update();
    }

    /** Asks whoever runs it to stop; false when nobody does. */
    boolean requestCancel(String id) {
        return jdbc.sql("""
                        update snapshot_jobs set cancel_requested_at = coalesce(cancel_requested_at, :now)
                        where id = :id and state = 'running'
                        """)
                        .param("now", Rows.time(clock.instant()))
                        .param("id", id)
                        .update()
                == 1;
    }

    /** Jobs that are queued or running. */
    record ActiveJob(
            String id,
            String organization,
            String profileId,
            int version,
            SnapshotTrigger trigger,
            SnapshotJobState state,
            Optional<String> phase,
            Instant deadline) {
        /** What others hear when it fails now. */
        JobEnd failed() {
            return new JobEnd(id, organization, profileId, version, trigger, SnapshotJobState.FAILED);
        }
    }

    List<ActiveJob> activeIn(String dataDirectory) {
        return jdbc.sql("""
                        select * from snapshot_jobs
                        where state in ('queued', 'running') and data_directory = :directory
                        """)
                .param("directory", dataDirectory)
                .query((row, number) -> new ActiveJob(
                        row.getString("id"),
                        row.getString("organization_id"),
                        row.getString("profile_id"),
                        row.getInt("version"),
                        SnapshotTrigger.of(row.getString("trigger")),
                        SnapshotJobState.of(row.getString("state")),
                        Rows.optionalText(row, "phase"),
                        Rows.instant(row, "deadline")))
                .list();
    }

    /** Computes of attempts that are going on, or whose swap is done and whose clean-up is. */
    Set<ComputeId> openAttempts(Collection<String> jobIds) {
        return jdbc
                .sql("""
                        select id, attempt from snapshot_jobs
                        where id = any (:ids) and attempt_open
                          and (state = 'running' or (state = 'succeeded' and ended_at > :recently))
                        """)
                .param("ids", jobIds.toArray(String[]::new))
                .param("recently", Rows.time(clock.instant().minus(CLEAN_UP_TIME)))
                .query((row, number) -> new ComputeId(row.getString("id"), row.getInt("attempt")))
                .list()
                .stream()
                .collect(Collectors.toSet());
    }

    // ------------------------------------------------------------------------------------------------ phases, lines

    /** Ends the phase before and begins {@code phase}. */
    void enter(Attempt attempt, Phase phase) {
        leave(attempt);
        jdbc.sql("""
                        insert into snapshot_job_phases (job_id, attempt, ordinal, name, started_at)
                        select :id, :attempt, count(*) + 1, :name, :now from snapshot_job_phases
                        where job_id = :id and attempt = :attempt
                        """)
                .param("id", attempt.jobId())
                .param("attempt", attempt.number())
                .param("name", phase.text())
                .param("now", Rows.time(clock.instant()))
                .update();
        jdbc.sql("update snapshot_jobs set phase = :phase where id = :id and attempt = :attempt and state = 'running'")
                .param("phase", phase.text())
                .param("id", attempt.jobId())
                .param("attempt", attempt.number())
                .update();
    }

    /** Ends the phase that goes on. */
    void leave(Attempt attempt) {
        jdbc.sql("""
                        update snapshot_job_phases set ended_at = :now
                        where job_id = :id and attempt = :attempt and ended_at is null
                        """)
                .param("now", Rows.time(clock.instant()))
                .param("id", attempt.jobId())
                .param("attempt", attempt.number())
                .update();
    }

    /** Appends lines; false when a newer attempt exists and nothing was written. */
    boolean append(Attempt attempt, List<JobLine> lines) {
        long bytes = lines.stream()
                .mapToLong(line -> line.text().getBytes(StandardCharsets.UTF_8).length)
                .sum();
        return jdbc.sql("""
                        with mine as (
                            update snapshot_jobs set lines = :last, line_bytes = line_bytes + :bytes
                            where id = :id and attempt = :attempt returning id)
                        insert into snapshot_job_lines (job_id, seq, at, phase, stream, text)
                        select mine.id, l.seq, l.at::timestamptz, l.phase, l.stream, l.text
                        from mine, unnest(:seqs::bigint[], :ats, :phases, :streams, :texts)
                            as l (seq, at, phase, stream, text)
                        on conflict do nothing
                        """)
                        .param("last", lines.getLast().seq())
                        .param("bytes", bytes)
                        .param("id", attempt.jobId())
                        .param("attempt", attempt.number())
                        .param("seqs", strings(lines, line -> Long.toString(line.seq())))
                        .param("ats", strings(lines, line -> line.at().toString()))
                        .param("phases", strings(lines, JobLine::phase))
                        .param("streams", strings(lines, JobLine::stream))
                        .param("texts", strings(lines, JobLine::text))
                        .update()
                > 0;
    }

    private static String[] strings(List<JobLine> lines, java.util.function.Function<JobLine, String> part) {
        return lines.stream().map(part).toArray(String[]::new);
    }

    List<JobLine> lines(String jobId, long after, int limit) {
        return jdbc.sql("""
                        select seq, at, phase, stream, text from snapshot_job_lines
                        where job_id = :id and seq > :after order by seq limit :limit
                        """)
                .param("id", jobId)
                .param("after", after)
                .param("limit", limit)
                .query((row, number) -> new JobLine(
                        row.getLong("seq"),
                        Rows.instant(row, "at"),
                        row.getString("phase"),
                        row.getString("stream"),
                        row.getString("text")))
                .list();
    }

    private static RefreshOptions options(ResultSet row) throws SQLException {
        return new RefreshOptions(row.getBoolean("full_build"), row.getBoolean("only_if_changed"));
    }

    private static SnapshotJob job(ResultSet row, int number) throws SQLException {
        return new SnapshotJob(
                row.getString("id"),
                row.getString("organization_id"),
                row.getString("profile_id"),
                row.getString("profile_name"),
                row.getInt("version"),
                SnapshotTrigger.of(row.getString("trigger")),
                options(row),
                SnapshotJobState.of(row.getString("state")),
                Rows.optionalText(row, "phase"),
                row.getInt("attempt"),
                row.getObject("cancel_requested_at") != null,
                Rows.optionalText(row, "snapshot_id"),
                failure(row.getString("failure_code"), row),
                Rows.instant(row, "queued_at"),
                Rows.optionalInstant(row, "started_at"),
                Rows.optionalInstant(row, "ended_at"),
                Rows.instant(row, "deadline"),
                List.of());
    }

    private static Optional<JobFailure> failure(@Nullable String code, ResultSet row) throws SQLException {
        if (code == null) {
            return Optional.empty();
        }
        int exitCode = row.getInt("failure_exit_code");
        OptionalInt exit = row.wasNull() ? OptionalInt.empty() : OptionalInt.of(exitCode);
        Array lines = row.getArray("failure_last_lines");
        return Optional.of(new JobFailure(
                code,
                Rows.optionalText(row, "failure_phase"),
                row.getString("failure_message"),
                exit,
                List.of((String[]) lines.getArray()),
                row.getString("failure_next_step")));
    }

    private static Capturable capturable(ResultSet row, int number) throws SQLException {
        Optional<String> base = Rows.optionalText(row, "base_image");
        Optional<String> digest = Rows.optionalText(row, "base_image_digest");
        return new Capturable(
                row.getString("job_id"),
                row.getInt("attempt"),
                new ImageId(row.getString("image")),
                base.isPresent() && digest.isPresent()
                        ? Optional.of(new BaseImage(new ImageId(base.get()), digest.get()))
                        : Optional.empty());
    }
}
