-- Packs (scope 0) and shards (scope: the first two digits of a province) that were made: numbers that never go back, and what was in the file.
CREATE TABLE pack (
    scope      bigint NOT NULL CHECK (scope = 0 OR scope BETWEEN 11 AND 99),
    seq        bigint NOT NULL CHECK (seq BETWEEN 1 AND 4294967295),
    made_at    bigint NOT NULL,
    expires_at bigint NOT NULL,
    items      bigint NOT NULL,
    size       bigint NOT NULL,
    digest     bytea NOT NULL,
    CONSTRAINT pack_key PRIMARY KEY (scope, seq)
);

-- Plates are gone through by their bytes, as they stand in a shard: not as a language sorts them.
ALTER TABLE plate ALTER COLUMN plate_number TYPE text COLLATE "C", ALTER COLUMN plate_type TYPE text COLLATE "C";
