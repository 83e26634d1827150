//! A fictional register in the import formats: valid check digits, a realistic spread over provinces, ages, classes and states.
//!
//! The same seed gives the same bytes. Every row is computed from the seed and its own number, so that memory does not grow with the
//! register: plates, VINs and identity numbers are unique because they are keyed permutations of the row's number, not because somebody remembers them.

mod chance;
mod driver;
mod driver_event;
mod event;
mod name;
mod number;
mod place;
pub mod portrait;
pub mod portrait_set;
mod profile;
mod row;
mod vehicle;

#[cfg(test)]
mod driver_tests;
#[cfg(test)]
pub(crate) mod tests;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde::Serialize;

pub use row::{ALL_COLUMNS, COLUMNS, Row};
pub use vehicle::Register;

pub(crate) use event::{owner, registration};
pub(crate) use number::{build_citizen_number, build_vin, credit_code};

/// Most vehicles of one register: beyond it the rarer kinds of plate would run out in the largest cities.
pub const MAX_VEHICLES: u64 = 20_000_000;
/// Most drivers of one register.
pub const MAX_DRIVERS: u64 = 20_000_000;
/// How many rows lie between two reports of progress.
const PROGRESS_EVERY: u64 = 10_000;

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Summary {
    /// Rows of `vehicles.csv`.
    pub vehicles: u64,
    /// Rows of `drivers.csv`.
    pub drivers: u64,
    /// Lines of `events.ndjson`.
    pub events: u64,
    /// Photo files.
    pub photos: u64,
}

/// Why nothing, or not everything, was written.
#[derive(Debug, thiserror::Error)]
pub enum SynthError {
    /// More than the ceiling.
    #[error("at most {max} {what} can be made, not {asked}")]
    TooMany {
        /// `vehicles` or `drivers`.
        what: &'static str,
        /// What was asked for.
        asked: u64,
        /// The ceiling.
        max: u64,
    },
    /// The day lies outside 2021 to 2100: the fictional vehicles need 18 years before it and the rules must be in force.
    #[error("the register can be made as of a day from 2021 to 2100, not {0}")]
    Day(Date),
    /// A folder or file could not be written.
    #[error("{path}: {cause}")]
    Write {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// A row could not be computed: a fault of this generator, never of the input.
    #[error("row {row}: {problem}")]
    Row {
        /// The number of the row, from 0.
        row: u64,
        /// What went wrong.
        problem: String,
    },
}

/// Writes `vehicles.csv`, `drivers.csv` with its photos, and `events.ndjson` into a folder, which is made when absent. `as_of` is the day of the
/// register; `progress` is told the number of rows done of both tables, now and then.
///
/// # Errors
/// More than can be made, a day that is out of range, or a file that cannot be written.
pub fn generate(
    vehicles: u64,
    drivers: u64,
    seed: u64,
    out: &Path,
    as_of: Date,
    progress: &dyn Fn(u64),
) -> Result<Summary, SynthError> {
    let register = Register::new(vehicles, seed, as_of)?;
    let roll = driver::Roll::new(drivers, seed, as_of)?;
    std::fs::create_dir_all(out).map_err(|cause| SynthError::Write { path: out.to_owned(), cause })?;
    let mut table = Output::create(out, "vehicles.csv")?;
    let mut events = Output::create(out, "events.ndjson")?;
    let mut summary = Summary { vehicles, drivers, events: 0, photos: 0 };
    table.line(&COLUMNS.join(","))?;
    let mut line = String::with_capacity(512);
    for number in 0..vehicles {
        let row = register.row(number)?;
        line.clear();
        row.write_csv(&mut line, false);
        table.line(&line)?;
        if let Some(event) = event::of(&register, number, &row)? {
            events.line(&event.to_string())?;
            summary.events += 1;
        }
        for event in event::records(&register, number, &row) {
            events.line(&event.to_string())?;
            summary.events += 1;
        }
        if number % PROGRESS_EVERY == 0 {
            progress(number);
        }
    }
    table.finish()?;
    for event in event::registrations(&register) {
        events.line(&event?.to_string())?;
        summary.events += 1;
    }
    let mut table = Output::create(out, "drivers.csv")?;
    table.line(&driver::COLUMNS.join(","))?;
    for number in 0..drivers {
        let driver = roll.driver(number)?;
        line.clear();
        driver.write_csv(&mut line);
        table.line(&line)?;
        for event in driver_event::of(&roll, number, &driver) {
            events.line(&event.to_string())?;
            summary.events += 1;
        }
        if number % PROGRESS_EVERY == 0 {
            progress(vehicles + number);
        }
    }
    table.finish()?;
    for event in driver_event::issues(&roll) {
        events.line(&event?.to_string())?;
        summary.events += 1;
    }
    events.finish()?;
    if drivers > 0 {
        summary.photos = faces(&out.join(PHOTOS), seed)?;
    }
    progress(vehicles + drivers);
    Ok(summary)
}

/// The rows of `drivers.csv` alone, with their heading: for the demonstration.
///
/// # Errors
/// More than can be made, or a day that is out of range.
pub fn drivers_csv(drivers: u64, seed: u64, as_of: Date) -> Result<String, SynthError> {
    let roll = driver::Roll::new(drivers, seed, as_of)?;
    let mut text = driver::COLUMNS.join(",") + "\n";
    for number in 0..drivers {
        roll.driver(number)?.write_csv(&mut text);
        text.push('\n');
    }
    Ok(text)
}

/// The names of the photo files of one sex that the rows name, with the number of the face.
pub fn face_files(female: bool) -> impl Iterator<Item = (u64, String)> {
    (0..driver::FACES / 2).map(move |number| (number, driver::face_file(number, female)))
}

/// The folder of the photo files, beside `drivers.csv`.
pub const PHOTOS: &str = "photos";

/// Draws the faces that the rows of `drivers.csv` name.
fn faces(folder: &Path, seed: u64) -> Result<u64, SynthError> {
    let write =
        |path: PathBuf, bytes: Vec<u8>| std::fs::write(&path, bytes).map_err(|cause| SynthError::Write { path, cause });
    std::fs::create_dir_all(folder).map_err(|cause| SynthError::Write { path: folder.to_owned(), cause })?;
    for number in 0..driver::FACES / 2 {
        for female in [false, true] {
            let file = folder.join(driver::face_file(number, female));
            write(file, portrait::card_photo(seed, number, female))?;
        }
    }
    Ok(driver::FACES)
}

/// A text file being written line by line, with its path for the error.
struct Output {
    path: PathBuf,
    file: BufWriter<File>,
}

impl Output {
    fn create(folder: &Path, name: &str) -> Result<Self, SynthError> {
        let path = folder.join(name);
        match File::create(&path) {
            Ok(file) => Ok(Self { path, file: BufWriter::with_capacity(1 << 18, file) }),
            Err(cause) => Err(SynthError::Write { path, cause }),
        }
    }

    fn line(&mut self, text: &str) -> Result<(), SynthError> {
        let done = self.file.write_all(text.as_bytes()).and_then(|()| self.file.write_all(b"\n"));
        done.map_err(|cause| SynthError::Write { path: self.path.clone(), cause })
    }

    fn finish(mut self) -> Result<(), SynthError> {
        self.file.flush().map_err(|cause| SynthError::Write { path: self.path.clone(), cause })
    }
}
