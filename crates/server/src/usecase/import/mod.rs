//! Registers and events come in from files.
//!
//! A register goes in by batches, each one transaction with its journal entry; a bad row is explained and never stops the file;
//! importing the same file again changes nothing. Credentials are not issued here (that is `issue bulk`), but where the new facts of a
//! vehicle or a driver bear on the mark or the licence there is, a job decides about it.

mod driver_rows;
pub mod drivers;
pub mod events;
pub(crate) mod reading;
pub mod reconsider;
mod run;
pub(crate) mod vehicle_rows;
pub mod vehicles;

use super::error::{UseError, Used};
use crate::app::App;
use crate::register::{Reject, RowWarning, Source};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

pub use drivers::{DriverSource, drivers};
pub use events::{EventsFile, EventsSummary, events};
pub(crate) use run::sentence;
pub use vehicles::vehicles;

/// How an import is to be done.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Do everything, keep nothing: the answer says what would happen.
    pub dry_run: bool,
    /// A file goes in as one transaction, or not at all when a row of it is bad.
    pub strict: bool,
    /// When the export was made; those of whom something later is known are left alone. Absent: now.
    pub as_of: Option<Timestamp>,
}

/// Who wants to hear about an import while it runs.
pub trait Listener: Send {
    /// A problem of a row. Called once the batch of the row is in.
    ///
    /// # Errors
    /// Where it is written cannot be written; the import stops.
    fn rejected(&mut self, file: &str, reject: &Reject) -> io::Result<()>;

    /// How far reading has come.
    fn progress(&mut self, bytes: u64, rows: u64);
}

/// Somebody who does not listen.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nobody;

impl Listener for Nobody {
    fn rejected(&mut self, _file: &str, _reject: &Reject) -> io::Result<()> {
        Ok(())
    }

    fn progress(&mut self, _bytes: u64, _rows: u64) {}
}

/// Rows that share a code.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// How many.
    pub count: u64,
    /// The lines of the first few.
    pub first_lines: Vec<u64>,
}

/// Lines that a tally names.
const LINES_NAMED: usize = 5;

impl Tally {
    fn add(&mut self, line: u64) {
        self.count += 1;
        if self.first_lines.len() < LINES_NAMED {
            self.first_lines.push(line);
        }
    }
}

/// Why a file could not be read, or not to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// Stable code.
    pub code: &'static str,
    /// The sentence.
    pub message: String,
}

/// What became of one register file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct FileSummary {
    /// Its name.
    pub file: String,
    /// Its encoding, when it is text.
    pub encoding: Option<&'static str>,
    /// Rows that were read; the sum of the next seven.
    pub read: u64,
    /// New vehicles or drivers.
    pub inserted: u64,
    /// Known ones with new facts.
    pub changed: u64,
    /// Known vehicles whose owner has a new name, phone or kind.
    pub owners_changed: u64,
    /// Rows that say nothing new.
    pub unchanged: u64,
    /// Known ones left alone, because something later than the export is known.
    pub newer_here: u64,
    /// Rows that did not go in.
    pub rejected: u64,
    /// Rows of a strict file that were sound and yet did not go in, because others were not.
    pub held_back: u64,
    /// Rows that went in and have something odd.
    pub warned: u64,
    /// Photos that came in with rows.
    pub photos: u64,
    /// Everything that went in was known already.
    pub nothing_changed: bool,
    /// Problems by code.
    pub reasons: BTreeMap<&'static str, Tally>,
    /// Oddities by `column: code`.
    pub warnings: BTreeMap<String, Tally>,
    /// Columns that mean nothing to us.
    pub unknown_columns: Vec<String>,
    /// Sheets of a workbook that were not read.
    pub sheets_left_out: Vec<String>,
    /// When this very file was imported before.
    pub imported_before: Option<Timestamp>,
    /// Why it could not be read, or not to its end.
    pub failure: Option<Failure>,
}

