//! Proofs that people give to others by a link, and when each was looked at. The link's token is nowhere, only its digest.

use jiff::Timestamp;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    db::Tx,
    error::Error,
    value::{Kind, Row, values},
};

/// The most rows of one answer.
pub const MAX_PAGE: u32 = 1_000;

/// A proof to be recorded.
#[derive(Clone, PartialEq, Eq)]
pub struct NewProof<'a> {
    /// Whose licence it shows.
    pub subject: Uuid,
    /// Its id.
    pub id: Uuid,
    /// SHA-256 of the link's token.
    pub token_hash: [u8; 32],
    /// The code of what it is for.
    pub purpose: &'a str,
    /// For whom; sealed at rest.
    pub recipient: &'a str,
    /// What its owner noted; sealed at rest.
    pub note: Option<&'a str>,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it shows nothing.
    pub expires_at: Timestamp,
}

/// A proof as recorded.
#[derive(Clone, PartialEq, Eq)]
pub struct Proof {
    /// Whose licence it shows.
    pub subject: Uuid,
    /// Its id.
    pub id: Uuid,
    /// The code of what it is for.
    pub purpose: String,
    /// For whom, opened.
    pub recipient: String,
    /// What its owner noted, opened.
    pub note: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it shows nothing.
    pub expires_at: Timestamp,
    /// When its owner took it back.
    pub revoked_at: Option<Timestamp>,
}

impl std::fmt::Debug for NewProof<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewProof").field("id", &self.id).field("purpose", &self.purpose).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proof")
            .field("id", &self.id)
            .field("purpose", &self.purpose)
            .field("revoked_at", &self.revoked_at)
            .finish_non_exhaustive()
    }
}

const COLUMNS: &str = "subject, id, purpose, recipient, note, created_at, expires_at, revoked_at";
const PROOF: &[(&str, Kind)] = &[
    ("subject", Kind::Id),
    ("id", Kind::Id),
    ("purpose", Kind::Text),
    ("recipient", Kind::Bytes),
    ("note", Kind::Bytes),
    ("created_at", Kind::Int),
    ("expires_at", Kind::Int),
];
const TOKEN: &[(&str, Kind)] = &[("token_hash", Kind::Bytes), ("subject", Kind::Id), ("proof", Kind::Id)];
const OPENING: &[(&str, Kind)] = &[("subject", Kind::Id), ("proof", Kind::Id), ("id", Kind::Id), ("at", Kind::Int)];

impl Tx {
    /// Records a proof and the digest by which its link finds it.
    ///
    /// # Errors
    /// `Conflict { what: "proof_token_key" }` when the token is taken; `Engine`.
    pub async fn put_proof(&mut self, proof: &NewProof<'_>) -> Result<(), Error> {
        let seal = |field: &str, text: &str| self.vault().seal("proof", field, proof.id.as_bytes(), text.as_bytes());
        let (recipient, note) =
            (seal("recipient", proof.recipient)?, proof.note.map(|note| seal("note", note)).transpose()?);
        self.insert_many("proof_token", TOKEN, values![proof.token_hash, proof.subject, proof.id]).await?;
        let row = values![proof.subject, proof.id, proof.purpose, recipient, note, proof.created_at, proof.expires_at];
        self.insert_many("proof", PROOF, row).await
    }

    /// The proof of a link, also one that has expired or was taken back: the caller says which.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn find_proof_by_token(&mut self, token_hash: [u8; 32]) -> Result<Option<Proof>, Error> {
        let sql = "SELECT subject, proof FROM proof_token WHERE token_hash = $1";
        let Some(mut row) = self.row(sql, values![token_hash]).await? else { return Ok(None) };
        let (subject, id) = (row.id()?, row.id()?);
        self.find_proof(subject, id).await
    }

    /// One proof of a person.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn find_proof(&mut self, subject: Uuid, id: Uuid) -> Result<Option<Proof>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM proof WHERE subject = $1 AND id = $2");
        let row = self.row(AssertSqlSafe(sql), values![subject, id]).await?;
        row.map(|row| self.proof(row)).transpose()
    }

    /// The proofs of a person, newest first, at most [`MAX_PAGE`].
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn proofs_of(&mut self, subject: Uuid) -> Result<Vec<Proof>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM proof WHERE subject = $1 ORDER BY id DESC LIMIT $2");
        let rows = self.rows(AssertSqlSafe(sql), values![subject, MAX_PAGE]).await?;
        rows.into_iter().map(|row| self.proof(row)).collect()
    }

    /// How many proofs of a person can be opened now.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn open_proof_count(&mut self, subject: Uuid, now: Timestamp) -> Result<u32, Error> {
        let sql = "SELECT COUNT(*) FROM proof WHERE subject = $1 AND revoked_at IS NULL AND expires_at > $2";
        self.one(sql, values![subject, now]).await?.number()
    }

    /// Takes a proof back. The first time counts. Answers whether it is new.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn revoke_proof(&mut self, subject: Uuid, id: Uuid, at: Timestamp) -> Result<bool, Error> {
        let sql = "UPDATE proof SET revoked_at = $3 WHERE subject = $1 AND id = $2 AND revoked_at IS NULL";
        Ok(self.execute(sql, values![subject, id, at]).await? == 1)
    }

    /// Records that a proof was looked at. `id` is made by the caller.
    ///
    /// # Errors
    /// `Conflict` when the id is taken; `Engine`.
    pub async fn add_proof_opening(&mut self, proof: &Proof, id: Uuid, at: Timestamp) -> Result<(), Error> {
        self.insert_many("proof_opening", OPENING, values![proof.subject, proof.id, id, at]).await
    }

    /// When a proof was looked at, newest first, at most [`MAX_PAGE`].
    ///
    /// # Errors
    /// `Engine`.
    pub async fn proof_openings(&mut self, subject: Uuid, proof: Uuid) -> Result<Vec<Timestamp>, Error> {
        let sql = "SELECT at FROM proof_opening WHERE subject = $1 AND proof = $2 ORDER BY at DESC, id DESC LIMIT $3";
        self.rows(sql, values![subject, proof, MAX_PAGE]).await?.into_iter().map(|mut row| row.time()).collect()
    }

    fn proof(&self, mut row: Row) -> Result<Proof, Error> {
        let (subject, id, purpose) = (row.id()?, row.id()?, row.text()?);
        let open = |field: &str, sealed: Vec<u8>| self.vault().open_text("proof", field, id.as_bytes(), &sealed);
        let recipient = open("recipient", row.bytes()?)?;
        let note = row.opt_bytes()?.map(|sealed| open("note", sealed)).transpose()?;
        let (created_at, expires_at, revoked_at) = (row.time()?, row.time()?, row.opt_time()?);
        Ok(Proof { subject, id, purpose, recipient, note, created_at, expires_at, revoked_at })
    }
}
