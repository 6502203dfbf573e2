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
               or pg_get_constraintdef(oid) like '%snapshot_id%'
               or conname in ('snapshot_jobs_state_check', 'snapshot_jobs_trigger_check'))
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

-- The test of a draft's setup script is a job that belongs to no version, carries its own plan, and keeps nothing.
alter table snapshot_jobs
    alter column version drop not null,
    add column plan bytea,
    add constraint snapshot_jobs_profile foreign key (profile_id) references profiles (id),
    add constraint snapshot_jobs_triggers
        check (trigger in ('publish', 'manual_refresh', 'scheduled_refresh', 'setup_test')),
    add constraint snapshot_jobs_test
        check ((trigger = 'setup_test') = (version is null) and (version is null) = (plan is not null)),
    add constraint snapshot_jobs_success
        check ((state = 'succeeded' and trigger <> 'setup_test') = (snapshot_id is not null));

create unique index snapshot_jobs_one_test on snapshot_jobs (profile_id)
    where trigger = 'setup_test' and state in ('queued', 'running');

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

-- ---------------------------------------------------------------- history

alter table snapshots
    add column pinned_at     timestamptz,
    add column pinned_by     text,
    add column pin_reason    text,
    -- Since when new sessions do not start from it any more.
    add column superseded_at timestamptz,
    -- What it takes by itself, as the provider added it up.
    add column own_bytes     bigint,
    add constraint snapshots_pin check
        ((pinned_at is null) = (pinned_by is null) and (pinned_at is null) = (pin_reason is null)),
    -- What may go is pinned no more, and what is pinned may not go.
    add constraint snapshots_pinned_stay check (pinned_at is null or released_at is null);

-- Whoever makes another snapshot the usable one changes one row; that the one before is superseded follows.
create function note_superseded() returns trigger language plpgsql as $$
begin
    if old.snapshot_id <> new.snapshot_id then
        update snapshots set superseded_at = new.since where id = old.snapshot_id;
        update snapshots set superseded_at = null where id = new.snapshot_id;
    end if;
    return null;
end
$$;

create trigger usable_snapshots_supersede after update on usable_snapshots
    for each row execute function note_superseded();

-- ---------------------------------------------------------------- pruning

-- Between looking up the usable snapshot and writing the sandbox that starts from it, the snapshot may have become one that may
-- go. The lock makes either the sandbox or the release come first, and the other see it.
create function refuse_released_snapshot() returns trigger language plpgsql as $$
begin
    perform 1 from snapshots where id = new.snapshot_id and released_at is null for share;
    if not found then
        raise exception 'snapshot % is released: its image may be gone', new.snapshot_id
            using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end
$$;

create trigger sandboxes_on_kept_snapshots before insert on sandboxes
    for each row execute function refuse_released_snapshot();
create trigger usable_snapshots_kept before insert or update on usable_snapshots
    for each row execute function refuse_released_snapshot();

-- What was removed, and why it was allowed. Written when it is allowed, completed when it is done.
create table image_removals (
    image           text primary key,
    organization_id text references organizations (id),
    profile_id      text references profiles (id),
    version         integer,
    data_directory  text not null,
    reason          text not null check (reason in ('superseded', 'profile_deleted', 'unused_base_image')),
    explanation     text not null,
    bytes           bigint,
    allowed_at      timestamptz not null,
    removed_at      timestamptz,
    -- Of the newest try that failed.
    failure         text
);

create index image_removals_newest on image_removals (organization_id, allowed_at desc);
