-- A licence bound to a device. Its signed message stands in credential_message under the holding's own id. The device's name is sealed.
CREATE TABLE holding (
    subject    uuid NOT NULL,
    id         uuid NOT NULL,
    credential uuid NOT NULL,
    device_key bytea NOT NULL,
    name       bytea NOT NULL,
    list       bigint NOT NULL,
    idx        bigint NOT NULL,
    bound_at   bigint NOT NULL,
    ended_at   bigint,
    end_reason text,
    CONSTRAINT holding_key PRIMARY KEY (subject, id),
    CONSTRAINT holding_ends_with_reason CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);
-- At most one device holds a person's licence, whatever the callers do.
CREATE UNIQUE INDEX holding_one_current ON holding (subject) WHERE ended_at IS NULL;
CREATE INDEX holding_by_id ON holding (id);
