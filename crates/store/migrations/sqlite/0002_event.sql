-- Events from the registers of record. (source, id) is applied once; `digest` tells a repetition from another content.
CREATE TABLE event (
    source      TEXT NOT NULL,
    id          TEXT NOT NULL,
    digest      BLOB NOT NULL,
    type        TEXT NOT NULL,
    subject     TEXT NOT NULL,
    occurred_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    outcome     TEXT NOT NULL CHECK (outcome IN ('applied', 'parked', 'late', 'refused')),
    vehicle     BLOB,
    body        BLOB NOT NULL,
    detail      TEXT,
    attempts    INTEGER NOT NULL CHECK (attempts >= 0),
    due_at      INTEGER,
    settled_at  INTEGER,
    CONSTRAINT event_key PRIMARY KEY (source, id)
) STRICT;
CREATE INDEX event_parked_by_subject ON event (subject, occurred_at) WHERE outcome = 'parked';
CREATE INDEX event_parked_due ON event (due_at) WHERE outcome = 'parked';
CREATE INDEX event_of_vehicle ON event (vehicle, occurred_at);
