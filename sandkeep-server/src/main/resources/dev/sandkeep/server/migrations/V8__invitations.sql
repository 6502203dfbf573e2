-- Invitations: who holds the text of one may become a member, once, until it expires.

create table invitations (
    id              text primary key,
    organization_id text        not null references organizations,
    role            text        not null check (role in ('owner', 'admin', 'member')),
    -- For whom it is meant; for people only.
    email           text,
    -- SHA-256 of the text, which has 256 random bits.
    token_sha256    bytea       not null unique check (octet_length(token_sha256) = 32),
    created_by      text        not null,
    created_at      timestamptz not null,
    expires_at      timestamptz not null,
    accepted_by     text references members,
    accepted_at     timestamptz,
    revoked_at      timestamptz,
    check ((accepted_by is null) = (accepted_at is null)),
    check (accepted_at is null or revoked_at is null)
);

create index invitations_by_organization on invitations (organization_id, id);
