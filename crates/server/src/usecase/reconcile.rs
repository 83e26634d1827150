//! Differences between a fresh register export and what we hold.
//!
//! Memory stays bounded whatever the size of either side. The export is read once, in batches, each looked up by frame number; the
//! numbers seen are kept in the same table that finds repetitions within a file, which moves to disk when it is full. Then our own
//! vehicles are walked in the order of their ids, and those whose number was not seen are missing in the export. Nothing is written,
//! no lock is held, and vehicles that change meanwhile are compared as they are when their turn comes.

use super::error::{UseError, Used};
use super::import::reading::{self, Piece};
use super::import::vehicle_rows::{Item, VehicleRows};
use super::import::{Failure, Listener};
use super::import::{sentence, vehicles::says};
use crate::chance;
use crate::clock::china_date;
use crate::register::seen::SeenSet;
use crate::register::{RegisterRow, Reject, Source};
use jiff::Timestamp;
use luzheng_domain::mask;
use luzheng_domain::vehicle::{OwnerDetails, Vehicle};
use luzheng_store::Store;
use luzheng_store::vehicle::{MAX_PAGE, StoredVehicle};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::io;
use uuid::Uuid;

/// What sort of difference it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// The export has the vehicle, we do not.
    MissingHere,
    /// We have the vehicle, the export does not.
    MissingThere,
    /// Both have it, and a field differs.
    Differs,
    /// The export's row cannot be read; whether it differs is not known.
    Unreadable,
}

impl Sort {
    /// The stable word.
    pub fn code(self) -> &'static str {
        match self {
            Self::MissingHere => "missing_here",
            Self::MissingThere => "missing_there",
            Self::Differs => "differs",
            Self::Unreadable => "unreadable",
        }
    }
}

/// One difference. Personal values are masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Which sort.
    pub sort: Sort,
    /// The line of the export; absent when the vehicle is not in it.
    pub line: Option<u64>,
    /// The frame number.
    pub vin: String,
    /// The plate number: ours when we have the vehicle.
    pub plate_number: String,
    /// The kind of plate.
    pub plate_type: String,
    /// The field that differs, by our column name.
    pub field: Option<&'static str>,
    /// What we hold.
    pub ours: Option<String>,
    /// What the export says; for an unreadable row, why.
    pub theirs: Option<String>,
}

/// How many differences of each sort there are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// The export.
    pub file: String,
    /// Rows of the export.
    pub read: u64,
    /// Vehicles that are the same on both sides.
    pub same: u64,
    /// Vehicles that only the export has.
    pub missing_here: u64,
    /// Vehicles that only we have.
    pub missing_there: u64,
    /// Vehicles that differ.
    pub differing: u64,
    /// Differing vehicles by field.
    pub fields: BTreeMap<&'static str, u64>,
    /// Rows that cannot be read.
    pub unreadable: u64,
    /// Columns of the export that mean nothing to us.
    pub unknown_columns: Vec<String>,
    /// Why the export could not be read, or not to its end. What is missing in it was not looked for then.
    pub failure: Option<Failure>,
}

impl Summary {
    /// Whether both sides are the same.
    pub fn is_same(&self) -> bool {
        self.missing_here + self.missing_there + self.differing + self.unreadable == 0 && self.failure.is_none()
    }
}

/// Where differences go while they are found.
pub type Found<'a> = &'a mut (dyn FnMut(&Difference) -> io::Result<()> + Send);

/// Keys of the seen-set besides those of the reader.
const ROW: u8 = b'r';
/// Numbers held in memory; the reader keeps a table of its own beside this one.
const ROWS_IN_MEMORY: usize = 450_000;

