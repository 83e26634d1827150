-- Long work that can be taken up again where it stopped: imports and issuing in bulk.
CREATE TABLE import_run (
    id          uuid NOT NULL,
    source      text NOT NULL,
    digest      bytea NOT NULL,
    rows_done   bigint NOT NULL CHECK (rows_done >= 0),
    summary     text NOT NULL,
    started_at  bigint NOT NULL,
    updated_at  bigint NOT NULL,
    finished_at bigint,
    CONSTRAINT import_run_key PRIMARY KEY (id)
);
CREATE INDEX import_run_by_digest ON import_run (digest);

CREATE TABLE bulk_run (
    id            uuid NOT NULL,
    kind          bigint NOT NULL,
    scope         text NOT NULL,
    after_subject uuid,
    done          bigint NOT NULL CHECK (done >= 0),
    summary       text NOT NULL,
    started_at    bigint NOT NULL,
    updated_at    bigint NOT NULL,
    finished_at   bigint,
    CONSTRAINT bulk_run_key PRIMARY KEY (id)
);
CREATE INDEX bulk_run_open ON bulk_run (kind, scope) WHERE finished_at IS NULL;
