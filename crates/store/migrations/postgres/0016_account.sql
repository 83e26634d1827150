-- Accounts of citizens: the phone that signs in, how sure we are who it is, sessions, one-time codes, and how often somebody failed.
-- Phones, device names and codes are sealed or kept as keyed digests; tokens as digests only.
CREATE TABLE account (
    person     uuid NOT NULL,
    phone      bytea,
    level      bigint NOT NULL CHECK (level BETWEEN 1 AND 4),
    how        text NOT NULL,
    changed_at bigint NOT NULL,
    CONSTRAINT account_key PRIMARY KEY (person)
);

-- Whose a phone is: one account at most.
CREATE TABLE account_phone (
    phone_index bytea NOT NULL,
    person      uuid NOT NULL,
    CONSTRAINT account_phone_key PRIMARY KEY (phone_index)
);

-- Whose a person of the register is: one account at most.
CREATE TABLE account_owner (
    owner  uuid NOT NULL,
    person uuid NOT NULL,
    CONSTRAINT account_owner_key PRIMARY KEY (owner)
);

CREATE TABLE account_event (
    person uuid NOT NULL,
    id     uuid NOT NULL,
    at     bigint NOT NULL,
    what   text NOT NULL,
    device bytea,
    CONSTRAINT account_event_key PRIMARY KEY (person, id)
);
CREATE INDEX account_event_age ON account_event (at);

CREATE TABLE known_device (
    person      uuid NOT NULL,
    device_hash bytea NOT NULL,
    first_at    bigint NOT NULL,
    last_at     bigint NOT NULL,
    CONSTRAINT known_device_key PRIMARY KEY (person, device_hash)
);

-- Sessions by person; whoever was signed in before this script signs in again.
DROP TABLE session;
CREATE TABLE session (
    person           uuid NOT NULL,
    id               uuid NOT NULL,
    role             text NOT NULL,
    how              text NOT NULL,
    ceiling          bigint NOT NULL CHECK (ceiling BETWEEN 1 AND 4),
    agent            text NOT NULL,
    device           bytea NOT NULL,
    created_at       bigint NOT NULL,
    authenticated_at bigint NOT NULL,
    last_seen_at     bigint NOT NULL,
    idle_until       bigint NOT NULL,
    expires_at       bigint NOT NULL,
    CONSTRAINT session_key PRIMARY KEY (person, id)
);
CREATE INDEX session_expiry ON session (expires_at);
CREATE INDEX session_idle ON session (idle_until);

-- Found by a digest of the token; the token itself is nowhere. A new token for a session takes the old one's place.
CREATE TABLE session_token (
    token_hash bytea NOT NULL,
    person     uuid NOT NULL,
    session    uuid NOT NULL,
    CONSTRAINT session_token_key PRIMARY KEY (token_hash)
);
CREATE INDEX session_token_session ON session_token (person, session);

-- One-time codes that wait: by a keyed digest of what they are for, one each. A code is kept as a keyed digest.
CREATE TABLE one_time_code (
    place       bytea NOT NULL,
    id          uuid NOT NULL,
    code_digest bytea NOT NULL,
    tries       bigint NOT NULL CHECK (tries >= 0),
    created_at  bigint NOT NULL,
    expires_at  bigint NOT NULL,
    CONSTRAINT one_time_code_key PRIMARY KEY (place)
);
CREATE INDEX one_time_code_expiry ON one_time_code (expires_at);

-- Codes given face to face at a counter, by a keyed digest.
CREATE TABLE counter_code (
    code_digest bytea NOT NULL,
    owner       uuid NOT NULL,
    made_by     uuid NOT NULL,
    created_at  bigint NOT NULL,
    expires_at  bigint NOT NULL,
    CONSTRAINT counter_code_key PRIMARY KEY (code_digest)
);
CREATE INDEX counter_code_owner ON counter_code (owner);
CREATE INDEX counter_code_expiry ON counter_code (expires_at);

-- How often something was tried: by a keyed digest of what and by whom.
CREATE TABLE attempt (
    bucket       bytea NOT NULL,
    tries        bigint NOT NULL CHECK (tries >= 0),
    since        bigint NOT NULL,
    locks        bigint NOT NULL CHECK (locks >= 0),
    locked_until bigint NOT NULL,
    forget_at    bigint NOT NULL,
    CONSTRAINT attempt_key PRIMARY KEY (bucket)
);
CREATE INDEX attempt_forget ON attempt (forget_at);
