-- Snapshot jobs, snapshots, sessions, sandboxes, computes and volumes. docs/states.md tells how the rows move.

-- ---------------------------------------------------------------- snapshots

create table snapshot_jobs (
    id                  text primary key check (id like 'job\_%'),
    organization_id     text not null references organizations (id),
    profile_id          text not null,
    version             integer not null,
    data_directory      text not null,
    trigger             text not null check (trigger in ('publish', 'manual_refresh', 'scheduled_refresh')),
    scheduled_for       timestamptz,
    state               text not null check (state in ('queued', 'running', 'succeeded', 'failed', 'canceled')),
    phase               text,
    -- The fencing token: claiming adds one, every later write names it. Also the generation of the attempt's compute.
    attempt             integer not null default 0 check (attempt >= 0),
    -- Attempts that ended with a fault worth a retry, and attempts whose server died.
    retries             integer not null default 0 check (retries >= 0),
    lost                integer not null default 0 check (lost >= 0),
    attempt_open        boolean not null default false,
    cancel_requested_at timestamptz,
    snapshot_id         text,
    failure_code        text,
    failure_phase       text,
    failure_message     text,
    failure_exit_code   integer,
    failure_last_lines  text[],
    failure_next_step   text,
    lines               bigint not null default 0,
    line_bytes          bigint not null default 0,
    actor               text not null,
    queued_at           timestamptz not null,
    started_at          timestamptz,
    ended_at            timestamptz,
    deadline            timestamptz not null,
    foreign key (profile_id, version) references profile_versions (profile_id, number),
    check ((trigger = 'scheduled_refresh') = (scheduled_for is not null)),
    check ((state in ('succeeded', 'failed', 'canceled')) = (ended_at is not null)),
    check ((state = 'succeeded') = (snapshot_id is not null)),
    check ((state in ('failed', 'canceled')) = (failure_code is not null)),
    check ((failure_code is null) = (failure_message is null) and (failure_code is null) = (failure_next_step is null)
       and (failure_code is null) = (failure_last_lines is null)),
    check (state <> 'running' or (attempt >= 1 and started_at is not null)),
    check (state <> 'queued' or attempt = 0)
);

create unique index snapshot_jobs_one_active on snapshot_jobs (profile_id, version) where state in ('queued', 'running');
create unique index snapshot_jobs_one_for_a_tick on snapshot_jobs (profile_id, version, scheduled_for) where scheduled_for is not null;
create index snapshot_jobs_newest on snapshot_jobs (organization_id, id desc);
create index snapshot_jobs_newest_in_state on snapshot_jobs (organization_id, state, id desc);
create index snapshot_jobs_of_version on snapshot_jobs (profile_id, version, id desc);
create index snapshot_jobs_of_profile on snapshot_jobs (profile_id, id desc);
create index snapshot_jobs_active on snapshot_jobs (deadline) where state in ('queued', 'running');

create table snapshot_attempts (
    job_id     text not null references snapshot_jobs (id) on delete cascade,
    attempt    integer not null check (attempt >= 1),
    -- The image that this attempt would capture, named before anything exists under the name.
    image      text not null unique check (image like 'snp\_%'),
    base_image text,
    base_image_digest text,
    server     text not null,
    started_at timestamptz not null,
    ended_at   timestamptz,
    outcome    text,
    -- Whether the image is a snapshot, or known not to exist and never to come to exist: nobody needs to look for it again.
    settled    boolean not null default false,
    primary key (job_id, attempt)
);

create index snapshot_attempts_to_clean on snapshot_attempts (job_id) where not settled;

create table snapshot_job_phases (
    job_id     text not null references snapshot_jobs (id) on delete cascade,
    attempt    integer not null,
    ordinal    integer not null,
    name       text not null,
    started_at timestamptz not null,
    ended_at   timestamptz,
    primary key (job_id, attempt, ordinal)
);

create table snapshot_job_lines (
    job_id text not null references snapshot_jobs (id) on delete cascade,
    seq    bigint not null check (seq >= 1),
    at     timestamptz not null,
    phase  text not null,
    stream text not null check (stream in ('stdout', 'stderr', 'system')),
    text   text not null,
    primary key (job_id, seq)
);

