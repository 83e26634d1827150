//! Credentials: reserved, signed, suspended, restored, ended. Signed bytes are bytes to this crate.

mod life;
mod page;

use jiff::{Timestamp, civil::Date};
use luzheng_domain::credential::{CredentialKind, Reason};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    db::Tx,
    error::Error,
    status::StatusIndex,
    value::{Kind, Row, values},
};

pub use life::{By, CredentialChange};

/// The intent to sign one credential: durable before the signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservation {
    /// The new credential's id.
    pub id: Uuid,
    /// The vehicle or person.
    pub subject: Uuid,
    /// What it says something about.
    pub kind: CredentialKind,
    /// The subject as printed in the code: the plate number, or the masked name.
    pub subject_name: String,
    /// The class as printed in the code: the plate type, or the classes of vehicles.
    pub class: String,
    /// As printed in the code: yyyymm for a mark, yyyymmdd for a licence.
    pub valid_until: u32,
    /// The last valid day; after it the status entry returns to 0.
    pub expires_on: Date,
    /// Division code of the issuing authority.
    pub authority: u32,
    /// Where its status stands.
    pub status: StatusIndex,
    /// Why it is issued.
    pub reason: Reason,
    /// The event or run that caused it, for people and auditors.
    pub cause: String,
    /// Since when it is so in the world (the inspection's day).
    pub true_from: Timestamp,
    /// Since when we know it.
    pub reserved_at: Timestamp,
    /// The credential whose place it takes.
    pub replaces: Option<Uuid>,
    /// The photo it shows; marks have none.
    pub photo: Option<Uuid>,
}

/// What a credential's row says about its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialState {
    /// Counts now.
    Current,
    /// Current, but suspended.
    Suspended {
        /// Since when (known time).
        since: Timestamp,
        /// Why.
        reason: Reason,
    },
    /// Revoked or superseded.
    Ended {
        /// When (known time).
        at: Timestamp,
        /// Why.
        reason: Reason,
    },
}

/// A credential as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Its id.
    pub id: Uuid,
    /// The vehicle or person.
    pub subject: Uuid,
    /// What it says something about.
    pub kind: CredentialKind,
    /// The subject as printed in the code.
    pub subject_name: String,
    /// The class as printed in the code.
    pub class: String,
    /// As printed in the code.
    pub valid_until: u32,
    /// Division code of the issuing authority.
    pub authority: u32,
    /// Where its status stands.
    pub status: StatusIndex,
    /// Why it was issued.
    pub reason: Reason,
    /// The event or run that caused it.
    pub cause: String,
    /// Since when it is so in the world.
    pub true_from: Timestamp,
    /// Since when we know it.
    pub reserved_at: Timestamp,
    /// The credential whose place it took.
    pub replaces: Option<Uuid>,
    /// The photo it shows; marks have none.
    pub photo: Option<Uuid>,
    /// Its life.
    pub state: CredentialState,
    /// When it was signed; `None`: reserved, still to be signed.
    pub signed_at: Option<Timestamp>,
    /// The key that signed it.
    pub kid: Option<[u8; 8]>,
}

/// A signed credential, or the signed message of a holding under the holding's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The vehicle or person.
    pub subject: Uuid,
    /// The credential or the holding.
    pub credential: Uuid,
    /// The key that signed.
    pub kid: [u8; 8],
    /// The signed message of `qr-format.md`.
    pub message: Vec<u8>,
    /// When it was signed.
    pub signed_at: Timestamp,
}

const SELECT: &str = "SELECT c.subject, c.id, c.kind, c.subject_name, c.class, c.valid_until, c.authority, c.list, c.idx, c.reason, c.cause, \
                      c.true_from, c.reserved_at, c.replaces, c.photo, c.suspended_at, c.suspend_reason, c.ended_at, c.end_reason, m.signed_at, m.kid \
                      FROM credential c LEFT JOIN credential_message m ON m.subject = c.subject AND m.credential = c.id";

