-- Vehicles and their owners. Facts are bitemporal: `true_from` says since when it is so in the world, `known_from` since when
-- we know it; a fact row is never overwritten. Times are microseconds since 1970 in UTC, dates yyyymmdd, months yyyymm.

-- The vehicle as known now: its newest version and what it is found by.
CREATE TABLE vehicle (
    id           BLOB NOT NULL,
    version      INTEGER NOT NULL CHECK (version >= 1),
    vin          TEXT NOT NULL,
    plate_number TEXT NOT NULL,
    plate_type   TEXT NOT NULL,
    owner        BLOB NOT NULL,
    division     INTEGER NOT NULL,
    CONSTRAINT vehicle_key PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX vehicle_of_owner ON vehicle (owner, id);

-- All facts of one vehicle as of one version.
CREATE TABLE vehicle_fact (
    vehicle              BLOB NOT NULL,
    version              INTEGER NOT NULL CHECK (version >= 1),
    true_from            INTEGER NOT NULL,
    known_from           INTEGER NOT NULL,
    cause                TEXT NOT NULL,
    plate_number         TEXT NOT NULL,
    plate_type           TEXT NOT NULL,
    vin                  TEXT NOT NULL,
    vehicle_type         TEXT NOT NULL,
    use_nature           TEXT NOT NULL,
    seats                INTEGER NOT NULL CHECK (seats >= 0),
    registered_on        INTEGER NOT NULL,
    manufactured_on      INTEGER,
    energy               TEXT,
    colour               TEXT,
    division             INTEGER NOT NULL,
    status               TEXT NOT NULL,
    valid_until          INTEGER,
    insurance_until      INTEGER,
    casualty_accident    INTEGER NOT NULL CHECK (casualty_accident IN (0, 1)),
    illegal_modification INTEGER NOT NULL CHECK (illegal_modification IN (0, 1)),
    owner                BLOB NOT NULL,
    CONSTRAINT vehicle_fact_key PRIMARY KEY (vehicle, version)
) STRICT, WITHOUT ROWID;

-- Look-up: which vehicle carries this plate now.
CREATE TABLE plate (
    plate_number TEXT NOT NULL,
    plate_type   TEXT NOT NULL,
    vehicle      BLOB NOT NULL,
    CONSTRAINT plate_key PRIMARY KEY (plate_number, plate_type)
) STRICT, WITHOUT ROWID;

-- Look-up: which vehicle has this identification number.
CREATE TABLE vin (
    vin     TEXT NOT NULL,
    vehicle BLOB NOT NULL,
    CONSTRAINT vin_key PRIMARY KEY (vin)
) STRICT, WITHOUT ROWID;

-- The owner as known now.
CREATE TABLE owner (
    id      BLOB NOT NULL,
    version INTEGER NOT NULL CHECK (version >= 1),
    CONSTRAINT owner_key PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

-- What is known of an owner as of one version. Name, number and phone are sealed; `digest` is a keyed digest of all of them, so
-- that "nothing changed" is seen without opening anything.
CREATE TABLE owner_fact (
    owner      BLOB NOT NULL,
    version    INTEGER NOT NULL CHECK (version >= 1),
    true_from  INTEGER NOT NULL,
    known_from INTEGER NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('individual', 'organisation')),
    number     BLOB NOT NULL,
    name       BLOB NOT NULL,
    phone      BLOB,
    digest     BLOB NOT NULL,
    CONSTRAINT owner_fact_key PRIMARY KEY (owner, version)
) STRICT, WITHOUT ROWID;

-- Look-up: keyed digest of the identity number to the owner.
CREATE TABLE owner_number (
    number_index BLOB NOT NULL,
    owner        BLOB NOT NULL,
    CONSTRAINT owner_number_key PRIMARY KEY (number_index)
) STRICT, WITHOUT ROWID;
