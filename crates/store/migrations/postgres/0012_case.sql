-- Applications of people, and the queue of staff who look at them.

-- A case as it stands now; what happened in it are its actions.
CREATE TABLE licence_case (
    subject     uuid NOT NULL,
    id          uuid NOT NULL,
    owner       uuid NOT NULL,
    kind        text NOT NULL,
    status      text NOT NULL,
    urgent      bigint NOT NULL CHECK (urgent IN (0, 1)),
    photo       uuid,
    opened_at   bigint NOT NULL,
    expected_by bigint,
    version     bigint NOT NULL CHECK (version >= 1),
    updated_at  bigint NOT NULL,
    closed_at   bigint,
    CONSTRAINT licence_case_key PRIMARY KEY (subject, id)
);
-- At most one open case per driver, whatever the callers do.
CREATE UNIQUE INDEX licence_case_one_open ON licence_case (subject) WHERE closed_at IS NULL;
CREATE INDEX licence_case_by_id ON licence_case (id);
CREATE INDEX licence_case_of_owner ON licence_case (owner, id);
CREATE INDEX licence_case_open ON licence_case (status, id) WHERE closed_at IS NULL;

-- What happened in a case, in order. Append-only. `data` has codes and ids, what people wrote is sealed in `note`.
CREATE TABLE case_action (
    subject uuid NOT NULL,
    case_id uuid NOT NULL,
    seq     bigint NOT NULL CHECK (seq >= 1),
    at      bigint NOT NULL,
    actor   text NOT NULL,
    what    text NOT NULL,
    data    text NOT NULL,
    note    bytea,
    CONSTRAINT case_action_key PRIMARY KEY (subject, case_id, seq)
);

-- What staff have to look at. `rank` 0 is urgent, 1 is not. A lease that has run out frees the row by itself.
CREATE TABLE review (
    subject        uuid NOT NULL,
    id             uuid NOT NULL,
    case_id        uuid NOT NULL,
    photo          uuid NOT NULL,
    look           bigint NOT NULL CHECK (look IN (1, 2)),
    rank           bigint NOT NULL CHECK (rank IN (0, 1)),
    state          text NOT NULL CHECK (state IN ('waiting', 'decided', 'withdrawn')),
    submitted_at   bigint NOT NULL,
    first_reviewer uuid,
    reviewer       uuid,
    claimed_at     bigint,
    lease_until    bigint,
    decision       text,
    reason         text,
    decided_at     bigint,
    undo_until     bigint,
    CONSTRAINT review_key PRIMARY KEY (subject, id),
    CONSTRAINT review_decided_by_somebody CHECK (state <> 'decided' OR (decision IS NOT NULL AND reviewer IS NOT NULL AND decided_at IS NOT NULL)),
    CONSTRAINT review_first_look_has_no_first CHECK ((look = 1) = (first_reviewer IS NULL))
);
CREATE INDEX review_by_id ON review (id);
CREATE INDEX review_waiting ON review (rank, submitted_at, id) WHERE state = 'waiting';
CREATE INDEX review_in_hand ON review (reviewer, id) WHERE state = 'waiting';
CREATE INDEX review_decided ON review (decided_at) WHERE state = 'decided';
CREATE INDEX review_undo ON review (reviewer, undo_until) WHERE state = 'decided';