impl FileSummary {
    fn warn(&mut self, line: u64, warnings: &[RowWarning]) {
        if !warnings.is_empty() {
            self.warned += 1;
        }
        for warning in warnings {
            self.warnings.entry(format!("{}: {}", warning.column, warning.code)).or_default().add(line);
        }
    }

    fn reject(&mut self, rejects: &[Reject]) {
        self.rejected += 1;
        for reject in rejects {
            self.reasons.entry(reject.code).or_default().add(reject.line);
        }
    }

    /// Whether what went in was known already, every row of it.
    fn all_known(&self) -> bool {
        self.unchanged > 0 && self.inserted + self.changed + self.owners_changed == 0 && self.failure.is_none()
    }
}

/// What became of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Nothing was kept.
    pub dry_run: bool,
    /// File by file.
    pub files: Vec<FileSummary>,
    /// Decisions about marks that follow from changed facts and wait to be carried out.
    pub marks_to_reconsider: u64,
    /// The same for electronic licences.
    pub licences_to_reconsider: u64,
}

impl Summary {
    /// Rows or lines that did not go in.
    pub fn rejected(&self) -> u64 {
        self.files.iter().map(|f| f.rejected).sum()
    }

    /// The first file that could not be read.
    pub fn failure(&self) -> Option<(&str, &Failure)> {
        self.files.iter().find_map(|f| f.failure.as_ref().map(|failure| (f.file.as_str(), failure)))
    }
}

fn tell(listener: &mut dyn Listener, file: &str, rejects: &[Reject]) -> Used<()> {
    for reject in rejects {
        listener.rejected(file, reject).map_err(|e| {
            UseError::unavailable("rejects_unwritable", format!("the rejects cannot be written: {e}"), e)
        })?;
    }
    Ok(())
}

/// Most rejects named in an answer over HTTP; the command line writes them all into a file.
const MAX_TOLD: usize = 1_000;

/// Somebody who remembers the first rejects.
#[derive(Default)]
struct Remembering {
    rejects: Vec<serde_json::Value>,
    left_out: u64,
}

impl Listener for Remembering {
    fn rejected(&mut self, _file: &str, reject: &Reject) -> io::Result<()> {
        if self.rejects.len() < MAX_TOLD {
            self.rejects.push(serde_json::to_value(reject)?);
        } else {
            self.left_out += 1;
        }
        Ok(())
    }

    fn progress(&mut self, _bytes: u64, _rows: u64) {}
}

/// Which register a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Register {
    /// Vehicles.
    Vehicles,
    /// Drivers. Photos do not come in this way.
    Drivers,
}

/// Imports a register that came over HTTP; answers with the counts and the first rejects.
///
/// # Errors
/// The body cannot be read as a register; the store.
pub async fn from_body(app: &Arc<App>, register: Register, body: Vec<u8>) -> Used<serde_json::Value> {
    let app = Arc::clone(app);
    let here = tokio::runtime::Handle::current();
    // Reading a register is long, blocking work: it has a thread of its own.
    tokio::task::spawn_blocking(move || here.block_on(take_body(&app, register, body)))
        .await
        .map_err(|e| UseError::broken("import_panicked", e.to_string()))?
}

async fn take_body(app: &App, register: Register, body: Vec<u8>) -> Used<serde_json::Value> {
    let source =
        Source::from_reader("body", io::Cursor::new(body)).map_err(|e| UseError::invalid(e.code(), e.to_string()))?;
    let mut told = Remembering::default();
    let (options, now) = (Options::default(), app.clock.now());
    let summary = match register {
        Register::Vehicles => vehicles(&app.store, vec![source], &options, &mut told, now).await?,
        Register::Drivers => {
            let sources = vec![DriverSource { source, photos: Vec::new() }];
            drivers(&app.store, sources, &options, &mut told, now).await?
        }
    };
    if let Some((_, failure)) = summary.failure() {
        return Err(UseError::invalid(failure.code, failure.message.clone()));
    }
    Ok(serde_json::json!({"summary": summary, "rejects": told.rejects, "rejects_left_out": told.left_out}))
}
