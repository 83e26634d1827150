//! Reading registers: CSV in UTF-8 or GB18030, NDJSON and XLSX, packed or not, row by row with bounded memory.
//!
//! ```text
//! bytes (file, stdin; gzip off) → lines (bounded, decoded) → rows (quotes, JSON, sheet) → Record (texts by column)
//!       → RegisterRow (facts and owner, with warnings) or Rejects (line, column, masked value, code, sentence)
//! ```
//! A bad row never stops the file; what makes a file as a whole unreadable is a [`SourceError`].

mod bytes;
pub mod columns;
mod delimited;
pub mod driver;
pub mod limits;
mod lines;
mod ndjson;
mod reading;
pub mod record;
pub mod reject;
pub mod seen;
mod sentence;
pub mod source;
pub mod value;
pub mod vehicle;
mod xlsx;

#[cfg(test)]
mod driver_tests;
#[cfg(test)]
mod vehicle_tests;

pub use bytes::Position;
pub use lines::Encoding;
pub use reading::RowWarning;
pub use record::Record;
pub use reject::{Reject, RejectsFile};
pub use source::{Format, Source, SourceError, Walk};
pub use vehicle::RegisterRow;
pub use xlsx::WorkbookError;
