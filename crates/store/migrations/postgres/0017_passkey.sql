-- Passkeys of an account. The name people gave it and the library's own record (public key, counter, flags) are sealed.
CREATE TABLE passkey (
    person            uuid NOT NULL,
    id                uuid NOT NULL,
    credential_digest bytea NOT NULL,
    name              bytea NOT NULL,
    credential        bytea NOT NULL,
    synced            bigint NOT NULL CHECK (synced IN (0, 1)),
    created_at        bigint NOT NULL,
    last_used_at      bigint,
    CONSTRAINT passkey_key PRIMARY KEY (person, id)
);

-- Look-up: SHA-256 of the credential id to the passkey. A credential belongs to one account.
CREATE TABLE passkey_credential (
    credential_digest bytea NOT NULL,
    person            uuid NOT NULL,
    passkey           uuid NOT NULL,
    CONSTRAINT passkey_credential_key PRIMARY KEY (credential_digest)
);

-- Who an identity platform's subject is here: keyed digest of issuer and subject.
CREATE TABLE identity_link (
    subject_index bytea NOT NULL,
    person        uuid NOT NULL,
    linked_at     bigint NOT NULL,
    CONSTRAINT identity_link_key PRIMARY KEY (subject_index)
);

-- A ceremony that was begun: passkeys, and the way to the identity platform and back. Found by the digest of its handle, taken once.
CREATE TABLE ceremony (
    handle_hash bytea NOT NULL,
    kind        text NOT NULL,
    state       bytea NOT NULL,
    expires_at  bigint NOT NULL,
    CONSTRAINT ceremony_key PRIMARY KEY (handle_hash)
);
CREATE INDEX ceremony_expires ON ceremony (expires_at);
