-- Partners: firms and offices that verify through the interface or the hosted page. Small tables; every process keeps them in memory.
-- `scopes` are words, `regions` division codes or the word `all`, both separated by spaces. Ended, never deleted.
CREATE TABLE partner_client (
    id           uuid NOT NULL,
    name         text NOT NULL,
    name_en      text NOT NULL,
    kind         text NOT NULL,
    scopes       text NOT NULL,
    regions      text NOT NULL,
    day_limit    bigint NOT NULL CHECK (day_limit >= 0),
    minute_limit bigint NOT NULL CHECK (minute_limit >= 0),
    created_at   bigint NOT NULL,
    ended_at     bigint,
    CONSTRAINT partner_client_key PRIMARY KEY (id)
);

-- Public keys by which a client proves who it is. `key`: the first 8 bytes of SHA-256 over the key. `kid`: what the client calls it.
CREATE TABLE partner_key (
    client   uuid NOT NULL,
    key      bytea NOT NULL CHECK (length(key) = 8),
    kid      text NOT NULL,
    spki     bytea NOT NULL,
    added_at bigint NOT NULL,
    ended_at bigint,
    CONSTRAINT partner_key_key PRIMARY KEY (client, key)
);

-- People of a small firm who use the hosted page on a bound device. The name is sealed.
CREATE TABLE partner_member (
    client   uuid NOT NULL,
    id       uuid NOT NULL,
    name     bytea NOT NULL,
    added_at bigint NOT NULL,
    ended_at bigint,
    CONSTRAINT partner_member_key PRIMARY KEY (client, id)
);

-- How much of a day's quota is used, a day being one in China (yyyymmdd).
CREATE TABLE partner_usage (
    client uuid NOT NULL,
    day    bigint NOT NULL,
    used   bigint NOT NULL CHECK (used >= 0),
    CONSTRAINT partner_usage_key PRIMARY KEY (client, day)
);

-- Assertions that were used, until they have expired anyway: each counts once, whichever process it is shown to.
CREATE TABLE partner_assertion (
    client     uuid NOT NULL,
    digest     bytea NOT NULL CHECK (length(digest) = 32),
    expires_at bigint NOT NULL,
    CONSTRAINT partner_assertion_key PRIMARY KEY (client, digest)
);

-- What partners checked, one row a call. `entries`: 18 bytes for each code in the order asked: a keyed digest of the subject (zeros when
-- nothing could be read), the number of the verdict, the number of the reason. Nothing personal stands in it.
CREATE TABLE partner_check (
    client      uuid NOT NULL,
    id          uuid NOT NULL,
    at          bigint NOT NULL,
    member      uuid,
    purpose     text NOT NULL,
    how         text NOT NULL,
    asked       bigint NOT NULL CHECK (asked >= 0),
    valid       bigint NOT NULL,
    attention   bigint NOT NULL,
    not_valid   bigint NOT NULL,
    unreadable  bigint NOT NULL,
    cannot_tell bigint NOT NULL,
    refused     bigint NOT NULL,
    entries     bytea NOT NULL,
    CONSTRAINT partner_check_key PRIMARY KEY (client, id)
);
CREATE INDEX partner_check_at ON partner_check (at);
