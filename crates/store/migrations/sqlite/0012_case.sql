-- Applications of people, and the queue of staff who look at them.

-- A case as it stands now; what happened in it are its actions.
CREATE TABLE licence_case (
    subject     BLOB NOT NULL,
    id          BLOB NOT NULL,
    owner       BLOB NOT NULL,
    kind        TEXT NOT NULL,
    status      TEXT NOT NULL,
    urgent      INTEGER NOT NULL CHECK (urgent IN (0, 1)),
    photo       BLOB,
    opened_at   INTEGER NOT NULL,
    expected_by INTEGER,
    version     INTEGER NOT NULL CHECK (version >= 1),
    updated_at  INTEGER NOT NULL,
    closed_at   INTEGER,
    CONSTRAINT licence_case_key PRIMARY KEY (subject, id)
) STRICT, WITHOUT ROWID;
-- At most one open case per driver, whatever the callers do.
CREATE UNIQUE INDEX licence_case_one_open ON licence_case (subject) WHERE closed_at IS NULL;
CREATE INDEX licence_case_by_id ON licence_case (id);
CREATE INDEX licence_case_of_owner ON licence_case (owner, id);
CREATE INDEX licence_case_open ON licence_case (status, id) WHERE closed_at IS NULL;

-- What happened in a case, in order. Append-only. `data` has codes and ids, what people wrote is sealed in `note`.
CREATE TABLE case_action (
    subject BLOB NOT NULL,
    case_id BLOB NOT NULL,
    seq     INTEGER NOT NULL CHECK (seq >= 1),
    at      INTEGER NOT NULL,
    actor   TEXT NOT NULL,
    what    TEXT NOT NULL,
    data    TEXT NOT NULL,
    note    BLOB,
    CONSTRAINT case_action_key PRIMARY KEY (subject, case_id, seq)
) STRICT, WITHOUT ROWID;

-- What staff have to look at. `rank` 0 is urgent, 1 is not. A lease that has run out frees the row by itself.
CREATE TABLE review (
    subject        BLOB NOT NULL,
    id             BLOB NOT NULL,
    case_id        BLOB NOT NULL,
    photo          BLOB NOT NULL,
    look           INTEGER NOT NULL CHECK (look IN (1, 2)),
    rank           INTEGER NOT NULL CHECK (rank IN (0, 1)),
    state          TEXT NOT NULL CHECK (state IN ('waiting', 'decided', 'withdrawn')),
    submitted_at   INTEGER NOT NULL,
    first_reviewer BLOB,
    reviewer       BLOB,
    claimed_at     INTEGER,
    lease_until    INTEGER,
    decision       TEXT,
    reason         TEXT,
    decided_at     INTEGER,
    undo_until     INTEGER,
    CONSTRAINT review_key PRIMARY KEY (subject, id),
    CONSTRAINT review_decided_by_somebody CHECK (state <> 'decided' OR (decision IS NOT NULL AND reviewer IS NOT NULL AND decided_at IS NOT NULL)),
    CONSTRAINT review_first_look_has_no_first CHECK ((look = 1) = (first_reviewer IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX review_by_id ON review (id);
CREATE INDEX review_waiting ON review (rank, submitted_at, id) WHERE state = 'waiting';
CREATE INDEX review_in_hand ON review (reviewer, id) WHERE state = 'waiting';
CREATE INDEX review_decided ON review (decided_at) WHERE state = 'decided';
CREATE INDEX review_undo ON review (reviewer, undo_until) WHERE state = 'decided';
