-- Credentials. A row is the intent to sign, durable before the signature; credential_message makes it "issued".
CREATE TABLE credential (
    subject        uuid NOT NULL,
    id             uuid NOT NULL,
    kind           bigint NOT NULL,
    plate_number   text NOT NULL,
    class          text NOT NULL,
    valid_until    bigint NOT NULL,
    authority      bigint NOT NULL,
    list           bigint NOT NULL,
    idx            bigint NOT NULL,
    reason         text NOT NULL,
    cause          text NOT NULL,
    true_from      bigint NOT NULL,
    reserved_at    bigint NOT NULL,
    replaces       uuid,
    suspended_at   bigint,
    suspend_reason text,
    ended_at       bigint,
    end_reason     text,
    CONSTRAINT credential_key PRIMARY KEY (subject, id),
    CONSTRAINT credential_ends_with_reason CHECK ((ended_at IS NULL) = (end_reason IS NULL)),
    CONSTRAINT credential_suspends_with_reason CHECK ((suspended_at IS NULL) = (suspend_reason IS NULL))
);
-- At most one current credential per kind and subject, whatever the callers do.
CREATE UNIQUE INDEX credential_one_current ON credential (subject, kind) WHERE ended_at IS NULL;
CREATE INDEX credential_by_id ON credential (id);

-- What happened to a credential, and when: true and known time. Append-only.
CREATE TABLE credential_change (
    subject    uuid NOT NULL,
    credential uuid NOT NULL,
    version    bigint NOT NULL CHECK (version >= 1),
    what       text NOT NULL CHECK (what IN ('suspended', 'restored', 'ended')),
    true_at    bigint NOT NULL,
    known_at   bigint NOT NULL,
    actor      text NOT NULL,
    reason     text NOT NULL,
    note       text,
    CONSTRAINT credential_change_key PRIMARY KEY (subject, credential, version)
);

-- The signed bytes. Insert-only: nothing is signed that is not recorded here.
CREATE TABLE credential_message (
    subject    uuid NOT NULL,
    credential uuid NOT NULL,
    kid        bytea NOT NULL,
    message    bytea NOT NULL,
    batch      uuid,
    signed_at  bigint NOT NULL,
    CONSTRAINT credential_message_key PRIMARY KEY (subject, credential)
);
-- The journal proves a batch at a time.
CREATE INDEX credential_message_by_batch ON credential_message (batch);
