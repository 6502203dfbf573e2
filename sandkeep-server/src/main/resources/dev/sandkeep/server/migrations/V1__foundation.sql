-- What every feature stands on: tenants, keys, events, repeatable requests, background work; and profiles.
-- All times are set by the server, whose clock tests can move; ids are text with a prefix that says what they name.

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% of % is refused: its rows never change', lower(tg_op), tg_table_name
        using errcode = 'integrity_constraint_violation';
end
$$;

create table organizations (
    id         text primary key,
    name       text        not null,
    created_at timestamptz not null
);

create table organization_settings (
    organization_id            text primary key references organizations,
    allow_persistent_sandboxes boolean     not null default false,
    updated_at                 timestamptz not null
);

create table members (
    id              text primary key,
    organization_id text        not null references organizations,
    name            text        not null,
    role            text        not null check (role in ('owner', 'admin', 'member')),
    created_at      timestamptz not null,
    unique (organization_id, name)
);

create table api_keys (
    id              text primary key,
    organization_id text        not null references organizations,
    member_id       text        not null references members,
    name            text        not null,
    -- SHA-256 of the key's text: the key has 256 random bits, so that nothing slower is needed.
    key_sha256      bytea       not null unique check (octet_length(key_sha256) = 32),
    created_at      timestamptz not null,
    revoked_at      timestamptz
);

create index api_keys_by_organization on api_keys (organization_id);

create table events (
    id              text primary key,
    organization_id text        not null references organizations,
    at              timestamptz not null,
    actor           text        not null,
    subject_type    text        not null,
    subject_id      text        not null,
    action          text        not null,
    from_state      text,
    to_state        text,
    code            text,
    detail          text        not null,
    -- Readers follow the log in the order (transaction, seq) and stop below the oldest transaction that still runs:
    -- ids and seq alone are taken before the commit, and a reader that went past one would never see it.
    transaction     xid8        not null default pg_current_xact_id(),
    seq             bigint      not null generated always as identity
);

create index events_in_order on events (organization_id, transaction, seq);

-- Which events to show with a thing: its own, and those of what belongs to it.
create table event_subjects (
    subject_id  text   not null,
    transaction xid8   not null default pg_current_xact_id(),
    seq         bigint not null,
    event_id    text   not null references events,
    primary key (subject_id, transaction, seq)
);

-- A restored database counts transactions anew, so that only the order columns may be set again.
create function refuse_event_change() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and to_jsonb(old) - 'transaction' = to_jsonb(new) - 'transaction' then
        return new;
    end if;
    raise exception '% of % is refused: the event log only grows', lower(tg_op), tg_table_name
        using errcode = 'integrity_constraint_violation';
end
$$;

create trigger events_only_grow before update or delete on events
    for each row execute function refuse_event_change();
create trigger event_subjects_only_grow before update or delete on event_subjects
    for each row execute function refuse_event_change();

-- The thing that a request with this key made: written in the same transaction, so that both exist or neither.
create table idempotency_keys (
    organization_id text        not null references organizations,
    key             text        not null,
    fingerprint     text        not null,
    resource_id     text,
    created_at      timestamptz not null,
    primary key (organization_id, key)
);

create index idempotency_keys_by_age on idempotency_keys (created_at);

-- db-scheduler's, as its version 16 wants it.
create table scheduled_tasks (
    task_name            text        not null,
    task_instance        text        not null,
    task_data            bytea,
    execution_time       timestamptz not null,
    picked               boolean     not null,
    picked_by            text,
    last_success         timestamptz,
    last_failure         timestamptz,
    consecutive_failures integer,
    last_heartbeat       timestamptz,
    version              bigint      not null,
    priority             smallint,
    primary key (task_name, task_instance)
);

create index scheduled_tasks_by_time on scheduled_tasks (execution_time);
create index scheduled_tasks_by_heartbeat on scheduled_tasks (last_heartbeat);
create index scheduled_tasks_by_priority on scheduled_tasks (priority desc, execution_time);

create table profiles (
    id              text primary key,
    organization_id text        not null references organizations,
    name            text        not null check (name ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    created_at      timestamptz not null,
    -- 0 while nothing is published; numbers are never used twice.
    latest_version  integer     not null default 0,
    -- Of all drafts that it had, so that a revision never comes back.
    draft_revision  integer     not null default 0,
    deleted_at      timestamptz
);

create unique index profiles_by_name on profiles (organization_id, name) where deleted_at is null;

-- The primary key is what makes it at most one draft per profile.
create table profile_drafts (
    profile_id text primary key references profiles,
    revision   integer     not null check (revision > 0),
    spec       text        not null check (spec is json object),
    updated_at timestamptz not null
);

create table profile_versions (
    profile_id   text        not null references profiles,
    number       integer     not null check (number > 0),
    published_at timestamptz not null,
    published_by text        not null,
    spec         text        not null check (spec is json object),
    plan         bytea       not null,
    plan_digest  text        not null,
    primary key (profile_id, number),
    check (plan_digest = 'sha256:' || encode(sha256(plan), 'hex'))
);

create trigger profile_versions_never_change before update or delete on profile_versions
    for each row execute function refuse_change();
create trigger profile_versions_never_vanish before truncate on profile_versions
    for each statement execute function refuse_change();
