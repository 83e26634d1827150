//! A batch of a register's rows at once: what is new goes in, what is the same is left alone, what changed gets a new version.

use std::collections::{HashMap, HashSet};

use luzheng_domain::vehicle::{OwnerDetails, Vehicle};
use uuid::Uuid;

use crate::{
    bulk::Keys,
    db::Tx,
    error::Error,
    owner::{OWNER_FACT, details_digest, number_index, owner_fact_values},
    value::{Kind, Value, values},
    vehicle::{FACT_COLUMNS, PLATE, Source, StoredVehicle, VEHICLE, VEHICLE_FACT, VIN, current_values, fact_values, stored_vehicle},
};

/// The most rows of one batch: bounds the memory of an import.
pub const MAX_BATCH: usize = 5_000;

/// One row of a register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRow {
    /// The id the vehicle gets if it is new.
    pub new_vehicle: Uuid,
    /// The id the owner gets if it is new.
    pub new_owner: Uuid,
    /// The facts; `owner` is filled in here. A register export does not say `casualty_accident` and `illegal_modification`: for a known
    /// vehicle they stay as they are.
    pub facts: Vehicle,
    /// Who owns it.
    pub owner: OwnerDetails,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Imported {
    /// A new vehicle.
    Inserted(Uuid),
    /// Known, nothing new (the owner's details may have been).
    Unchanged(Uuid),
    /// Known with other facts; a new version was recorded.
    Changed {
        /// The vehicle as it was known before.
        before: Box<StoredVehicle>,
        /// The new version.
        version: u32,
    },
    /// Not recorded: it contradicts what is known.
    Conflict(ImportConflict),
}

/// Why a row contradicts what is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ImportConflict {
    /// The plate belongs to a vehicle with another VIN.
    PlateTaken,
}

impl ImportConflict {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::PlateTaken => "plate_taken",
        }
    }
}

/// A plate's number and kind as they stand in the look-up.
type PlateKey = (String, String);

fn plate_key(facts: &Vehicle) -> PlateKey {
    (facts.plate.number.as_str().to_owned(), facts.plate.plate_type.code().to_owned())
}

/// What the database knows about the vehicles of a round.
#[derive(Default)]
struct Known {
    by_vin: HashMap<String, Uuid>,
    by_plate: HashMap<PlateKey, Uuid>,
    vehicles: HashMap<Uuid, StoredVehicle>,
}

/// Rows to be written, as values one after the other.
#[derive(Default)]
struct Writes {
    vins: Vec<Value>,
    plates: Vec<Value>,
    vehicles: Vec<Value>,
    facts: Vec<Value>,
    changed: Vec<(StoredVehicle, Vehicle)>,
}

impl Tx {
    /// Records a batch of at most [`MAX_BATCH`] rows; answers for each row, in their order, what became of it. Rows of the same VIN
    /// or plate within the batch act one after the other, as if they came in separate batches.
    ///
    /// # Errors
    /// `Conflict` when somebody else records the same vehicles at the same time: try the batch again. `Broken`, `Engine`.
    pub async fn upsert_vehicles(&mut self, rows: &[ImportRow], source: &Source<'_>) -> Result<Vec<Imported>, Error> {
        if rows.len() > MAX_BATCH {
            return Err(Error::fatal(format!("{} rows in one batch; at most {MAX_BATCH}", rows.len())));
        }
        let owners = self.put_owners(rows, source).await?;
        let mut answers: Vec<Option<Imported>> = vec![None; rows.len()];
        let mut waiting: Vec<usize> = (0..rows.len()).collect();
        while !waiting.is_empty() {
            let (round, mut later) = distinct(rows, &waiting);
            later.extend(self.import_round(rows, &round, &owners, source, &mut answers).await?);
            later.sort_unstable();
            waiting = later;
        }
        answers.into_iter().map(|answer| answer.ok_or_else(|| Error::fatal("a row of the batch was left out"))).collect()
    }

