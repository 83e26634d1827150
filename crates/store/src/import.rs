//! A batch of a register's rows at once: what is new goes in, what is the same is left alone, what changed gets a new version.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use luzheng_domain::vehicle::{OwnerDetails, Vehicle};
use uuid::Uuid;

use crate::{
    bulk::Keys,
    db::Tx,
    error::Error,
    owner::{OWNER_FACT, OWNER_NUMBER, OWNER_ROW, details_digest, number_index, owner_fact_values},
    value::{Value, values},
    vehicle::{
        CURRENT, FACT_COLUMNS, PLATE, Source, StoredVehicle, VEHICLE, VEHICLE_FACT, VIN, current_values, fact_values,
        stored_vehicle,
    },
};

/// The most rows of one batch: bounds the memory of an import.
pub const MAX_BATCH: usize = 5_000;

/// Beginning of the cause of every fact that an import recorded; what follows names the run.
pub const IMPORT_CAUSE: &str = "import:";

/// Which columns an export has. What an export does not say stays as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one for each column that an export may lack")]
pub struct Says {
    /// 出厂日期.
    pub manufactured_on: bool,
    /// 能源种类.
    pub energy: bool,
    /// 车身颜色.
    pub colour: bool,
    /// 机动车状态.
    pub status: bool,
    /// 检验有效期止.
    pub valid_until: bool,
    /// 交强险终止日期.
    pub insurance_until: bool,
    /// Accidents with casualties.
    pub casualty_accident: bool,
    /// Punished illegal modifications.
    pub illegal_modification: bool,
    /// The owner's phone.
    pub phone: bool,
}

impl Says {
    /// An export with every column.
    pub const EVERYTHING: Self = Self {
        manufactured_on: true,
        energy: true,
        colour: true,
        status: true,
        valid_until: true,
        insurance_until: true,
        casualty_accident: true,
        illegal_modification: true,
        phone: true,
    };

    /// Takes what the export does not say from what is known.
    pub fn fill(&self, facts: &mut Vehicle, known: &Vehicle) {
        if !self.manufactured_on {
            facts.manufactured_on = known.manufactured_on;
        }
        if !self.energy {
            facts.energy = known.energy;
        }
        if !self.colour {
            facts.colour.clone_from(&known.colour);
        }
        if !self.status {
            facts.status = known.status;
        }
        if !self.valid_until {
            facts.valid_until = known.valid_until;
        }
        if !self.insurance_until {
            facts.insurance_until = known.insurance_until;
        }
        if !self.casualty_accident {
            facts.casualty_accident = known.casualty_accident;
        }
        if !self.illegal_modification {
            facts.illegal_modification = known.illegal_modification;
        }
    }
}

