-- Organizations can be deleted, and brought back for a while; they have quotas; their audit log can be searched; the secrets of
-- second factors are sealed.

-- ---------------------------------------------------------------- deletion

-- live, deleted (until delete_after it can be undone), going (nothing brings it back), gone (an empty row for what names it).
alter table organizations
    add column deleted_by       text,
    add column delete_after     timestamptz,
    add column purge_started_at timestamptz,
    add column purged_at        timestamptz,
    add constraint organizations_deletion
        check ((deleted_at is null) = (delete_after is null) and (deleted_at is null) = (deleted_by is null)),
    add constraint organizations_purge
        check ((purge_started_at is null or deleted_at is not null) and (purged_at is null or purge_started_at is not null)),
    add constraint organizations_operator_stays check (deleted_at is null or not operates_server);

create index organizations_going on organizations (deleted_at) where deleted_at is not null and purged_at is null;

-- ---------------------------------------------------------------- quotas

-- No row, or neither of the two: no limit. The lower one holds.
create table organization_quotas (
    organization_id text   not null references organizations,
    quota           text   not null
        check (quota in ('running_sessions', 'sessions', 'profiles', 'members', 'snapshot_builds')),
    -- What the organization's admins and owners set.
    own_limit       bigint check (own_limit >= 0),
    -- What the server's operators set.
    ceiling         bigint check (ceiling >= 0),
    primary key (organization_id, quota)
);

-- Of two that would take the last place at once, the second waits for the first at the quota's row, and then counts it. Without a
-- row nothing is locked and nothing is counted.
create function refuse_beyond_quota() returns trigger language plpgsql as $$
declare
    most bigint;
    used bigint;
begin
    select least(own_limit, ceiling) into most from organization_quotas
    where organization_id = new.organization_id and quota = tg_argv[0] for update;
    if most is null then
        return new;
    end if;
    case tg_argv[0]
        when 'running_sessions' then
            select count(*) into used from sandboxes
            where organization_id = new.organization_id and state in ('pending', 'starting', 'running', 'stopping');
        when 'sessions' then
            select count(*) into used from sessions where organization_id = new.organization_id and deleted_at is null;
        when 'profiles' then
            select count(*) into used from profiles where organization_id = new.organization_id and deleted_at is null;
        when 'members' then
            select count(*) into used from members where organization_id = new.organization_id and removed_at is null;
    end case;
    if used >= most then
        raise exception 'organization % uses % of % %', new.organization_id, used, most, tg_argv[0]
            using errcode = 'integrity_constraint_violation', constraint = 'quota_' || tg_argv[0],
                  detail = used || ' ' || most;
    end if;
    return new;
end
$$;

create trigger sandboxes_within_quota before insert on sandboxes
    for each row execute function refuse_beyond_quota('running_sessions');
-- One that follows a generation that has expired takes the place of that one.
create trigger sandboxes_resumed_within_quota before update of state on sandboxes
    for each row
    when (old.state in ('stopped', 'failed') and new.state = 'starting' and old.replace_requested_at is null)
    execute function refuse_beyond_quota('running_sessions');
create trigger sessions_within_quota before insert on sessions
    for each row execute function refuse_beyond_quota('sessions');
create trigger sessions_restored_within_quota before update of deleted_at on sessions
    for each row when (old.deleted_at is not null and new.deleted_at is null)
    execute function refuse_beyond_quota('sessions');
create trigger profiles_within_quota before insert on profiles
    for each row execute function refuse_beyond_quota('profiles');
create trigger members_within_quota before insert on members
    for each row execute function refuse_beyond_quota('members');

-- ---------------------------------------------------------------- audit log

create index audit_log_by_actor on audit_log (organization_id, actor, id);
create index audit_log_by_action on audit_log (organization_id, action, id);
create index audit_log_by_subject on audit_log (organization_id, subject_id, id);

-- ---------------------------------------------------------------- second factors

-- A secret is kept encrypted, with a key that is not in the database; one from before is sealed when a server starts.
alter table second_factors
    alter column secret drop not null,
    add column sealed    bytea,
    -- Which key it is sealed with: the beginning of the key's SHA-256.
    add column sealed_by text,
    add constraint second_factors_one_secret check (num_nonnulls(secret, sealed) = 1),
    add constraint second_factors_sealed check ((sealed is null) = (sealed_by is null));
