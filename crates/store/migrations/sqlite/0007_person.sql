-- Accounts of the demonstration and of staff. Names are sealed.
CREATE TABLE person (
    id         BLOB NOT NULL,
    role       TEXT NOT NULL,
    owner      BLOB,
    name       BLOB NOT NULL,
    params     TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    CONSTRAINT person_key PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

-- Signed-in sessions, found by a digest of the token; the token itself is nowhere.
CREATE TABLE session (
    token_hash BLOB NOT NULL,
    person     BLOB NOT NULL,
    role       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    CONSTRAINT session_key PRIMARY KEY (token_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX session_expiry ON session (expires_at);

-- Answers to unsafe calls that carried an idempotency key.
CREATE TABLE idempotency (
    actor      TEXT NOT NULL,
    key        TEXT NOT NULL,
    digest     BLOB NOT NULL,
    response   BLOB,
    created_at INTEGER NOT NULL,
    CONSTRAINT idempotency_key PRIMARY KEY (actor, key)
) STRICT;
CREATE INDEX idempotency_age ON idempotency (created_at);
