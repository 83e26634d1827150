-- Long work that can be taken up again where it stopped: imports and issuing in bulk.
CREATE TABLE import_run (
    id          BLOB NOT NULL,
    source      TEXT NOT NULL,
    digest      BLOB NOT NULL,
    rows_done   INTEGER NOT NULL CHECK (rows_done >= 0),
    summary     TEXT NOT NULL,
    started_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    finished_at INTEGER,
    CONSTRAINT import_run_key PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX import_run_by_digest ON import_run (digest);

CREATE TABLE bulk_run (
    id            BLOB NOT NULL,
    kind          INTEGER NOT NULL,
    scope         TEXT NOT NULL,
    after_subject BLOB,
    done          INTEGER NOT NULL CHECK (done >= 0),
    summary       TEXT NOT NULL,
    started_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    finished_at   INTEGER,
    CONSTRAINT bulk_run_key PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX bulk_run_open ON bulk_run (kind, scope) WHERE finished_at IS NULL;
