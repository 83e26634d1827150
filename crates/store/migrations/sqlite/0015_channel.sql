-- How notices reach people outside this system, and what became of each. Addresses are sealed.
CREATE TABLE channel_setting (
    owner      BLOB NOT NULL,
    sms        INTEGER NOT NULL CHECK (sms IN (0, 1)),
    email      BLOB,
    updated_at INTEGER NOT NULL,
    CONSTRAINT channel_setting_key PRIMARY KEY (owner)
) STRICT, WITHOUT ROWID;

CREATE TABLE push_subscription (
    owner           BLOB NOT NULL,
    id              BLOB NOT NULL,
    endpoint_digest BLOB NOT NULL,
    endpoint        BLOB NOT NULL,
    keys            BLOB NOT NULL,
    created_at      INTEGER NOT NULL,
    CONSTRAINT push_subscription_key PRIMARY KEY (owner, id),
    CONSTRAINT push_subscription_once UNIQUE (owner, endpoint_digest)
) STRICT, WITHOUT ROWID;

-- One notice over one channel. A claim moves `due_at` to the end of the lease, so that an abandoned one comes back by itself.
CREATE TABLE delivery (
    owner      BLOB NOT NULL,
    notice     BLOB NOT NULL,
    channel    TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'given_up')),
    due_at     INTEGER NOT NULL,
    attempts   INTEGER NOT NULL CHECK (attempts >= 0),
    lease      BLOB,
    error      TEXT,
    created_at INTEGER NOT NULL,
    settled_at INTEGER,
    CONSTRAINT delivery_key PRIMARY KEY (owner, notice, channel)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_due ON delivery (due_at, notice) WHERE state = 'waiting';
CREATE INDEX delivery_given_up ON delivery (notice) WHERE state = 'given_up';

-- Work over everything that is done again and again and taken up where it stopped: the daily look at deadlines.
CREATE TABLE work_run (
    kind          TEXT NOT NULL,
    scope         TEXT NOT NULL,
    id            BLOB NOT NULL,
    after_subject BLOB,
    done          INTEGER NOT NULL CHECK (done >= 0),
    summary       TEXT NOT NULL,
    started_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    finished_at   INTEGER,
    CONSTRAINT work_run_key PRIMARY KEY (kind, scope)
) STRICT, WITHOUT ROWID;
