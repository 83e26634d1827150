-- Status lists of 2^20 entries. `used` is the counter behind the secret permutation: entry number n stands at index P(n).
CREATE TABLE status_list (
    list       INTEGER NOT NULL CHECK (list >= 1),
    size       INTEGER NOT NULL CHECK (size > 0),
    used       INTEGER NOT NULL CHECK (used >= 0),
    secret     BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    CONSTRAINT status_list_key PRIMARY KEY (list),
    CONSTRAINT status_list_within_size CHECK (used <= size)
) STRICT, WITHOUT ROWID;

-- Which credential an index belongs to and what its status is: 0 valid, 1 invalid, 2 suspended, 3 superseded.
CREATE TABLE status_entry (
    list       INTEGER NOT NULL,
    idx        INTEGER NOT NULL CHECK (idx >= 0),
    subject    BLOB NOT NULL,
    credential BLOB NOT NULL,
    value      INTEGER NOT NULL CHECK (value BETWEEN 0 AND 3),
    expires_on INTEGER NOT NULL,
    version    INTEGER NOT NULL CHECK (version >= 0),
    CONSTRAINT status_entry_key PRIMARY KEY (list, idx)
) STRICT, WITHOUT ROWID;
CREATE INDEX status_entry_flagged ON status_entry (list, idx) WHERE value <> 0;

-- Changes that no publication contains yet. The publisher deletes exactly the rows it has seen.
CREATE TABLE status_dirty (
    list    INTEGER NOT NULL,
    idx     INTEGER NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT status_dirty_key PRIMARY KEY (list, idx, version)
) STRICT, WITHOUT ROWID;

-- What was published, signed. The newest per list is served, the older ones prove what was said when.
CREATE TABLE status_publication (
    list INTEGER NOT NULL,
    seq  INTEGER NOT NULL CHECK (seq >= 1),
    iat  INTEGER NOT NULL,
    exp  INTEGER NOT NULL,
    jwt  BLOB NOT NULL,
    cwt  BLOB NOT NULL,
    CONSTRAINT status_publication_key PRIMARY KEY (list, seq)
) STRICT;
