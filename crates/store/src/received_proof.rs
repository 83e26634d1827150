//! Proofs that partners received: what each showed, signed, sealed, and kept for a time.

use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    db::Tx,
    error::Error,
    value::{Kind, Row, values},
};

/// The most rows of one page.
pub const MAX_PAGE: u32 = 100;
/// The most rows that one sweep takes away.
const SWEEP: u32 = 500;

/// A proof that a partner received.
#[derive(Clone, PartialEq, Eq)]
pub struct ReceivedProof {
    /// Who received it.
    pub client: Uuid,
    /// Its id.
    pub id: Uuid,
    /// Whose licence it shows.
    pub subject: Uuid,
    /// The proof that was received.
    pub proof: Uuid,
    /// The code of what the partner received it for.
    pub purpose: String,
    /// The partner's own number of the case; sealed at rest.
    pub reference: String,
    /// When.
    pub received_at: Timestamp,
    /// Until when it is kept.
    pub keep_until: Timestamp,
    /// Keyed digest of purpose and reference: the same proof received for the same case is one.
    pub digest: [u8; 32],
    /// What is kept; sealed at rest.
    pub evidence: Vec<u8>,
}

impl std::fmt::Debug for ReceivedProof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReceivedProof").field("id", &self.id).field("purpose", &self.purpose).finish_non_exhaustive()
    }
}

/// That a proof was received, as its holder is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Which proof.
    pub proof: Uuid,
    /// By whom.
    pub client: Uuid,
    /// For what.
    pub purpose: String,
    /// When.
    pub received_at: Timestamp,
    /// Until when it is kept.
    pub keep_until: Timestamp,
}

const COLUMNS: &str = "client, id, subject, proof, purpose, reference, received_at, keep_until, digest, evidence";
const RECEIVED: &[(&str, Kind)] = &[
    ("client", Kind::Id),
    ("id", Kind::Id),
    ("subject", Kind::Id),
    ("proof", Kind::Id),
    ("purpose", Kind::Text),
    ("reference", Kind::Bytes),
    ("received_at", Kind::Int),
    ("keep_until", Kind::Int),
    ("digest", Kind::Bytes),
    ("evidence", Kind::Bytes),
];

impl Tx {
    /// Records that a proof was received.
    ///
    /// # Errors
    /// `Conflict { what: "received_proof_once" }` when it was received for the same case before; `Engine`.
    pub async fn put_received_proof(&mut self, new: &ReceivedProof) -> Result<(), Error> {
        let seal = |field: &str, plain: &[u8]| self.vault().seal("received_proof", field, new.id.as_bytes(), plain);
        let (reference, evidence) = (seal("reference", new.reference.as_bytes())?, seal("evidence", &new.evidence)?);
        let row = values![
            new.client,
            new.id,
            new.subject,
            new.proof,
            &new.purpose,
            reference,
            new.received_at,
            new.keep_until,
            new.digest,
            evidence
        ];
        self.insert_many("received_proof", RECEIVED, row).await
    }

    /// A proof that a partner received.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn find_received_proof(&mut self, client: Uuid, id: Uuid) -> Result<Option<ReceivedProof>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM received_proof WHERE client = $1 AND id = $2");
        let row = self.row(sqlx::AssertSqlSafe(sql), values![client, id]).await?;
        row.map(|row| self.received(row)).transpose()
    }

    /// The same proof received by the same partner for the same case before.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn received_before(
        &mut self,
        client: Uuid,
        proof: Uuid,
        digest: [u8; 32],
    ) -> Result<Option<ReceivedProof>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM received_proof WHERE client = $1 AND proof = $2 AND digest = $3");
        let row = self.row(sqlx::AssertSqlSafe(sql), values![client, proof, digest]).await?;
        row.map(|row| self.received(row)).transpose()
    }

    /// What a partner received, the newest first, those before `before` when a page follows another.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn received_proofs(
        &mut self,
        client: Uuid,
        before: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<ReceivedProof>, Error> {
        let sql =
            format!("SELECT {COLUMNS} FROM received_proof WHERE client = $1 AND id < $2 ORDER BY id DESC LIMIT $3");
        let values = values![client, before.unwrap_or(Uuid::max()), limit.min(MAX_PAGE)];
        self.rows(sqlx::AssertSqlSafe(sql), values).await?.into_iter().map(|row| self.received(row)).collect()
    }

    /// By whom the proofs of a person were received.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn receipts_of(&mut self, subject: Uuid) -> Result<Vec<Receipt>, Error> {
        let sql = "SELECT proof, client, purpose, received_at, keep_until FROM received_proof WHERE subject = $1 ORDER BY received_at, id";
        let receipt = |mut row: Row| {
            Ok(Receipt {
                proof: row.id()?,
                client: row.id()?,
                purpose: row.text()?,
                received_at: row.time()?,
                keep_until: row.time()?,
            })
        };
        self.rows(sql, values![subject]).await?.into_iter().map(receipt).collect()
    }

    /// Takes away what has been kept long enough, some at a time; answers how many.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn forget_received_proofs(&mut self, now: Timestamp) -> Result<u64, Error> {
        let sql = "SELECT client, id FROM received_proof WHERE keep_until <= $1 ORDER BY keep_until LIMIT $2";
        let mut gone = 0;
        for mut row in self.rows(sql, values![now, SWEEP]).await? {
            let sql = "DELETE FROM received_proof WHERE client = $1 AND id = $2";
            gone += self.execute(sql, values![row.id()?, row.id()?]).await?;
        }
        Ok(gone)
    }

    fn received(&self, mut row: Row) -> Result<ReceivedProof, Error> {
        let (client, id, subject, proof) = (row.id()?, row.id()?, row.id()?, row.id()?);
        let purpose = row.text()?;
        let open = |field: &str, sealed: Vec<u8>| self.vault().open("received_proof", field, id.as_bytes(), &sealed);
        let reference = self.vault().open_text("received_proof", "reference", id.as_bytes(), &row.bytes()?)?;
        let (received_at, keep_until, digest) = (row.time()?, row.time()?, row.array()?);
        let evidence = open("evidence", row.bytes()?)?;
        Ok(ReceivedProof { client, id, subject, proof, purpose, reference, received_at, keep_until, digest, evidence })
    }
}
