-- Work that follows from a fact and commits with it. A claim moves `due_at` to the end of the lease, so that an abandoned job
-- comes back by itself.
CREATE TABLE job (
    id         uuid NOT NULL,
    kind       text NOT NULL,
    subject    uuid NOT NULL,
    reference  text NOT NULL,
    due_at     bigint NOT NULL,
    attempts   bigint NOT NULL CHECK (attempts >= 0),
    lease      uuid,
    created_at bigint NOT NULL,
    failed     text,
    given_up   bigint NOT NULL CHECK (given_up IN (0, 1)),
    CONSTRAINT job_key PRIMARY KEY (id)
);
CREATE INDEX job_due ON job (due_at, id) WHERE given_up = 0;

-- Notices to owners. The same dedupe key is said once.
CREATE TABLE notice (
    owner      uuid NOT NULL,
    id         uuid NOT NULL,
    dedupe     text NOT NULL,
    kind       text NOT NULL,
    params     text NOT NULL,
    created_at bigint NOT NULL,
    read_at    bigint,
    CONSTRAINT notice_key PRIMARY KEY (owner, id),
    CONSTRAINT notice_said_once UNIQUE (owner, dedupe)
);
