//! Drivers: their licences in two times, sealed as one text, and what they are found by.

use jiff::{Timestamp, civil::Date};
use luzheng_domain::{
    credential::CredentialKind,
    driver::{Licence, LicenceNumber},
    region::Division,
    vehicle::{OwnerDetails, OwnerKind, OwnerNumber},
};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    db::Tx,
    error::Error,
    lookup::within,
    value::{Kind, Row, Value, values},
    vault::Vault,
    vehicle::{MAX_PAGE, Source},
};

/// A driver as one version of our copy of the register knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDriver {
    /// Our id of the person as a driver: the subject of licence credentials.
    pub id: Uuid,
    /// Counts up with every new fact, from 1.
    pub version: u32,
    /// Since when this is so in the world.
    pub true_from: Timestamp,
    /// Since when we know it.
    pub known_from: Timestamp,
    /// The event or import that said so.
    pub cause: String,
    /// The owner record of the same identity number: what a citizen's session names.
    pub owner: Uuid,
    /// The day the person asked for the electronic licence; `None`: never. Not a fact of the register, so it has no history.
    pub applied_on: Option<Date>,
    /// The licence, opened.
    pub facts: Licence,
}

/// A driver who may be given a licence in bulk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applicant {
    /// Who.
    pub driver: StoredDriver,
    /// The photo that is theirs now.
    pub photo: Uuid,
}

/// The columns of a whole driver, in the order [`Tx::stored_driver`] reads them.
pub(crate) const FACT_COLUMNS: &str =
    "f.driver, f.version, f.true_from, f.known_from, f.cause, f.owner, d.applied_on, f.licence";
/// Current facts: the fact of the driver's own version.
pub(crate) const CURRENT: &str = "FROM driver d JOIN driver_fact f ON f.driver = d.id AND f.version = d.version";

pub(crate) const DRIVER: &[(&str, Kind)] = &[
    ("id", Kind::Id),
    ("version", Kind::Int),
    ("owner", Kind::Id),
    ("division", Kind::Int),
    ("valid_until", Kind::Int),
    ("status", Kind::Text),
    ("applied_on", Kind::Int),
    ("told", Kind::Bytes),
];
pub(crate) const DRIVER_FACT: &[(&str, Kind)] = &[
    ("driver", Kind::Id),
    ("version", Kind::Int),
    ("true_from", Kind::Int),
    ("known_from", Kind::Int),
    ("cause", Kind::Text),
    ("owner", Kind::Id),
    ("division", Kind::Int),
    ("licence", Kind::Bytes),
];
pub(crate) const DRIVER_NUMBER: &[(&str, Kind)] = &[("number_index", Kind::Bytes), ("driver", Kind::Id)];

/// The keyed digest by which a licence number is found.
pub(crate) fn number_index(vault: &Vault, number: &LicenceNumber) -> [u8; 16] {
    vault.index("licence number", number.as_str().as_bytes())
}

pub(crate) fn fact_values(
    vault: &Vault,
    id: Uuid,
    version: u32,
    owner: Uuid,
    source: &Source<'_>,
    licence: &Licence,
) -> Result<Vec<Value>, Error> {
    let text = serde_json::to_vec(licence).map_err(Error::fatal)?;
    let sealed = vault.seal("driver_fact", "licence", id.as_bytes(), &text)?;
    Ok(values![id, version, source.true_from, source.known_from, source.cause, owner, licence.division.code(), sealed,])
}

/// Who holds a licence, as an owner of vehicles: an individual of the same number.
///
/// # Errors
/// `Broken` when the number is no identity number; [`Licence`] keeps no such one.
pub fn owner_of(licence: &Licence) -> Result<OwnerDetails, Error> {
    let number = OwnerNumber::parse(licence.number.as_str(), OwnerKind::Individual)
        .map_err(|error| Error::broken("driver_fact", "*", error.code()))?
        .value;
    let (name, phone) = (licence.name.clone(), licence.phone.clone());
    Ok(OwnerDetails { kind: OwnerKind::Individual, number, name, phone })
}

