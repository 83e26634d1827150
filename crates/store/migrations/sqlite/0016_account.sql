-- Accounts of citizens: the phone that signs in, how sure we are who it is, sessions, one-time codes, and how often somebody failed.
-- Phones, device names and codes are sealed or kept as keyed digests; tokens as digests only.
CREATE TABLE account (
    person     BLOB NOT NULL,
    phone      BLOB,
    level      INTEGER NOT NULL CHECK (level BETWEEN 1 AND 4),
    how        TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    CONSTRAINT account_key PRIMARY KEY (person)
) STRICT, WITHOUT ROWID;

-- Whose a phone is: one account at most.
CREATE TABLE account_phone (
    phone_index BLOB NOT NULL,
    person      BLOB NOT NULL,
    CONSTRAINT account_phone_key PRIMARY KEY (phone_index)
) STRICT, WITHOUT ROWID;

-- Whose a person of the register is: one account at most.
CREATE TABLE account_owner (
    owner  BLOB NOT NULL,
    person BLOB NOT NULL,
    CONSTRAINT account_owner_key PRIMARY KEY (owner)
) STRICT, WITHOUT ROWID;

CREATE TABLE account_event (
    person BLOB NOT NULL,
    id     BLOB NOT NULL,
    at     INTEGER NOT NULL,
    what   TEXT NOT NULL,
    device BLOB,
    CONSTRAINT account_event_key PRIMARY KEY (person, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_event_age ON account_event (at);

CREATE TABLE known_device (
    person      BLOB NOT NULL,
    device_hash BLOB NOT NULL,
    first_at    INTEGER NOT NULL,
    last_at     INTEGER NOT NULL,
    CONSTRAINT known_device_key PRIMARY KEY (person, device_hash)
) STRICT, WITHOUT ROWID;

-- Sessions by person; whoever was signed in before this script signs in again.
DROP TABLE session;
CREATE TABLE session (
    person           BLOB NOT NULL,
    id               BLOB NOT NULL,
    role             TEXT NOT NULL,
    how              TEXT NOT NULL,
    ceiling          INTEGER NOT NULL CHECK (ceiling BETWEEN 1 AND 4),
    agent            TEXT NOT NULL,
    device           BLOB NOT NULL,
    created_at       INTEGER NOT NULL,
    authenticated_at INTEGER NOT NULL,
    last_seen_at     INTEGER NOT NULL,
    idle_until       INTEGER NOT NULL,
    expires_at       INTEGER NOT NULL,
    CONSTRAINT session_key PRIMARY KEY (person, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX session_expiry ON session (expires_at);
CREATE INDEX session_idle ON session (idle_until);

-- Found by a digest of the token; the token itself is nowhere. A new token for a session takes the old one's place.
CREATE TABLE session_token (
    token_hash BLOB NOT NULL,
    person     BLOB NOT NULL,
    session    BLOB NOT NULL,
    CONSTRAINT session_token_key PRIMARY KEY (token_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX session_token_session ON session_token (person, session);

-- One-time codes that wait: by a keyed digest of what they are for, one each. A code is kept as a keyed digest.
CREATE TABLE one_time_code (
    place       BLOB NOT NULL,
    id          BLOB NOT NULL,
    code_digest BLOB NOT NULL,
    tries       INTEGER NOT NULL CHECK (tries >= 0),
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    CONSTRAINT one_time_code_key PRIMARY KEY (place)
) STRICT, WITHOUT ROWID;
CREATE INDEX one_time_code_expiry ON one_time_code (expires_at);

-- Codes given face to face at a counter, by a keyed digest.
CREATE TABLE counter_code (
    code_digest BLOB NOT NULL,
    owner       BLOB NOT NULL,
    made_by     BLOB NOT NULL,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    CONSTRAINT counter_code_key PRIMARY KEY (code_digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX counter_code_owner ON counter_code (owner);
CREATE INDEX counter_code_expiry ON counter_code (expires_at);

-- How often something was tried: by a keyed digest of what and by whom.
CREATE TABLE attempt (
    bucket       BLOB NOT NULL,
    tries        INTEGER NOT NULL CHECK (tries >= 0),
    since        INTEGER NOT NULL,
    locks        INTEGER NOT NULL CHECK (locks >= 0),
    locked_until INTEGER NOT NULL,
    forget_at    INTEGER NOT NULL,
    CONSTRAINT attempt_key PRIMARY KEY (bucket)
) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_forget ON attempt (forget_at);
