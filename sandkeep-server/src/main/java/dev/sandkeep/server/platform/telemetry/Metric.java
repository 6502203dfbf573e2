package dev.sandkeep.server.platform.telemetry;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * Every metric that the server has. The page {@code docs/metrics.md} is generated from these constants, and a test compares them with
 * what a working server shows, both ways.
 */
public enum Metric {
    SANDBOXES(
            "sandkeep_sandboxes",
            Kind.GAUGE,
            Group.FLEET,
            "Sandboxes that are not deleted.",
            Label.of("state", "pending", "starting", "running", "stopping", "stopped", "failed"),
            Label.of("mode", "ephemeral", "persistent")),
    SNAPSHOT_JOBS(
            "sandkeep_snapshot_jobs",
            Kind.GAUGE,
            Group.FLEET,
            "Snapshot jobs that are not over.",
            Label.of("state", "queued", "running")),
    TASKS(
            "sandkeep_tasks",
            Kind.GAUGE,
            Group.FLEET,
            "Background work: due and taken by nobody, or being done.",
            Label.of("state", "due", "running")),
    TASK_LAG(
            "sandkeep_task_lag_seconds",
            Kind.GAUGE,
            Group.FLEET,
            "For how long the oldest background work is due that nobody has taken; 0 when there is none."),
    FINDINGS_OPEN(
            "sandkeep_findings_open",
            Kind.GAUGE,
            Group.FLEET,
            "Differences between rows and what is there that are not settled; needs_person waits for somebody.",
            Label.of("state", "open", "needs_person")),
    DURABLE_POINT_AGE(
            "sandkeep_durable_point_age_seconds",
            Kind.GAUGE,
            Group.FLEET,
            "Age of the oldest durable point of all persistent sandboxes that run; 0 when none runs."),
    SNAPSHOT_BYTES(
            "sandkeep_snapshot_bytes",
            Kind.GAUGE,
            Group.FLEET,
            "What the snapshots that are kept take by themselves, as measured when they were made."),

    DISK_SIZE(
            "sandkeep_disk_size_bytes",
            Kind.GAUGE,
            Group.SERVER,
            "Size of the file system of the data directory, and of the one of the volumes.",
            Label.of("place", "data", "volumes")),
    DISK_FREE(
            "sandkeep_disk_free_bytes",
            Kind.GAUGE,
            Group.SERVER,
            "What can still be written there.",
            Label.of("place", "data", "volumes")),
    STORAGE_USED(
            "sandkeep_storage_used_bytes",
            Kind.GAUGE,
            Group.SERVER,
            "What parts of the data directory take, wherever the volumes are; counted in the background every 15 minutes while"
                    + " somebody reads the metrics, and NaN before that.",
            Label.of("part", "layers", "volumes", "sandboxes", "postgres", "rest")),

