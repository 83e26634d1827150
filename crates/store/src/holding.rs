//! A licence held on a device: at most one per person, each with a status entry of its own. The signed message of a holding is kept where
//! those of credentials are, under the holding's id, so that the journal proves it the same way.

use jiff::{Timestamp, civil::Date};
use luzheng_domain::credential::Reason;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    credential::Credential,
    db::Tx,
    error::Error,
    status::{StatusIndex, StatusValue},
    value::{Kind, Row, values},
};

/// Length of a compressed P-256 point.
pub const DEVICE_KEY_LEN: usize = 33;

/// A device that is to hold a licence: durable before its message is signed.
#[derive(Clone, PartialEq, Eq)]
pub struct NewHolding<'a> {
    /// Its id.
    pub id: Uuid,
    /// Whose.
    pub subject: Uuid,
    /// The licence credential that it holds.
    pub credential: Uuid,
    /// The device's public key, a compressed P-256 point.
    pub device_key: [u8; DEVICE_KEY_LEN],
    /// What its owner calls the device; sealed at rest.
    pub name: &'a str,
    /// Where its status stands.
    pub status: StatusIndex,
    /// The status from the first moment on: that of the credential.
    pub value: StatusValue,
    /// The last day of the licence; after it the status entry returns to 0.
    pub expires_on: Date,
    /// When the device was bound.
    pub bound_at: Timestamp,
}

/// A holding as recorded. `Debug` prints ids only.
#[derive(Clone, PartialEq, Eq)]
pub struct Holding {
    /// Whose.
    pub subject: Uuid,
    /// Its id.
    pub id: Uuid,
    /// The licence credential that it holds.
    pub credential: Uuid,
    /// The device's public key, a compressed P-256 point.
    pub device_key: [u8; DEVICE_KEY_LEN],
    /// What its owner calls the device, opened.
    pub name: String,
    /// Where its status stands.
    pub status: StatusIndex,
    /// What its status entry says now.
    pub value: StatusValue,
    /// The last day its status entry counts.
    pub expires_on: Date,
    /// When the device was bound.
    pub bound_at: Timestamp,
    /// When and why it ended; `None`: current.
    pub ended: Option<(Timestamp, Reason)>,
    /// The key that signed its message and when; `None`: still to be signed. [`Tx::find_signed`] has the message.
    pub signed: Option<([u8; 8], Timestamp)>,
}

impl std::fmt::Debug for NewHolding<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewHolding").field("id", &self.id).field("subject", &self.subject).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Holding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Holding")
            .field("id", &self.id)
            .field("subject", &self.subject)
            .field("value", &self.value)
            .field("ended", &self.ended)
            .field("signed", &self.signed.is_some())
            .finish_non_exhaustive()
    }
}

const SELECT: &str = "SELECT h.subject, h.id, h.credential, h.device_key, h.name, h.list, h.idx, e.value, e.expires_on, h.bound_at, \
                      h.ended_at, h.end_reason, m.kid, m.signed_at FROM holding h \
                      JOIN status_entry e ON e.list = h.list AND e.idx = h.idx \
                      LEFT JOIN credential_message m ON m.subject = h.subject AND m.credential = h.id";

const HOLDING: &[(&str, Kind)] = &[
    ("subject", Kind::Id),
    ("id", Kind::Id),
    ("credential", Kind::Id),
    ("device_key", Kind::Bytes),
    ("name", Kind::Bytes),
    ("list", Kind::Int),
    ("idx", Kind::Int),
    ("bound_at", Kind::Int),
];

impl Tx {
    /// Binds a licence to a device. The database refuses a second current holding of the same person. Sign its message, then
    /// [`Tx::put_signed_batch`] it under the holding's id.
    ///
    /// # Errors
    /// `Conflict { what: "holding_one_current" }` when the person's licence is on a device already; `Engine`.
    pub async fn reserve_holding(&mut self, holding: &NewHolding<'_>) -> Result<(), Error> {
        let name = self.vault().seal("holding", "name", holding.id.as_bytes(), holding.name.as_bytes())?;
        let NewHolding { subject, id, credential, device_key, status, bound_at, .. } = holding;
        let row =
            values![*subject, *id, *credential, device_key.as_slice(), name, status.list, status.index, *bound_at];
        self.insert_many("holding", HOLDING, row).await?;
        let row = values![status.list, status.index, *subject, *id, 0_u8, holding.expires_on, 0_u8];
        self.insert_many("status_entry", crate::credential::STATUS_ENTRY, row).await?;
        self.set_status_value(*status, holding.value).await.map(drop)
    }

