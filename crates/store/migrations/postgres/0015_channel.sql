-- How notices reach people outside this system, and what became of each. Addresses are sealed.
CREATE TABLE channel_setting (
    owner      uuid NOT NULL,
    sms        bigint NOT NULL CHECK (sms IN (0, 1)),
    email      bytea,
    updated_at bigint NOT NULL,
    CONSTRAINT channel_setting_key PRIMARY KEY (owner)
);

CREATE TABLE push_subscription (
    owner           uuid NOT NULL,
    id              uuid NOT NULL,
    endpoint_digest bytea NOT NULL,
    endpoint        bytea NOT NULL,
    keys            bytea NOT NULL,
    created_at      bigint NOT NULL,
    CONSTRAINT push_subscription_key PRIMARY KEY (owner, id),
    CONSTRAINT push_subscription_once UNIQUE (owner, endpoint_digest)
);

-- One notice over one channel. A claim moves `due_at` to the end of the lease, so that an abandoned one comes back by itself.
CREATE TABLE delivery (
    owner      uuid NOT NULL,
    notice     uuid NOT NULL,
    channel    text NOT NULL,
    state      text NOT NULL CHECK (state IN ('waiting', 'sent', 'given_up')),
    due_at     bigint NOT NULL,
    attempts   bigint NOT NULL CHECK (attempts >= 0),
    lease      uuid,
    error      text,
    created_at bigint NOT NULL,
    settled_at bigint,
    CONSTRAINT delivery_key PRIMARY KEY (owner, notice, channel)
);
CREATE INDEX delivery_due ON delivery (due_at, notice) WHERE state = 'waiting';
CREATE INDEX delivery_given_up ON delivery (notice) WHERE state = 'given_up';

-- Work over everything that is done again and again and taken up where it stopped: the daily look at deadlines.
CREATE TABLE work_run (
    kind          text NOT NULL,
    scope         text NOT NULL,
    id            uuid NOT NULL,
    after_subject uuid,
    done          bigint NOT NULL CHECK (done >= 0),
    summary       text NOT NULL,
    started_at    bigint NOT NULL,
    updated_at    bigint NOT NULL,
    finished_at   bigint,
    CONSTRAINT work_run_key PRIMARY KEY (kind, scope)
);
