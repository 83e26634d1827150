//! A batch of the register's drivers at once: what is new goes in, what is the same is left alone, what changed gets a new version.

mod row;

use std::collections::{HashMap, HashSet};

use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

use crate::{
    bulk::Keys,
    db::Tx,
    driver::{
        CURRENT, DRIVER, DRIVER_FACT, DRIVER_NUMBER, FACT_COLUMNS, StoredDriver, current_values, fact_values,
        number_index, owner_of,
    },
    error::Error,
    import::{IMPORT_CAUSE, MAX_BATCH},
    owner::{OWNER_FACT, OWNER_NUMBER, OWNER_ROW as OWNER, owner_fact_values},
    photo::{DRIVER_PHOTO, NewPhoto, PhotoOrigin, PhotoState, photo_digest, photo_values},
    value::{Value, values},
    vault::Vault,
    vehicle::Source,
};

pub use row::{DriverImported, DriverPhoto, DriverRow, DriverSays};

/// The most bytes of pictures of one batch: bounds the memory of an import.
pub const MAX_BATCH_PHOTOS: usize = 64 << 20;

/// A driver as the look-up knows them.
struct Found {
    id: Uuid,
    told: Option<Vec<u8>>,
}

/// What the database knows about the drivers of a round.
#[derive(Default)]
struct Known {
    by_number: HashMap<[u8; 16], Found>,
    /// Only those whose row is not the one the last import brought.
    drivers: HashMap<Uuid, StoredDriver>,
    /// What the last import said about drivers of whom something else was said since.
    imported: HashMap<Uuid, StoredDriver>,
    /// The current pictures: where from, and the digest.
    photos: HashMap<Uuid, (String, Vec<u8>)>,
    owners: HashMap<[u8; 16], Uuid>,
}

/// Rows to be written, as values one after the other.
#[derive(Default)]
struct Writes {
    owner_numbers: Vec<Value>,
    owners: Vec<Value>,
    owner_facts: Vec<Value>,
    numbers: Vec<Value>,
    drivers: Vec<Value>,
    facts: Vec<Value>,
    photos: Vec<Value>,
    /// Drivers whose current picture gives way.
    replaced: Vec<Uuid>,
    /// The drivers' new rows, each with what the statement needs.
    changed: Vec<Vec<Value>>,
    applied: Vec<(Uuid, Date)>,
}

/// A row with its keys.
struct Keyed<'r> {
    row: &'r DriverRow,
    number: [u8; 16],
    owner: [u8; 16],
    told: [u8; 16],
}

/// A keyed digest of everything a row says: the same row again gives the same.
fn told(vault: &Vault, row: &DriverRow) -> Result<[u8; 16], Error> {
    let says = row.says;
    let flags =
        [says.nationality, says.phone, says.file_number, says.status, says.points, says.class_dates, says.deadlines];
    let photo = row.photo.as_ref().map(|photo| vault.index("told photo", &photo.bytes));
    let all = serde_json::to_vec(&(&row.licence, flags, photo, row.applied_on)).map_err(Error::fatal)?;
    Ok(vault.index("told driver", &all))
}

impl Tx {
    /// Records a batch of at most [`MAX_BATCH`] rows with at most [`MAX_BATCH_PHOTOS`] of pictures; answers for each row, in their order,
    /// what became of it. Rows of the same number within the batch act one after the other. Who has no owner record yet gets one; one that
    /// is there stays as it is. A picture of the register takes the place only of another one of the register.
    ///
    /// # Errors
    /// `Conflict` when somebody else records the same drivers at the same time: try the batch again. `Broken`, `Engine`.
    pub async fn upsert_drivers(
        &mut self,
        rows: &[DriverRow],
        source: &Source<'_>,
    ) -> Result<Vec<DriverImported>, Error> {
        let pictures: usize = rows.iter().filter_map(|row| row.photo.as_ref()).map(|photo| photo.bytes.len()).sum();
        if rows.len() > MAX_BATCH || pictures > MAX_BATCH_PHOTOS {
            let why = format!("{} rows with {pictures} bytes of pictures in one batch", rows.len());
            return Err(Error::fatal(format!("{why}; at most {MAX_BATCH} and {MAX_BATCH_PHOTOS}")));
        }
        let mut keyed = Vec::with_capacity(rows.len());
        for row in rows {
            let number = number_index(self.vault(), &row.licence.number);
            let owner = crate::owner::number_index(self.vault(), &owner_of(&row.licence)?.number);
            keyed.push(Keyed { row, number, owner, told: told(self.vault(), row)? });
        }
        let mut answers: Vec<Option<DriverImported>> = vec![None; rows.len()];
        let mut waiting: Vec<usize> = (0..rows.len()).collect();
        while !waiting.is_empty() {
            let mut numbers = HashSet::new();
            let (round, later): (Vec<_>, Vec<_>) =
                waiting.into_iter().partition(|&at| numbers.insert(keyed[at].number));
            self.driver_round(&keyed, &round, source, &mut answers).await?;
            waiting = later;
        }
        answers
            .into_iter()
            .map(|answer| answer.ok_or_else(|| Error::fatal("a row of the batch was left out")))
            .collect()
    }

