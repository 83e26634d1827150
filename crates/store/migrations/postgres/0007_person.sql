-- Accounts of the demonstration and of staff. Names are sealed.
CREATE TABLE person (
    id         uuid NOT NULL,
    role       text NOT NULL,
    owner      uuid,
    name       bytea NOT NULL,
    params     text NOT NULL,
    created_at bigint NOT NULL,
    CONSTRAINT person_key PRIMARY KEY (id)
);

-- Signed-in sessions, found by a digest of the token; the token itself is nowhere.
CREATE TABLE session (
    token_hash bytea NOT NULL,
    person     uuid NOT NULL,
    role       text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    CONSTRAINT session_key PRIMARY KEY (token_hash)
);
CREATE INDEX session_expiry ON session (expires_at);

-- Answers to unsafe calls that carried an idempotency key.
CREATE TABLE idempotency (
    actor      text NOT NULL,
    key        text NOT NULL,
    digest     bytea NOT NULL,
    response   bytea,
    created_at bigint NOT NULL,
    CONSTRAINT idempotency_key PRIMARY KEY (actor, key)
);
CREATE INDEX idempotency_age ON idempotency (created_at);
