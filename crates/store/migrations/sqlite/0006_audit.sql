-- The journal. Rows enter the tail together with the fact; one sealer moves them, in order, into signed and chained blocks.
CREATE TABLE audit_tail (
    id      BLOB NOT NULL,
    at      INTEGER NOT NULL,
    actor   TEXT NOT NULL,
    action  TEXT NOT NULL,
    subject BLOB,
    purpose TEXT,
    detail  TEXT NOT NULL,
    CONSTRAINT audit_tail_key PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;

-- One block: `entries` is the canonical encoding of all its entries, `hash` covers number, previous hash, count and entries.
CREATE TABLE audit_block (
    block       INTEGER NOT NULL CHECK (block >= 1),
    prev_hash   BLOB NOT NULL,
    entries     BLOB NOT NULL,
    entry_count INTEGER NOT NULL CHECK (entry_count > 0),
    hash        BLOB NOT NULL,
    kid         BLOB NOT NULL,
    signature   BLOB NOT NULL,
    sealed_at   INTEGER NOT NULL,
    CONSTRAINT audit_block_key PRIMARY KEY (block)
) STRICT;

-- Where the entries about a subject stand. Entries about nobody in particular carry the nil id.
CREATE TABLE audit_entry (
    subject BLOB NOT NULL,
    block   INTEGER NOT NULL,
    pos     INTEGER NOT NULL CHECK (pos >= 0),
    CONSTRAINT audit_entry_key PRIMARY KEY (subject, block, pos)
) STRICT, WITHOUT ROWID;
