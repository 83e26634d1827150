-- Partners: firms and offices that verify through the interface or the hosted page. Small tables; every process keeps them in memory.
-- `scopes` are words, `regions` division codes or the word `all`, both separated by spaces. Ended, never deleted.
CREATE TABLE partner_client (
    id           BLOB NOT NULL,
    name         TEXT NOT NULL,
    name_en      TEXT NOT NULL,
    kind         TEXT NOT NULL,
    scopes       TEXT NOT NULL,
    regions      TEXT NOT NULL,
    day_limit    INTEGER NOT NULL CHECK (day_limit >= 0),
    minute_limit INTEGER NOT NULL CHECK (minute_limit >= 0),
    created_at   INTEGER NOT NULL,
    ended_at     INTEGER,
    CONSTRAINT partner_client_key PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

-- Public keys by which a client proves who it is. `key`: the first 8 bytes of SHA-256 over the key. `kid`: what the client calls it.
CREATE TABLE partner_key (
    client   BLOB NOT NULL,
    key      BLOB NOT NULL CHECK (length(key) = 8),
    kid      TEXT NOT NULL,
    spki     BLOB NOT NULL,
    added_at INTEGER NOT NULL,
    ended_at INTEGER,
    CONSTRAINT partner_key_key PRIMARY KEY (client, key)
) STRICT, WITHOUT ROWID;

-- People of a small firm who use the hosted page on a bound device. The name is sealed.
CREATE TABLE partner_member (
    client   BLOB NOT NULL,
    id       BLOB NOT NULL,
    name     BLOB NOT NULL,
    added_at INTEGER NOT NULL,
    ended_at INTEGER,
    CONSTRAINT partner_member_key PRIMARY KEY (client, id)
) STRICT, WITHOUT ROWID;

-- How much of a day's quota is used, a day being one in China (yyyymmdd).
CREATE TABLE partner_usage (
    client BLOB NOT NULL,
    day    INTEGER NOT NULL,
    used   INTEGER NOT NULL CHECK (used >= 0),
    CONSTRAINT partner_usage_key PRIMARY KEY (client, day)
) STRICT, WITHOUT ROWID;

-- Assertions that were used, until they have expired anyway: each counts once, whichever process it is shown to.
CREATE TABLE partner_assertion (
    client     BLOB NOT NULL,
    digest     BLOB NOT NULL CHECK (length(digest) = 32),
    expires_at INTEGER NOT NULL,
    CONSTRAINT partner_assertion_key PRIMARY KEY (client, digest)
) STRICT, WITHOUT ROWID;

-- What partners checked, one row a call. `entries`: 18 bytes for each code in the order asked: a keyed digest of the subject (zeros when
-- nothing could be read), the number of the verdict, the number of the reason. Nothing personal stands in it.
CREATE TABLE partner_check (
    client      BLOB NOT NULL,
    id          BLOB NOT NULL,
    at          INTEGER NOT NULL,
    member      BLOB,
    purpose     TEXT NOT NULL,
    how         TEXT NOT NULL,
    asked       INTEGER NOT NULL CHECK (asked >= 0),
    valid       INTEGER NOT NULL,
    attention   INTEGER NOT NULL,
    not_valid   INTEGER NOT NULL,
    unreadable  INTEGER NOT NULL,
    cannot_tell INTEGER NOT NULL,
    refused     INTEGER NOT NULL,
    entries     BLOB NOT NULL,
    CONSTRAINT partner_check_key PRIMARY KEY (client, id)
) STRICT;
CREATE INDEX partner_check_at ON partner_check (at);
