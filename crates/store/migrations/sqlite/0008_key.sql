-- Issuing keys: what is public about them and where the private part lives.
CREATE TABLE signing_key (
    kid         BLOB NOT NULL,
    alg         TEXT NOT NULL,
    key_use     TEXT NOT NULL,
    regions     TEXT NOT NULL,
    not_before  INTEGER NOT NULL,
    not_after   INTEGER NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('active', 'retiring', 'retired', 'compromised')),
    reason      TEXT,
    retired_at  INTEGER,
    spki        BLOB NOT NULL,
    certificate BLOB NOT NULL,
    location    TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    CONSTRAINT signing_key_key PRIMARY KEY (kid)
) STRICT, WITHOUT ROWID;

-- Signed trust lists. `seq` never goes back.
CREATE TABLE trust_list (
    seq   INTEGER NOT NULL CHECK (seq >= 1),
    iat   INTEGER NOT NULL,
    exp   INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    CONSTRAINT trust_list_key PRIMARY KEY (seq)
) STRICT;

-- Single values that have no better home.
CREATE TABLE meta (
    key   TEXT NOT NULL,
    value BLOB NOT NULL,
    CONSTRAINT meta_key PRIMARY KEY (key)
) STRICT, WITHOUT ROWID;
