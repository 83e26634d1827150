//! Photos of drivers, sealed: at most one is the licence's, others wait for a decision, were replaced or refused.

use jiff::{Timestamp, civil::Date};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    db::Tx,
    error::Error,
    value::{Kind, Row, Value, values},
    vault::Vault,
};

/// The largest picture that is kept, in bytes.
pub const MAX_PHOTO: usize = 256 * 1024;

/// Where a photo comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PhotoOrigin {
    /// The register of record.
    Register,
    /// Taken for this with a camera.
    Camera,
    /// Chosen from an album.
    Album,
}

/// What a photo is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PhotoState {
    /// Waits for a decision.
    Pending,
    /// The licence's.
    Current,
    /// Was the licence's.
    Replaced,
    /// Was not taken.
    Refused,
}

macro_rules! words {
    ($type:ident, $($variant:ident = $word:literal),+) => {
        impl $type {
            /// The stable word.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The one of a word.
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

words!(PhotoOrigin, Register = "register", Camera = "camera", Album = "album");
words!(PhotoState, Pending = "pending", Current = "current", Replaced = "replaced", Refused = "refused");

/// A photo to be kept.
#[derive(Debug, Clone)]
pub struct NewPhoto<'a> {
    /// Whose.
    pub driver: Uuid,
    /// Its id.
    pub id: Uuid,
    /// The picture; sealed at rest.
    pub bytes: &'a [u8],
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Where it comes from.
    pub origin: PhotoOrigin,
    /// The day it was taken, when that is known.
    pub taken_on: Option<Date>,
    /// What was measured, as JSON; nothing personal.
    pub checks: &'a str,
    /// When it reached us.
    pub created_at: Timestamp,
}

/// What is known of a photo without the picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhotoInfo {
    /// Whose.
    pub driver: Uuid,
    /// Its id.
    pub id: Uuid,
    /// What it is.
    pub state: PhotoState,
    /// Where it comes from.
    pub origin: PhotoOrigin,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// The day it was taken.
    pub taken_on: Option<Date>,
    /// What was measured, as JSON.
    pub checks: String,
    /// When it reached us.
    pub created_at: Timestamp,
}

const COLUMNS: &str = "driver, id, state, origin, width, height, taken_on, checks, created_at";

pub(crate) const DRIVER_PHOTO: &[(&str, Kind)] = &[
    ("driver", Kind::Id),
    ("id", Kind::Id),
    ("state", Kind::Text),
    ("origin", Kind::Text),
    ("width", Kind::Int),
    ("height", Kind::Int),
    ("taken_on", Kind::Int),
    ("checks", Kind::Text),
    ("created_at", Kind::Int),
    ("digest", Kind::Bytes),
    ("bytes", Kind::Bytes),
];

/// A keyed digest of a picture of this driver: equal for the same picture.
pub(crate) fn photo_digest(vault: &Vault, driver: Uuid, bytes: &[u8]) -> [u8; 16] {
    let mut all = Vec::with_capacity(16 + bytes.len());
    all.extend_from_slice(driver.as_bytes());
    all.extend_from_slice(bytes);
    vault.index("photo", &all)
}

pub(crate) fn photo_values(vault: &Vault, photo: &NewPhoto<'_>, state: PhotoState) -> Result<Vec<Value>, Error> {
    if photo.bytes.len() > MAX_PHOTO {
        let why = format!("a picture of {} bytes; at most {MAX_PHOTO}", photo.bytes.len());
        return Err(Error::broken("driver_photo", photo.id, why));
    }
    Ok(values![
        photo.driver,
        photo.id,
        state.code(),
        photo.origin.code(),
        photo.width,
        photo.height,
        photo.taken_on,
        photo.checks,
        photo.created_at,
        photo_digest(vault, photo.driver, photo.bytes),
        vault.seal("driver_photo", "bytes", photo.id.as_bytes(), photo.bytes)?,
    ])
}

fn photo_info(mut row: Row) -> Result<PhotoInfo, Error> {
    let (driver, id, state, origin) = (row.id()?, row.id()?, row.text()?, row.text()?);
    let broken = |what: &str, found: &str| Error::broken("driver_photo", id, format!("{what} {found:?}"));
    Ok(PhotoInfo {
        driver,
        id,
        state: PhotoState::from_code(&state).ok_or_else(|| broken("state", &state))?,
        origin: PhotoOrigin::from_code(&origin).ok_or_else(|| broken("origin", &origin))?,
        width: row.number()?,
        height: row.number()?,
        taken_on: row.opt_date()?,
        checks: row.text()?,
        created_at: row.time()?,
    })
}

impl Tx {
    /// Keeps a photo as pending.
    ///
    /// # Errors
    /// `Broken` when it is larger than [`MAX_PHOTO`]; `Conflict` when the id is taken; `Engine`.
    pub async fn put_photo(&mut self, photo: &NewPhoto<'_>) -> Result<(), Error> {
        let values = photo_values(self.vault(), photo, PhotoState::Pending)?;
        self.insert_many("driver_photo", DRIVER_PHOTO, values).await
    }

    /// The picture of a photo, opened.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn find_photo(&mut self, driver: Uuid, id: Uuid) -> Result<Option<Vec<u8>>, Error> {
        let sql = "SELECT bytes FROM driver_photo WHERE driver = $1 AND id = $2";
        match self.row(sql, values![driver, id]).await? {
            Some(mut row) => self.vault().open("driver_photo", "bytes", id.as_bytes(), &row.bytes()?).map(Some),
            None => Ok(None),
        }
    }

    /// What is known of a photo.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn photo_info(&mut self, driver: Uuid, id: Uuid) -> Result<Option<PhotoInfo>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM driver_photo WHERE driver = $1 AND id = $2");
        self.row(AssertSqlSafe(sql), values![driver, id]).await?.map(photo_info).transpose()
    }

    /// The photo that is the licence's now.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn current_photo(&mut self, driver: Uuid) -> Result<Option<PhotoInfo>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM driver_photo WHERE driver = $1 AND state = 'current'");
        self.row(AssertSqlSafe(sql), values![driver]).await?.map(photo_info).transpose()
    }

    /// All photos of a driver, newest first, at most 1,000.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn photos_of(&mut self, driver: Uuid) -> Result<Vec<PhotoInfo>, Error> {
        let sql = format!(
            "SELECT {COLUMNS} FROM driver_photo WHERE driver = $1 ORDER BY created_at DESC, id DESC LIMIT 1000"
        );
        self.rows(AssertSqlSafe(sql), values![driver]).await?.into_iter().map(photo_info).collect()
    }

    /// Makes a photo the licence's; the one before becomes replaced. Answers `false` when there is no such photo, or it is already.
    /// Lock the driver before: of two at once the database refuses one.
    ///
    /// # Errors
    /// `Conflict { what: "driver_photo_one_current" }` when two do this at once; `Engine`.
    pub async fn set_current_photo(&mut self, driver: Uuid, id: Uuid) -> Result<bool, Error> {
        let known = "SELECT state FROM driver_photo WHERE driver = $1 AND id = $2 FOR UPDATE";
        let Some(mut row) = self.row(known, values![driver, id]).await? else { return Ok(false) };
        if row.text()? == PhotoState::Current.code() {
            return Ok(false);
        }
        let sql = "UPDATE driver_photo SET state = 'replaced' WHERE driver = $1 AND state = 'current'";
        self.execute(sql, values![driver]).await?;
        let sql = "UPDATE driver_photo SET state = 'current' WHERE driver = $1 AND id = $2";
        Ok(self.execute(sql, values![driver, id]).await? == 1)
    }

    /// Records that a pending photo was not taken. Answers `false` when it is not pending.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn refuse_photo(&mut self, driver: Uuid, id: Uuid) -> Result<bool, Error> {
        let sql = "UPDATE driver_photo SET state = 'refused' WHERE driver = $1 AND id = $2 AND state = 'pending'";
        Ok(self.execute(sql, values![driver, id]).await? == 1)
    }

    /// Takes back that a photo was refused: it is pending again. Answers `false` when it is not refused.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn restore_photo(&mut self, driver: Uuid, id: Uuid) -> Result<bool, Error> {
        let sql = "UPDATE driver_photo SET state = 'pending' WHERE driver = $1 AND id = $2 AND state = 'refused'";
        Ok(self.execute(sql, values![driver, id]).await? == 1)
    }

    /// Forgets pictures that nobody needs: pending ones that no open case asks for, and refused ones, from before these moments. Answers
    /// how many.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn sweep_photos(&mut self, pending_before: Timestamp, refused_before: Timestamp) -> Result<u64, Error> {
        let sql = "DELETE FROM driver_photo WHERE (state = 'refused' AND created_at < $2) OR (state = 'pending' AND created_at < $1 \
                   AND NOT EXISTS (SELECT 1 FROM licence_case c WHERE c.subject = driver_photo.driver AND c.photo = driver_photo.id \
                   AND c.closed_at IS NULL))";
        self.execute(sql, values![pending_before, refused_before]).await
    }

    /// The photo of this driver that is this very picture, if it is kept already.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn same_photo(&mut self, driver: Uuid, bytes: &[u8]) -> Result<Option<PhotoInfo>, Error> {
        let digest = photo_digest(self.vault(), driver, bytes);
        let sql =
            format!("SELECT {COLUMNS} FROM driver_photo WHERE driver = $1 AND digest = $2 ORDER BY id DESC LIMIT 1");
        self.row(AssertSqlSafe(sql), values![driver, digest]).await?.map(photo_info).transpose()
    }
}