create table snapshots (
    id                text primary key check (id like 'snp\_%'),
    organization_id   text not null references organizations (id),
    profile_id        text not null,
    version           integer not null,
    job_id            text not null unique references snapshot_jobs (id),
    data_directory    text not null,
    plan_digest       text not null,
    base_image        text not null,
    base_image_digest text not null,
    created_at        timestamptz not null,
    -- Its profile was deleted: the image may go. Then: the image is gone.
    released_at       timestamptz,
    removed_at        timestamptz,
    check (removed_at is null or released_at is not null),
    foreign key (profile_id, version) references profile_versions (profile_id, number),
    unique (profile_id, version, id)
);

create index snapshots_newest on snapshots (organization_id, id desc) where released_at is null;
create index snapshots_of_profile on snapshots (profile_id, id desc);
create index snapshots_to_remove on snapshots (data_directory) where released_at is not null and removed_at is null;

-- The swap is one row here: which snapshot new sessions of a version start from.
create table usable_snapshots (
    profile_id  text not null,
    version     integer not null,
    snapshot_id text not null,
    since       timestamptz not null,
    primary key (profile_id, version),
    foreign key (profile_id, version, snapshot_id) references snapshots (profile_id, version, id)
);

-- ---------------------------------------------------------------- sessions

create table sessions (
    id              text primary key check (id like 'ses\_%'),
    organization_id text not null references organizations (id),
    name            text not null,
    profile_id      text not null,
    version         integer not null,
    created_by      text not null,
    created_at      timestamptz not null,
    deleted_at      timestamptz,
    foreign key (profile_id, version) references profile_versions (profile_id, number)
);

create unique index sessions_name on sessions (organization_id, name) where deleted_at is null;
create index sessions_newest on sessions (organization_id, id desc) where deleted_at is null;
create index sessions_of_profile on sessions (profile_id, id desc) where deleted_at is null;

create table sandboxes (
    id                  text primary key check (id like 'sbx\_%'),
    session_id          text not null unique references sessions (id),
    organization_id     text not null references organizations (id),
    data_directory      text not null,
    mode                text not null check (mode in ('ephemeral', 'persistent')),
    -- Pinned for life, as are mode, profile, version and paths: a trigger below refuses to change them.
    profile_id          text not null,
    version             integer not null,
    snapshot_id         text not null references snapshots (id),
    plan_digest         text not null,
    persisted_paths     text[] not null,
    fallback_code       text,
    fallback_message    text,
    state               text not null check (state in ('pending', 'starting', 'running', 'stopping', 'stopped', 'failed', 'deleted')),
    generation          integer not null check (generation >= 1),
    stop_reason         text check (stop_reason in ('user', 'idle', 'expired', 'compute_lost', 'system', 'failed')),
    failure_code        text,
    failure_message     text,
    failure_next_step   text,
    -- Not jsonb: the same bytes as the file in the sandbox.
    lifecycle           json,
    started_at          timestamptz,
    -- When, and as which generation, it last stopped after it had run.
    stopped_at          timestamptz,
    stopped_generation  integer,
    stop_requested_at   timestamptz,
    stop_requested_for  text check (stop_requested_for in ('user', 'idle', 'expired', 'system')),
    stop_grace_ms       bigint check (stop_grace_ms >= 0),
    delete_requested_at timestamptz,
    lease_owner         text,
    lease_until         timestamptz,
    deadline            timestamptz,
    row_version         bigint not null default 1,
    foreign key (profile_id, version) references profile_versions (profile_id, number),
    check ((fallback_code is null) = (fallback_message is null)),
    check ((lease_owner is null) = (lease_until is null)),
    check (state not in ('pending', 'starting', 'stopping') or (lease_until is not null and deadline is not null)),
    check (state <> 'failed' or failure_code is not null),
    check ((failure_code is null) = (failure_message is null) and (failure_code is null) = (failure_next_step is null)),
    check (state <> 'deleted' or lease_owner is null),
    check ((stop_requested_at is null) = (stop_requested_for is null))
);

create index sandboxes_in_state on sandboxes (organization_id, state, session_id desc);
create index sandboxes_running on sandboxes (data_directory, id) where state = 'running';
create index sandboxes_of_snapshot on sandboxes (snapshot_id) where state <> 'deleted';
-- What a sweep looks at: rows being worked on, and rows at rest with a wish that nobody works on.
create index sandboxes_active on sandboxes (data_directory, lease_until)
    where state in ('pending', 'starting', 'stopping')
       or (state <> 'deleted' and delete_requested_at is not null)
       or (state = 'running' and stop_requested_at is not null);

create function refuse_change_of_what_is_pinned() returns trigger language plpgsql as $$
begin
    raise exception 'sandbox % is pinned to its mode, version, snapshot, plan and paths', old.id
        using errcode = 'integrity_constraint_violation';
