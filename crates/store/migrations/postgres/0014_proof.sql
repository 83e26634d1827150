-- Proofs that people give to others by a link. Recipient and note are sealed; the link's token is nowhere, only its digest.
CREATE TABLE proof (
    subject    uuid NOT NULL,
    id         uuid NOT NULL,
    purpose    text NOT NULL,
    recipient  bytea NOT NULL,
    note       bytea,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    revoked_at bigint,
    CONSTRAINT proof_key PRIMARY KEY (subject, id)
);

-- Look-up: digest of the token to the proof.
CREATE TABLE proof_token (
    token_hash bytea NOT NULL,
    subject    uuid NOT NULL,
    proof      uuid NOT NULL,
    CONSTRAINT proof_token_key PRIMARY KEY (token_hash)
);

-- When a proof was looked at. Append-only.
CREATE TABLE proof_opening (
    subject uuid NOT NULL,
    proof   uuid NOT NULL,
    id      uuid NOT NULL,
    at      bigint NOT NULL,
    CONSTRAINT proof_opening_key PRIMARY KEY (subject, proof, id)
);
