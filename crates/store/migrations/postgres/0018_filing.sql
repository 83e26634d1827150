-- Vehicles of others: filed ones (备案), managers, and who acts for a unit. Persons are records of the register (`owner`).

-- Every filing and management that was ever asked for. A request for a vehicle that is not known, or that cannot be filed, has no vehicle
-- and looks the same to whoever asked. The code is kept as a keyed digest.
CREATE TABLE filing (
    person          uuid NOT NULL,
    id              uuid NOT NULL,
    kind            text NOT NULL CHECK (kind IN ('filing', 'management')),
    relation        text NOT NULL,
    vehicle         uuid,
    owner           uuid,
    plate_number    text NOT NULL,
    plate_type      text NOT NULL,
    state           text NOT NULL,
    code_digest     bytea,
    tries           bigint NOT NULL CHECK (tries >= 0),
    code_expires_at bigint NOT NULL,
    expires_at      bigint NOT NULL,
    created_at      bigint NOT NULL,
    active_from     bigint,
    ended_at        bigint,
    end_reason      text,
    CONSTRAINT filing_key PRIMARY KEY (person, id)
);
CREATE INDEX filing_of_vehicle ON filing (vehicle, id);
CREATE INDEX filing_of_owner ON filing (owner, id);
CREATE INDEX filing_by_id ON filing (id);

-- The places of a vehicle that are taken: at most as many filers and managers as there are places.
CREATE TABLE vehicle_share (
    vehicle uuid NOT NULL,
    kind    text NOT NULL,
    place   bigint NOT NULL CHECK (place >= 1),
    person  uuid NOT NULL,
    filing  uuid NOT NULL,
    CONSTRAINT vehicle_share_key PRIMARY KEY (vehicle, kind, place),
    CONSTRAINT vehicle_share_person UNIQUE (vehicle, kind, person)
);

-- The places of a person that are taken: at most as many vehicles of others as there are places.
CREATE TABLE person_share (
    person  uuid NOT NULL,
    kind    text NOT NULL,
    place   bigint NOT NULL CHECK (place >= 1),
    vehicle uuid NOT NULL,
    filing  uuid NOT NULL,
    CONSTRAINT person_share_key PRIMARY KEY (person, kind, place),
    CONSTRAINT person_share_vehicle UNIQUE (person, kind, vehicle)
);

-- What an owner shows on the screen for somebody to scan; used once. The token is nowhere, only its digest.
CREATE TABLE filing_consent (
    token_hash bytea NOT NULL,
    vehicle    uuid NOT NULL,
    owner      uuid NOT NULL,
    expires_at bigint NOT NULL,
    CONSTRAINT filing_consent_key PRIMARY KEY (token_hash)
);
CREATE INDEX filing_consent_expiry ON filing_consent (expires_at);

-- Who gave false material and can file no more vehicles. The reason is sealed.
CREATE TABLE filing_bar (
    person uuid NOT NULL,
    reason bytea NOT NULL,
    actor  text NOT NULL,
    at     bigint NOT NULL,
    CONSTRAINT filing_bar_key PRIMARY KEY (person)
);

-- Organisations that have users (单位用户). The unit is the organisation's record of the register.
CREATE TABLE unit (
    id         uuid NOT NULL,
    created_at bigint NOT NULL,
    actor      text NOT NULL,
    CONSTRAINT unit_key PRIMARY KEY (id)
);

-- Everybody who ever acted for a unit.
CREATE TABLE unit_member (
    unit     uuid NOT NULL,
    id       uuid NOT NULL,
    person   uuid NOT NULL,
    role     text NOT NULL,
    since    bigint NOT NULL,
    ended_at bigint,
    CONSTRAINT unit_member_key PRIMARY KEY (unit, id)
);

-- The accounts of a unit that are taken, and its roles.
CREATE TABLE unit_place (
    unit       uuid NOT NULL,
    place      bigint NOT NULL CHECK (place >= 1),
    role       text NOT NULL,
    role_place bigint NOT NULL CHECK (role_place >= 1),
    person     uuid NOT NULL,
    member     uuid NOT NULL,
    CONSTRAINT unit_place_key PRIMARY KEY (unit, place),
    CONSTRAINT unit_place_role UNIQUE (unit, role, role_place),
    CONSTRAINT unit_place_person UNIQUE (unit, person)
);

-- The units of a person; those as legal person do not count and have places of their own.
CREATE TABLE person_unit (
    person  uuid NOT NULL,
    counted bigint NOT NULL CHECK (counted IN (0, 1)),
    place   bigint NOT NULL CHECK (place >= 1),
    unit    uuid NOT NULL,
    member  uuid NOT NULL,
    CONSTRAINT person_unit_key PRIMARY KEY (person, counted, place),
    CONSTRAINT person_unit_unit UNIQUE (person, unit)
);
