-- Sign-in: what people show to be let in with a browser, and what they were given for it. Of every text that lets somebody in,
-- which has 256 random bits, only the SHA-256 is stored.

-- Whether the person has shown to be the one who reads mail at its address.
alter table people add column email_verified_at timestamptz;

create table passwords (
    person_id  text primary key references people,
    -- Argon2id, with its parameters and salt.
    hash       text        not null,
    changed_at timestamptz not null
);

-- Time-based one-time passwords (RFC 6238).
create table second_factors (
    person_id    text primary key references people,
    secret       bytea       not null check (octet_length(secret) = 20),
    created_at   timestamptz not null,
    -- Null until a first code has shown that the person has it.
    confirmed_at timestamptz,
    -- The newest step of 30 seconds whose code was taken: no code is taken twice.
    last_step    bigint      not null default 0
);

create table recovery_codes (
    person_id   text        not null references people,
    code_sha256 bytea       not null check (octet_length(code_sha256) = 32),
    created_at  timestamptz not null,
    used_at     timestamptz,
    primary key (person_id, code_sha256)
);

-- Whom an OpenID provider calls what.
create table identities (
    issuer       text        not null,
    subject      text        not null,
    person_id    text        not null references people,
    created_at   timestamptz not null,
    last_used_at timestamptz not null,
    primary key (issuer, subject)
);

create index identities_of_person on identities (person_id);

-- Links that let a person choose a password, once, until they expire.
create table sign_in_links (
    id                    text primary key,
    purpose               text        not null check (purpose in ('set_up', 'reset')),
    person_id             text        not null references people,
    token_sha256          bytea       not null unique check (octet_length(token_sha256) = 32),
    -- Whether it went to the person's address by mail: using it then shows that the address is the person's.
    mailed                boolean     not null,
    removes_second_factor boolean     not null,
    created_by            text        not null,
    created_at            timestamptz not null,
    expires_at            timestamptz not null,
    used_at               timestamptz,
    revoked_at            timestamptz
);

create index sign_in_links_of_person on sign_in_links (person_id);

create table web_sessions (
    id              text primary key,
    person_id       text        not null references people,
    -- The organization that is looked at, and the role there when the cookie was made; null for a member of none.
    organization_id text references organizations,
    role            text        check (role in ('owner', 'admin', 'member')),
    token_sha256    bytea       not null unique check (octet_length(token_sha256) = 32),
    -- The cookie before, which is taken until the present one was seen, and a while longer: requests run side by side.
    previous_sha256 bytea       unique check (octet_length(previous_sha256) = 32),
    previous_until  timestamptz,
    rotated_at      timestamptz not null,
    -- Worth nothing without the cookie.
    csrf_token      text        not null,
    method          text        not null check (method in ('password', 'link', 'invitation', 'openid')),
    address         text        not null,
    agent           text        not null,
    created_at      timestamptz not null,
    last_used_at    timestamptz not null,
    expires_at      timestamptz not null,
    ended_at        timestamptz
);

create index web_sessions_of_person on web_sessions (person_id) where ended_at is null;
create index web_sessions_by_expiry on web_sessions (expires_at);

-- Who has shown a password and still has to show a code.
create table sign_in_challenges (
    token_sha256 bytea primary key check (octet_length(token_sha256) = 32),
    person_id    text        not null references people,
    expires_at   timestamptz not null
);

-- Browsers in which a person has signed in before: guesses from elsewhere do not keep them out.
create table known_browsers (
    token_sha256 bytea       not null check (octet_length(token_sha256) = 32),
    person_id    text        not null references people,
    expires_at   timestamptz not null,
    primary key (token_sha256, person_id)
);

create index known_browsers_of_person on known_browsers (person_id);

-- How often somebody was wrong lately. What is counted (an address, an account from an address) is hashed: it may be anything.
create table sign_in_failures (
    counted_sha256 bytea primary key check (octet_length(counted_sha256) = 32),
    failures       integer     not null,
    last_at        timestamptz not null,
    blocked_until  timestamptz not null
);

-- What was asked of an OpenID provider and is not answered yet, by the state that it was asked with.
create table openid_requests (
    state_sha256   bytea primary key check (octet_length(state_sha256) = 32),
    -- The browser that asked.
    browser_sha256 bytea       not null check (octet_length(browser_sha256) = 32),
    nonce          text        not null,
    code_verifier  text        not null,
    next           text        not null,
    -- Who asked to sign in with the provider from now on; null for somebody who signs in.
    person_id      text references people,
    expires_at     timestamptz not null
);

-- Deleted organizations stay as rows for what names them.
alter table organizations add column deleted_at timestamptz;
