-- What an event said of a vehicle, and since when it is so: the past is completed by what comes in late, and the present stays as it is known.
-- Facts without a statement say what differs in them from the version before. `said` is JSON, absent members are not spoken of. `explains`: the
-- version came of it. `decides`: an event that happened before it is late. Append-only.
CREATE TABLE vehicle_statement (
    vehicle    BLOB NOT NULL,
    number     INTEGER NOT NULL CHECK (number >= 0),
    version    INTEGER NOT NULL CHECK (version >= 1),
    explains   INTEGER NOT NULL CHECK (explains IN (0, 1)),
    decides    INTEGER NOT NULL CHECK (decides IN (0, 1)),
    true_from  INTEGER NOT NULL,
    known_from INTEGER NOT NULL,
    cause      TEXT NOT NULL,
    said       TEXT NOT NULL,
    CONSTRAINT vehicle_statement_key PRIMARY KEY (vehicle, number)
) STRICT, WITHOUT ROWID;

-- Look-up: vehicles that carried a plate at some time and do not now.
CREATE TABLE plate_past (
    plate_number TEXT NOT NULL,
    plate_type   TEXT NOT NULL,
    vehicle      BLOB NOT NULL,
    CONSTRAINT plate_past_key PRIMARY KEY (plate_number, plate_type, vehicle)
) STRICT, WITHOUT ROWID;
INSERT INTO plate_past (plate_number, plate_type, vehicle)
    SELECT DISTINCT f.plate_number, f.plate_type, f.vehicle FROM vehicle_fact f JOIN vehicle v ON v.id = f.vehicle
    WHERE f.plate_number <> v.plate_number OR f.plate_type <> v.plate_type;

-- Proofs that partners received. What they show is kept signed, sealed and for a time, whatever becomes of the proof.
CREATE TABLE received_proof (
    client      BLOB NOT NULL,
    id          BLOB NOT NULL,
    subject     BLOB NOT NULL,
    proof       BLOB NOT NULL,
    purpose     TEXT NOT NULL,
    reference   BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    keep_until  INTEGER NOT NULL,
    digest      BLOB NOT NULL CHECK (length(digest) = 32),
    evidence    BLOB NOT NULL,
    CONSTRAINT received_proof_key PRIMARY KEY (client, id),
    CONSTRAINT received_proof_once UNIQUE (client, proof, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX received_proof_of_subject ON received_proof (subject, proof);
CREATE INDEX received_proof_end ON received_proof (keep_until);

-- Changes that partners are told of. `url` is sealed; `events` are words separated by spaces.
CREATE TABLE subscription (
    client        BLOB NOT NULL,
    id            BLOB NOT NULL,
    url           BLOB NOT NULL,
    events        TEXT NOT NULL,
    purpose       TEXT NOT NULL,
    reference     BLOB NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('active', 'paused', 'ended')),
    why           TEXT,
    failing_since INTEGER,
    created_at    INTEGER NOT NULL,
    changed_at    INTEGER NOT NULL,
    CONSTRAINT subscription_key PRIMARY KEY (client, id)
) STRICT, WITHOUT ROWID;

-- The vehicles of a subscription, under the plate that the partner named. `seq` counts what was said of it.
CREATE TABLE subscription_subject (
    vehicle      BLOB NOT NULL,
    client       BLOB NOT NULL,
    subscription BLOB NOT NULL,
    plate_number TEXT NOT NULL,
    plate_type   TEXT NOT NULL,
    seq          INTEGER NOT NULL CHECK (seq >= 0),
    added_at     INTEGER NOT NULL,
    ended_at     INTEGER,
    why          TEXT,
    CONSTRAINT subscription_subject_key PRIMARY KEY (vehicle, client, subscription)
) STRICT, WITHOUT ROWID;
CREATE INDEX subscription_subject_of ON subscription_subject (client, subscription, vehicle);

-- What is to be said to a partner, in the order of `seq` for each vehicle. It commits with the change. A claim moves `due_at` to the end of the
-- lease, so that an abandoned one comes back by itself.
CREATE TABLE webhook (
    vehicle      BLOB NOT NULL,
    client       BLOB NOT NULL,
    subscription BLOB NOT NULL,
    seq          INTEGER NOT NULL CHECK (seq >= 1),
    kind         TEXT NOT NULL,
    detail       TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'dead', 'withheld')),
    due_at       INTEGER NOT NULL,
    attempts     INTEGER NOT NULL CHECK (attempts >= 0),
    lease        BLOB,
    error        TEXT,
    settled_at   INTEGER,
    CONSTRAINT webhook_key PRIMARY KEY (vehicle, client, subscription, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_due ON webhook (due_at, client, subscription) WHERE state = 'waiting';
CREATE INDEX webhook_of ON webhook (client, subscription, created_at);
