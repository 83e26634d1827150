-- Work that follows from a fact and commits with it. A claim moves `due_at` to the end of the lease, so that an abandoned job
-- comes back by itself.
CREATE TABLE job (
    id         BLOB NOT NULL,
    kind       TEXT NOT NULL,
    subject    BLOB NOT NULL,
    reference  TEXT NOT NULL,
    due_at     INTEGER NOT NULL,
    attempts   INTEGER NOT NULL CHECK (attempts >= 0),
    lease      BLOB,
    created_at INTEGER NOT NULL,
    failed     TEXT,
    given_up   INTEGER NOT NULL CHECK (given_up IN (0, 1)),
    CONSTRAINT job_key PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_due ON job (due_at, id) WHERE given_up = 0;

-- Notices to owners. The same dedupe key is said once.
CREATE TABLE notice (
    owner      BLOB NOT NULL,
    id         BLOB NOT NULL,
    dedupe     TEXT NOT NULL,
    kind       TEXT NOT NULL,
    params     TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    read_at    INTEGER,
    CONSTRAINT notice_key PRIMARY KEY (owner, id),
    CONSTRAINT notice_said_once UNIQUE (owner, dedupe)
) STRICT, WITHOUT ROWID;
