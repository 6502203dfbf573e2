-- The audit log: who did what to what from where. Written with the event of the same change; it only grows.

create table audit_log (
    id              text primary key,
    organization_id text        not null references organizations,
    at              timestamptz not null,
    -- The database's own time, which the server cannot choose: retention goes by it.
    recorded_at     timestamptz not null,
    actor           text        not null,
    key_id          text        not null,
    address         text        not null,
    action          text        not null,
    subject_type    text        not null,
    subject_id      text        not null,
    before_value    text,
    after_value     text,
    detail          text        not null
);

create index audit_log_by_organization on audit_log (organization_id, id);
create index audit_log_by_age on audit_log (recorded_at);

create function stamp_audit_entry() returns trigger language plpgsql as $$
begin
    new.recorded_at := clock_timestamp();
    return new;
end
$$;

-- Whatever the server is told to keep or forget, and whoever tells it: the last 30 days stay.
create function keep_audit_entry() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and old.recorded_at < clock_timestamp() - interval '30 days' then
        return old;
    end if;
    raise exception '% of audit_log is refused: its entries never change, and stay for 30 days', lower(tg_op)
        using errcode = 'integrity_constraint_violation';
end
$$;

create trigger audit_log_is_stamped before insert on audit_log
    for each row execute function stamp_audit_entry();
create trigger audit_log_only_grows before update or delete on audit_log
    for each row execute function keep_audit_entry();
create trigger audit_log_never_vanishes before truncate on audit_log
    for each statement execute function refuse_change();