const CREDENTIAL: &[(&str, Kind)] = &[
    ("subject", Kind::Id),
    ("id", Kind::Id),
    ("kind", Kind::Int),
    ("subject_name", Kind::Text),
    ("class", Kind::Text),
    ("valid_until", Kind::Int),
    ("authority", Kind::Int),
    ("list", Kind::Int),
    ("idx", Kind::Int),
    ("reason", Kind::Text),
    ("cause", Kind::Text),
    ("true_from", Kind::Int),
    ("reserved_at", Kind::Int),
    ("replaces", Kind::Id),
    ("photo", Kind::Id),
];
pub(crate) const STATUS_ENTRY: &[(&str, Kind)] = &[
    ("list", Kind::Int),
    ("idx", Kind::Int),
    ("subject", Kind::Id),
    ("credential", Kind::Id),
    ("value", Kind::Int),
    ("expires_on", Kind::Int),
    ("version", Kind::Int),
];
const MESSAGE: &[(&str, Kind)] = &[
    ("subject", Kind::Id),
    ("credential", Kind::Id),
    ("kid", Kind::Bytes),
    ("message", Kind::Bytes),
    ("batch", Kind::Id),
    ("signed_at", Kind::Int),
];

impl Tx {
    /// Records the intent to sign. The database refuses a second current credential of the same kind and subject.
    ///
    /// # Errors
    /// `Conflict { what: "credential_one_current" }` when there is a current one; `Engine`.
    pub async fn reserve_credential(&mut self, reservation: &Reservation) -> Result<(), Error> {
        self.reserve_many(std::slice::from_ref(reservation)).await
    }

    /// Records many intents in few statements: all or none.
    ///
    /// # Errors
    /// As [`Tx::reserve_credential`].
    pub async fn reserve_many(&mut self, reservations: &[Reservation]) -> Result<(), Error> {
        let rows = reservations.iter().flat_map(|r| {
            values![
                r.subject,
                r.id,
                r.kind.number(),
                &r.subject_name,
                &r.class,
                r.valid_until,
                r.authority,
                r.status.list,
                r.status.index,
                r.reason.code(),
                &r.cause,
                r.true_from,
                r.reserved_at,
                r.replaces,
                r.photo,
            ]
        });
        self.insert_many("credential", CREDENTIAL, rows.collect()).await?;
        let rows = reservations
            .iter()
            .flat_map(|r| values![r.status.list, r.status.index, r.subject, r.id, 0_u8, r.expires_on, 0_u8]);
        self.insert_many("status_entry", STATUS_ENTRY, rows.collect()).await?;
        let marks = reservations.iter().filter(|r| r.kind == CredentialKind::InspectionMark);
        match reservations.first() {
            Some(first) => self.tell_of_new_marks(marks.map(|r| r.subject).collect(), first.reserved_at).await,
            None => Ok(()),
        }
    }

    /// Records signatures: from here on the credentials are issued. `batch` names the bulk run's batch, if there is one.
    ///
    /// # Errors
    /// `Conflict { what: "credential_message_key" }` when one of them is signed already; `Engine`.
    pub async fn put_signed_batch(&mut self, batch: Option<Uuid>, signed: &[Signed]) -> Result<(), Error> {
        let rows = signed
            .iter()
            .flat_map(|s| values![s.subject, s.credential, s.kid, s.message.as_slice(), batch, s.signed_at]);
        self.insert_many("credential_message", MESSAGE, rows.collect()).await
    }

