-- Issuing keys: what is public about them and where the private part lives.
CREATE TABLE signing_key (
    kid         bytea NOT NULL,
    alg         text NOT NULL,
    key_use     text NOT NULL,
    regions     text NOT NULL,
    not_before  bigint NOT NULL,
    not_after   bigint NOT NULL,
    state       text NOT NULL CHECK (state IN ('active', 'retiring', 'retired', 'compromised')),
    reason      text,
    retired_at  bigint,
    spki        bytea NOT NULL,
    certificate bytea NOT NULL,
    location    text NOT NULL,
    created_at  bigint NOT NULL,
    CONSTRAINT signing_key_key PRIMARY KEY (kid)
);

-- Signed trust lists. `seq` never goes back.
CREATE TABLE trust_list (
    seq   bigint NOT NULL CHECK (seq >= 1),
    iat   bigint NOT NULL,
    exp   bigint NOT NULL,
    bytes bytea NOT NULL,
    CONSTRAINT trust_list_key PRIMARY KEY (seq)
);

-- Single values that have no better home.
CREATE TABLE meta (
    key   text NOT NULL,
    value bytea NOT NULL,
    CONSTRAINT meta_key PRIMARY KEY (key)
);
