//! Officers who check on the road, where they are on duty, what they looked at, and the keys with which their readers open sealed parts.

use jiff::Timestamp;
use luzheng_domain::region::Division;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    db::Tx,
    error::Error,
    value::{Kind, Row, values},
};

/// The most officers of one page.
pub const MAX_PAGE: u32 = 1_000;

/// A police officer.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredOfficer {
    /// Our id.
    pub id: Uuid,
    /// The police number (警号).
    pub number: String,
    /// The name; sealed at rest.
    pub name: String,
    /// Where the officer serves.
    pub division: Division,
    /// When the officer was recorded.
    pub created_at: Timestamp,
    /// When the officer's access was ended.
    pub ended_at: Option<Timestamp>,
}

impl std::fmt::Debug for StoredOfficer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredOfficer").field("id", &self.id).field("number", &self.number).finish_non_exhaustive()
    }
}

/// A region in which an officer is on duty, and from when until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDuty {
    /// Its id.
    pub id: Uuid,
    /// The region, with everything below it.
    pub division: Division,
    /// From when.
    pub from_at: Timestamp,
    /// Until when; `None`: until further notice.
    pub until_at: Option<Timestamp>,
}

/// That an officer looked at something. Whose data it was and which part was seen stands in `look`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficerLook {
    /// The officer.
    pub officer: Uuid,
    /// Its id; for a look made off-line the device's.
    pub id: Uuid,
    /// When it was made.
    pub at: Timestamp,
    /// When it came to be known here.
    pub taken_at: Timestamp,
    /// What for.
    pub purpose: String,
    /// By which way.
    pub how: String,
    /// In which region of duty.
    pub duty: Option<u32>,
    /// The vehicle that was seen.
    pub vehicle: Option<Uuid>,
    /// The driver who was seen.
    pub driver: Option<Uuid>,
}

/// A key with which officers' readers open sealed parts, after the first one.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredReaderKey {
    /// Its number, which stands in the codes sealed to it.
    pub number: u32,
    /// The public half.
    pub public_key: [u8; 32],
    /// The private half; sealed at rest.
    pub private_key: Vec<u8>,
    /// From when on codes are sealed to it.
    pub used_from: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
}

impl std::fmt::Debug for StoredReaderKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredReaderKey").field("number", &self.number).finish_non_exhaustive()
    }
}

const OFFICER_COLUMNS: &str = "id, number, name, division, created_at, ended_at";
const OFFICER: &[(&str, Kind)] = &[
    ("id", Kind::Id),
    ("number", Kind::Text),
    ("name", Kind::Bytes),
    ("division", Kind::Int),
    ("created_at", Kind::Int),
];
const DUTY: &[(&str, Kind)] = &[
    ("officer", Kind::Id),
    ("id", Kind::Id),
    ("division", Kind::Int),
    ("from_at", Kind::Int),
    ("until_at", Kind::Int),
];
const READER_KEY: &[(&str, Kind)] = &[
    ("number", Kind::Int),
    ("public_key", Kind::Bytes),
    ("private_key", Kind::Bytes),
    ("used_from", Kind::Int),
    ("created_at", Kind::Int),
];

fn division(table: &'static str, id: Uuid, code: u32) -> Result<Division, Error> {
    Division::new(code).ok_or_else(|| Error::broken(table, id, format!("division {code}")))
}

impl Tx {
    /// Records an officer. `ended_at` is not looked at.
    ///
    /// # Errors
    /// `Conflict { what: "officer_number_key" }` when the number is taken; `Broken` when the name is too long to be sealed; `Engine`.
    pub async fn put_officer(&mut self, officer: &StoredOfficer) -> Result<(), Error> {
        let name = self.vault().seal("officer", "name", officer.id.as_bytes(), officer.name.as_bytes())?;
        let row = values![officer.id, &officer.number, name, officer.division.code(), officer.created_at];
        self.insert_many("officer", OFFICER, row).await
    }

