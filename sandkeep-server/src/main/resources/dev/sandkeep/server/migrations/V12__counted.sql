-- What the metrics count, every few seconds, must not read the rows that are over.
create index sandboxes_counted on sandboxes (state, mode) where state <> 'deleted';
create index volumes_in_use on volumes ((coalesce(durable_at, created_at))) where held_by is not null;
create index snapshots_sized on snapshots (own_bytes) where removed_at is null;
create index findings_unsettled on findings (state) where ended_at is null;
