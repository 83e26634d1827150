-- Credentials. A row is the intent to sign, durable before the signature; credential_message makes it "issued".
CREATE TABLE credential (
    subject        BLOB NOT NULL,
    id             BLOB NOT NULL,
    kind           INTEGER NOT NULL,
    plate_number   TEXT NOT NULL,
    class          TEXT NOT NULL,
    valid_until    INTEGER NOT NULL,
    authority      INTEGER NOT NULL,
    list           INTEGER NOT NULL,
    idx            INTEGER NOT NULL,
    reason         TEXT NOT NULL,
    cause          TEXT NOT NULL,
    true_from      INTEGER NOT NULL,
    reserved_at    INTEGER NOT NULL,
    replaces       BLOB,
    suspended_at   INTEGER,
    suspend_reason TEXT,
    ended_at       INTEGER,
    end_reason     TEXT,
    CONSTRAINT credential_key PRIMARY KEY (subject, id),
    CONSTRAINT credential_ends_with_reason CHECK ((ended_at IS NULL) = (end_reason IS NULL)),
    CONSTRAINT credential_suspends_with_reason CHECK ((suspended_at IS NULL) = (suspend_reason IS NULL))
) STRICT, WITHOUT ROWID;
-- At most one current credential per kind and subject, whatever the callers do.
CREATE UNIQUE INDEX credential_one_current ON credential (subject, kind) WHERE ended_at IS NULL;
CREATE INDEX credential_by_id ON credential (id);

-- What happened to a credential, and when: true and known time. Append-only.
CREATE TABLE credential_change (
    subject    BLOB NOT NULL,
    credential BLOB NOT NULL,
    version    INTEGER NOT NULL CHECK (version >= 1),
    what       TEXT NOT NULL CHECK (what IN ('suspended', 'restored', 'ended')),
    true_at    INTEGER NOT NULL,
    known_at   INTEGER NOT NULL,
    actor      TEXT NOT NULL,
    reason     TEXT NOT NULL,
    note       TEXT,
    CONSTRAINT credential_change_key PRIMARY KEY (subject, credential, version)
) STRICT, WITHOUT ROWID;

-- The signed bytes. Insert-only: nothing is signed that is not recorded here.
CREATE TABLE credential_message (
    subject    BLOB NOT NULL,
    credential BLOB NOT NULL,
    kid        BLOB NOT NULL,
    message    BLOB NOT NULL,
    batch      BLOB,
    signed_at  INTEGER NOT NULL,
    CONSTRAINT credential_message_key PRIMARY KEY (subject, credential)
) STRICT, WITHOUT ROWID;
-- The journal proves a batch at a time.
CREATE INDEX credential_message_by_batch ON credential_message (batch);
