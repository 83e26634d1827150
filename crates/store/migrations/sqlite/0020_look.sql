-- Who looked at a person's data, when and why, as the person is told. Append-only. Who it was by name is in the journal, not here.
-- `label` (a plate, classes) and `recipient` (for whom a proof was made, in its holder's words) are sealed.
CREATE TABLE look (
    owner     BLOB NOT NULL,
    id        BLOB NOT NULL,
    at        INTEGER NOT NULL,
    by_role   TEXT NOT NULL,
    purpose   TEXT NOT NULL,
    about     TEXT NOT NULL,
    subject   BLOB NOT NULL,
    what      TEXT NOT NULL,
    how       TEXT NOT NULL,
    label     BLOB NOT NULL,
    recipient BLOB,
    CONSTRAINT look_key PRIMARY KEY (owner, id)
) STRICT, WITHOUT ROWID;

-- Look-up: the reference in a notice's code (the last five bytes of its id) to the notice. Two notices may share one; the code's check tells which.
CREATE TABLE notice_code (
    reference BLOB NOT NULL CHECK (length(reference) = 5),
    notice    BLOB NOT NULL,
    owner     BLOB NOT NULL,
    CONSTRAINT notice_code_key PRIMARY KEY (reference, notice)
) STRICT, WITHOUT ROWID;
INSERT INTO notice_code (reference, notice, owner) SELECT substr(id, 12, 5), id, owner FROM notice;