    SANDBOX_START(
            "sandkeep_sandbox_start_seconds",
            Kind.TIMER,
            Group.SERVER,
            "Starts of sandboxes by this server, from the first work on them until they run or it is given up: create is the first"
                    + " generation, resume a later one.",
            Label.of("kind", "create", "resume"),
            Label.of("mode", "ephemeral", "persistent"),
            Label.of("outcome", "succeeded", "failed")),
    SANDBOX_STOP(
            "sandkeep_sandbox_stop_seconds",
            Kind.TIMER,
            Group.SERVER,
            "Stops of sandboxes by this server, until everything is durable or it is given up.",
            Label.of("reason", "user", "idle", "expired", "compute_lost", "system", "failed"),
            Label.of("outcome", "succeeded", "failed")),
    CHECKPOINT(
            "sandkeep_checkpoint_seconds",
            Kind.TIMER,
            Group.SERVER,
            "Checkpoints of running sandboxes; those of a stop are part of the stop.",
            Label.of("kind", "manual", "interval"),
            Label.of("outcome", "succeeded", "failed")),
    SNAPSHOT_JOB(
            "sandkeep_snapshot_job_seconds",
            Kind.TIMER,
            Group.SERVER,
            "Snapshot jobs that this server ended, from the queue to the end; skipped ones found that nothing had changed.",
            Label.of("trigger", "publish", "manual_refresh", "scheduled_refresh", "setup_test"),
            Label.of("outcome", "succeeded", "skipped", "failed", "canceled")),
    SNAPSHOT_PHASE(
            "sandkeep_snapshot_phase_seconds",
            Kind.TIMER,
            Group.SERVER,
            "Phases of snapshot jobs, however they ended.",
            Label.of(
                    "phase",
                    "base_image",
                    "compute_start",
                    "files",
                    "inputs",
                    "packages",
                    "repositories",
                    "setup_script",
                    "maintenance_script",
                    "checks",
                    "secret_scan",
                    "capture",
                    "swap")),
    LEASES_TAKEN_OVER(
            "sandkeep_leases_taken_over_total",
            Kind.COUNTER,
            Group.SERVER,
            "Work of other servers, dead or silent, that this one took over: snapshot jobs, sandboxes; task counts background work"
                    + " that it gave back to the queue.",
            Label.of("work", "sandbox", "snapshot_job", "task")),
    FINDINGS(
            "sandkeep_findings_total",
            Kind.COUNTER,
            Group.SERVER,
            "Findings that this server settled.",
            Label.open("kind", "what was found, such as `COMPUTE`, `IMAGE`, `MOUNT`, `ROW`"),
            Label.of("outcome", "adopted", "repaired", "removed")),
    PROVIDER_CALL(
            "sandkeep_provider_call_seconds",
            Kind.TIMER,
            Group.SERVER,
            "Calls of the sandbox provider. Of exec, it is the time until the command runs.",
            Label.open("operation", "the method of `SandboxProvider`, such as `start`"),
            Label.open(
                    "outcome",
                    "what it answered, such as `started`; `error_unavailable` and the like when it did not")),
    VOLUME_CALL(
            "sandkeep_volume_call_seconds",
            Kind.TIMER,
            Group.SERVER,
            "Calls of the volume backend.",
            Label.open("operation", "the method of `VolumeBackend`, such as `attach`"),
            Label.open("outcome", "as for providers")),
    HTTP_REQUEST(
            "sandkeep_http_request_seconds",
            Kind.TIMER,
            Group.SERVER,
            "Requests, until they were answered. Event streams are left out: they last for as long as somebody listens.",
            Label.of("method", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "other"),
            Label.open(
                    "route",
                    "the template of the address, such as `/api/v1/sessions/{session}`; `none` when there is none"),
            Label.open("status", "of the answer, such as `200`")),
    SIGN_IN(
            "sandkeep_sign_ins_total",
            Kind.COUNTER,
            Group.SERVER,
            "Tries of people to sign in: limited ones were not looked at, because too many had failed.",
            Label.of("method", "password", "code", "openid"),
            Label.of("outcome", "succeeded", "failed", "limited")),
    DATABASE_CONNECTIONS(
            "sandkeep_database_connections",
            Kind.GAUGE,
            Group.SERVER,
            "Connections to the database, and threads that wait for one.",
            Label.of("state", "active", "idle", "waiting")),
    DATABASE_CONNECTIONS_MOST(
            "sandkeep_database_connections_most",
            Kind.GAUGE,
            Group.SERVER,
            "How many connections there may be at a time."),
    BUILD(
            "sandkeep_build_info",
            Kind.GAUGE,
            Group.SERVER,
            "Always 1; its labels say what runs.",
            Label.open("version", "of Sandkeep"),
            Label.open("java", "version of the Java runtime")),