    async fn driver_round(
        &mut self,
        keyed: &[Keyed<'_>],
        round: &[usize],
        source: &Source<'_>,
        answers: &mut [Option<DriverImported>],
    ) -> Result<(), Error> {
        let known = self.known_drivers(keyed, round).await?;
        let mut writes = Writes::default();
        for &at in round {
            let vault = self.vault();
            answers[at] = Some(match known.by_number.get(&keyed[at].number) {
                None => writes.insert(vault, &known, &keyed[at], source)?,
                Some(found) if found.told.as_deref() == Some(&keyed[at].told[..]) => {
                    DriverImported::Unchanged(found.id)
                }
                Some(found) => {
                    let before = known.drivers.get(&found.id);
                    let before =
                        before.ok_or_else(|| Error::broken("driver_number", found.id, "points to no driver"))?;
                    writes.change(vault, &known, before, &keyed[at], source)?
                }
            });
        }
        self.write_drivers(writes).await
    }

    async fn write_drivers(&mut self, writes: Writes) -> Result<(), Error> {
        self.insert_many("owner_number", OWNER_NUMBER, writes.owner_numbers).await?;
        self.insert_many("owner", OWNER, writes.owners).await?;
        self.insert_many("owner_fact", OWNER_FACT, writes.owner_facts).await?;
        self.insert_many("driver_number", DRIVER_NUMBER, writes.numbers).await?;
        self.insert_many("driver", DRIVER, writes.drivers).await?;
        self.insert_many("driver_fact", DRIVER_FACT, writes.facts).await?;
        for driver in writes.replaced {
            let sql = "UPDATE driver_photo SET state = 'replaced' WHERE driver = $1 AND state = 'current'";
            self.execute(sql, values![driver]).await?;
        }
        self.insert_many("driver_photo", DRIVER_PHOTO, writes.photos).await?;
        let sql =
            "UPDATE driver SET version = $2, division = $3, valid_until = $4, status = $5, told = $6 WHERE id = $1";
        for changed in writes.changed {
            self.execute(sql, changed).await?;
        }
        for (driver, on) in writes.applied {
            self.set_applied(driver, on).await?;
        }
        Ok(())
    }

    /// What is known of the numbers of a round, with the drivers locked.
    async fn known_drivers(&mut self, keyed: &[Keyed<'_>], round: &[usize]) -> Result<Known, Error> {
        let mut known = Known::default();
        let numbers: Vec<Vec<u8>> = round.iter().map(|&at| keyed[at].number.to_vec()).collect();
        let lock = "SELECT d.id FROM driver d WHERE d.id IN (SELECT driver FROM driver_number WHERE number_index = ANY($1)) ORDER BY d.id FOR UPDATE";
        self.lock_all(lock, Keys::Bytes(numbers.clone())).await?;
        let sql = "SELECT n.number_index, d.id, d.told FROM driver_number n JOIN driver d ON d.id = n.driver WHERE n.number_index IN (*)";
        for mut row in self.rows_for(sql, Keys::Bytes(numbers)).await? {
            known.by_number.insert(row.array()?, Found { id: row.id()?, told: row.opt_bytes()? });
        }
        let (mut owners, mut ids, mut with_photo) = (Vec::new(), Vec::new(), Vec::new());
        for row in round.iter().map(|&at| &keyed[at]) {
            match known.by_number.get(&row.number) {
                None => owners.push(row.owner.to_vec()),
                Some(found) if found.told.as_deref() == Some(&row.told[..]) => {}
                Some(found) => {
                    ids.push(found.id);
                    with_photo.extend(row.row.photo.as_ref().map(|_| found.id));
                }
            }
        }
        let sql = "SELECT number_index, owner FROM owner_number WHERE number_index IN (*)";
        for mut row in self.rows_for(sql, Keys::Bytes(owners)).await? {
            known.owners.insert(row.array()?, row.id()?);
        }
        let sql = format!("SELECT {FACT_COLUMNS} {CURRENT} WHERE d.id IN (*)");
        for row in self.rows_for(&sql, Keys::Ids(ids)).await? {
            let driver = self.stored_driver(row)?;
            known.drivers.insert(driver.id, driver);
        }
        let sql = "SELECT driver, origin, digest FROM driver_photo WHERE state = 'current' AND driver IN (*)";
        for mut row in self.rows_for(sql, Keys::Ids(with_photo)).await? {
            known.photos.insert(row.id()?, (row.text()?, row.bytes()?));
        }
        let told: Vec<Uuid> =
            known.drivers.values().filter(|d| !d.cause.starts_with(IMPORT_CAUSE)).map(|d| d.id).collect();
        let sql = format!(
            "SELECT {FACT_COLUMNS} FROM driver d JOIN driver_fact f ON f.driver = d.id WHERE f.driver IN (*) AND f.cause LIKE '{IMPORT_CAUSE}%'"
        );
        for row in self.rows_for(&sql, Keys::Ids(told)).await? {
            let driver = self.stored_driver(row)?;
            if known.imported.get(&driver.id).is_none_or(|other| other.version < driver.version) {
                known.imported.insert(driver.id, driver);
            }
        }
        Ok(known)
    }
}

impl Writes {
    fn insert(
        &mut self,
        vault: &Vault,
        known: &Known,
        keyed: &Keyed<'_>,
        source: &Source<'_>,
    ) -> Result<DriverImported, Error> {
        let Keyed { row, number, owner, told } = keyed;
        let id = row.new_driver;
        let owner = match known.owners.get(owner) {
            Some(owner) => *owner,
            None => {
                let times = (row.true_from, source.known_from);
                self.owner_numbers.extend(values![*owner, row.new_owner]);
                self.owners.extend(values![row.new_owner, 1_u8]);
                self.owner_facts.extend(owner_fact_values(vault, row.new_owner, 1, times, &owner_of(&row.licence)?)?);
                row.new_owner
            }
        };
        let source = Source { true_from: row.true_from, ..*source };
        self.numbers.extend(values![*number, id]);
        self.drivers.extend(current_values(id, owner, &row.licence, row.applied_on, Some(*told)));
        self.facts.extend(fact_values(vault, id, 1, owner, &source, &row.licence)?);
        if let Some(photo) = &row.photo {
            self.photo(vault, id, photo, source.known_from)?;
        }
        Ok(DriverImported::Inserted(id))
    }

    fn change(
        &mut self,
        vault: &Vault,
        known: &Known,
        before: &StoredDriver,
        keyed: &Keyed<'_>,
        source: &Source<'_>,
    ) -> Result<DriverImported, Error> {
        let row = keyed.row;
        let after = row.says.fill(&row.licence, &before.facts);
        let told_before = known.imported.get(&before.id);
        let same = after == before.facts
            || told_before.is_some_and(|told| row.says.fill(&row.licence, &told.facts) == told.facts);
        if !same && before.true_from > source.true_from {
            return Ok(DriverImported::Newer(before.id));
        }
        if let (Some(on), None) = (row.applied_on, before.applied_on) {
            self.applied.push((before.id, on));
        }
        let mut photo = None;
        if let Some(new) = &row.photo {
            let current = known.photos.get(&before.id);
            let other = current.is_none_or(|(origin, digest)| {
                origin == PhotoOrigin::Register.code() && digest[..] != photo_digest(vault, before.id, &new.bytes)
            });
            if other {
                self.replaced.extend(current.map(|_| before.id));
                self.photo(vault, before.id, new, source.known_from)?;
                photo = Some(new.id);
            }
        }
        if same && photo.is_none() {
            return Ok(DriverImported::Unchanged(before.id));
        }
        let (after, version) = if same { (before.facts.clone(), before.version) } else { (after, before.version + 1) };
        if !same {
            self.facts.extend(fact_values(vault, before.id, version, before.owner, source, &after)?);
        }
        let status = after.status.to_string();
        self.changed.push(values![before.id, version, after.division.code(), after.valid_until, status, keyed.told]);
        Ok(DriverImported::Changed { before: Box::new(before.clone()), after: Box::new(after), version, photo })
    }

    fn photo(&mut self, vault: &Vault, driver: Uuid, photo: &DriverPhoto, at: Timestamp) -> Result<(), Error> {
        let new = NewPhoto {
            driver,
            id: photo.id,
            bytes: &photo.bytes,
            width: photo.width,
            height: photo.height,
            origin: PhotoOrigin::Register,
            taken_on: photo.taken_on,
            checks: "[]",
            created_at: at,
        };
        self.photos.extend(photo_values(vault, &new, PhotoState::Current)?);
        Ok(())
    }
}
