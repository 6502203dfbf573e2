-- Automatic refresh, history, pruning and what builds can do besides the setup script. docs/states.md tells how the rows move.

-- ---------------------------------------------------------------- automatic refresh

-- At most one for a profile. It refreshes the newest published version, so that publishing carries it over.
create table refresh_schedules (
    profile_id      text primary key references profiles (id),
    organization_id text not null references organizations (id),
    -- Only servers of this data directory look at it: the jobs it queues need the directory.
    data_directory  text not null,
    enabled         boolean not null,
    cron            text not null,
    time_zone       text not null,
    only_if_changed boolean not null,
    -- The tick that comes next, or that is due.
    next_at         timestamptz,
    -- Scheduled refreshes that failed, since the last success.
    failures        integer not null default 0 check (failures >= 0),
    held_at         timestamptz,
    held_job        text references snapshot_jobs (id),
    updated_at      timestamptz not null,
    updated_by      text not null,
    check (enabled = (next_at is not null)),
    check ((held_at is null) = (held_job is null)),
    check ((failures >= 3) = (held_at is not null))
);

create index refresh_schedules_due on refresh_schedules (data_directory, next_at) where enabled and held_at is null;

-- What became of each tick. The primary key is what makes it at most one for a moment, whoever looks at the clock.
create table schedule_ticks (
    profile_id      text not null references refresh_schedules (profile_id) on delete cascade,
    at              timestamptz not null,
    version         integer not null,
    outcome         text not null check (outcome in ('queued', 'skipped')),
    -- Queued: the job of the tick. Skipped: the job that was in the way.
    job_id          text not null references snapshot_jobs (id),
    -- The first of earlier ticks that no server was up for, and that this one stands for too.
    first_missed_at timestamptz check (first_missed_at < at),
    recorded_at     timestamptz not null,
    primary key (profile_id, at)
);

-- ---------------------------------------------------------------- what a refresh does

alter table snapshot_jobs
    add column full_build      boolean not null default false,
    add column only_if_changed boolean not null default false;

-- A refresh that found nothing changed ends as skipped, with neither a snapshot nor a failure.
do $$
declare old_check text;
begin
    for old_check in
        select conname from pg_constraint
        where conrelid = 'snapshot_jobs'::regclass and contype = 'c'
          and (pg_get_constraintdef(oid) like '%ended_at%' or pg_get_constraintdef(oid) like '%''canceled''%''succeeded''%'
               or conname = 'snapshot_jobs_state_check')
    loop
        execute format('alter table snapshot_jobs drop constraint %I', old_check);
    end loop;
end
$$;

alter table snapshot_jobs
    add constraint snapshot_jobs_states
        check (state in ('queued', 'running', 'succeeded', 'failed', 'canceled', 'skipped')),
    add constraint snapshot_jobs_end
        check ((state in ('succeeded', 'failed', 'canceled', 'skipped')) = (ended_at is not null)),
    add constraint snapshot_jobs_skip check (state <> 'skipped' or only_if_changed);

alter table snapshot_attempts
    -- The snapshot that it builds on, instead of the base image.
    add column parent      text references snapshots (id),
    -- What it is made from, and the digest of that.
    add column inputs      json,
    add column fingerprint text;

alter table snapshots
    add column attempt     integer,
    add column parent      text references snapshots (id),
    -- How many snapshots stand under it, one on the other.
    add column ancestors   integer not null default 0 check ((ancestors > 0) = (parent is not null)),
    add column inputs      json,
    add column fingerprint text;
