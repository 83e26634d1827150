-- Officers who check on the road, their regions of duty, and what they looked at. Names are sealed. An officer is ended, never deleted.
CREATE TABLE officer (
    id         BLOB NOT NULL,
    number     TEXT NOT NULL,
    name       BLOB NOT NULL,
    division   INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    ended_at   INTEGER,
    CONSTRAINT officer_key PRIMARY KEY (id),
    CONSTRAINT officer_number_key UNIQUE (number)
) STRICT, WITHOUT ROWID;

CREATE TABLE officer_duty (
    officer  BLOB NOT NULL,
    id       BLOB NOT NULL,
    division INTEGER NOT NULL,
    from_at  INTEGER NOT NULL,
    until_at INTEGER,
    CONSTRAINT officer_duty_key PRIMARY KEY (officer, id)
) STRICT, WITHOUT ROWID;

-- Looks by their id: what makes handing in again harmless, and whose photo a look showed.
CREATE TABLE officer_look (
    officer  BLOB NOT NULL,
    id       BLOB NOT NULL,
    at       INTEGER NOT NULL,
    taken_at INTEGER NOT NULL,
    purpose  TEXT NOT NULL,
    how      TEXT NOT NULL,
    duty     INTEGER,
    vehicle  BLOB,
    driver   BLOB,
    CONSTRAINT officer_look_key PRIMARY KEY (officer, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX officer_look_age ON officer_look (taken_at);

-- Codes with which a device is enrolled once: found by their first part, the rest is a keyed digest.
CREATE TABLE bound_enrolment (
    reference   TEXT NOT NULL,
    kind        TEXT NOT NULL,
    holder      BLOB NOT NULL,
    code_digest BLOB NOT NULL,
    tries       INTEGER NOT NULL CHECK (tries >= 0),
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    CONSTRAINT bound_enrolment_key PRIMARY KEY (reference)
) STRICT, WITHOUT ROWID;
CREATE INDEX bound_enrolment_expiry ON bound_enrolment (expires_at);

-- Devices that were enrolled; what one is called is sealed.
CREATE TABLE bound_device (
    id           BLOB NOT NULL,
    kind         TEXT NOT NULL,
    holder       BLOB NOT NULL,
    public_key   BLOB NOT NULL CHECK (length(public_key) = 65),
    name         BLOB NOT NULL,
    enrolled_at  INTEGER NOT NULL,
    last_used_at INTEGER,
    ended_at     INTEGER,
    end_reason   TEXT,
    CONSTRAINT bound_device_key PRIMARY KEY (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX bound_device_holder ON bound_device (holder);

-- Sessions on such devices, found by a digest of the token; the token itself is nowhere.
CREATE TABLE bound_session (
    token_hash   BLOB NOT NULL,
    id           BLOB NOT NULL,
    device       BLOB NOT NULL,
    duty         INTEGER,
    created_at   INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    idle_until   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    CONSTRAINT bound_session_key PRIMARY KEY (token_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX bound_session_device ON bound_session (device);
CREATE INDEX bound_session_idle ON bound_session (idle_until);

-- Proofs of a device's key that were shown: each counts once.
CREATE TABLE bound_proof (
    session   BLOB NOT NULL,
    digest    BLOB NOT NULL,
    forget_at INTEGER NOT NULL,
    CONSTRAINT bound_proof_key PRIMARY KEY (session, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX bound_proof_forget ON bound_proof (forget_at);

-- Reader keys after the first one, which stands among the single values (meta). The private half is sealed.
CREATE TABLE reader_key (
    number      INTEGER NOT NULL CHECK (number > 1),
    public_key  BLOB NOT NULL,
    private_key BLOB NOT NULL,
    used_from   INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    CONSTRAINT reader_key_key PRIMARY KEY (number)
) STRICT, WITHOUT ROWID;