    /// The officer with this id, also one whose access was ended.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn find_officer(&mut self, id: Uuid) -> Result<Option<StoredOfficer>, Error> {
        let sql = format!("SELECT {OFFICER_COLUMNS} FROM officer WHERE id = $1");
        let row = self.row(AssertSqlSafe(sql), values![id]).await?;
        row.map(|row| self.officer(row)).transpose()
    }

    /// The officer with this police number, also one whose access was ended.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn find_officer_by_number(&mut self, number: &str) -> Result<Option<StoredOfficer>, Error> {
        let sql = format!("SELECT {OFFICER_COLUMNS} FROM officer WHERE number = $1");
        let row = self.row(AssertSqlSafe(sql), values![number]).await?;
        row.map(|row| self.officer(row)).transpose()
    }

    /// The officers by number after `after`, at most [`MAX_PAGE`].
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn officers(&mut self, after: &str) -> Result<Vec<StoredOfficer>, Error> {
        let sql = format!("SELECT {OFFICER_COLUMNS} FROM officer WHERE number > $1 ORDER BY number LIMIT $2");
        let rows = self.rows(AssertSqlSafe(sql), values![after, MAX_PAGE]).await?;
        rows.into_iter().map(|row| self.officer(row)).collect()
    }

    fn officer(&self, mut row: Row) -> Result<StoredOfficer, Error> {
        let (id, number) = (row.id()?, row.text()?);
        let name = self.vault().open_text("officer", "name", id.as_bytes(), &row.bytes()?)?;
        let division = division("officer", id, row.number()?)?;
        Ok(StoredOfficer { id, number, name, division, created_at: row.time()?, ended_at: row.opt_time()? })
    }

    /// Ends an officer's access. Answers whether it had not ended yet.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn end_officer(&mut self, id: Uuid, now: Timestamp) -> Result<bool, Error> {
        let sql = "UPDATE officer SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL";
        Ok(self.execute(sql, values![id, now]).await? == 1)
    }

    /// Records a region of duty.
    ///
    /// # Errors
    /// `Conflict` when the id is taken; `Engine`.
    pub async fn put_duty(&mut self, officer: Uuid, duty: &StoredDuty) -> Result<(), Error> {
        let row = values![officer, duty.id, duty.division.code(), duty.from_at, duty.until_at];
        self.insert_many("officer_duty", DUTY, row).await
    }

    /// Ends a region of duty at an instant. Answers whether there was one that lasted longer.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn end_duty(&mut self, officer: Uuid, id: Uuid, at: Timestamp) -> Result<bool, Error> {
        let sql = "UPDATE officer_duty SET until_at = $3 WHERE officer = $1 AND id = $2 AND (until_at IS NULL OR until_at > $3)";
        Ok(self.execute(sql, values![officer, id, at]).await? == 1)
    }

    /// The regions in which an officer is on duty at an instant, oldest first.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn duties_at(&mut self, officer: Uuid, at: Timestamp) -> Result<Vec<StoredDuty>, Error> {
        let sql = "SELECT id, division, from_at, until_at FROM officer_duty WHERE officer = $1 AND from_at <= $2 \
                   AND (until_at IS NULL OR until_at > $2) ORDER BY from_at, id";
        let rows = self.rows(sql, values![officer, at]).await?;
        rows.into_iter()
            .map(|mut row| {
                let id = row.id()?;
                let division = division("officer_duty", id, row.number()?)?;
                Ok(StoredDuty { id, division, from_at: row.time()?, until_at: row.opt_time()? })
            })
            .collect()
    }

    /// Records that an officer looked. Answers whether this look was not known yet.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn put_officer_look(&mut self, look: &OfficerLook) -> Result<bool, Error> {
        let sql = "INSERT INTO officer_look (officer, id, at, taken_at, purpose, how, duty, vehicle, driver) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (officer, id) DO NOTHING";
        let OfficerLook { officer, id, at, taken_at, purpose, how, duty, vehicle, driver } = look;
        let row = values![*officer, *id, *at, *taken_at, purpose, how, *duty, *vehicle, *driver];
        Ok(self.execute(sql, row).await? == 1)
    }

    /// The vehicles that carry this number now, of whatever type; at most [`MAX_PAGE`].
    ///
    /// # Errors
    /// `Engine`.
    pub async fn vehicles_with_number(&mut self, number: &str) -> Result<Vec<Uuid>, Error> {
        let sql = "SELECT vehicle FROM plate WHERE plate_number = $1 ORDER BY plate_type LIMIT $2";
        self.rows(sql, values![number, MAX_PAGE]).await?.into_iter().map(|mut row| row.id()).collect()
    }

    /// One look of an officer.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn find_officer_look(&mut self, officer: Uuid, id: Uuid) -> Result<Option<OfficerLook>, Error> {
        let sql =
            "SELECT at, taken_at, purpose, how, duty, vehicle, driver FROM officer_look WHERE officer = $1 AND id = $2";
        let row = self.row(sql, values![officer, id]).await?;
        row.map(|mut row| {
            Ok(OfficerLook {
                officer,
                id,
                at: row.time()?,
                taken_at: row.time()?,
                purpose: row.text()?,
                how: row.text()?,
                duty: row.opt_int()?.and_then(|code| u32::try_from(code).ok()),
                vehicle: row.opt_id()?,
                driver: row.opt_id()?,
            })
        })
        .transpose()
    }

    /// Forgets looks that came to be known before an instant; the journal and the persons' own lists keep them. Answers how many.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn sweep_officer_looks(&mut self, before: Timestamp) -> Result<u64, Error> {
        self.execute("DELETE FROM officer_look WHERE taken_at < $1", values![before]).await
    }

    /// The reader keys after the first one, by number.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn reader_keys(&mut self) -> Result<Vec<StoredReaderKey>, Error> {
        let sql = "SELECT number, public_key, private_key, used_from, created_at FROM reader_key ORDER BY number";
        let rows = self.rows(sql, values![]).await?;
        rows.into_iter()
            .map(|mut row| {
                let (number, public_key) = (row.number::<u32>()?, row.array()?);
                let private_key =
                    self.vault().open("reader_key", "private_key", &number.to_be_bytes(), &row.bytes()?)?;
                Ok(StoredReaderKey { number, public_key, private_key, used_from: row.time()?, created_at: row.time()? })
            })
            .collect()
    }

    /// Records a reader key.
    ///
    /// # Errors
    /// `Conflict { what: "reader_key_key" }` when the number is taken; `Engine`.
    pub async fn put_reader_key(&mut self, key: &StoredReaderKey) -> Result<(), Error> {
        let sealed = self.vault().seal("reader_key", "private_key", &key.number.to_be_bytes(), &key.private_key)?;
        let row = values![key.number, key.public_key, sealed, key.used_from, key.created_at];
        self.insert_many("reader_key", READER_KEY, row).await
    }
}
