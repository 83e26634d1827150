-- Drivers and their photos. Facts are bitemporal as those of vehicles are: a fact row is never overwritten.

-- The driver as known now: the newest version, what scans need, and what the last import said (a keyed digest of the whole row, so
-- that the same row again is seen without opening anything). `applied_on`: the person asked for the electronic licence.
CREATE TABLE driver (
    id          BLOB NOT NULL,
    version     INTEGER NOT NULL CHECK (version >= 1),
    owner       BLOB NOT NULL,
    division    INTEGER NOT NULL,
    valid_until INTEGER,
    status      TEXT NOT NULL,
    applied_on  INTEGER,
    told        BLOB,
    CONSTRAINT driver_key PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX driver_of_owner ON driver (owner, id);

-- All facts of one driver as of one version: the licence as one sealed JSON text.
CREATE TABLE driver_fact (
    driver     BLOB NOT NULL,
    version    INTEGER NOT NULL CHECK (version >= 1),
    true_from  INTEGER NOT NULL,
    known_from INTEGER NOT NULL,
    cause      TEXT NOT NULL,
    owner      BLOB NOT NULL,
    division   INTEGER NOT NULL,
    licence    BLOB NOT NULL,
    CONSTRAINT driver_fact_key PRIMARY KEY (driver, version)
) STRICT, WITHOUT ROWID;

-- Look-up: keyed digest of the licence number to the driver.
CREATE TABLE driver_number (
    number_index BLOB NOT NULL,
    driver       BLOB NOT NULL,
    CONSTRAINT driver_number_key PRIMARY KEY (number_index)
) STRICT, WITHOUT ROWID;

-- Photos, sealed. `digest` is a keyed digest of the picture: the same one again is not stored twice. `checks` says what was measured.
CREATE TABLE driver_photo (
    driver     BLOB NOT NULL,
    id         BLOB NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('pending', 'current', 'replaced', 'refused')),
    origin     TEXT NOT NULL CHECK (origin IN ('register', 'camera', 'album')),
    width      INTEGER NOT NULL CHECK (width > 0),
    height     INTEGER NOT NULL CHECK (height > 0),
    taken_on   INTEGER,
    checks     TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    digest     BLOB NOT NULL,
    bytes      BLOB NOT NULL,
    CONSTRAINT driver_photo_key PRIMARY KEY (driver, id)
) STRICT;
-- At most one photo is the licence's, whatever the callers do.
CREATE UNIQUE INDEX driver_photo_one_current ON driver_photo (driver) WHERE state = 'current';
