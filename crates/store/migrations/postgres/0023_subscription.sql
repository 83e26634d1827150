-- What an event said of a vehicle, and since when it is so: the past is completed by what comes in late, and the present stays as it is known.
-- Facts without a statement say what differs in them from the version before. `said` is JSON, absent members are not spoken of. `explains`: the
-- version came of it. `decides`: an event that happened before it is late. Append-only.
CREATE TABLE vehicle_statement (
    vehicle    uuid NOT NULL,
    number     bigint NOT NULL CHECK (number >= 0),
    version    bigint NOT NULL CHECK (version >= 1),
    explains   bigint NOT NULL CHECK (explains IN (0, 1)),
    decides    bigint NOT NULL CHECK (decides IN (0, 1)),
    true_from  bigint NOT NULL,
    known_from bigint NOT NULL,
    cause      text NOT NULL,
    said       text NOT NULL,
    CONSTRAINT vehicle_statement_key PRIMARY KEY (vehicle, number)
);

-- Look-up: vehicles that carried a plate at some time and do not now.
CREATE TABLE plate_past (
    plate_number text NOT NULL,
    plate_type   text NOT NULL,
    vehicle      uuid NOT NULL,
    CONSTRAINT plate_past_key PRIMARY KEY (plate_number, plate_type, vehicle)
);
INSERT INTO plate_past (plate_number, plate_type, vehicle)
    SELECT DISTINCT f.plate_number, f.plate_type, f.vehicle FROM vehicle_fact f JOIN vehicle v ON v.id = f.vehicle
    WHERE f.plate_number <> v.plate_number OR f.plate_type <> v.plate_type;

-- Proofs that partners received. What they show is kept signed, sealed and for a time, whatever becomes of the proof.
CREATE TABLE received_proof (
    client      uuid NOT NULL,
    id          uuid NOT NULL,
    subject     uuid NOT NULL,
    proof       uuid NOT NULL,
    purpose     text NOT NULL,
    reference   bytea NOT NULL,
    received_at bigint NOT NULL,
    keep_until  bigint NOT NULL,
    digest      bytea NOT NULL CHECK (length(digest) = 32),
    evidence    bytea NOT NULL,
    CONSTRAINT received_proof_key PRIMARY KEY (client, id),
    CONSTRAINT received_proof_once UNIQUE (client, proof, digest)
);
CREATE INDEX received_proof_of_subject ON received_proof (subject, proof);
CREATE INDEX received_proof_end ON received_proof (keep_until);

-- Changes that partners are told of. `url` is sealed; `events` are words separated by spaces.
CREATE TABLE subscription (
    client        uuid NOT NULL,
    id            uuid NOT NULL,
    url           bytea NOT NULL,
    events        text NOT NULL,
    purpose       text NOT NULL,
    reference     bytea NOT NULL,
    state         text NOT NULL CHECK (state IN ('active', 'paused', 'ended')),
    why           text,
    failing_since bigint,
    created_at    bigint NOT NULL,
    changed_at    bigint NOT NULL,
    CONSTRAINT subscription_key PRIMARY KEY (client, id)
);

-- The vehicles of a subscription, under the plate that the partner named. `seq` counts what was said of it.
CREATE TABLE subscription_subject (
    vehicle      uuid NOT NULL,
    client       uuid NOT NULL,
    subscription uuid NOT NULL,
    plate_number text NOT NULL,
    plate_type   text NOT NULL,
    seq          bigint NOT NULL CHECK (seq >= 0),
    added_at     bigint NOT NULL,
    ended_at     bigint,
    why          text,
    CONSTRAINT subscription_subject_key PRIMARY KEY (vehicle, client, subscription)
);
CREATE INDEX subscription_subject_of ON subscription_subject (client, subscription, vehicle);

-- What is to be said to a partner, in the order of `seq` for each vehicle. It commits with the change. A claim moves `due_at` to the end of the
-- lease, so that an abandoned one comes back by itself.
CREATE TABLE webhook (
    vehicle      uuid NOT NULL,
    client       uuid NOT NULL,
    subscription uuid NOT NULL,
    seq          bigint NOT NULL CHECK (seq >= 1),
    kind         text NOT NULL,
    detail       text NOT NULL,
    created_at   bigint NOT NULL,
    state        text NOT NULL CHECK (state IN ('waiting', 'sent', 'dead', 'withheld')),
    due_at       bigint NOT NULL,
    attempts     bigint NOT NULL CHECK (attempts >= 0),
    lease        uuid,
    error        text,
    settled_at   bigint,
    CONSTRAINT webhook_key PRIMARY KEY (vehicle, client, subscription, seq)
);
CREATE INDEX webhook_due ON webhook (due_at, client, subscription) WHERE state = 'waiting';
CREATE INDEX webhook_of ON webhook (client, subscription, created_at);