    /// The current credential of a kind, if there is one: reserved, issued or suspended.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn find_current_credential(
        &mut self,
        subject: Uuid,
        kind: CredentialKind,
    ) -> Result<Option<Credential>, Error> {
        let sql = format!("{SELECT} WHERE c.subject = $1 AND c.kind = $2 AND c.ended_at IS NULL");
        self.row(AssertSqlSafe(sql), values![subject, kind.number()]).await?.map(credential).transpose()
    }

    /// As [`Tx::find_current_credential`], locked until the transaction ends.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn lock_current_credential(
        &mut self,
        subject: Uuid,
        kind: CredentialKind,
    ) -> Result<Option<Credential>, Error> {
        let sql = "SELECT id FROM credential WHERE subject = $1 AND kind = $2 AND ended_at IS NULL FOR UPDATE";
        match self.row(sql, values![subject, kind.number()]).await? {
            Some(_) => self.find_current_credential(subject, kind).await,
            None => Ok(None),
        }
    }

    /// All credentials of a subject, newest first.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn credentials_of(&mut self, subject: Uuid) -> Result<Vec<Credential>, Error> {
        let sql = format!("{SELECT} WHERE c.subject = $1 ORDER BY c.reserved_at DESC, c.id DESC");
        self.rows(AssertSqlSafe(sql), values![subject]).await?.into_iter().map(credential).collect()
    }

    /// A credential by its id alone.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn find_credential(&mut self, id: Uuid) -> Result<Option<Credential>, Error> {
        self.row(AssertSqlSafe(format!("{SELECT} WHERE c.id = $1")), values![id]).await?.map(credential).transpose()
    }

    /// As [`Tx::find_credential`], locked until the transaction ends.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn lock_credential(&mut self, id: Uuid) -> Result<Option<Credential>, Error> {
        match self.row("SELECT id FROM credential WHERE id = $1 FOR UPDATE", values![id]).await? {
            Some(_) => self.find_credential(id).await,
            None => Ok(None),
        }
    }

    /// The signed message of a credential.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn find_signed(&mut self, subject: Uuid, credential: Uuid) -> Result<Option<Signed>, Error> {
        let sql = "SELECT subject, credential, kid, message, signed_at FROM credential_message WHERE subject = $1 AND credential = $2";
        self.row(sql, values![subject, credential]).await?.map(signed).transpose()
    }

    /// Batches of signatures by id, those after `after`: what the journal is checked against.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn signed_batches(&mut self, after: Uuid, limit: u32) -> Result<Vec<Uuid>, Error> {
        let sql = "SELECT DISTINCT batch FROM credential_message WHERE batch > $1 ORDER BY batch LIMIT $2";
        self.rows(sql, values![after, limit]).await?.into_iter().map(|mut row| row.id()).collect()
    }

    /// The signatures of one batch.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn signed_in_batch(&mut self, batch: Uuid) -> Result<Vec<Signed>, Error> {
        let sql = "SELECT subject, credential, kid, message, signed_at FROM credential_message WHERE batch = $1 ORDER BY credential";
        self.rows(sql, values![batch]).await?.into_iter().map(signed).collect()
    }

    /// How many signatures belong to no batch; the server makes none such.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn signed_without_batch(&mut self) -> Result<u64, Error> {
        let row = self.row("SELECT COUNT(*) FROM credential_message WHERE batch IS NULL", values![]).await?;
        row.map_or(Ok(0), |mut row| row.number())
    }

    /// The current credential of a kind with its signed message; `None` while it is not signed.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn current_signed(
        &mut self,
        subject: Uuid,
        kind: CredentialKind,
    ) -> Result<Option<(Credential, Signed)>, Error> {
        let Some(credential) = self.find_current_credential(subject, kind).await? else { return Ok(None) };
        Ok(self.find_signed(subject, credential.id).await?.map(|signed| (credential, signed)))
    }

    /// Current credentials that are reserved and not signed, by subject after `after`: what a crash left to do.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn unsigned_credentials(
        &mut self,
        kind: CredentialKind,
        after: Uuid,
        limit: u32,
    ) -> Result<Vec<Credential>, Error> {
        let sql = format!(
            "{SELECT} AND m.subject > $1 WHERE c.subject > $1 AND c.kind = $2 AND c.ended_at IS NULL AND m.credential IS NULL ORDER BY c.subject LIMIT $3"
        );
        self.rows(AssertSqlSafe(sql), values![after, kind.number(), limit]).await?.into_iter().map(credential).collect()
    }

    /// Current credentials that a key has signed, by subject after `after`: what is issued anew when the key is compromised.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn credentials_signed_by(
        &mut self,
        kid: [u8; 8],
        after: Uuid,
        limit: u32,
    ) -> Result<Vec<Credential>, Error> {
        let sql = format!(
            "{SELECT} AND m.subject > $1 WHERE c.subject > $1 AND c.ended_at IS NULL AND m.kid = $2 ORDER BY c.subject LIMIT $3"
        );
        self.rows(AssertSqlSafe(sql), values![after, kid, limit]).await?.into_iter().map(credential).collect()
    }

    /// How many credentials of a kind are current and signed, current and not signed, suspended, ended.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn credential_counts(&mut self, kind: CredentialKind) -> Result<CredentialCounts, Error> {
        let sql = "SELECT COUNT(*), COUNT(CASE WHEN c.ended_at IS NOT NULL THEN 1 END), \
                   COUNT(CASE WHEN c.ended_at IS NULL AND c.suspended_at IS NOT NULL THEN 1 END), \
                   COUNT(CASE WHEN c.ended_at IS NULL AND m.credential IS NULL THEN 1 END) \
                   FROM credential c LEFT JOIN credential_message m ON m.subject = c.subject AND m.credential = c.id WHERE c.kind = $1";
        let mut row = self.one(sql, values![kind.number()]).await?;
        Ok(CredentialCounts {
            all: row.number()?,
            ended: row.number()?,
            suspended: row.number()?,
            unsigned: row.number()?,
        })
    }
}