    /// Answers which rows must wait for the next round, because this one frees the plate they want.
    async fn import_round(
        &mut self,
        rows: &[ImportRow],
        round: &[usize],
        owners: &[Uuid],
        source: &Source<'_>,
        answers: &mut [Option<Imported>],
    ) -> Result<Vec<usize>, Error> {
        let known = self.known_vehicles(rows, round).await?;
        let mut writes = Writes::default();
        let mut freed = HashSet::new();
        let mut wait = Vec::new();
        for &at in round {
            let mut facts = rows[at].facts.clone();
            facts.owner = owners[at];
            let by_vin = known.by_vin.get(facts.vin.as_str()).copied();
            let by_plate = known.by_plate.get(&plate_key(&facts)).copied();
            if by_plate.is_some_and(|holder| by_vin != Some(holder) && freed.contains(&holder)) {
                wait.push(at);
                continue;
            }
            answers[at] = Some(match (by_vin, by_plate) {
                (None, None) => {
                    writes.insert(rows[at].new_vehicle, source, &facts);
                    Imported::Inserted(rows[at].new_vehicle)
                }
                (None, Some(_)) => Imported::Conflict(ImportConflict::PlateTaken),
                (Some(id), Some(other)) if id != other => Imported::Conflict(ImportConflict::PlateTaken),
                (Some(id), _) => {
                    let before = known.vehicles.get(&id).ok_or_else(|| Error::broken("vin", id, "points to no vehicle"))?;
                    facts.casualty_accident = before.facts.casualty_accident;
                    facts.illegal_modification = before.facts.illegal_modification;
                    if before.facts == facts {
                        Imported::Unchanged(id)
                    } else {
                        if before.facts.plate != facts.plate {
                            freed.insert(id);
                        }
                        writes.changed.push((before.clone(), facts));
                        Imported::Changed { before: Box::new(before.clone()), version: before.version + 1 }
                    }
                }
            });
        }
        self.write_round(writes, source).await?;
        Ok(wait)
    }

    async fn write_round(&mut self, writes: Writes, source: &Source<'_>) -> Result<(), Error> {
        self.insert_many("vin", VIN, writes.vins).await?;
        self.insert_many("plate", PLATE, writes.plates).await?;
        self.insert_many("vehicle", VEHICLE, writes.vehicles).await?;
        self.insert_many("vehicle_fact", VEHICLE_FACT, writes.facts).await?;
        for (before, facts) in &writes.changed {
            self.append_vehicle_fact(before, facts, source).await?;
        }
        Ok(())
    }

    /// What is known of the VINs and plates of a round, with the vehicles locked.
    async fn known_vehicles(&mut self, rows: &[ImportRow], round: &[usize]) -> Result<Known, Error> {
        let mut known = Known::default();
        let vins = round.iter().map(|&at| rows[at].facts.vin.as_str().to_owned()).collect();
        for mut row in self.rows_for("SELECT vin, vehicle FROM vin WHERE vin IN (*)", Keys::Texts(vins)).await? {
            known.by_vin.insert(row.text()?, row.id()?);
        }
        let numbers = round.iter().map(|&at| rows[at].facts.plate.number.as_str().to_owned()).collect();
        for mut row in self.rows_for("SELECT plate_number, plate_type, vehicle FROM plate WHERE plate_number IN (*)", Keys::Texts(numbers)).await? {
            known.by_plate.insert((row.text()?, row.text()?), row.id()?);
        }
        // In the order of their ids: two imports that lock the same vehicles do not deadlock.
        let mut ids: Vec<Uuid> = known.by_vin.values().copied().collect();
        ids.sort_unstable();
        if ids.is_empty() {
            return Ok(known);
        }
        self.rows_for("SELECT id FROM vehicle WHERE id IN (*) ORDER BY id FOR UPDATE", Keys::Ids(ids.clone())).await?;
        let sql = format!("SELECT {FACT_COLUMNS} FROM vehicle v JOIN vehicle_fact f ON f.vehicle = v.id AND f.version = v.version WHERE v.id IN (*)");
        for row in self.rows_for(&sql, Keys::Ids(ids)).await? {
            let vehicle = stored_vehicle(row)?;
            known.vehicles.insert(vehicle.id, vehicle);
        }
        Ok(known)
    }