    JVM_MEMORY_USED(
            "jvm_memory_used_bytes",
            Kind.GAUGE,
            Group.PROCESS,
            "Memory of the server's JVM in use.",
            Label.of("area", "heap", "nonheap"),
            Label.open("id", "the JVM's name of the memory pool")),
    JVM_MEMORY_COMMITTED(
            "jvm_memory_committed_bytes",
            Kind.GAUGE,
            Group.PROCESS,
            "Memory that the JVM has from the system.",
            Label.of("area", "heap", "nonheap"),
            Label.open("id", "as above")),
    JVM_MEMORY_MOST(
            "jvm_memory_max_bytes",
            Kind.GAUGE,
            Group.PROCESS,
            "How far a memory pool may grow; -1 when nothing bounds it.",
            Label.of("area", "heap", "nonheap"),
            Label.open("id", "as above")),
    JVM_BUFFERS(
            "jvm_buffer_count_buffers",
            Kind.GAUGE,
            Group.PROCESS,
            "Buffers outside of the heap.",
            Label.open("id", "the JVM's name of the buffer pool")),
    JVM_BUFFER_USED(
            "jvm_buffer_memory_used_bytes",
            Kind.GAUGE,
            Group.PROCESS,
            "Memory of these buffers.",
            Label.open("id", "as above")),
    JVM_BUFFER_CAPACITY(
            "jvm_buffer_total_capacity_bytes",
            Kind.GAUGE,
            Group.PROCESS,
            "Capacity of these buffers.",
            Label.open("id", "as above")),
    JVM_COLLECTIONS(
            "jvm_gc_collections_total",
            Kind.COUNTER,
            Group.PROCESS,
            "Garbage collections.",
            Label.open("gc", "the JVM's name of the collector")),
    JVM_COLLECTION_TIME(
            "jvm_gc_time_seconds_total",
            Kind.COUNTER,
            Group.PROCESS,
            "Time that they took.",
            Label.open("gc", "as above")),
    JVM_THREADS("jvm_threads_live_threads", Kind.GAUGE, Group.PROCESS, "Threads of the operating system."),
    JVM_THREADS_DAEMON("jvm_threads_daemon_threads", Kind.GAUGE, Group.PROCESS, "Of these, daemon threads."),
    JVM_THREADS_PEAK("jvm_threads_peak_threads", Kind.GAUGE, Group.PROCESS, "Most threads that there were at a time."),
    JVM_THREADS_STARTED(
            "jvm_threads_started_threads_total", Kind.COUNTER, Group.PROCESS, "Threads that were started ever."),
    JVM_THREADS_STATES(
            "jvm_threads_states_threads",
            Kind.GAUGE,
            Group.PROCESS,
            "Threads by what they do.",
            Label.of("state", "new", "runnable", "blocked", "waiting", "timed-waiting", "terminated")),
    PROCESSORS("system_cpu_count", Kind.GAUGE, Group.PROCESS, "Processors that the JVM may use."),
    LOAD("system_load_average_1m", Kind.GAUGE, Group.PROCESS, "Load of the machine over the last minute."),
    SYSTEM_CPU("system_cpu_usage", Kind.GAUGE, Group.PROCESS, "How busy the machine's processors are, 0 to 1."),
    PROCESS_CPU(
            "process_cpu_usage", Kind.GAUGE, Group.PROCESS, "How busy the server alone keeps the processors, 0 to 1."),
    PROCESS_CPU_TIME(
            "process_cpu_time_ns_total",
            Kind.COUNTER,
            Group.PROCESS,
            "Processor time that the server has used, in nanoseconds."),
    PROCESS_FILES("process_files_open_files", Kind.GAUGE, Group.PROCESS, "Files that the server has open."),
    PROCESS_FILES_MOST("process_files_max_files", Kind.GAUGE, Group.PROCESS, "How many it may have open."),
    PROCESS_STARTED(
            "process_start_time_seconds", Kind.GAUGE, Group.PROCESS, "When the server started, in seconds since 1970."),
    PROCESS_UPTIME("process_uptime_seconds", Kind.GAUGE, Group.PROCESS, "How long ago that was.");

    /** Bounds of the buckets of every histogram: fine where sandboxes start, and up to the length of a build. */
    static final List<Duration> BUCKETS = List.of(
            Duration.ofMillis(5),
            Duration.ofMillis(10),
            Duration.ofMillis(25),
            Duration.ofMillis(50),
            Duration.ofMillis(100),
            Duration.ofMillis(250),
            Duration.ofSeconds(1),
            Duration.ofSeconds(5),
            Duration.ofSeconds(30),
            Duration.ofMinutes(5),
            Duration.ofHours(1));

    private final String text;
    private final Kind kind;
    private final Group group;
    private final String sentence;

    @SuppressWarnings("ImmutableEnumChecker") // List.of makes lists that never change, of records that do not either
    private final List<Label> labels;

    Metric(String text, Kind kind, Group group, String sentence, Label... labels) {
        this.text = text;
        this.kind = kind;
        this.group = group;
        this.sentence = sentence;
        this.labels = List.of(labels);
    }

    /** What kind of figure it is. */
    public enum Kind {
        /** What is now. */
        GAUGE,
        /** What has happened since the server started; only grows. */
        COUNTER,
        /** How often, and how long it took: a histogram in seconds, and its longest of the last minutes as {@code …_max}. */
        TIMER
    }

    /** What it is about, and so which servers say the same. */
    public enum Group {
        /** The whole installation: every server of the database says the same. */
        FLEET,
        /** What this server did, and its machine. */
        SERVER,
        /** The server's process. */
        PROCESS
    }

    /** As Prometheus knows it. */
    public String text() {
        return text;
    }

    /** As OpenTelemetry knows it: without the unit of timers and the ending of counters. */
    public String dotted() {
        String base = switch (kind) {
            case TIMER -> text.replaceFirst("_seconds$", "");
            case COUNTER -> text.replaceFirst("_total$", "");
            case GAUGE -> text;
        };
        return base.replace('_', '.').toLowerCase(Locale.ROOT);
    }

    /** What kind of figure it is. */
    public Kind kind() {
        return kind;
    }

    /** What it is about. */
    public Group group() {
        return group;
    }

    /** What it says, for people. */
    public String sentence() {
        return sentence;
    }

    /** What distinguishes its series, in the order in which their values are given. */
    public List<Label> labels() {
        return labels;
    }
}
