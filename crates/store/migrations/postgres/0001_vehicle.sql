-- Vehicles and their owners. Facts are bitemporal: `true_from` says since when it is so in the world, `known_from` since when
-- we know it; a fact row is never overwritten. Times are microseconds since 1970 in UTC, dates yyyymmdd, months yyyymm.

-- The vehicle as known now: its newest version and what it is found by.
CREATE TABLE vehicle (
    id           uuid NOT NULL,
    version      bigint NOT NULL CHECK (version >= 1),
    vin          text NOT NULL,
    plate_number text NOT NULL,
    plate_type   text NOT NULL,
    owner        uuid NOT NULL,
    division     bigint NOT NULL,
    CONSTRAINT vehicle_key PRIMARY KEY (id)
);
CREATE INDEX vehicle_of_owner ON vehicle (owner, id);

-- All facts of one vehicle as of one version.
CREATE TABLE vehicle_fact (
    vehicle              uuid NOT NULL,
    version              bigint NOT NULL CHECK (version >= 1),
    true_from            bigint NOT NULL,
    known_from           bigint NOT NULL,
    cause                text NOT NULL,
    plate_number         text NOT NULL,
    plate_type           text NOT NULL,
    vin                  text NOT NULL,
    vehicle_type         text NOT NULL,
    use_nature           text NOT NULL,
    seats                bigint NOT NULL CHECK (seats >= 0),
    registered_on        bigint NOT NULL,
    manufactured_on      bigint,
    energy               text,
    colour               text,
    division             bigint NOT NULL,
    status               text NOT NULL,
    valid_until          bigint,
    insurance_until      bigint,
    casualty_accident    bigint NOT NULL CHECK (casualty_accident IN (0, 1)),
    illegal_modification bigint NOT NULL CHECK (illegal_modification IN (0, 1)),
    owner                uuid NOT NULL,
    CONSTRAINT vehicle_fact_key PRIMARY KEY (vehicle, version)
);

-- Look-up: which vehicle carries this plate now.
CREATE TABLE plate (
    plate_number text NOT NULL,
    plate_type   text NOT NULL,
    vehicle      uuid NOT NULL,
    CONSTRAINT plate_key PRIMARY KEY (plate_number, plate_type)
);

-- Look-up: which vehicle has this identification number.
CREATE TABLE vin (
    vin     text NOT NULL,
    vehicle uuid NOT NULL,
    CONSTRAINT vin_key PRIMARY KEY (vin)
);

-- The owner as known now.
CREATE TABLE owner (
    id      uuid NOT NULL,
    version bigint NOT NULL CHECK (version >= 1),
    CONSTRAINT owner_key PRIMARY KEY (id)
);

-- What is known of an owner as of one version. Name, number and phone are sealed; `digest` is a keyed digest of all of them, so
-- that "nothing changed" is seen without opening anything.
CREATE TABLE owner_fact (
    owner      uuid NOT NULL,
    version    bigint NOT NULL CHECK (version >= 1),
    true_from  bigint NOT NULL,
    known_from bigint NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('individual', 'organisation')),
    number     bytea NOT NULL,
    name       bytea NOT NULL,
    phone      bytea,
    digest     bytea NOT NULL,
    CONSTRAINT owner_fact_key PRIMARY KEY (owner, version)
);

-- Look-up: keyed digest of the identity number to the owner.
CREATE TABLE owner_number (
    number_index bytea NOT NULL,
    owner        uuid NOT NULL,
    CONSTRAINT owner_number_key PRIMARY KEY (number_index)
);
