//! Devices that were enrolled for somebody who checks, the codes they are enrolled with, their sessions, and the proofs their keys gave.

use jiff::Timestamp;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    db::Tx,
    error::Error,
    value::{Kind, Row, values},
};

/// Length of a device's public key: an uncompressed point of P-256.
pub const PUBLIC_KEY_LEN: usize = 65;

/// A code with which one device can be enrolled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// Its first part, by which it is found; a secret is only the rest.
    pub reference: String,
    /// Whose device it will be: `officer` or `partner_member`.
    pub kind: String,
    /// The officer or the member.
    pub holder: Uuid,
    /// Keyed digest of the whole code.
    pub code_digest: [u8; 16],
    /// How many wrong codes with this first part were entered.
    pub tries: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is dead.
    pub expires_at: Timestamp,
}

/// A device that was enrolled.
#[derive(Clone, PartialEq, Eq)]
pub struct BoundDevice {
    /// Its id.
    pub id: Uuid,
    /// Whose it is: `officer` or `partner_member`.
    pub kind: String,
    /// The officer or the member.
    pub holder: Uuid,
    /// Its public key: an uncompressed point of P-256.
    pub public_key: [u8; PUBLIC_KEY_LEN],
    /// What it is called; sealed at rest.
    pub name: String,
    /// When it was enrolled.
    pub enrolled_at: Timestamp,
    /// When somebody last signed in on it.
    pub last_used_at: Option<Timestamp>,
    /// When it was ended.
    pub ended_at: Option<Timestamp>,
}

impl std::fmt::Debug for BoundDevice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BoundDevice").field("id", &self.id).field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// A session on an enrolled device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundSession {
    /// Its id, which every proof of the device's key names.
    pub id: Uuid,
    /// The device.
    pub device: Uuid,
    /// The region of duty chosen in it: a division's number.
    pub duty: Option<u32>,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_seen_at: Timestamp,
    /// Until when it lasts unless it is used.
    pub idle_until: Timestamp,
    /// Until when it lasts at most.
    pub expires_at: Timestamp,
}

const DEVICE_COLUMNS: &str = "d.id, d.kind, d.holder, d.public_key, d.name, d.enrolled_at, d.last_used_at, d.ended_at";
const SESSION_COLUMNS: &str = "s.id, s.device, s.duty, s.created_at, s.last_seen_at, s.idle_until, s.expires_at";
const ENROLMENT: &[(&str, Kind)] = &[
    ("reference", Kind::Text),
    ("kind", Kind::Text),
    ("holder", Kind::Id),
    ("code_digest", Kind::Bytes),
    ("tries", Kind::Int),
    ("created_at", Kind::Int),
    ("expires_at", Kind::Int),
];
const DEVICE: &[(&str, Kind)] = &[
    ("id", Kind::Id),
    ("kind", Kind::Text),
    ("holder", Kind::Id),
    ("public_key", Kind::Bytes),
    ("name", Kind::Bytes),
    ("enrolled_at", Kind::Int),
];
const SESSION: &[(&str, Kind)] = &[
    ("token_hash", Kind::Bytes),
    ("id", Kind::Id),
    ("device", Kind::Id),
    ("duty", Kind::Int),
    ("created_at", Kind::Int),
    ("last_seen_at", Kind::Int),
    ("idle_until", Kind::Int),
    ("expires_at", Kind::Int),
];

