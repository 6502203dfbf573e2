-- What a snapshot holds although it looks like a secret, and which rule of the database refused a sandbox.

alter table snapshot_attempts add column allowed_secrets json;

-- Path, rule and reason of each; empty for none, null for snapshots that were made before this was written down.
alter table snapshots add column allowed_secrets json;

-- Named after its trigger, so that who starts a session can tell that its snapshot has just been released, and take the present one.
create or replace function refuse_released_snapshot() returns trigger language plpgsql as $$
begin
    perform 1 from snapshots where id = new.snapshot_id and released_at is null for share;
    if not found then
        raise exception 'snapshot % is released: its image may be gone', new.snapshot_id
            using errcode = 'integrity_constraint_violation', constraint = tg_name;
    end if;
    return new;
end
$$;

-- Base images belong to the installation, and everyone may see what became of them.
create index image_removals_of_installation on image_removals (data_directory, allowed_at desc) where organization_id is null;