/// How many credentials there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CredentialCounts {
    /// All that were ever reserved.
    pub all: u64,
    /// Revoked or superseded.
    pub ended: u64,
    /// Current and suspended.
    pub suspended: u64,
    /// Current and not signed yet.
    pub unsigned: u64,
}

pub(crate) fn reason(table: &'static str, id: Uuid, code: &str) -> Result<Reason, Error> {
    code.parse().map_err(|error| Error::broken(table, id, error))
}

fn signed(mut row: Row) -> Result<Signed, Error> {
    Ok(Signed {
        subject: row.id()?,
        credential: row.id()?,
        kid: row.array()?,
        message: row.bytes()?,
        signed_at: row.time()?,
    })
}

fn credential(mut row: Row) -> Result<Credential, Error> {
    let (subject, id, kind) = (row.id()?, row.id()?, row.int()?);
    let broken = |why: String| Error::broken("credential", id, why);
    let kind =
        u8::try_from(kind).ok().and_then(CredentialKind::from_number).ok_or_else(|| broken(format!("kind {kind}")))?;
    let (subject_name, class, valid_until, authority) = (row.text()?, row.text()?, row.number()?, row.number()?);
    let status = StatusIndex { list: row.number()?, index: row.number()? };
    let why = reason("credential", id, &row.text()?)?;
    let (cause, true_from, reserved_at) = (row.text()?, row.time()?, row.time()?);
    let (replaces, photo) = (row.opt_id()?, row.opt_id()?);
    let (suspended, ended) = ((row.opt_time()?, row.opt_text()?), (row.opt_time()?, row.opt_text()?));
    let state = match (suspended, ended) {
        ((None, None), (None, None)) => CredentialState::Current,
        ((Some(since), Some(code)), (None, None)) => {
            CredentialState::Suspended { since, reason: reason("credential", id, &code)? }
        }
        (_, (Some(at), Some(code))) => CredentialState::Ended { at, reason: reason("credential", id, &code)? },
        _ => return Err(broken("a state without its time or reason".to_owned())),
    };
    let signed_at = row.opt_time()?;
    let kid = row
        .opt_bytes()?
        .map(|kid| <[u8; 8]>::try_from(kid).map_err(|_| broken("a key id that has not 8 bytes".to_owned())))
        .transpose()?;
    Ok(Credential {
        id,
        subject,
        kind,
        subject_name,
        class,
        valid_until,
        authority,
        status,
        reason: why,
        cause,
        true_from,
        reserved_at,
        replaces,
        photo,
        state,
        signed_at,
        kid,
    })
}
