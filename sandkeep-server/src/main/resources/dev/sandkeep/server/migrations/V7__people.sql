-- People, and what stands for them: one person may be a member of several organizations; service accounts own keys that
-- outlive people; keys have scopes and may expire.

-- Owners and admins of one organization look after the server itself.
alter table organizations add column operates_server boolean not null default false;
update organizations set operates_server = true
where id = (select id from organizations order by created_at, id limit 1);
create unique index one_organization_operates_the_server on organizations (operates_server) where operates_server;

create table people (
    id         text primary key,
    name       text        not null,
    email      text,
    created_at timestamptz not null
);

create unique index people_by_email on people (lower(email)) where email is not null;

-- Removed members stay as rows without rights: events and keys name them.
alter table members
    add column person_id  text references people,
    add column removed_at timestamptz;
insert into people (id, name, created_at)
select 'per_' || split_part(id, '_', 2), name, created_at from members;
update members set person_id = 'per_' || split_part(id, '_', 2);
alter table members
    alter column person_id set not null,
    drop constraint members_organization_id_name_key;
create unique index members_by_name on members (organization_id, name) where removed_at is null;
create unique index members_by_person on members (organization_id, person_id) where removed_at is null;
create index members_of_person on members (person_id);

create table service_accounts (
    id              text primary key,
    organization_id text        not null references organizations,
    name            text        not null,
    -- Never an owner: what an owner may do, a person does.
    role            text        not null check (role in ('admin', 'member')),
    created_by      text        not null,
    created_at      timestamptz not null,
    removed_at      timestamptz
);

create unique index service_accounts_by_name on service_accounts (organization_id, name) where removed_at is null;

alter table api_keys
    alter column member_id drop not null,
    add column service_account_id text references service_accounts,
    add column scopes             text[] not null default '{read,sessions,profiles,admin}'
        check (scopes <@ '{read,sessions,profiles,admin}' and cardinality(scopes) > 0),
    -- The beginning of the key's text, by which people tell keys apart.
    add column beginning          text   not null default '',
    add column created_by         text   not null default 'system',
    add column expires_at         timestamptz,
    add column last_used_at       timestamptz,
    add constraint api_keys_have_one_owner check (num_nonnulls(member_id, service_account_id) = 1);
alter table api_keys alter column scopes drop default;

create index api_keys_of_member on api_keys (member_id);
create index api_keys_of_service_account on api_keys (service_account_id);