impl Tx {
    /// The driver with this id.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn find_driver(&mut self, id: Uuid) -> Result<Option<StoredDriver>, Error> {
        let row =
            self.row(AssertSqlSafe(format!("SELECT {FACT_COLUMNS} {CURRENT} WHERE d.id = $1")), values![id]).await?;
        row.map(|row| self.stored_driver(row)).transpose()
    }

    /// As [`Tx::find_driver`], locked: nobody else changes this driver until the transaction ends.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn lock_driver(&mut self, id: Uuid) -> Result<Option<StoredDriver>, Error> {
        // Two statements, as for vehicles: one that waited for the lock would join with the facts of its own, older snapshot.
        if self.row("SELECT id FROM driver WHERE id = $1 FOR UPDATE", values![id]).await?.is_none() {
            return Ok(None);
        }
        self.find_driver(id).await
    }

    /// The id of the driver with this licence number.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn driver_id_by_number(&mut self, number: &LicenceNumber) -> Result<Option<Uuid>, Error> {
        let index = number_index(self.vault(), number);
        let row = self.row("SELECT driver FROM driver_number WHERE number_index = $1", values![index]).await?;
        row.map(|mut row| row.id()).transpose()
    }

    /// The driver with this licence number.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn find_driver_by_number(&mut self, number: &LicenceNumber) -> Result<Option<StoredDriver>, Error> {
        match self.driver_id_by_number(number).await? {
            Some(id) => self.find_driver(id).await,
            None => Ok(None),
        }
    }

    /// As [`Tx::find_driver_by_number`], locked.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn lock_driver_by_number(&mut self, number: &LicenceNumber) -> Result<Option<StoredDriver>, Error> {
        let Some(id) = self.driver_id_by_number(number).await? else { return Ok(None) };
        // While waiting for the lock the number may have been corrected.
        Ok(self.lock_driver(id).await?.filter(|driver| driver.facts.number == *number))
    }

    /// The driver that an owner of vehicles is, if they are one.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn find_driver_of_owner(&mut self, owner: Uuid) -> Result<Option<StoredDriver>, Error> {
        let sql = format!("SELECT {FACT_COLUMNS} {CURRENT} WHERE d.owner = $1 ORDER BY d.id LIMIT 1");
        let row = self.row(AssertSqlSafe(sql), values![owner]).await?;
        row.map(|row| self.stored_driver(row)).transpose()
    }

    /// What was known at `known_at` about the driver at `true_at`, as [`Tx::vehicle_at`] does it.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn driver_at(
        &mut self,
        id: Uuid,
        true_at: Timestamp,
        known_at: Timestamp,
    ) -> Result<Option<StoredDriver>, Error> {
        let sql = format!(
            "SELECT {FACT_COLUMNS} FROM driver d JOIN driver_fact f ON f.driver = d.id WHERE d.id = $1 AND f.true_from <= $2 \
             AND f.known_from <= $3 ORDER BY f.version DESC LIMIT 1"
        );
        let row = self.row(AssertSqlSafe(sql), values![id, true_at, known_at]).await?;
        row.map(|row| self.stored_driver(row)).transpose()
    }

    /// All facts ever known about a driver, oldest version first, at most [`MAX_PAGE`].
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn driver_history(&mut self, id: Uuid) -> Result<Vec<StoredDriver>, Error> {
        let sql = format!(
            "SELECT {FACT_COLUMNS} FROM driver d JOIN driver_fact f ON f.driver = d.id WHERE d.id = $1 ORDER BY f.version LIMIT $2"
        );
        let rows = self.rows(AssertSqlSafe(sql), values![id, MAX_PAGE]).await?;
        rows.into_iter().map(|row| self.stored_driver(row)).collect()
    }

    /// Drivers by id after `after`, at most `limit` (and [`MAX_PAGE`]), of one of these areas (trailing `00` pairs stand for everything
    /// below; none: everywhere).
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn drivers_page(
        &mut self,
        after: Option<Uuid>,
        areas: &[Division],
        limit: u32,
    ) -> Result<Vec<StoredDriver>, Error> {
        let mut values = values![after.unwrap_or(Uuid::nil()), limit.min(MAX_PAGE)];
        let within = within("d.division", areas, &mut values);
        let sql =
            format!("SELECT {FACT_COLUMNS} {CURRENT} WHERE d.id > $1 AND f.driver > $1{within} ORDER BY d.id LIMIT $2");
        let rows = self.rows(AssertSqlSafe(sql), values).await?;
        rows.into_iter().map(|row| self.stored_driver(row)).collect()
    }

    /// Drivers who asked for the electronic licence, have a photo and no current licence credential, by id after `after`, at most `limit`
    /// (and [`MAX_PAGE`]), of one of these areas as in [`Tx::drivers_page`].
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn applicants_without_licence(
        &mut self,
        after: Option<Uuid>,
        areas: &[Division],
        limit: u32,
    ) -> Result<Vec<Applicant>, Error> {
        let kind = CredentialKind::DrivingLicence.number();
        let mut values = values![after.unwrap_or(Uuid::nil()), kind, limit.min(MAX_PAGE)];
        let within = within("d.division", areas, &mut values);
        // First where the page ends, then the page, as in `vehicles_without_mark`.
        let vacant = format!(
            "d.id > $1{within} AND d.applied_on IS NOT NULL AND p.driver > $1 AND p.state = 'current' AND NOT EXISTS \
             (SELECT 1 FROM credential c WHERE c.subject = d.id AND c.subject > $1 AND c.kind = $2 AND c.ended_at IS NULL)"
        );
        let join = "JOIN driver_photo p ON p.driver = d.id";
        let sql = format!("SELECT d.id FROM driver d {join} WHERE {vacant} ORDER BY d.id LIMIT $3");
        let sql = format!("SELECT id FROM ({sql}) AS page ORDER BY id DESC LIMIT 1");
        let Some(mut last) = self.row(AssertSqlSafe(sql), values.clone()).await? else { return Ok(Vec::new()) };
        values[2] = Value::from(last.id()?);
        let sql = format!(
            "SELECT p.id, {FACT_COLUMNS} {CURRENT} {join} WHERE {vacant} AND d.id <= $3 AND p.driver <= $3 AND f.driver > $1 \
             AND f.driver <= $3 ORDER BY d.id"
        );
        let rows = self.rows(AssertSqlSafe(sql), values).await?;
        let applicant = |mut row: Row| Ok(Applicant { photo: row.id()?, driver: self.stored_driver(row)? });
        rows.into_iter().map(applicant).collect()
    }

    /// How many drivers are known.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn driver_count(&mut self) -> Result<u64, Error> {
        self.one("SELECT COUNT(*) FROM driver", values![]).await?.number()
    }

    /// Records a driver that was not known, with the look-up. `owner` is the owner record of the same number ([`owner_of`] and
    /// [`Tx::put_owner`] make it).
    ///
    /// # Errors
    /// `Conflict { what: "driver_number_key" }` when the number is another driver's; `Engine`.
    pub async fn insert_driver(
        &mut self,
        id: Uuid,
        owner: Uuid,
        licence: &Licence,
        source: &Source<'_>,
    ) -> Result<(), Error> {
        let index = number_index(self.vault(), &licence.number);
        self.insert_many("driver_number", DRIVER_NUMBER, values![index, id]).await?;
        let values = current_values(id, owner, licence, None, None);
        self.insert_many("driver", DRIVER, values).await?;
        let values = fact_values(self.vault(), id, 1, owner, source, licence)?;
        self.insert_many("driver_fact", DRIVER_FACT, values).await
    }

    /// Records a new version of a driver's licence and moves the look-up when the number was corrected. `before` is the driver as
    /// locked by this transaction. Answers the new version.
    ///
    /// # Errors
    /// `Conflict { what }` with `driver_number_key` when the number is another driver's, with `driver_fact_key` when somebody else
    /// recorded a version meanwhile; `Engine`.
    pub async fn append_driver_fact(
        &mut self,
        before: &StoredDriver,
        licence: &Licence,
        source: &Source<'_>,
    ) -> Result<u32, Error> {
        let (id, version) = (before.id, before.version + 1);
        if before.facts.number != licence.number {
            let old = number_index(self.vault(), &before.facts.number);
            let sql = "DELETE FROM driver_number WHERE number_index = $1 AND driver = $2";
            self.execute(sql, values![old, id]).await?;
            let index = number_index(self.vault(), &licence.number);
            self.insert_many("driver_number", DRIVER_NUMBER, values![index, id]).await?;
        }
        let values = fact_values(self.vault(), id, version, before.owner, source, licence)?;
        self.insert_many("driver_fact", DRIVER_FACT, values).await?;
        let sql = "UPDATE driver SET version = $2, division = $3, valid_until = $4, status = $5 WHERE id = $1 AND version = $6";
        let status = licence.status.to_string();
        let values = values![id, version, licence.division.code(), licence.valid_until, status, before.version];
        match self.execute(sql, values).await? {
            1 => Ok(version),
            _ => Err(Error::Conflict { what: "driver_fact_key".to_owned() }),
        }
    }

    /// Records that a driver asked for the electronic licence. The first day counts. Answers whether it is new.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn set_applied(&mut self, driver: Uuid, on: Date) -> Result<bool, Error> {
        let sql = "UPDATE driver SET applied_on = $2 WHERE id = $1 AND applied_on IS NULL";
        Ok(self.execute(sql, values![driver, on]).await? == 1)
    }

    pub(crate) fn stored_driver(&self, mut row: Row) -> Result<StoredDriver, Error> {
        let id = row.id()?;
        let (version, true_from, known_from, cause) = (row.number()?, row.time()?, row.time()?, row.text()?);
        let (owner, applied_on) = (row.id()?, row.opt_date()?);
        let facts = self.open_licence(id, &row.bytes()?)?;
        Ok(StoredDriver { id, version, true_from, known_from, cause, owner, applied_on, facts })
    }

    fn open_licence(&self, id: Uuid, sealed: &[u8]) -> Result<Licence, Error> {
        let text = self.vault().open("driver_fact", "licence", id.as_bytes(), sealed)?;
        // What is in a licence stays out of the error: only where the text stops making sense.
        serde_json::from_slice(&text).map_err(|error| {
            Error::broken("driver_fact", id, format!("the licence cannot be read at column {}", error.column()))
        })
    }
}

pub(crate) fn current_values(
    id: Uuid,
    owner: Uuid,
    licence: &Licence,
    applied_on: Option<Date>,
    told: Option<[u8; 16]>,
) -> Vec<Value> {
    values![id, 1_u8, owner, licence.division.code(), licence.valid_until, licence.status.to_string(), applied_on, told,]
}
