//! Rows of the register of vehicles on their way in: understood, and held against the earlier rows of their file.

use super::reading::{Rows, repeated};
use crate::register::columns::{self, ColumnSet};
use crate::register::record::Record;
use crate::register::seen::SeenSet;
use crate::register::vehicle;
use crate::register::{RegisterRow, Reject, RowWarning};
use jiff::civil::Date;
use std::io;

/// Keys of the seen-set.
const PLATE: u8 = b'p';
const VIN: u8 = b'v';
const OWNER: u8 = b'o';

/// One row as it was understood.
#[derive(Debug)]
pub(crate) enum Item {
    /// It can go in.
    Row {
        /// What it says.
        row: Box<RegisterRow>,
        /// An earlier row said something else about the owner; that row is believed.
        owner_told: bool,
    },
    /// It cannot; every problem.
    Bad {
        /// The frame number as it stands in the row, in canonical spelling, when there is one.
        vin: Option<String>,
        /// The problems, all of one line.
        rejects: Vec<Reject>,
    },
}

/// Understands rows of vehicles as of a day.
pub(crate) struct VehicleRows {
    /// The day in China.
    pub(crate) today: Date,
}

impl Rows for VehicleRows {
    type Item = Item;

    fn columns(&self) -> &'static ColumnSet {
        columns::vehicle()
    }

    fn understand(&mut self, record: Record, seen: &mut SeenSet) -> io::Result<Item> {
        let vin = raw_vin(&record);
        match vehicle::read(record, self.today) {
            Err(rejects) => Ok(Item::Bad { vin, rejects }),
            Ok(row) => repetition(row, seen),
        }
    }
}

/// Holds a row against the earlier ones of its file. The first row with a plate or a frame number counts; later ones are
/// rejected, and told apart: the same once more (nothing is lost), or something else under the same key.
fn repetition(mut row: RegisterRow, seen: &mut SeenSet) -> io::Result<Item> {
    let plate = format!("{}\t{}", row.vehicle.plate.number.as_str(), row.vehicle.plate.plate_type.code());
    let vin = row.vehicle.vin.as_str().to_owned();
    let content = seen.content(&content(&row));
    let earlier = match seen.get(PLATE, plate.as_bytes())? {
        Some(seen) => Some(("plate_number", "duplicate_plate", plate.replace('\t', " "), seen)),
        None => seen.get(VIN, vin.as_bytes())?.map(|seen| ("vin", "duplicate_vin", vin.clone(), seen)),
    };
    if let Some((column, code, value, earlier)) = earlier {
        let reject = repeated(columns::vehicle(), row.line, (column, &value), code, earlier, content);
        return Ok(Item::Bad { vin: Some(vin), rejects: vec![reject] });
    }
    seen.insert(PLATE, plate.as_bytes(), row.line, content)?;
    seen.insert(VIN, vin.as_bytes(), row.line, content)?;
    let details = seen.content(&owner_content(&row));
    let told = seen.insert(OWNER, row.owner.number.as_str().as_bytes(), row.line, details)?;
    let owner_told = told.is_some_and(|seen| seen.content != details);
    if owner_told {
        row.warnings.push(RowWarning { column: "owner_id", code: "owner_differs" });
    }
    Ok(Item::Row { row: Box::new(row), owner_told })
}

/// Everything a row says, in one spelling.
fn content(row: &RegisterRow) -> Vec<u8> {
    let mut out = serde_json::to_vec(&row.vehicle).unwrap_or_default();
    out.extend(owner_content(row));
    out
}

fn owner_content(row: &RegisterRow) -> Vec<u8> {
    serde_json::to_vec(&row.owner).unwrap_or_default()
}

/// The frame number of a row that may be bad in other columns.
fn raw_vin(record: &Record) -> Option<String> {
    let place = columns::vehicle().find("vin")?;
    let text = luzheng_domain::text::normal_code(record.cells[place].as_deref()?);
    (!text.is_empty()).then_some(text)
}