/// Compares an export with the store.
///
/// # Errors
/// The environment: the store, the disk, or where the differences are written.
pub async fn vehicles(
    store: &Store,
    source: Source,
    found: Found<'_>,
    listener: &mut dyn Listener,
    now: Timestamp,
) -> Used<Summary> {
    let position = source.position();
    let mut work = Work {
        store,
        found,
        seen: SeenSet::with_ceiling(chance::bytes(), ROWS_IN_MEMORY),
        summary: Summary { file: source.name().to_owned(), ..Summary::default() },
    };
    let mut pieces = reading::start(source, VehicleRows { today: china_date(now) }, SeenSet::new(chance::bytes()));
    while let Some(piece) = pieces.recv().await {
        match piece {
            Piece::Batch(items) => work.batch(items).await?,
            Piece::End(Ok(walk)) => work.summary.unknown_columns = walk.unknown.names().map(str::to_owned).collect(),
            Piece::End(Err(error)) => {
                work.summary.failure = Some(Failure { code: error.code(), message: sentence(&error) });
            }
            Piece::Disk(error) => return Err(disk(error)),
        }
        listener.progress(position.bytes(), work.summary.read);
    }
    if work.summary.failure.is_none() {
        work.missing_there().await?;
    }
    Ok(work.summary)
}

fn disk(error: io::Error) -> UseError {
    UseError::unavailable("disk", format!("a temporary file cannot be used: {error}"), error)
}

struct Work<'a> {
    store: &'a Store,
    found: Found<'a>,
    seen: SeenSet,
    summary: Summary,
}

impl Work<'_> {
    fn tell(&mut self, difference: &Difference) -> Used<()> {
        (self.found)(difference).map_err(|e| {
            UseError::unavailable("output_unwritable", format!("the differences cannot be written: {e}"), e)
        })
    }

    async fn batch(&mut self, items: Vec<Item>) -> Used<()> {
        self.summary.read += items.len() as u64;
        let mut rows = Vec::new();
        for item in items {
            match item {
                Item::Row { row, owner_told } => {
                    self.seen.insert(ROW, row.vehicle.vin.as_str().as_bytes(), row.line, 0).map_err(disk)?;
                    rows.push((*row, owner_told));
                }
                Item::Bad { vin, rejects } => {
                    // A vehicle whose row is damaged is not missing there.
                    if let Some(vin) = &vin {
                        self.seen.insert(ROW, vin.as_bytes(), 0, 0).map_err(disk)?;
                    }
                    self.unreadable(vin, &rejects)?;
                }
            }
        }
        let vins: Vec<_> = rows.iter().map(|(row, _)| row.vehicle.vin.clone()).collect();
        let mut tx = self.store.read().await?;
        let known: HashMap<String, StoredVehicle> =
            tx.vehicles_by_vins(&vins).await?.into_iter().map(|v| (v.facts.vin.as_str().to_owned(), v)).collect();
        let owners: Vec<Uuid> = known.values().map(|v| v.facts.owner).collect();
        let owners: HashMap<Uuid, OwnerDetails> =
            tx.owners(owners).await?.into_iter().map(|owner| (owner.id, owner.details)).collect();
        drop(tx);
        for (row, owner_told) in &rows {
            match known.get(row.vehicle.vin.as_str()) {
                Some(ours) => self.compare(row, *owner_told, ours, owners.get(&ours.facts.owner))?,
                None => {
                    self.summary.missing_here += 1;
                    self.tell(&of_vehicle(Sort::MissingHere, Some(row.line), &row.vehicle))?;
                }
            }
        }
        Ok(())
    }

    fn unreadable(&mut self, vin: Option<String>, rejects: &[Reject]) -> Used<()> {
        // The same row once more says nothing new about either side.
        if rejects.iter().all(|r| r.code == "duplicate_row") {
            return Ok(());
        }
        self.summary.unreadable += 1;
        for reject in rejects {
            self.tell(&Difference {
                sort: Sort::Unreadable,
                line: Some(reject.line),
                vin: vin.clone().unwrap_or_default(),
                plate_number: String::new(),
                plate_type: String::new(),
                field: reject.column,
                ours: None,
                theirs: Some(format!("{}: {}", reject.code, reject.value)),
            })?;
        }
        Ok(())
    }

    fn compare(
        &mut self,
        row: &RegisterRow,
        owner_told: bool,
        ours: &StoredVehicle,
        owner: Option<&OwnerDetails>,
    ) -> Used<()> {
        let mut theirs = row.vehicle.clone();
        says(row).fill(&mut theirs, &ours.facts);
        let mut differing = facts_that_differ(&ours.facts, &theirs);
        differing.extend(owner_that_differs(owner, row, owner_told));
        if differing.is_empty() {
            self.summary.same += 1;
            return Ok(());
        }
        self.summary.differing += 1;
        for (field, mine, other) in differing {
            *self.summary.fields.entry(field).or_default() += 1;
            self.tell(&Difference {
                field: Some(field),
                ours: Some(mine),
                theirs: Some(other),
                ..of_vehicle(Sort::Differs, Some(row.line), &ours.facts)
            })?;
        }
        Ok(())
    }

    async fn missing_there(&mut self) -> Used<()> {
        let mut after = None;
        loop {
            let mut tx = self.store.read().await?;
            let page = tx.vehicles(after, MAX_PAGE).await?;
            drop(tx);
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.id);
            for vehicle in page {
                if self.seen.get(ROW, vehicle.facts.vin.as_str().as_bytes()).map_err(disk)?.is_none() {
                    self.summary.missing_there += 1;
                    self.tell(&of_vehicle(Sort::MissingThere, None, &vehicle.facts))?;
                }
            }
        }
    }
}

