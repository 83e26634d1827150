//! The reading side of an import: a thread of its own that understands rows, finds repetitions within the file and hands batches
//! over. The channel holds one batch, so that a slow database slows the reader down instead of filling the memory.

use crate::register::columns;
use crate::register::record::Record;
use crate::register::seen::{Seen, SeenSet};
use crate::register::vehicle;
use crate::register::{RegisterRow, Reject, RowWarning, Source, SourceError, Walk};
use jiff::civil::Date;
use std::io;
use std::ops::ControlFlow;
use tokio::sync::mpsc;

/// Rows of a batch: one transaction. As many as the store takes at once: the fewer transactions, the less often a page is written.
pub(crate) const BATCH: usize = 5_000;
/// Batches that wait between reader and store.
const WAITING: usize = 1;

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

/// What the reader hands over.
#[derive(Debug)]
pub(crate) enum Piece {
    /// Rows in the order of the file.
    Batch(Vec<Item>),
    /// The file is at its end, or cannot be read further.
    End(Result<Walk, SourceError>),
    /// The disk that repetitions are kept on failed.
    Disk(io::Error),
}

/// Starts reading a register of vehicles. Dropping the receiver ends the thread.
pub(crate) fn start(source: Source, today: Date, seen: SeenSet) -> mpsc::Receiver<Piece> {
    let (out, pieces) = mpsc::channel(WAITING);
    tokio::task::spawn_blocking(move || {
        let mut reader = Reader { out: out.clone(), seen, batch: Vec::with_capacity(BATCH), disk: None };
        let walked = source.walk(columns::vehicle(), &mut |record| reader.take(record, today));
        if let Some(error) = reader.disk.take() {
            let _ = out.blocking_send(Piece::Disk(error));
            return;
        }
        if !reader.batch.is_empty() && reader.flush().is_break() {
            return;
        }
        // Whoever no longer listens does not need the end either.
        let _ = out.blocking_send(Piece::End(walked));
    });
    pieces
}

struct Reader {
    out: mpsc::Sender<Piece>,
    seen: SeenSet,
    batch: Vec<Item>,
    disk: Option<io::Error>,
}

impl Reader {
    fn take(&mut self, record: Record, today: Date) -> ControlFlow<()> {
        let vin = raw_vin(&record);
        let item = match vehicle::read(record, today) {
            Err(rejects) => Item::Bad { vin, rejects },
            Ok(row) => match self.repetition(row) {
                Ok(item) => item,
                Err(error) => {
                    self.disk = Some(error);
                    return ControlFlow::Break(());
                }
            },
        };
        self.batch.push(item);
        if self.batch.len() < BATCH { ControlFlow::Continue(()) } else { self.flush() }
    }

    fn flush(&mut self) -> ControlFlow<()> {
        let batch = std::mem::replace(&mut self.batch, Vec::with_capacity(BATCH));
        match self.out.blocking_send(Piece::Batch(batch)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }

    /// Holds a row against the earlier ones of its file. The first row with a plate or a frame number counts; later ones are
    /// rejected, and told apart: the same once more (nothing is lost), or something else under the same key.
    fn repetition(&mut self, mut row: RegisterRow) -> io::Result<Item> {
        let plate = format!("{}\t{}", row.vehicle.plate.number.as_str(), row.vehicle.plate.plate_type.code());
        let vin = row.vehicle.vin.as_str().to_owned();
        let content = self.seen.content(&content(&row));
        let earlier = match self.seen.get(PLATE, plate.as_bytes())? {
            Some(seen) => Some(("plate_number", "duplicate_plate", plate.replace('\t', " "), seen)),
            None => self.seen.get(VIN, vin.as_bytes())?.map(|seen| ("vin", "duplicate_vin", vin.clone(), seen)),
        };
        if let Some((column, code, value, seen)) = earlier {
            let reject = repeated(row.line, column, code, &value, seen, content);
            return Ok(Item::Bad { vin: Some(vin), rejects: vec![reject] });
        }
        self.seen.insert(PLATE, plate.as_bytes(), row.line, content)?;
        self.seen.insert(VIN, vin.as_bytes(), row.line, content)?;
        let details = self.seen.content(&owner_content(&row));
        let told = self.seen.insert(OWNER, row.owner.number.as_str().as_bytes(), row.line, details)?;
        let owner_told = told.is_some_and(|seen| seen.content != details);
        if owner_told {
            row.warnings.push(RowWarning { column: "owner_id", code: "owner_differs" });
        }
        Ok(Item::Row { row: Box::new(row), owner_told })
    }
}

fn repeated(line: u64, column: &'static str, code: &'static str, value: &str, seen: Seen, content: u64) -> Reject {
    let first = seen.line;
    if seen.content == content {
        return Reject::found(
            line,
            column,
            value,
            "duplicate_row",
            format!("the same row as line {first}; nothing is lost"),
        );
    }
    Reject::found(
        line,
        column,
        value,
        code,
        format!("line {first} has it already, with other values; line {first} counts"),
    )
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
