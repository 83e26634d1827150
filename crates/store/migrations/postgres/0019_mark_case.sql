-- What registers tell of a vehicle besides its facts; applications for marks; marks on paper.

-- Violations recorded against a vehicle. `body` says where, when and what: sealed.
CREATE TABLE vehicle_violation (
    vehicle    uuid NOT NULL,
    number     text NOT NULL,
    body       bytea NOT NULL,
    cause      text NOT NULL,
    known_at   bigint NOT NULL,
    handled_at bigint,
    voided_at  bigint,
    CONSTRAINT vehicle_violation_key PRIMARY KEY (vehicle, number)
);

-- Insurance and tax as last reported; `own_letter`: the letter G stands in the vehicle's facts only because of open violations.
CREATE TABLE vehicle_standing (
    vehicle       uuid NOT NULL,
    insurer       text,
    insured_until bigint,
    policy        bytea,
    tax_year      bigint,
    tax_exempt    bigint CHECK (tax_exempt IN (0, 1)),
    own_letter    bigint NOT NULL CHECK (own_letter IN (0, 1)),
    updated_at    bigint NOT NULL,
    CONSTRAINT vehicle_standing_key PRIMARY KEY (vehicle)
);

-- An application about a vehicle as it stands now; what happened in it are its actions (case_action).
CREATE TABLE vehicle_case (
    vehicle    uuid NOT NULL,
    id         uuid NOT NULL,
    owner      uuid NOT NULL,
    kind       text NOT NULL,
    status     text NOT NULL,
    opened_at  bigint NOT NULL,
    version    bigint NOT NULL CHECK (version >= 1),
    updated_at bigint NOT NULL,
    closed_at  bigint,
    CONSTRAINT vehicle_case_key PRIMARY KEY (vehicle, id)
);
-- At most one open case per vehicle and kind, whatever the callers do.
CREATE UNIQUE INDEX vehicle_case_one_open ON vehicle_case (vehicle, kind) WHERE closed_at IS NULL;
CREATE INDEX vehicle_case_by_id ON vehicle_case (id);
CREATE INDEX vehicle_case_of_owner ON vehicle_case (owner, id);

-- A mark on paper. To whom and where it goes is sealed, and forgotten some time after it is over.
CREATE TABLE paper_order (
    vehicle    uuid NOT NULL,
    id         uuid NOT NULL,
    case_id    uuid NOT NULL,
    way        text NOT NULL CHECK (way IN ('post', 'pickup')),
    division   bigint NOT NULL,
    office     text,
    state      text NOT NULL,
    receiver   bytea,
    carrier    text,
    tracking   bytea,
    collect_by bigint,
    undo_until bigint,
    ordered_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    closed_at  bigint,
    CONSTRAINT paper_order_key PRIMARY KEY (vehicle, id),
    CONSTRAINT paper_order_of_case UNIQUE (vehicle, case_id),
    CONSTRAINT paper_order_office CHECK ((way = 'pickup') = (office IS NOT NULL))
);
-- At most one paper on its way per vehicle.
CREATE UNIQUE INDEX paper_order_one_open ON paper_order (vehicle) WHERE closed_at IS NULL;
CREATE INDEX paper_order_by_id ON paper_order (id);
CREATE INDEX paper_order_by_state ON paper_order (state, id);
CREATE INDEX paper_order_over ON paper_order (closed_at) WHERE receiver IS NOT NULL;
