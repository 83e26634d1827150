-- Not only vehicles any more: what a credential is about has a name (a plate, or a masked name), an event is about a vehicle or a driver.
ALTER TABLE credential RENAME COLUMN plate_number TO subject_name;
-- The photo that a licence shows.
ALTER TABLE credential ADD COLUMN photo uuid;

ALTER TABLE event RENAME COLUMN vehicle TO about;
DROP INDEX event_of_vehicle;
CREATE INDEX event_about ON event (about, occurred_at);

-- How many bits of a list an entry takes: 2 for marks, 4 for licences, which also know "stopped".
ALTER TABLE status_list ADD COLUMN bits bigint NOT NULL DEFAULT 2 CHECK (bits IN (2, 4));

-- The values of the standard: 0 valid, 1 invalid, 2 suspended, 3 superseded, and 12 stopped, in lists of 4 bits only.
CREATE TEMP TABLE status_entry_before AS SELECT list, idx, subject, credential, value, expires_on, version FROM status_entry;
DROP TABLE status_entry;
CREATE TABLE status_entry (
    list       bigint NOT NULL,
    idx        bigint NOT NULL CHECK (idx >= 0),
    subject    uuid NOT NULL,
    credential uuid NOT NULL,
    value      bigint NOT NULL CHECK (value IN (0, 1, 2, 3, 12)),
    expires_on bigint NOT NULL,
    version    bigint NOT NULL CHECK (version >= 0),
    CONSTRAINT status_entry_key PRIMARY KEY (list, idx)
);
INSERT INTO status_entry (list, idx, subject, credential, value, expires_on, version)
    SELECT list, idx, subject, credential, value, expires_on, version FROM status_entry_before ORDER BY list, idx;
DROP TABLE status_entry_before;
CREATE INDEX status_entry_flagged ON status_entry (list, idx) WHERE value <> 0;
