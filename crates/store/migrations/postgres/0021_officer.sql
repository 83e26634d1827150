-- Officers who check on the road, their regions of duty, and what they looked at. Names are sealed. An officer is ended, never deleted.
CREATE TABLE officer (
    id         uuid NOT NULL,
    number     text NOT NULL,
    name       bytea NOT NULL,
    division   bigint NOT NULL,
    created_at bigint NOT NULL,
    ended_at   bigint,
    CONSTRAINT officer_key PRIMARY KEY (id),
    CONSTRAINT officer_number_key UNIQUE (number)
);

CREATE TABLE officer_duty (
    officer  uuid NOT NULL,
    id       uuid NOT NULL,
    division bigint NOT NULL,
    from_at  bigint NOT NULL,
    until_at bigint,
    CONSTRAINT officer_duty_key PRIMARY KEY (officer, id)
);

-- Looks by their id: what makes handing in again harmless, and whose photo a look showed.
CREATE TABLE officer_look (
    officer  uuid NOT NULL,
    id       uuid NOT NULL,
    at       bigint NOT NULL,
    taken_at bigint NOT NULL,
    purpose  text NOT NULL,
    how      text NOT NULL,
    duty     bigint,
    vehicle  uuid,
    driver   uuid,
    CONSTRAINT officer_look_key PRIMARY KEY (officer, id)
);
CREATE INDEX officer_look_age ON officer_look (taken_at);

-- Codes with which a device is enrolled once: found by their first part, the rest is a keyed digest.
CREATE TABLE bound_enrolment (
    reference   text NOT NULL,
    kind        text NOT NULL,
    holder      uuid NOT NULL,
    code_digest bytea NOT NULL,
    tries       bigint NOT NULL CHECK (tries >= 0),
    created_at  bigint NOT NULL,
    expires_at  bigint NOT NULL,
    CONSTRAINT bound_enrolment_key PRIMARY KEY (reference)
);
CREATE INDEX bound_enrolment_expiry ON bound_enrolment (expires_at);

-- Devices that were enrolled; what one is called is sealed.
CREATE TABLE bound_device (
    id           uuid NOT NULL,
    kind         text NOT NULL,
    holder       uuid NOT NULL,
    public_key   bytea NOT NULL CHECK (length(public_key) = 65),
    name         bytea NOT NULL,
    enrolled_at  bigint NOT NULL,
    last_used_at bigint,
    ended_at     bigint,
    end_reason   text,
    CONSTRAINT bound_device_key PRIMARY KEY (id)
);
CREATE INDEX bound_device_holder ON bound_device (holder);

-- Sessions on such devices, found by a digest of the token; the token itself is nowhere.
CREATE TABLE bound_session (
    token_hash   bytea NOT NULL,
    id           uuid NOT NULL,
    device       uuid NOT NULL,
    duty         bigint,
    created_at   bigint NOT NULL,
    last_seen_at bigint NOT NULL,
    idle_until   bigint NOT NULL,
    expires_at   bigint NOT NULL,
    CONSTRAINT bound_session_key PRIMARY KEY (token_hash)
);
CREATE INDEX bound_session_device ON bound_session (device);
CREATE INDEX bound_session_idle ON bound_session (idle_until);

-- Proofs of a device's key that were shown: each counts once.
CREATE TABLE bound_proof (
    session   uuid NOT NULL,
    digest    bytea NOT NULL,
    forget_at bigint NOT NULL,
    CONSTRAINT bound_proof_key PRIMARY KEY (session, digest)
);
CREATE INDEX bound_proof_forget ON bound_proof (forget_at);

-- Reader keys after the first one, which stands among the single values (meta). The private half is sealed.
CREATE TABLE reader_key (
    number      bigint NOT NULL CHECK (number > 1),
    public_key  bytea NOT NULL,
    private_key bytea NOT NULL,
    used_from   bigint NOT NULL,
    created_at  bigint NOT NULL,
    CONSTRAINT reader_key_key PRIMARY KEY (number)
);