fn of_vehicle(sort: Sort, line: Option<u64>, facts: &Vehicle) -> Difference {
    Difference {
        sort,
        line,
        vin: facts.vin.as_str().to_owned(),
        plate_number: facts.plate.number.as_str().to_owned(),
        plate_type: facts.plate.plate_type.code().to_owned(),
        field: None,
        ours: None,
        theirs: None,
    }
}

type FieldDiffers = (&'static str, String, String);
type Fact = (&'static str, fn(&Vehicle) -> String);

fn facts_that_differ(ours: &Vehicle, theirs: &Vehicle) -> Vec<FieldDiffers> {
    let both: [Fact; 15] = [
        ("plate_number", |v| v.plate.number.as_str().to_owned()),
        ("plate_type", |v| v.plate.plate_type.code().to_owned()),
        ("vehicle_type", |v| v.vehicle_type.code().to_owned()),
        ("use_nature", |v| v.use_nature.to_string()),
        ("seats", |v| v.seats.to_string()),
        ("registered_on", |v| v.registered_on.to_string()),
        ("manufactured_on", |v| text(v.manufactured_on.as_ref())),
        ("energy", |v| v.energy.as_ref().map_or_else(String::new, |e| e.code().to_owned())),
        ("colour", |v| v.colour.clone().unwrap_or_default()),
        ("division", |v| v.division.to_string()),
        ("status", |v| v.status.letters()),
        ("valid_until", |v| text(v.valid_until.as_ref())),
        ("insurance_until", |v| text(v.insurance_until.as_ref())),
        ("casualty_accident", |v| v.casualty_accident.to_string()),
        ("illegal_modification", |v| v.illegal_modification.to_string()),
    ];
    let differing = both.into_iter().map(|(field, read)| (field, read(ours), read(theirs)));
    differing.filter(|(_, mine, other)| mine != other).collect()
}

fn text(value: Option<&impl ToString>) -> String {
    value.map_or_else(String::new, ToString::to_string)
}

/// What of the owner differs, masked. Where the export contradicts itself about an owner (`owner_told`), its first row counts, as in an
/// import.
fn owner_that_differs(ours: Option<&OwnerDetails>, row: &RegisterRow, owner_told: bool) -> Vec<FieldDiffers> {
    let theirs = &row.owner;
    let Some(ours) = ours else {
        return vec![("owner_id", String::new(), theirs.number.masked())];
    };
    let mut out = Vec::new();
    if ours.number.as_str() != theirs.number.as_str() {
        out.push(("owner_id", ours.number.masked(), theirs.number.masked()));
    }
    if owner_told {
        return out;
    }
    if ours.kind != theirs.kind {
        out.push(("owner_kind", ours.kind.code().to_owned(), theirs.kind.code().to_owned()));
    }
    if ours.name != theirs.name {
        out.push(("owner_name", mask::name(&ours.name), mask::name(&theirs.name)));
    }
    if row.says("phone") && ours.phone != theirs.phone {
        let masked = |phone: Option<&String>| phone.map_or_else(String::new, |p| mask::phone(p));
        out.push(("phone", masked(ours.phone.as_ref()), masked(theirs.phone.as_ref())));
    }
    out
}
