-- Status lists of 2^20 entries. `used` is the counter behind the secret permutation: entry number n stands at index P(n).
CREATE TABLE status_list (
    list       bigint NOT NULL CHECK (list >= 1),
    size       bigint NOT NULL CHECK (size > 0),
    used       bigint NOT NULL CHECK (used >= 0),
    secret     bytea NOT NULL,
    created_at bigint NOT NULL,
    CONSTRAINT status_list_key PRIMARY KEY (list),
    CONSTRAINT status_list_within_size CHECK (used <= size)
);

-- Which credential an index belongs to and what its status is: 0 valid, 1 invalid, 2 suspended, 3 superseded.
CREATE TABLE status_entry (
    list       bigint NOT NULL,
    idx        bigint NOT NULL CHECK (idx >= 0),
    subject    uuid NOT NULL,
    credential uuid NOT NULL,
    value      bigint NOT NULL CHECK (value BETWEEN 0 AND 3),
    expires_on bigint NOT NULL,
    version    bigint NOT NULL CHECK (version >= 0),
    CONSTRAINT status_entry_key PRIMARY KEY (list, idx)
);
CREATE INDEX status_entry_flagged ON status_entry (list, idx) WHERE value <> 0;

-- Changes that no publication contains yet. The publisher deletes exactly the rows it has seen.
CREATE TABLE status_dirty (
    list    bigint NOT NULL,
    idx     bigint NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT status_dirty_key PRIMARY KEY (list, idx, version)
);

-- What was published, signed. The newest per list is served, the older ones prove what was said when.
CREATE TABLE status_publication (
    list bigint NOT NULL,
    seq  bigint NOT NULL CHECK (seq >= 1),
    iat  bigint NOT NULL,
    exp  bigint NOT NULL,
    jwt  bytea NOT NULL,
    cwt  bytea NOT NULL,
    CONSTRAINT status_publication_key PRIMARY KEY (list, seq)
);
