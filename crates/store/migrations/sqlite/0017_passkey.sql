-- Passkeys of an account. The name people gave it and the library's own record (public key, counter, flags) are sealed.
CREATE TABLE passkey (
    person            BLOB NOT NULL,
    id                BLOB NOT NULL,
    credential_digest BLOB NOT NULL,
    name              BLOB NOT NULL,
    credential        BLOB NOT NULL,
    synced            INTEGER NOT NULL CHECK (synced IN (0, 1)),
    created_at        INTEGER NOT NULL,
    last_used_at      INTEGER,
    CONSTRAINT passkey_key PRIMARY KEY (person, id)
) STRICT, WITHOUT ROWID;

-- Look-up: SHA-256 of the credential id to the passkey. A credential belongs to one account.
CREATE TABLE passkey_credential (
    credential_digest BLOB NOT NULL,
    person            BLOB NOT NULL,
    passkey           BLOB NOT NULL,
    CONSTRAINT passkey_credential_key PRIMARY KEY (credential_digest)
) STRICT, WITHOUT ROWID;

-- Who an identity platform's subject is here: keyed digest of issuer and subject.
CREATE TABLE identity_link (
    subject_index BLOB NOT NULL,
    person        BLOB NOT NULL,
    linked_at     INTEGER NOT NULL,
    CONSTRAINT identity_link_key PRIMARY KEY (subject_index)
) STRICT, WITHOUT ROWID;

-- A ceremony that was begun: passkeys, and the way to the identity platform and back. Found by the digest of its handle, taken once.
CREATE TABLE ceremony (
    handle_hash BLOB NOT NULL,
    kind        TEXT NOT NULL,
    state       BLOB NOT NULL,
    expires_at  INTEGER NOT NULL,
    CONSTRAINT ceremony_key PRIMARY KEY (handle_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX ceremony_expires ON ceremony (expires_at);