end
$$;

create trigger sandboxes_pinned
    before update of session_id, organization_id, mode, profile_id, version, snapshot_id, plan_digest, persisted_paths on sandboxes
    for each row
    when (old.session_id is distinct from new.session_id
       or old.organization_id is distinct from new.organization_id
       or old.mode is distinct from new.mode
       or old.profile_id is distinct from new.profile_id
       or old.version is distinct from new.version
       or old.snapshot_id is distinct from new.snapshot_id
       or old.plan_digest is distinct from new.plan_digest
       or old.persisted_paths is distinct from new.persisted_paths)
    execute function refuse_change_of_what_is_pinned();

-- The arrows of docs/states.md, and no others.
create function refuse_impossible_sandbox_transition() returns trigger language plpgsql as $$
begin
    raise exception 'sandbox % cannot go from % to %', old.id, old.state, new.state
        using errcode = 'integrity_constraint_violation';
end
$$;

create trigger sandboxes_transitions
    before update of state on sandboxes
    for each row
    when (old.state is distinct from new.state and (old.state, new.state) not in (
        ('pending', 'starting'), ('pending', 'failed'),
        ('starting', 'running'), ('starting', 'stopped'), ('starting', 'failed'),
        ('running', 'stopping'),
        ('stopping', 'stopped'), ('stopping', 'failed'),
        ('stopped', 'starting'), ('stopped', 'deleted'),
        ('failed', 'starting'), ('failed', 'deleted')))
    execute function refuse_impossible_sandbox_transition();

create trigger sandboxes_generations
    before update of generation on sandboxes
    for each row
    when (new.generation < old.generation)
    execute function refuse_impossible_sandbox_transition();

-- ---------------------------------------------------------------- volumes

create table volumes (
    id                 text primary key check (id like 'vol\_%'),
    organization_id    text not null references organizations (id),
    sandbox_id         text not null unique references sandboxes (id),
    data_directory     text not null,
    paths              text[] not null,
    state              text not null check (state in ('provisioning', 'ready', 'deleted')),
    -- The generation that holds it or may hold it: written before attach, cleared after detach.
    held_by            integer check (held_by >= 1),
    -- Chosen before detach, so that a repeated detach names the same checkpoint.
    next_checkpoint    text check (next_checkpoint like 'chk\_%'),
    durable_checkpoint text,
    durable_sequence   bigint check (durable_sequence >= 1),
    durable_at         timestamptz,
    created_at         timestamptz not null,
    deleted_at         timestamptz,
    check ((durable_checkpoint is null) = (durable_sequence is null) and (durable_sequence is null) = (durable_at is null)),
    check ((state = 'deleted') = (deleted_at is not null)),
    check (state <> 'deleted' or held_by is null)
);

create table checkpoints (
    id         text primary key check (id like 'chk\_%'),
    volume_id  text not null references volumes (id),
    sequence   bigint not null check (sequence >= 1),
    generation integer not null check (generation >= 1),
    at         timestamptz not null,
    unique (volume_id, sequence)
);

create function refuse_older_durable_point() returns trigger language plpgsql as $$
begin
    raise exception 'durable point of volume % cannot go back from % to %', old.id, old.durable_sequence, new.durable_sequence
        using errcode = 'integrity_constraint_violation';
end
$$;

create trigger volumes_durable_point
    before update of durable_sequence on volumes
    for each row
    when (old.durable_sequence is not null and (new.durable_sequence is null or new.durable_sequence < old.durable_sequence))
    execute function refuse_older_durable_point();

-- ---------------------------------------------------------------- computes

-- Every compute there ever was or may be: of sandboxes and of snapshot jobs. The row is written before the provider is called.
create table computes (
    owner          text not null check (owner like 'sbx\_%' or owner like 'job\_%'),
    generation     integer not null check (generation >= 1),
    data_directory text not null,
    volume_id      text references volumes (id),
    state          text not null check (state in ('planned', 'starting', 'running', 'stopping', 'stopped', 'destroyed')),
    created_at     timestamptz not null,
    destroyed_at   timestamptz,
    primary key (owner, generation),
    check ((state = 'destroyed') = (destroyed_at is not null))
);

create unique index computes_one_live_of_an_owner on computes (owner) where state in ('starting', 'running', 'stopping');
create unique index computes_one_live_on_a_volume on computes (volume_id) where state in ('starting', 'running', 'stopping');
create index computes_left on computes (data_directory) where state <> 'destroyed';