impl Tx {
    /// Records a code with which a device can be enrolled. Answers whether its first part was free.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn put_enrolment(&mut self, enrolment: &Enrolment) -> Result<bool, Error> {
        let Enrolment { reference, kind, holder, code_digest, tries, created_at, expires_at } = enrolment;
        let taken = self.row("SELECT holder FROM bound_enrolment WHERE reference = $1", values![reference]).await?;
        if taken.is_some() {
            return Ok(false);
        }
        let row = values![reference, kind, *holder, *code_digest, *tries, *created_at, *expires_at];
        self.insert_many("bound_enrolment", ENROLMENT, row).await?;
        Ok(true)
    }

    /// The code with this first part, kept from others until the transaction ends; also one that has expired.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn lock_enrolment(&mut self, reference: &str) -> Result<Option<Enrolment>, Error> {
        let sql = "SELECT reference, kind, holder, code_digest, tries, created_at, expires_at FROM bound_enrolment \
                   WHERE reference = $1 FOR UPDATE";
        let row = self.row(sql, values![reference]).await?;
        row.map(|mut row| {
            Ok(Enrolment {
                reference: row.text()?,
                kind: row.text()?,
                holder: row.id()?,
                code_digest: row.array()?,
                tries: row.number()?,
                created_at: row.time()?,
                expires_at: row.time()?,
            })
        })
        .transpose()
    }

    /// Counts a wrong code with this first part.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn count_wrong_enrolment(&mut self, reference: &str) -> Result<(), Error> {
        let sql = "UPDATE bound_enrolment SET tries = tries + 1 WHERE reference = $1";
        self.execute(sql, values![reference]).await.map(drop)
    }

    /// Forgets a code: it was used.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn end_enrolment(&mut self, reference: &str) -> Result<(), Error> {
        self.execute("DELETE FROM bound_enrolment WHERE reference = $1", values![reference]).await.map(drop)
    }

    /// Forgets every code that waits for this holder; answers how many.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn end_enrolments_of(&mut self, holder: Uuid) -> Result<u64, Error> {
        self.execute("DELETE FROM bound_enrolment WHERE holder = $1", values![holder]).await
    }

    /// Records a device. `last_used_at` and `ended_at` are not looked at.
    ///
    /// # Errors
    /// `Conflict` when the id is taken; `Broken` when the name is too long to be sealed; `Engine`.
    pub async fn put_bound_device(&mut self, device: &BoundDevice) -> Result<(), Error> {
        let BoundDevice { id, kind, holder, public_key, enrolled_at, .. } = device;
        let name = self.vault().seal("bound_device", "name", id.as_bytes(), device.name.as_bytes())?;
        let row = values![*id, kind, *holder, &public_key[..], name, *enrolled_at];
        self.insert_many("bound_device", DEVICE, row).await
    }

    /// One device, also one that was ended.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn find_bound_device(&mut self, id: Uuid) -> Result<Option<BoundDevice>, Error> {
        let sql = format!("SELECT {DEVICE_COLUMNS} FROM bound_device d WHERE d.id = $1");
        let row = self.row(AssertSqlSafe(sql), values![id]).await?;
        row.map(|mut row| self.bound_device(&mut row)).transpose()
    }

    /// The devices of a holder that were not ended, oldest first.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn bound_devices_of(&mut self, holder: Uuid) -> Result<Vec<BoundDevice>, Error> {
        let sql = format!(
            "SELECT {DEVICE_COLUMNS} FROM bound_device d WHERE d.holder = $1 AND d.ended_at IS NULL ORDER BY d.enrolled_at, d.id"
        );
        let rows = self.rows(AssertSqlSafe(sql), values![holder]).await?;
        rows.into_iter().map(|mut row| self.bound_device(&mut row)).collect()
    }

    fn bound_device(&self, row: &mut Row) -> Result<BoundDevice, Error> {
        let (id, kind, holder, public_key) = (row.id()?, row.text()?, row.id()?, row.array()?);
        let name = self.vault().open_text("bound_device", "name", id.as_bytes(), &row.bytes()?)?;
        let (enrolled_at, last_used_at, ended_at) = (row.time()?, row.opt_time()?, row.opt_time()?);
        Ok(BoundDevice { id, kind, holder, public_key, name, enrolled_at, last_used_at, ended_at })
    }

    /// Ends a device and every session on it. Answers whether there was one that had not ended.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn end_bound_device(&mut self, id: Uuid, reason: &str, now: Timestamp) -> Result<bool, Error> {
        self.execute("DELETE FROM bound_session WHERE device = $1", values![id]).await?;
        let sql = "UPDATE bound_device SET ended_at = $2, end_reason = $3 WHERE id = $1 AND ended_at IS NULL";
        Ok(self.execute(sql, values![id, now, reason]).await? == 1)
    }

    /// Begins a session on a device under the digest of its token, and records that the device was used.
    ///
    /// # Errors
    /// `Conflict` when the token is taken; `Engine`.
    pub async fn put_bound_session(&mut self, token_hash: [u8; 32], session: &BoundSession) -> Result<(), Error> {
        let s = session;
        let row = values![token_hash, s.id, s.device, s.duty, s.created_at, s.last_seen_at, s.idle_until, s.expires_at];
        self.insert_many("bound_session", SESSION, row).await?;
        let sql = "UPDATE bound_device SET last_used_at = $2 WHERE id = $1";
        self.execute(sql, values![s.device, s.created_at]).await.map(drop)
    }

    /// The session of a token with its device, when neither has ended.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn find_bound_session(
        &mut self,
        token_hash: [u8; 32],
        now: Timestamp,
    ) -> Result<Option<(BoundSession, BoundDevice)>, Error> {
        let sql = format!(
            "SELECT {SESSION_COLUMNS}, {DEVICE_COLUMNS} FROM bound_session s JOIN bound_device d ON d.id = s.device \
             WHERE s.token_hash = $1 AND s.expires_at > $2 AND s.idle_until > $2 AND d.ended_at IS NULL"
        );
        let Some(mut row) = self.row(AssertSqlSafe(sql), values![token_hash, now]).await? else { return Ok(None) };
        let session = BoundSession {
            id: row.id()?,
            device: row.id()?,
            duty: row.opt_int()?.and_then(|code| u32::try_from(code).ok()),
            created_at: row.time()?,
            last_seen_at: row.time()?,
            idle_until: row.time()?,
            expires_at: row.time()?,
        };
        Ok(Some((session, self.bound_device(&mut row)?)))
    }

    /// Ends every session on a device.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn end_bound_sessions_on(&mut self, device: Uuid) -> Result<(), Error> {
        self.execute("DELETE FROM bound_session WHERE device = $1", values![device]).await.map(drop)
    }

    /// Records that a session is used.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn see_bound_session(
        &mut self,
        id: Uuid,
        device: Uuid,
        now: Timestamp,
        idle_until: Timestamp,
    ) -> Result<(), Error> {
        let sql = "UPDATE bound_session SET last_seen_at = $3, idle_until = $4 WHERE device = $2 AND id = $1";
        self.execute(sql, values![id, device, now, idle_until]).await.map(drop)
    }

    /// Sets the region of duty chosen in a session.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn set_bound_duty(&mut self, id: Uuid, device: Uuid, duty: Option<u32>) -> Result<(), Error> {
        let sql = "UPDATE bound_session SET duty = $3 WHERE device = $2 AND id = $1";
        self.execute(sql, values![id, device, duty]).await.map(drop)
    }

    /// Ends the session of a token. Answers whether there was one.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn end_bound_session(&mut self, token_hash: [u8; 32]) -> Result<bool, Error> {
        Ok(self.execute("DELETE FROM bound_session WHERE token_hash = $1", values![token_hash]).await? == 1)
    }

    /// Records that a proof was shown in a session. Answers whether it was the first time.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn take_bound_proof(
        &mut self,
        session: Uuid,
        digest: [u8; 32],
        forget_at: Timestamp,
    ) -> Result<bool, Error> {
        let sql = "INSERT INTO bound_proof (session, digest, forget_at) VALUES ($1, $2, $3) ON CONFLICT (session, digest) DO NOTHING";
        Ok(self.execute(sql, values![session, digest, forget_at]).await? == 1)
    }

    /// Forgets sessions and codes that ended and proofs that no longer count; answers how many rows went.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn sweep_bound(&mut self, now: Timestamp) -> Result<u64, Error> {
        let sessions =
            self.execute("DELETE FROM bound_session WHERE expires_at <= $1 OR idle_until <= $1", values![now]).await?;
        let codes = self.execute("DELETE FROM bound_enrolment WHERE expires_at <= $1", values![now]).await?;
        let proofs = self.execute("DELETE FROM bound_proof WHERE forget_at <= $1", values![now]).await?;
        Ok(sessions + codes + proofs)
    }
}
