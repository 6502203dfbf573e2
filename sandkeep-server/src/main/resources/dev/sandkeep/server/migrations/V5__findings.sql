-- What the reconciler found to differ between rows and what is really there, and what was done about it. Rows stay as a ledger.
create table findings (
    id             text primary key,
    -- Only servers of this data directory can see what it is about.
    data_directory text not null,
    -- A kind of thing on the host, IMAGE, VOLUME or COMPUTE; ROW for a row without its thing.
    kind           text not null,
    name           text not null,
    owner          text not null,
    reason         text not null,
    state          text not null
        check (state in ('open', 'needs_person', 'adopted', 'repaired', 'removed', 'gone')),
    -- What was done, or is to be done by a person.
    action         text not null,
    -- Won by removing it, where that is known.
    bytes          bigint,
    first_seen_at  timestamptz not null,
    last_seen_at   timestamptz not null,
    -- How often it was seen, and the look that saw it last: what one look sees and the next does not was under way.
    sightings      integer not null default 1,
    look           text not null,
    ended_at       timestamptz,
    check ((state in ('open', 'needs_person')) = (ended_at is null))
);

create unique index findings_open on findings (data_directory, kind, name) where ended_at is null;
create index findings_newest on findings (data_directory, id desc);
