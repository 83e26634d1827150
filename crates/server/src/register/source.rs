//! Opening a register, telling what it is, and walking through its rows with bounded memory.

use super::bytes::{self, Bytes, Position};
use super::columns::{Column, ColumnSet, Header, HeaderFault, Unknown};
use super::delimited::Delimited;
use super::limits::EVENT_LINE_MAX;
use super::lines::{Encoding, Line, Lines};
use super::ndjson;
use super::record::Record;
use super::reject::Reject;
use super::xlsx::{Workbook, WorkbookError};
use luzheng_domain::text::Text;
use std::io::{self, BufRead, Read};
use std::ops::ControlFlow;
use std::path::Path;

/// What a register is written in. Told from its content, never from its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma or tab separated text.
    Delimited,
    /// JSON objects, one a line.
    Ndjson,
    /// A workbook.
    Xlsx,
}

/// Why a register cannot be read at all, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// It cannot be opened.
    #[error("it cannot be opened")]
    Open(#[source] io::Error),
    /// Reading broke off behind this line: a cut archive, a failing disk.
    #[error("reading broke off behind line {line}")]
    Read {
        /// The last line that was read.
        line: u64,
        /// What happened.
        #[source]
        error: io::Error,
    },
    /// Nothing in it.
    #[error("it is empty")]
    Empty,
    /// The first row could not be read as a header.
    #[error("its header cannot be read: {}", .0.message.en)]
    Header(Reject),
    /// Required columns are missing.
    #[error("required columns are missing: {}", named(.0))]
    MissingColumns(Vec<&'static Column>),
    /// Two columns mean the same.
    #[error("two of its columns mean {} ({})", .0.name, .0.zh)]
    ColumnTwice(&'static Column),
    /// UTF-16 text, an `.xls` workbook, a picture …
    #[error("it is {0}; a register is CSV (UTF-8 or GB18030), NDJSON or XLSX, also packed with gzip")]
    Unsupported(&'static str),
    /// A workbook that cannot be read.
    #[error(transparent)]
    Workbook(#[from] WorkbookError),
}

impl SourceError {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Open(_) => "cannot_open",
            Self::Read { .. } => "read_broke_off",
            Self::Empty => "empty",
            Self::Header(_) => "bad_header",
            Self::MissingColumns(_) => "missing_columns",
            Self::ColumnTwice(_) => "column_twice",
            Self::Unsupported(_) => "unsupported_format",
            Self::Workbook(WorkbookError::TooLarge(_)) => "workbook_too_large",
            Self::Workbook(_) => "workbook_unreadable",
        }
    }
}

fn named(columns: &[&'static Column]) -> String {
    columns.iter().map(|c| format!("{} ({})", c.name, c.zh)).collect::<Vec<_>>().join(", ")
}

/// An opened register.
pub struct Source {
    name: String,
    position: Position,
    size: Option<u64>,
    format: Format,
    reader: Box<dyn BufRead + Send>,
}

/// What was learned about a register while reading it.
#[derive(Debug, Clone)]
pub struct Walk {
    /// Its format.
    pub format: Format,
    /// Its encoding; absent for workbooks.
    pub encoding: Option<Encoding>,
    /// Its columns that mean nothing to us.
    pub unknown: Unknown,
    /// Sheets of a workbook behind the first, which are not read.
    pub sheets_left_out: Vec<String>,
}

impl Source {
    /// Opens a file, or standard input for `-`.
    pub fn open(path: &Path) -> Result<Self, SourceError> {
        let name = if path.as_os_str() == "-" { "-".to_owned() } else { path.display().to_string() };
        Self::recognise(name, bytes::open(path).map_err(SourceError::Open)?)
    }

    /// Reads from any reader, under a name for messages.
    pub fn from_reader(name: impl Into<String>, reader: impl Read + Send + 'static) -> Result<Self, SourceError> {
        Self::recognise(name.into(), bytes::wrap(reader, None).map_err(SourceError::Open)?)
    }

    fn recognise(name: String, bytes: Bytes) -> Result<Self, SourceError> {
        let Bytes { mut reader, position, size } = bytes;
        let head = reader.fill_buf().map_err(|error| SourceError::Read { line: 0, error })?;
        let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
        let format = match head {
            [] => return Err(SourceError::Empty),
            [b'P', b'K', 3, 4, ..] => Format::Xlsx,
            [0xD0, 0xCF, 0x11, 0xE0, ..] => return Err(SourceError::Unsupported("an old workbook (XLS)")),
            [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => return Err(SourceError::Unsupported("UTF-16 text")),
            [b'%', b'P', b'D', b'F', ..] => return Err(SourceError::Unsupported("a PDF")),
            _ if text.trim_ascii_start().first() == Some(&b'{') => Format::Ndjson,
            _ => Format::Delimited,
        };
        Ok(Self { name, position, size, format, reader })
    }

    /// The name for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is.
    pub fn format(&self) -> Format {
        self.format
    }

    /// How far reading has come; stays valid while and after the source is walked.
    pub fn position(&self) -> Position {
        self.position.clone()
    }

    /// Size on disk, when it is a file.
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// Gives every row to `sink` in the order of the file, until it breaks. Blocking: run it on a thread of its own.
    pub fn walk(
        self,
        set: &'static ColumnSet,
        sink: &mut dyn FnMut(Record) -> ControlFlow<()>,
    ) -> Result<Walk, SourceError> {
        let mut give = |mut record: Record| {
            record.check_characters(set);
            sink(record)
        };
        match self.format {
            Format::Delimited => walk_delimited(self.reader, set, &mut give),
            Format::Ndjson => walk_ndjson(self.reader, set, &mut give),
            Format::Xlsx => walk_workbook(self.reader, set, &mut give),
        }
    }

    /// Gives every line of text to `sink` with its number, for inputs that are no register (events). A line that is too long, or
    /// holds bytes that are no characters, comes as a reject.
    pub fn walk_lines(
        self,
        sink: &mut dyn FnMut(u64, Result<String, Reject>) -> ControlFlow<()>,
    ) -> Result<Encoding, SourceError> {
        let mut lines = Lines::with_longest(self.reader, EVENT_LINE_MAX);
        while let Some(line) = next_line(&mut lines)? {
            let number = line.number;
            if line.text.trim().is_empty() && !line.too_long {
                continue;
            }
            if sink(number, sound(line)).is_break() {
                break;
            }
        }
        Ok(lines.encoding())
    }
}

fn next_line<R: BufRead>(lines: &mut Lines<R>) -> Result<Option<Line>, SourceError> {
    lines.next_line().map_err(|error| SourceError::Read { line: lines.lines_read(), error })
}

fn sound(line: Line) -> Result<String, Reject> {
    if line.too_long {
        let zh = format!("这一行超过 {EVENT_LINE_MAX} 字节");
        let message = Text::made(zh, format!("the line is longer than {EVENT_LINE_MAX} bytes"));
        return Err(Reject::of_row(line.number, "line_too_long", message));
    }
    if line.text.contains('\u{FFFD}') {
        let message = Text::fixed("有无法解码的字节", "bytes that are no characters of the file's encoding");
        return Err(Reject::of_row(line.number, "broken_characters", message));
    }
    Ok(line.text)
}

type Give<'a> = &'a mut dyn FnMut(Record) -> ControlFlow<()>;

fn walk_delimited(
    reader: Box<dyn BufRead + Send>,
    set: &'static ColumnSet,
    give: Give<'_>,
) -> Result<Walk, SourceError> {
    let mut rows = Delimited::new(Lines::new(reader)).map_err(|error| SourceError::Read { line: 0, error })?;
    let mut unknown = Unknown::default();
    let mut header: Option<Header> = None;
    loop {
        let row = match rows.next_row() {
            Ok(Some(row)) => row,
            Ok(None) => break,
            Err(error) => return Err(SourceError::Read { line: rows.lines().lines_read(), error }),
        };
        match (&header, row.fields) {
            (None, Err(fault)) => return Err(SourceError::Header(Reject::of_fault(row.line, fault))),
            (None, Ok(fields)) => {
                rows.expect_columns(fields.len());
                header = Some(read_header(&fields, set, &mut unknown)?);
            }
            (Some(_), Err(fault)) => {
                let mut record = Record::empty(row.line, set);
                record.whole = false;
                record.rejects.push(Reject::of_fault(row.line, fault));
                if give(record).is_break() {
                    break;
                }
            }
            (Some(header), Ok(fields)) => {
                if give(Record::from_fields(row.line, fields, header, set)).is_break() {
                    break;
                }
            }
        }
    }
    if header.is_none() {
        return Err(SourceError::Empty);
    }
    let encoding = Some(rows.lines().encoding());
    Ok(Walk { format: Format::Delimited, encoding, unknown, sheets_left_out: Vec::new() })
}

fn read_header(fields: &[String], set: &'static ColumnSet, unknown: &mut Unknown) -> Result<Header, SourceError> {
    Header::read(fields, set, unknown).map_err(|fault| match fault {
        HeaderFault::Missing(columns) => SourceError::MissingColumns(columns),
        HeaderFault::Twice(column) => SourceError::ColumnTwice(column),
    })
}

fn walk_ndjson(reader: Box<dyn BufRead + Send>, set: &'static ColumnSet, give: Give<'_>) -> Result<Walk, SourceError> {
    let mut lines = Lines::new(reader);
    let mut unknown = Unknown::default();
    while let Some(line) = next_line(&mut lines)? {
        if line.text.trim().is_empty() && !line.too_long {
            continue;
        }
        let record = if line.too_long {
            let mut record = Record::empty(line.number, set);
            record.whole = false;
            record.rejects.push(Reject::of_fault(line.number, super::delimited::Fault::LineTooLong));
            record
        } else {
            ndjson::record(line.number, &line.text, set, &mut unknown)
        };
        if give(record).is_break() {
            break;
        }
    }
    let encoding = Some(lines.encoding());
    Ok(Walk { format: Format::Ndjson, encoding, unknown, sheets_left_out: Vec::new() })
}

fn walk_workbook(
    reader: Box<dyn BufRead + Send>,
    set: &'static ColumnSet,
    give: Give<'_>,
) -> Result<Walk, SourceError> {
    let book = Workbook::read(reader)?;
    let mut unknown = Unknown::default();
    let mut header: Option<Header> = None;
    let mut failed = None;
    let sheets_left_out = book.rows(&mut |(number, mut fields)| match &header {
        None => match read_header(&fields, set, &mut unknown) {
            Ok(read) => {
                header = Some(read);
                ControlFlow::Continue(())
            }
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        },
        Some(header) => {
            // A sheet does not keep empty cells at the end of a row.
            if fields.len() < header.places.len() {
                fields.resize(header.places.len(), String::new());
            }
            give(Record::from_fields(number, fields, header, set))
        }
    })?;
    match (failed, header) {
        (Some(error), _) => Err(error),
        (None, None) => Err(SourceError::Empty),
        (None, Some(_)) => Ok(Walk { format: Format::Xlsx, encoding: None, unknown, sheets_left_out }),
    }
}
