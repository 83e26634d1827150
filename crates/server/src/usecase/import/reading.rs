//! The reading side of an import: a thread of its own that understands rows, finds repetitions within the file and hands batches
//! over. The channel holds one batch, so that a slow database slows the reader down instead of filling the memory.

use crate::register::columns::ColumnSet;
use crate::register::record::Record;
use crate::register::seen::{Seen, SeenSet};
use crate::register::{Reject, Source, SourceError, Walk};
use std::io;
use std::ops::ControlFlow;
use tokio::sync::mpsc;

/// Rows of a batch: one transaction. As many as the store takes at once: the fewer transactions, the less often a page is written.
pub(crate) const BATCH: usize = 5_000;
/// Bytes of pictures after which a batch is handed over before it is full: bounds the memory of an import with photos.
const BATCH_WEIGHT: usize = 16 * 1024 * 1024;
/// Batches that wait between reader and store.
const WAITING: usize = 1;

/// What the reader hands over.
#[derive(Debug)]
pub(crate) enum Piece<I> {
    /// Rows in the order of the file.
    Batch(Vec<I>),
    /// The file is at its end, or cannot be read further.
    End(Result<Walk, SourceError>),
    /// The disk that repetitions are kept on failed.
    Disk(io::Error),
}

/// Understands the rows of one sort of register, one after the other.
pub(crate) trait Rows: Send + 'static {
    /// What becomes of a row.
    type Item: Send;

    /// The columns of this register.
    fn columns(&self) -> &'static ColumnSet;

    /// Understands one row and holds it against the earlier ones of its file.
    ///
    /// # Errors
    /// The disk that repetitions are kept on.
    fn understand(&mut self, record: Record, seen: &mut SeenSet) -> io::Result<Self::Item>;

    /// Bytes of an item beyond those of an ordinary row.
    fn weight(_item: &Self::Item) -> usize {
        0
    }
}

/// Starts reading a register. Dropping the receiver ends the thread.
pub(crate) fn start<R: Rows>(source: Source, rows: R, seen: SeenSet) -> mpsc::Receiver<Piece<R::Item>> {
    let (out, pieces) = mpsc::channel(WAITING);
    tokio::task::spawn_blocking(move || {
        let set = rows.columns();
        let batch = Vec::with_capacity(BATCH);
        let mut reader = Reader { out: out.clone(), rows, seen, batch, weight: 0, disk: None };
        let walked = source.walk(set, &mut |record| reader.take(record));
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

struct Reader<R: Rows> {
    out: mpsc::Sender<Piece<R::Item>>,
    rows: R,
    seen: SeenSet,
    batch: Vec<R::Item>,
    weight: usize,
    disk: Option<io::Error>,
}

impl<R: Rows> Reader<R> {
    fn take(&mut self, record: Record) -> ControlFlow<()> {
        match self.rows.understand(record, &mut self.seen) {
            Ok(item) => {
                self.weight += R::weight(&item);
                self.batch.push(item);
            }
            Err(error) => {
                self.disk = Some(error);
                return ControlFlow::Break(());
            }
        }
        let full = self.batch.len() >= BATCH || self.weight >= BATCH_WEIGHT;
        if full { self.flush() } else { ControlFlow::Continue(()) }
    }

    fn flush(&mut self) -> ControlFlow<()> {
        self.weight = 0;
        let batch = std::mem::replace(&mut self.batch, Vec::with_capacity(BATCH));
        match self.out.blocking_send(Piece::Batch(batch)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }
}

/// The reject of a row whose key an earlier one has: told apart whether that one said the same (nothing is lost) or something else.
pub(super) fn repeated(
    set: &ColumnSet,
    line: u64,
    (column, value): (&'static str, &str),
    code: &'static str,
    seen: Seen,
    content: u64,
) -> Reject {
    let first = seen.line;
    if seen.content == content {
        let sentence = format!("the same row as line {first}; nothing is lost");
        return Reject::found(set, line, column, value, "duplicate_row", sentence);
    }
    let sentence = format!("line {first} has it already, with other values; line {first} counts");
    Reject::found(set, line, column, value, code, sentence)
}