    /// Records the owners of a batch; answers the owner of each row. When rows disagree about an owner the last one counts.
    async fn put_owners(&mut self, rows: &[ImportRow], source: &Source<'_>) -> Result<Vec<Uuid>, Error> {
        let indices: Vec<[u8; 16]> = rows.iter().map(|row| number_index(self.vault(), &row.owner.number)).collect();
        let mut newest: HashMap<[u8; 16], usize> = HashMap::with_capacity(rows.len());
        for (at, index) in indices.iter().enumerate() {
            newest.insert(*index, at);
        }
        let mut known: HashMap<[u8; 16], (Uuid, u32, Vec<u8>)> = HashMap::new();
        let keys = newest.keys().map(|index| index.to_vec()).collect();
        let sql = "SELECT n.number_index, o.id, o.version, f.digest FROM owner_number n JOIN owner o ON o.id = n.owner \
                   JOIN owner_fact f ON f.owner = o.id AND f.version = o.version WHERE n.number_index IN (*)";
        for mut row in self.rows_for(sql, Keys::Bytes(keys)).await? {
            known.insert(row.array()?, (row.id()?, row.number()?, row.bytes()?));
        }
        let (mut numbers, mut owners, mut facts, mut changed) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut ids: HashMap<[u8; 16], Uuid> = HashMap::with_capacity(newest.len());
        let times = (source.true_from, source.known_from);
        // In the order of the rows, so that new owners stand in the order of their ids.
        for at in (0..rows.len()).filter(|at| newest.get(&indices[*at]) == Some(at)) {
            let row = &rows[at];
            let id = match known.get(&indices[at]) {
                None => {
                    numbers.extend(values![indices[at], row.new_owner]);
                    owners.extend(values![row.new_owner, 1_u8]);
                    facts.extend(owner_fact_values(self.vault(), row.new_owner, 1, times, &row.owner)?);
                    row.new_owner
                }
                Some((id, version, digest)) => {
                    if digest.as_slice() != details_digest(self.vault(), &row.owner) {
                        facts.extend(owner_fact_values(self.vault(), *id, version + 1, times, &row.owner)?);
                        changed.push((*id, version + 1));
                    }
                    *id
                }
            };
            ids.insert(indices[at], id);
        }
        self.insert_many("owner_number", &[("number_index", Kind::Bytes), ("owner", Kind::Id)], numbers).await?;
        self.insert_many("owner", &[("id", Kind::Id), ("version", Kind::Int)], owners).await?;
        self.insert_many("owner_fact", OWNER_FACT, facts).await?;
        for (id, version) in changed {
            self.execute("UPDATE owner SET version = $2 WHERE id = $1", values![id, version]).await?;
        }
        Ok(indices.iter().map(|index| ids[index]).collect())
    }
}

impl Writes {
    fn insert(&mut self, id: Uuid, source: &Source<'_>, facts: &Vehicle) {
        self.vins.extend(values![facts.vin.as_str(), id]);
        self.plates.extend(values![facts.plate.number.as_str(), facts.plate.plate_type.code(), id]);
        self.vehicles.extend(current_values(id, 1, facts));
        self.facts.extend(fact_values(id, 1, source, facts));
    }
}

/// Splits rows into those whose VIN and plate no earlier one has, and the rest.
fn distinct(rows: &[ImportRow], waiting: &[usize]) -> (Vec<usize>, Vec<usize>) {
    let (mut vins, mut plates) = (HashSet::new(), HashSet::new());
    waiting.iter().partition(|&&at| {
        let (new_vin, new_plate) = (vins.insert(rows[at].facts.vin.as_str()), plates.insert(plate_key(&rows[at].facts)));
        new_vin && new_plate
    })
}
