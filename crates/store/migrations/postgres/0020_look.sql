-- Who looked at a person's data, when and why, as the person is told. Append-only. Who it was by name is in the journal, not here.
-- `label` (a plate, classes) and `recipient` (for whom a proof was made, in its holder's words) are sealed.
CREATE TABLE look (
    owner     uuid NOT NULL,
    id        uuid NOT NULL,
    at        bigint NOT NULL,
    by_role   text NOT NULL,
    purpose   text NOT NULL,
    about     text NOT NULL,
    subject   uuid NOT NULL,
    what      text NOT NULL,
    how       text NOT NULL,
    label     bytea NOT NULL,
    recipient bytea,
    CONSTRAINT look_key PRIMARY KEY (owner, id)
);

-- Look-up: the reference in a notice's code (the last five bytes of its id) to the notice. Two notices may share one; the code's check tells which.
CREATE TABLE notice_code (
    reference bytea NOT NULL CHECK (length(reference) = 5),
    notice    uuid NOT NULL,
    owner     uuid NOT NULL,
    CONSTRAINT notice_code_key PRIMARY KEY (reference, notice)
);
INSERT INTO notice_code (reference, notice, owner) SELECT substr(uuid_send(id), 12, 5), id, owner FROM notice;