/// One row of a register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRow {
    /// The id the vehicle gets if it is new.
    pub new_vehicle: Uuid,
    /// The id the owner gets if it is new.
    pub new_owner: Uuid,
    /// Since when the facts of a vehicle that is new to us count as true; those of a known one count from the source's `true_from`.
    pub true_from: Timestamp,
    /// The facts; `owner` is filled in here.
    pub facts: Vehicle,
    /// What of the facts the export really says.
    pub says: Says,
    /// Who owns it.
    pub owner: OwnerDetails,
    /// An earlier row of the same export said who this owner is; where this one differs, it is not believed.
    pub owner_told: bool,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Imported {
    /// A new vehicle.
    Inserted(Uuid),
    /// Known, nothing new: the facts are those we know, or those the last import brought and events have changed since.
    Unchanged(Uuid),
    /// The vehicle is as known; its owner has a new name, phone or kind.
    OwnerChanged(Uuid),
    /// Left alone: something that happened after the export is known.
    Newer(Uuid),
    /// Known with other facts; a new version was recorded.
    Changed {
        /// The vehicle as it was known before.
        before: Box<StoredVehicle>,
        /// The facts as they are now.
        after: Box<Vehicle>,
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
    /// What the last import said about vehicles of which something else was said since.
    imported: HashMap<Uuid, StoredVehicle>,
}

/// An owner as known: id, version, digest of the details, sealed phone.
type KnownOwner = (Uuid, u32, Vec<u8>, Option<Vec<u8>>);

/// The owners of a batch.
struct Owners {
    /// The owner of each row.
    of_row: Vec<Uuid>,
    /// Those that got a new version.
    changed: HashSet<Uuid>,
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
        answers
            .into_iter()
            .map(|answer| answer.ok_or_else(|| Error::fatal("a row of the batch was left out")))
            .collect()
    }

    /// Answers which rows must wait for the next round, because this one frees the plate they want.
    async fn import_round(
        &mut self,
        rows: &[ImportRow],
        round: &[usize],
        owners: &Owners,
        source: &Source<'_>,
        answers: &mut [Option<Imported>],
    ) -> Result<Vec<usize>, Error> {
        let known = self.known_vehicles(rows, round).await?;
        let mut writes = Writes::default();
        let mut freed = HashSet::new();
        let mut wait = Vec::new();
        for &at in round {
            let mut facts = rows[at].facts.clone();
            facts.owner = owners.of_row[at];
            let by_vin = known.by_vin.get(facts.vin.as_str()).copied();
            if let Some(id) = by_vin {
                let before = known.vehicles.get(&id).ok_or_else(|| Error::broken("vin", id, "points to no vehicle"))?;
                if let Some(answer) = known.nothing_new(before, &facts, &rows[at].says, &owners.changed, source) {
                    answers[at] = Some(answer);
                    continue;
                }
                rows[at].says.fill(&mut facts, &before.facts);
            }
            let by_plate = known.by_plate.get(&plate_key(&facts)).copied();
            if by_plate.is_some_and(|holder| by_vin != Some(holder) && freed.contains(&holder)) {
                wait.push(at);
                continue;
            }
            answers[at] = Some(match (by_vin, by_plate) {
                (None, None) => {
                    writes.insert(rows[at].new_vehicle, &Source { true_from: rows[at].true_from, ..*source }, &facts);
                    Imported::Inserted(rows[at].new_vehicle)
                }
                (None, Some(_)) => Imported::Conflict(ImportConflict::PlateTaken),
                (Some(id), Some(other)) if id != other => Imported::Conflict(ImportConflict::PlateTaken),
                (Some(id), _) => {
                    let before =
                        known.vehicles.get(&id).ok_or_else(|| Error::broken("vin", id, "points to no vehicle"))?;
                    if before.facts.plate != facts.plate {
                        freed.insert(id);
                    }
                    writes.changed.push((before.clone(), facts.clone()));
                    Imported::Changed {
                        before: Box::new(before.clone()),
                        after: Box::new(facts),
                        version: before.version + 1,
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
        let vins: Vec<String> = round.iter().map(|&at| rows[at].facts.vin.as_str().to_owned()).collect();
        let lock = "SELECT v.id FROM vehicle v WHERE v.id IN (SELECT vehicle FROM vin WHERE vin = ANY($1)) ORDER BY v.id FOR UPDATE";
        self.lock_all(lock, Keys::Texts(vins.clone())).await?;
        let sql = format!("SELECT {FACT_COLUMNS} {CURRENT} JOIN vin n ON n.vehicle = v.id WHERE n.vin IN (*)");
        for row in self.rows_for(&sql, Keys::Texts(vins)).await? {
            let vehicle = stored_vehicle(row)?;
            known.by_vin.insert(vehicle.facts.vin.as_str().to_owned(), vehicle.id);
            known.vehicles.insert(vehicle.id, vehicle);
        }
        // Most rows are about a vehicle under its own plate: only another plate can be somebody else's.
        let own = |facts: &Vehicle| {
            let known = known.by_vin.get(facts.vin.as_str()).and_then(|id| known.vehicles.get(id));
            known.is_some_and(|vehicle| vehicle.facts.plate == facts.plate)
        };
        let facts = round.iter().map(|&at| &rows[at].facts).filter(|facts| !own(facts));
        let numbers = facts.map(|facts| facts.plate.number.as_str().to_owned()).collect();
        let sql = "SELECT plate_number, plate_type, vehicle FROM plate WHERE plate_number IN (*)";
        for mut row in self.rows_for(sql, Keys::Texts(numbers)).await? {
            known.by_plate.insert((row.text()?, row.text()?), row.id()?);
        }
        let told: Vec<Uuid> =
            known.vehicles.values().filter(|v| !v.cause.starts_with(IMPORT_CAUSE)).map(|v| v.id).collect();
        if told.is_empty() {
            return Ok(known);
        }
        let sql = format!(
            "SELECT {FACT_COLUMNS} FROM vehicle_fact f WHERE f.vehicle IN (*) AND f.cause LIKE '{IMPORT_CAUSE}%'"
        );
        for row in self.rows_for(&sql, Keys::Ids(told)).await? {
            let vehicle = stored_vehicle(row)?;
            if known.imported.get(&vehicle.id).is_none_or(|other| other.version < vehicle.version) {
                known.imported.insert(vehicle.id, vehicle);
            }
        }
        Ok(known)
    }

    /// Records the owners of a batch. When rows disagree about an owner the last one counts that is to be believed.
    async fn put_owners(&mut self, rows: &[ImportRow], source: &Source<'_>) -> Result<Owners, Error> {
        let indices: Vec<[u8; 16]> = rows.iter().map(|row| number_index(self.vault(), &row.owner.number)).collect();
        let mut newest: HashMap<[u8; 16], usize> = HashMap::with_capacity(rows.len());
        for (at, index) in indices.iter().enumerate() {
            let best = newest.entry(*index).or_insert(at);
            if !rows[at].owner_told {
                *best = at;
            }
        }
        let mut known: HashMap<[u8; 16], KnownOwner> = HashMap::new();
        let keys = newest.keys().map(|index| index.to_vec()).collect();
        let sql = "SELECT n.number_index, o.id, o.version, f.digest, f.phone FROM owner_number n JOIN owner o ON o.id = n.owner \
                   JOIN owner_fact f ON f.owner = o.id AND f.version = o.version WHERE n.number_index IN (*)";
        for mut row in self.rows_for(sql, Keys::Bytes(keys)).await? {
            known.insert(row.array()?, (row.id()?, row.number()?, row.bytes()?, row.opt_bytes()?));
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
                Some((id, version, digest, phone)) => {
                    let mut details = row.owner.clone();
                    if let (false, Some(sealed)) = (row.says.phone, phone) {
                        details.phone = Some(self.vault().open_text("owner_fact", "phone", id.as_bytes(), sealed)?);
                    }
                    if !row.owner_told && digest.as_slice() != details_digest(self.vault(), &details) {
                        facts.extend(owner_fact_values(self.vault(), *id, version + 1, times, &details)?);
                        changed.push((*id, version + 1));
                    }
                    *id
                }
            };
            ids.insert(indices[at], id);
        }
        self.insert_many("owner_number", OWNER_NUMBER, numbers).await?;
        self.insert_many("owner", OWNER_ROW, owners).await?;
        self.insert_many("owner_fact", OWNER_FACT, facts).await?;
        for (id, version) in &changed {
            self.execute("UPDATE owner SET version = $2 WHERE id = $1", values![*id, *version]).await?;
        }
        Ok(Owners {
            of_row: indices.iter().map(|index| ids[index]).collect(),
            changed: changed.into_iter().map(|(id, _)| id).collect(),
        })
    }
}

impl Known {
    /// The answer for a row about a known vehicle that changes nothing; `None` when it does.
    fn nothing_new(
        &self,
        before: &StoredVehicle,
        row: &Vehicle,
        says: &Says,
        owners_changed: &HashSet<Uuid>,
        source: &Source<'_>,
    ) -> Option<Imported> {
        let same_as = |known: &Vehicle| {
            let mut facts = row.clone();
            says.fill(&mut facts, known);
            facts == *known
        };
        if same_as(&before.facts) {
            let owner_changed = owners_changed.contains(&row.owner);
            return Some(if owner_changed {
                Imported::OwnerChanged(before.id)
            } else {
                Imported::Unchanged(before.id)
            });
        }
        if self.imported.get(&before.id).is_some_and(|imported| same_as(&imported.facts)) {
            return Some(Imported::Unchanged(before.id));
        }
        (before.true_from > source.true_from).then_some(Imported::Newer(before.id))
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
        let (new_vin, new_plate) =
            (vins.insert(rows[at].facts.vin.as_str()), plates.insert(plate_key(&rows[at].facts)));
        new_vin && new_plate
    })
}
