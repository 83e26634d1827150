//! Passkeys of accounts, links to an identity platform's subjects, and ceremonies that were begun and wait for their one answer.

use jiff::Timestamp;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    db::Tx,
    error::Error,
    value::{Kind, Row, values},
};

/// A passkey as recorded.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredPasskey {
    /// The account.
    pub person: Uuid,
    /// Its id.
    pub id: Uuid,
    /// SHA-256 of the credential id.
    pub credential_digest: [u8; 32],
    /// What its owner calls it; sealed at rest.
    pub name: String,
    /// The library's record: public key, counter, flags, as JSON; sealed at rest.
    pub credential: String,
    /// Whether it is backed up beyond one device.
    pub synced: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When somebody last signed in with it.
    pub last_used_at: Option<Timestamp>,
}

impl std::fmt::Debug for StoredPasskey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredPasskey").field("person", &self.person).field("id", &self.id).finish_non_exhaustive()
    }
}

const COLUMNS: &str = "person, id, credential_digest, name, credential, synced, created_at, last_used_at";
const PASSKEY: &[(&str, Kind)] = &[
    ("person", Kind::Id),
    ("id", Kind::Id),
    ("credential_digest", Kind::Bytes),
    ("name", Kind::Bytes),
    ("credential", Kind::Bytes),
    ("synced", Kind::Int),
    ("created_at", Kind::Int),
];
const CREDENTIAL: &[(&str, Kind)] = &[("credential_digest", Kind::Bytes), ("person", Kind::Id), ("passkey", Kind::Id)];
const CEREMONY: &[(&str, Kind)] =
    &[("handle_hash", Kind::Bytes), ("kind", Kind::Text), ("state", Kind::Bytes), ("expires_at", Kind::Int)];

/// What an identity platform calls somebody, as the link's look-up knows it. Issuer first, with its length: no two pairs have the same bytes.
fn subject_of(issuer: &str, subject: &str) -> Vec<u8> {
    let mut bytes = u16::try_from(issuer.len()).unwrap_or(u16::MAX).to_be_bytes().to_vec();
    bytes.extend_from_slice(issuer.as_bytes());
    bytes.extend_from_slice(subject.as_bytes());
    bytes
}

impl Tx {
    /// Records a passkey and the digest by which its credential finds it. `last_used_at` is not looked at.
    ///
    /// # Errors
    /// `Conflict { what: "passkey_credential_key" }` when the credential belongs to an account already; `Engine`.
    pub async fn put_passkey(&mut self, passkey: &StoredPasskey) -> Result<(), Error> {
        let seal =
            |field: &str, text: &str| self.vault().seal("passkey", field, passkey.id.as_bytes(), text.as_bytes());
        let (name, credential) = (seal("name", &passkey.name)?, seal("credential", &passkey.credential)?);
        let (person, id, digest) = (passkey.person, passkey.id, passkey.credential_digest);
        self.insert_many("passkey_credential", CREDENTIAL, values![digest, person, id]).await?;
        let row = values![person, id, digest, name, credential, passkey.synced, passkey.created_at];
        self.insert_many("passkey", PASSKEY, row).await
    }

