-- Events from the registers of record. (source, id) is applied once; `digest` tells a repetition from another content.
CREATE TABLE event (
    source      text NOT NULL,
    id          text NOT NULL,
    digest      bytea NOT NULL,
    type        text NOT NULL,
    subject     text NOT NULL,
    occurred_at bigint NOT NULL,
    received_at bigint NOT NULL,
    outcome     text NOT NULL CHECK (outcome IN ('applied', 'parked', 'late', 'refused')),
    vehicle     uuid,
    body        bytea NOT NULL,
    detail      text,
    attempts    bigint NOT NULL CHECK (attempts >= 0),
    due_at      bigint,
    settled_at  bigint,
    CONSTRAINT event_key PRIMARY KEY (source, id)
);
CREATE INDEX event_parked_by_subject ON event (subject, occurred_at) WHERE outcome = 'parked';
CREATE INDEX event_parked_due ON event (due_at) WHERE outcome = 'parked';
CREATE INDEX event_of_vehicle ON event (vehicle, occurred_at);
