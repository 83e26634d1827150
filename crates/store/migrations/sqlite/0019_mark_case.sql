-- What registers tell of a vehicle besides its facts; applications for marks; marks on paper.

-- Violations recorded against a vehicle. `body` says where, when and what: sealed.
CREATE TABLE vehicle_violation (
    vehicle    BLOB NOT NULL,
    number     TEXT NOT NULL,
    body       BLOB NOT NULL,
    cause      TEXT NOT NULL,
    known_at   INTEGER NOT NULL,
    handled_at INTEGER,
    voided_at  INTEGER,
    CONSTRAINT vehicle_violation_key PRIMARY KEY (vehicle, number)
) STRICT, WITHOUT ROWID;

-- Insurance and tax as last reported; `own_letter`: the letter G stands in the vehicle's facts only because of open violations.
CREATE TABLE vehicle_standing (
    vehicle       BLOB NOT NULL,
    insurer       TEXT,
    insured_until INTEGER,
    policy        BLOB,
    tax_year      INTEGER,
    tax_exempt    INTEGER CHECK (tax_exempt IN (0, 1)),
    own_letter    INTEGER NOT NULL CHECK (own_letter IN (0, 1)),
    updated_at    INTEGER NOT NULL,
    CONSTRAINT vehicle_standing_key PRIMARY KEY (vehicle)
) STRICT, WITHOUT ROWID;

-- An application about a vehicle as it stands now; what happened in it are its actions (case_action).
CREATE TABLE vehicle_case (
    vehicle    BLOB NOT NULL,
    id         BLOB NOT NULL,
    owner      BLOB NOT NULL,
    kind       TEXT NOT NULL,
    status     TEXT NOT NULL,
    opened_at  INTEGER NOT NULL,
    version    INTEGER NOT NULL CHECK (version >= 1),
    updated_at INTEGER NOT NULL,
    closed_at  INTEGER,
    CONSTRAINT vehicle_case_key PRIMARY KEY (vehicle, id)
) STRICT, WITHOUT ROWID;
-- At most one open case per vehicle and kind, whatever the callers do.
CREATE UNIQUE INDEX vehicle_case_one_open ON vehicle_case (vehicle, kind) WHERE closed_at IS NULL;
CREATE INDEX vehicle_case_by_id ON vehicle_case (id);
CREATE INDEX vehicle_case_of_owner ON vehicle_case (owner, id);

-- A mark on paper. To whom and where it goes is sealed, and forgotten some time after it is over.
CREATE TABLE paper_order (
    vehicle    BLOB NOT NULL,
    id         BLOB NOT NULL,
    case_id    BLOB NOT NULL,
    way        TEXT NOT NULL CHECK (way IN ('post', 'pickup')),
    division   INTEGER NOT NULL,
    office     TEXT,
    state      TEXT NOT NULL,
    receiver   BLOB,
    carrier    TEXT,
    tracking   BLOB,
    collect_by INTEGER,
    undo_until INTEGER,
    ordered_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    closed_at  INTEGER,
    CONSTRAINT paper_order_key PRIMARY KEY (vehicle, id),
    CONSTRAINT paper_order_of_case UNIQUE (vehicle, case_id),
    CONSTRAINT paper_order_office CHECK ((way = 'pickup') = (office IS NOT NULL))
) STRICT, WITHOUT ROWID;
-- At most one paper on its way per vehicle.
CREATE UNIQUE INDEX paper_order_one_open ON paper_order (vehicle) WHERE closed_at IS NULL;
CREATE INDEX paper_order_by_id ON paper_order (id);
CREATE INDEX paper_order_by_state ON paper_order (state, id);
CREATE INDEX paper_order_over ON paper_order (closed_at) WHERE receiver IS NOT NULL;