    /// The current holding of a person.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn find_current_holding(&mut self, subject: Uuid) -> Result<Option<Holding>, Error> {
        let sql = format!("{SELECT} WHERE h.subject = $1 AND h.ended_at IS NULL");
        let row = self.row(AssertSqlSafe(sql), values![subject]).await?;
        row.map(|row| self.holding(row)).transpose()
    }

    /// As [`Tx::find_current_holding`], locked until the transaction ends.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn lock_current_holding(&mut self, subject: Uuid) -> Result<Option<Holding>, Error> {
        let sql = "SELECT id FROM holding WHERE subject = $1 AND ended_at IS NULL FOR UPDATE";
        match self.row(sql, values![subject]).await? {
            Some(_) => self.find_current_holding(subject).await,
            None => Ok(None),
        }
    }

    /// A holding by its id alone.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn find_holding(&mut self, id: Uuid) -> Result<Option<Holding>, Error> {
        let row = self.row(AssertSqlSafe(format!("{SELECT} WHERE h.id = $1")), values![id]).await?;
        row.map(|row| self.holding(row)).transpose()
    }

    /// The current holding of a credential.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn find_holding_of(&mut self, credential: &Credential) -> Result<Option<Holding>, Error> {
        Ok(self.find_current_holding(credential.subject).await?.filter(|holding| holding.credential == credential.id))
    }

    /// All holdings of a person, newest first, at most 1,000.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn holdings_of(&mut self, subject: Uuid) -> Result<Vec<Holding>, Error> {
        let sql = format!("{SELECT} WHERE h.subject = $1 ORDER BY h.bound_at DESC, h.id DESC LIMIT 1000");
        let rows = self.rows(AssertSqlSafe(sql), values![subject]).await?;
        rows.into_iter().map(|row| self.holding(row)).collect()
    }

    /// Ends a holding. `flag` is the status it gets; `Valid` leaves the status as it is. Answers `false` when it is ended already.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn end_holding(
        &mut self,
        holding: &Holding,
        flag: StatusValue,
        reason: Reason,
        at: Timestamp,
    ) -> Result<bool, Error> {
        let sql =
            "UPDATE holding SET ended_at = $3, end_reason = $4 WHERE subject = $1 AND id = $2 AND ended_at IS NULL";
        let done = self.execute(sql, values![holding.subject, holding.id, at, reason.code()]).await? == 1;
        if done && flag != StatusValue::Valid {
            self.set_status_value(holding.status, flag).await?;
        }
        Ok(done)
    }

    /// Gives the current holding of a credential the status that the credential gets, in the same transaction: a code on a device must
    /// not say something else than the one on the screen. Answers the holding as it was before, if there is one.
    ///
    /// # Errors
    /// `Broken` when the value does not fit the list; `Engine`.
    pub async fn flag_holding(
        &mut self,
        credential: &Credential,
        value: StatusValue,
    ) -> Result<Option<Holding>, Error> {
        let held = self.lock_current_holding(credential.subject).await?;
        let Some(holding) = held.filter(|holding| holding.credential == credential.id) else { return Ok(None) };
        self.set_status_value(holding.status, value).await?;
        Ok(Some(holding))
    }

    /// Current holdings whose message is not signed, by subject after `after`: what a crash left to do.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn unsigned_holdings(&mut self, after: Uuid, limit: u32) -> Result<Vec<Holding>, Error> {
        let sql = format!(
            "{SELECT} AND m.subject > $1 WHERE h.subject > $1 AND h.ended_at IS NULL AND m.credential IS NULL ORDER BY h.subject LIMIT $2"
        );
        let rows = self.rows(AssertSqlSafe(sql), values![after, limit]).await?;
        rows.into_iter().map(|row| self.holding(row)).collect()
    }

    /// Current holdings whose message a key has signed, by subject after `after`: what is signed anew when the key is compromised.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn holdings_signed_by(&mut self, kid: [u8; 8], after: Uuid, limit: u32) -> Result<Vec<Holding>, Error> {
        let sql = format!(
            "{SELECT} AND m.subject > $1 WHERE h.subject > $1 AND h.ended_at IS NULL AND m.kid = $2 ORDER BY h.subject LIMIT $3"
        );
        let rows = self.rows(AssertSqlSafe(sql), values![after, kid, limit]).await?;
        rows.into_iter().map(|row| self.holding(row)).collect()
    }

    /// How many holdings are current, and how many of them are not signed yet.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn holding_counts(&mut self) -> Result<(u64, u64), Error> {
        let sql = "SELECT COUNT(*), COUNT(CASE WHEN m.credential IS NULL THEN 1 END) FROM holding h \
                   LEFT JOIN credential_message m ON m.subject = h.subject AND m.credential = h.id WHERE h.ended_at IS NULL";
        let mut row = self.one(sql, values![]).await?;
        Ok((row.number()?, row.number()?))
    }

    fn holding(&self, mut row: Row) -> Result<Holding, Error> {
        let (subject, id, credential, device_key) = (row.id()?, row.id()?, row.id()?, row.array()?);
        let name = self.vault().open_text("holding", "name", id.as_bytes(), &row.bytes()?)?;
        let status = StatusIndex { list: row.number()?, index: row.number()? };
        let value = StatusValue::of(row.int()?, status)?;
        let (expires_on, bound_at) = (row.date()?, row.time()?);
        let ended = match (row.opt_time()?, row.opt_text()?) {
            (Some(at), Some(code)) => Some((at, crate::credential::reason("holding", id, &code)?)),
            _ => None,
        };
        let signed = match row.opt_bytes()? {
            Some(kid) => {
                let kid = kid.try_into().map_err(|_| Error::broken("holding", id, "a key id that has not 8 bytes"))?;
                Some((kid, row.time()?))
            }
            None => None,
        };
        Ok(Holding { subject, id, credential, device_key, name, status, value, expires_on, bound_at, ended, signed })
    }
}
