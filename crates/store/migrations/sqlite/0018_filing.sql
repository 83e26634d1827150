-- Vehicles of others: filed ones (备案), managers, and who acts for a unit. Persons are records of the register (`owner`).

-- Every filing and management that was ever asked for. A request for a vehicle that is not known, or that cannot be filed, has no vehicle
-- and looks the same to whoever asked. The code is kept as a keyed digest.
CREATE TABLE filing (
    person          BLOB NOT NULL,
    id              BLOB NOT NULL,
    kind            TEXT NOT NULL CHECK (kind IN ('filing', 'management')),
    relation        TEXT NOT NULL,
    vehicle         BLOB,
    owner           BLOB,
    plate_number    TEXT NOT NULL,
    plate_type      TEXT NOT NULL,
    state           TEXT NOT NULL,
    code_digest     BLOB,
    tries           INTEGER NOT NULL CHECK (tries >= 0),
    code_expires_at INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    active_from     INTEGER,
    ended_at        INTEGER,
    end_reason      TEXT,
    CONSTRAINT filing_key PRIMARY KEY (person, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX filing_of_vehicle ON filing (vehicle, id);
CREATE INDEX filing_of_owner ON filing (owner, id);
CREATE INDEX filing_by_id ON filing (id);

-- The places of a vehicle that are taken: at most as many filers and managers as there are places.
CREATE TABLE vehicle_share (
    vehicle BLOB NOT NULL,
    kind    TEXT NOT NULL,
    place   INTEGER NOT NULL CHECK (place >= 1),
    person  BLOB NOT NULL,
    filing  BLOB NOT NULL,
    CONSTRAINT vehicle_share_key PRIMARY KEY (vehicle, kind, place),
    CONSTRAINT vehicle_share_person UNIQUE (vehicle, kind, person)
) STRICT, WITHOUT ROWID;

-- The places of a person that are taken: at most as many vehicles of others as there are places.
CREATE TABLE person_share (
    person  BLOB NOT NULL,
    kind    TEXT NOT NULL,
    place   INTEGER NOT NULL CHECK (place >= 1),
    vehicle BLOB NOT NULL,
    filing  BLOB NOT NULL,
    CONSTRAINT person_share_key PRIMARY KEY (person, kind, place),
    CONSTRAINT person_share_vehicle UNIQUE (person, kind, vehicle)
) STRICT, WITHOUT ROWID;

-- What an owner shows on the screen for somebody to scan; used once. The token is nowhere, only its digest.
CREATE TABLE filing_consent (
    token_hash BLOB NOT NULL,
    vehicle    BLOB NOT NULL,
    owner      BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    CONSTRAINT filing_consent_key PRIMARY KEY (token_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX filing_consent_expiry ON filing_consent (expires_at);

-- Who gave false material and can file no more vehicles. The reason is sealed.
CREATE TABLE filing_bar (
    person BLOB NOT NULL,
    reason BLOB NOT NULL,
    actor  TEXT NOT NULL,
    at     INTEGER NOT NULL,
    CONSTRAINT filing_bar_key PRIMARY KEY (person)
) STRICT, WITHOUT ROWID;

-- Organisations that have users (单位用户). The unit is the organisation's record of the register.
CREATE TABLE unit (
    id         BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    actor      TEXT NOT NULL,
    CONSTRAINT unit_key PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

-- Everybody who ever acted for a unit.
CREATE TABLE unit_member (
    unit     BLOB NOT NULL,
    id       BLOB NOT NULL,
    person   BLOB NOT NULL,
    role     TEXT NOT NULL,
    since    INTEGER NOT NULL,
    ended_at INTEGER,
    CONSTRAINT unit_member_key PRIMARY KEY (unit, id)
) STRICT, WITHOUT ROWID;

-- The accounts of a unit that are taken, and its roles.
CREATE TABLE unit_place (
    unit       BLOB NOT NULL,
    place      INTEGER NOT NULL CHECK (place >= 1),
    role       TEXT NOT NULL,
    role_place INTEGER NOT NULL CHECK (role_place >= 1),
    person     BLOB NOT NULL,
    member     BLOB NOT NULL,
    CONSTRAINT unit_place_key PRIMARY KEY (unit, place),
    CONSTRAINT unit_place_role UNIQUE (unit, role, role_place),
    CONSTRAINT unit_place_person UNIQUE (unit, person)
) STRICT, WITHOUT ROWID;

-- The units of a person; those as legal person do not count and have places of their own.
CREATE TABLE person_unit (
    person  BLOB NOT NULL,
    counted INTEGER NOT NULL CHECK (counted IN (0, 1)),
    place   INTEGER NOT NULL CHECK (place >= 1),
    unit    BLOB NOT NULL,
    member  BLOB NOT NULL,
    CONSTRAINT person_unit_key PRIMARY KEY (person, counted, place),
    CONSTRAINT person_unit_unit UNIQUE (person, unit)
) STRICT, WITHOUT ROWID;
