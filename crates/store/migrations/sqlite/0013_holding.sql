-- A licence bound to a device. Its signed message stands in credential_message under the holding's own id. The device's name is sealed.
CREATE TABLE holding (
    subject    BLOB NOT NULL,
    id         BLOB NOT NULL,
    credential BLOB NOT NULL,
    device_key BLOB NOT NULL,
    name       BLOB NOT NULL,
    list       INTEGER NOT NULL,
    idx        INTEGER NOT NULL,
    bound_at   INTEGER NOT NULL,
    ended_at   INTEGER,
    end_reason TEXT,
    CONSTRAINT holding_key PRIMARY KEY (subject, id),
    CONSTRAINT holding_ends_with_reason CHECK ((ended_at IS NULL) = (end_reason IS NULL))
) STRICT, WITHOUT ROWID;
-- At most one device holds a person's licence, whatever the callers do.
CREATE UNIQUE INDEX holding_one_current ON holding (subject) WHERE ended_at IS NULL;
CREATE INDEX holding_by_id ON holding (id);