    /// The passkeys of an account, oldest first.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn passkeys_of(&mut self, person: Uuid) -> Result<Vec<StoredPasskey>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM passkey WHERE person = $1 ORDER BY created_at, id");
        let rows = self.rows(AssertSqlSafe(sql), values![person]).await?;
        rows.into_iter().map(|row| self.passkey(row)).collect()
    }

    /// The passkey of a credential, locked: its counter is compared and set by one caller at a time.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn lock_passkey_of(&mut self, credential_digest: [u8; 32]) -> Result<Option<StoredPasskey>, Error> {
        let sql = "SELECT person, passkey FROM passkey_credential WHERE credential_digest = $1";
        let Some(mut row) = self.row(sql, values![credential_digest]).await? else { return Ok(None) };
        let (person, id) = (row.id()?, row.id()?);
        let sql = format!("SELECT {COLUMNS} FROM passkey WHERE person = $1 AND id = $2 FOR UPDATE");
        let row = self.row(AssertSqlSafe(sql), values![person, id]).await?;
        row.map(|row| self.passkey(row)).transpose()
    }

    /// Records that a passkey was used: its new counter and flags inside `credential`.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn use_passkey(&mut self, passkey: &StoredPasskey, at: Timestamp) -> Result<(), Error> {
        let id = passkey.id;
        let credential = self.vault().seal("passkey", "credential", id.as_bytes(), passkey.credential.as_bytes())?;
        let sql = "UPDATE passkey SET credential = $3, synced = $4, last_used_at = $5 WHERE person = $1 AND id = $2";
        self.execute(sql, values![passkey.person, id, credential, passkey.synced, at]).await.map(drop)
    }

    /// Removes a passkey for good. Answers whether there was one.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn remove_passkey(&mut self, passkey: &StoredPasskey) -> Result<bool, Error> {
        let sql = "DELETE FROM passkey_credential WHERE credential_digest = $1";
        self.execute(sql, values![passkey.credential_digest]).await?;
        let sql = "DELETE FROM passkey WHERE person = $1 AND id = $2";
        Ok(self.execute(sql, values![passkey.person, passkey.id]).await? == 1)
    }

    fn passkey(&self, mut row: Row) -> Result<StoredPasskey, Error> {
        let (person, id, credential_digest) = (row.id()?, row.id()?, row.array()?);
        let open = |field: &str, sealed: Vec<u8>| self.vault().open_text("passkey", field, id.as_bytes(), &sealed);
        let (name, credential) = (open("name", row.bytes()?)?, open("credential", row.bytes()?)?);
        let (synced, created_at, last_used_at) = (row.flag()?, row.time()?, row.opt_time()?);
        Ok(StoredPasskey { person, id, credential_digest, name, credential, synced, created_at, last_used_at })
    }

    /// The account of an identity platform's subject.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn find_identity_link(&mut self, issuer: &str, subject: &str) -> Result<Option<Uuid>, Error> {
        let index = self.vault().index("identity_link", &subject_of(issuer, subject));
        let row = self.row("SELECT person FROM identity_link WHERE subject_index = $1", values![index]).await?;
        row.map(|mut row| row.id()).transpose()
    }

    /// Links an identity platform's subject to an account; a link it had is moved.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn put_identity_link(
        &mut self,
        issuer: &str,
        subject: &str,
        person: Uuid,
        at: Timestamp,
    ) -> Result<(), Error> {
        let index = self.vault().index("identity_link", &subject_of(issuer, subject));
        let sql = "INSERT INTO identity_link (subject_index, person, linked_at) VALUES ($1, $2, $3) \
                   ON CONFLICT (subject_index) DO UPDATE SET person = excluded.person, linked_at = excluded.linked_at";
        self.execute(sql, values![index, person, at]).await.map(drop)
    }

    /// Records a ceremony that was begun. `state` is sealed.
    ///
    /// # Errors
    /// `Conflict` when the handle is taken; `Engine`.
    pub async fn put_ceremony(
        &mut self,
        handle_hash: [u8; 32],
        kind: &str,
        state: &str,
        expires_at: Timestamp,
    ) -> Result<(), Error> {
        let sealed = self.vault().seal("ceremony", "state", &handle_hash, state.as_bytes())?;
        self.insert_many("ceremony", CEREMONY, values![handle_hash, kind, sealed, expires_at]).await
    }

    /// Takes a ceremony out: of many that try, one gets it, and only when it is of this kind and not over. It is gone in any case.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn take_ceremony(
        &mut self,
        handle_hash: [u8; 32],
        kind: &str,
        now: Timestamp,
    ) -> Result<Option<String>, Error> {
        let sql = "SELECT kind, state, expires_at FROM ceremony WHERE handle_hash = $1 FOR UPDATE";
        let Some(mut row) = self.row(sql, values![handle_hash]).await? else { return Ok(None) };
        let (of_kind, sealed, expires_at) = (row.text()?, row.bytes()?, row.time()?);
        if self.execute("DELETE FROM ceremony WHERE handle_hash = $1", values![handle_hash]).await? != 1 {
            return Ok(None);
        }
        if of_kind != kind || expires_at <= now {
            return Ok(None);
        }
        self.vault().open_text("ceremony", "state", &handle_hash, &sealed).map(Some)
    }

    /// Forgets ceremonies that nobody finished in time; answers how many.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn sweep_ceremonies(&mut self, now: Timestamp) -> Result<u64, Error> {
        self.execute("DELETE FROM ceremony WHERE expires_at <= $1", values![now]).await
    }
}
