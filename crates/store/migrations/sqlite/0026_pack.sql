-- Packs (scope 0) and shards (scope: the first two digits of a province) that were made: numbers that never go back, and what was in the file.
CREATE TABLE pack (
    scope      INTEGER NOT NULL CHECK (scope = 0 OR scope BETWEEN 11 AND 99),
    seq        INTEGER NOT NULL CHECK (seq BETWEEN 1 AND 4294967295),
    made_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    items      INTEGER NOT NULL,
    size       INTEGER NOT NULL,
    digest     BLOB NOT NULL,
    CONSTRAINT pack_key PRIMARY KEY (scope, seq)
) STRICT, WITHOUT ROWID;
