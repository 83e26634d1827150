-- The journal. Rows enter the tail together with the fact; one sealer moves them, in order, into signed and chained blocks.
CREATE TABLE audit_tail (
    id      uuid NOT NULL,
    at      bigint NOT NULL,
    actor   text NOT NULL,
    action  text NOT NULL,
    subject uuid,
    purpose text,
    detail  text NOT NULL,
    CONSTRAINT audit_tail_key PRIMARY KEY (id)
);

-- One block: `entries` is the canonical encoding of all its entries, `hash` covers number, previous hash, count and entries.
CREATE TABLE audit_block (
    block       bigint NOT NULL CHECK (block >= 1),
    prev_hash   bytea NOT NULL,
    entries     bytea NOT NULL,
    entry_count bigint NOT NULL CHECK (entry_count > 0),
    hash        bytea NOT NULL,
    kid         bytea NOT NULL,
    signature   bytea NOT NULL,
    sealed_at   bigint NOT NULL,
    CONSTRAINT audit_block_key PRIMARY KEY (block)
);

-- Where the entries about a subject stand. Entries about nobody in particular carry the nil id.
CREATE TABLE audit_entry (
    subject uuid NOT NULL,
    block   bigint NOT NULL,
    pos     bigint NOT NULL CHECK (pos >= 0),
    CONSTRAINT audit_entry_key PRIMARY KEY (subject, block, pos)
);
