-- Proofs that people give to others by a link. Recipient and note are sealed; the link's token is nowhere, only its digest.
CREATE TABLE proof (
    subject    BLOB NOT NULL,
    id         BLOB NOT NULL,
    purpose    TEXT NOT NULL,
    recipient  BLOB NOT NULL,
    note       BLOB,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER,
    CONSTRAINT proof_key PRIMARY KEY (subject, id)
) STRICT, WITHOUT ROWID;

-- Look-up: digest of the token to the proof.
CREATE TABLE proof_token (
    token_hash BLOB NOT NULL,
    subject    BLOB NOT NULL,
    proof      BLOB NOT NULL,
    CONSTRAINT proof_token_key PRIMARY KEY (token_hash)
) STRICT, WITHOUT ROWID;

-- When a proof was looked at. Append-only.
CREATE TABLE proof_opening (
    subject BLOB NOT NULL,
    proof   BLOB NOT NULL,
    id      BLOB NOT NULL,
    at      INTEGER NOT NULL,
    CONSTRAINT proof_opening_key PRIMARY KEY (subject, proof, id)
) STRICT, WITHOUT ROWID;
