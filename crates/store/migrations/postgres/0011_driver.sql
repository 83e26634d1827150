-- Drivers and their photos. Facts are bitemporal as those of vehicles are: a fact row is never overwritten.

-- The driver as known now: the newest version, what scans need, and what the last import said (a keyed digest of the whole row, so
-- that the same row again is seen without opening anything). `applied_on`: the person asked for the electronic licence.
CREATE TABLE driver (
    id          uuid NOT NULL,
    version     bigint NOT NULL CHECK (version >= 1),
    owner       uuid NOT NULL,
    division    bigint NOT NULL,
    valid_until bigint,
    status      text NOT NULL,
    applied_on  bigint,
    told        bytea,
    CONSTRAINT driver_key PRIMARY KEY (id)
);
CREATE INDEX driver_of_owner ON driver (owner, id);

-- All facts of one driver as of one version: the licence as one sealed JSON text.
CREATE TABLE driver_fact (
    driver     uuid NOT NULL,
    version    bigint NOT NULL CHECK (version >= 1),
    true_from  bigint NOT NULL,
    known_from bigint NOT NULL,
    cause      text NOT NULL,
    owner      uuid NOT NULL,
    division   bigint NOT NULL,
    licence    bytea NOT NULL,
    CONSTRAINT driver_fact_key PRIMARY KEY (driver, version)
);

-- Look-up: keyed digest of the licence number to the driver.
CREATE TABLE driver_number (
    number_index bytea NOT NULL,
    driver       uuid NOT NULL,
    CONSTRAINT driver_number_key PRIMARY KEY (number_index)
);

-- Photos, sealed. `digest` is a keyed digest of the picture: the same one again is not stored twice. `checks` says what was measured.
CREATE TABLE driver_photo (
    driver     uuid NOT NULL,
    id         uuid NOT NULL,
    state      text NOT NULL CHECK (state IN ('pending', 'current', 'replaced', 'refused')),
    origin     text NOT NULL CHECK (origin IN ('register', 'camera', 'album')),
    width      bigint NOT NULL CHECK (width > 0),
    height     bigint NOT NULL CHECK (height > 0),
    taken_on   bigint,
    checks     text NOT NULL,
    created_at bigint NOT NULL,
    digest     bytea NOT NULL,
    bytes      bytea NOT NULL,
    CONSTRAINT driver_photo_key PRIMARY KEY (driver, id)
);
-- At most one photo is the licence's, whatever the callers do.
CREATE UNIQUE INDEX driver_photo_one_current ON driver_photo (driver) WHERE state = 'current';
