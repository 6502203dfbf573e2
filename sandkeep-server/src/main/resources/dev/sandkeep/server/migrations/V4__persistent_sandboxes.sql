-- What persistent sandboxes need beyond stop and resume. docs/persistent-sandboxes.md tells how the rows move.

-- ---------------------------------------------------------------- sandboxes

alter table sandboxes
    -- When compute of this generation must be gone; empty when it may live for ever.
    add column expires_at           timestamptz,
    add column expiry_warned_at     timestamptz,
    -- When somebody last used it. Written in batches, without a new row version.
    add column last_activity_at     timestamptz,
    -- When a running one is to be checkpointed next.
    add column checkpoint_due_at    timestamptz,
    -- Since when it is frozen because a persisted path is over its limit and grew.
    add column quota_frozen_at      timestamptz,
    -- It expires, and another generation is to follow at once.
    add column replace_requested_at timestamptz,
    -- The wish to delete it does not wait for the grace period of its volume.
    add column delete_now           boolean not null default false,
    -- It is to go back to this checkpoint, which becomes the newest one under the second name.
    add column rollback_to          text,
    add column rollback_as          text,
    add column rollback_by          text,
    add constraint sandboxes_rollback
        check ((rollback_to is null) = (rollback_as is null) and (rollback_to is null) = (rollback_by is null));

drop index sandboxes_active;
create index sandboxes_active on sandboxes (data_directory, lease_until)
    where state in ('pending', 'starting', 'stopping')
       or (state <> 'deleted' and delete_requested_at is not null)
       or (state = 'running' and stop_requested_at is not null)
       or (state = 'stopped' and (replace_requested_at is not null or rollback_to is not null));

-- A deleted session comes back while its volume is still there.
drop trigger sandboxes_transitions on sandboxes;
create trigger sandboxes_transitions
    before update of state on sandboxes
    for each row
    when (old.state is distinct from new.state and (old.state, new.state) not in (
        ('pending', 'starting'), ('pending', 'failed'),
        ('starting', 'running'), ('starting', 'stopped'), ('starting', 'failed'),
        ('running', 'stopping'),
        ('stopping', 'stopped'), ('stopping', 'failed'),
        ('stopped', 'starting'), ('stopped', 'deleted'),
        ('failed', 'starting'), ('failed', 'deleted'),
        ('deleted', 'stopped')))
    execute function refuse_impossible_sandbox_transition();

-- ---------------------------------------------------------------- volumes

alter table volumes
    -- Patterns that need not survive, and limits, by path; empty when there are none.
    add column path_options      json,
    -- Where its first content comes from: a checkpoint of another volume, or a stream that somebody sends.
    add column source_volume     text references volumes (id),
    add column source_checkpoint text,
    add column imported          boolean not null default false,
    -- Of a fork or an import: the checkpoint that it begins with, named before it is made.
    add column first_checkpoint  text check (first_checkpoint like 'chk\_%'),
    -- The session is deleted: until then it can be undone, from then on the volume goes.
    add column delete_after      timestamptz,
    add column purge_started_at  timestamptz,
    -- The checkpoint that is being made of a holder that goes on running, by which server, and until when that is believed.
    add column running_checkpoint text check (running_checkpoint like 'chk\_%'),
    add column running_by         text,
    add column running_until      timestamptz,
    add constraint volumes_source check (source_checkpoint is null or source_volume is not null),
    add constraint volumes_one_source check (not (imported and source_volume is not null)),
    add constraint volumes_first check ((first_checkpoint is not null) = (imported or source_volume is not null)),
    add constraint volumes_purge check (purge_started_at is null or delete_after is not null),
    add constraint volumes_running_checkpoint check ((running_checkpoint is null) = (running_until is null) and (running_checkpoint is null) = (running_by is null));

create index volumes_to_purge on volumes (data_directory, delete_after) where delete_after is not null and state <> 'deleted';

-- ---------------------------------------------------------------- checkpoints

alter table checkpoints
    add column kind       text not null default 'stop'
        check (kind in ('stop', 'manual', 'interval', 'expiry', 'rollback', 'fork', 'import')),
    add column created_by text not null default 'system',
    -- The checkpoint whose content it has, when it is a rollback, and the one that a fork began with.
    add column source     text,
    -- Not kept any more: nothing may come to stand on it from then on. Then: the backend answered that it is gone.
    add column removal_at timestamptz,
    add column removed_at timestamptz,
    add constraint checkpoints_removal check (removed_at is null or removal_at is not null);

alter table checkpoints alter column kind drop default;
-- 0 for what a fork or an import begins with.
alter table checkpoints drop constraint checkpoints_generation_check;
alter table checkpoints add constraint checkpoints_generation_check check (generation >= 0);

create index checkpoints_kept on checkpoints (volume_id, sequence desc) where removal_at is null;
create index checkpoints_to_remove on checkpoints (removal_at) where removal_at is not null and removed_at is null;
