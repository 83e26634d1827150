//! Files of cases, whatever they are about: the rows, the cells, the answers beside them, the comparison with what was expected.
//!
//! Input columns may stand in any order; unknown ones (`expect_…`, `source`) are ignored. A row that cannot be answered still gives an output row:
//! its `id`, empty answers and the reason in the last column, `error`, as `column: sentence (line N, code)`. So every input row has exactly one
//! output row, in the same order.

use std::io::{Read, Write};

use csv::StringRecord;
use jiff::civil::Date;

use crate::text::normal_code;
use crate::vehicle::inspection::cases::{CasesError, CasesSummary, CheckSummary, DIFFERENCE_COLUMNS, MAX_CASES_BYTES};

/// Why one row has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// A cell cannot be read.
    #[error("{column}: {problem}")]
    Cell {
        /// The column.
        column: &'static str,
        /// What is wrong with its value.
        problem: String,
    },
    /// The cells can be read, but contradict one another or cannot be answered.
    #[error("{problem}")]
    Facts {
        /// The stable code.
        code: &'static str,
        /// What is wrong.
        problem: String,
    },
}

impl RowError {
    /// The stable code of this error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Cell { .. } => "cell",
            Self::Facts { code, .. } => code,
        }
    }

    /// A cell that is not what is wanted, e.g. `wrong("as_of", "x", "a day such as 2026-11-21")`.
    pub(crate) fn wrong(column: &'static str, value: &str, wanted: &str) -> Self {
        let value: String = value.chars().take(40).collect();
        let problem = if value.is_empty() {
            format!("empty, but {wanted} is needed")
        } else {
            format!("{value:?} is not {wanted}")
        };
        Self::Cell { column, problem }
    }
}

/// A reader that refuses to give more than [`MAX_CASES_BYTES`].
struct Ceiling<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Ceiling<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.left =
            self.left.checked_sub(n as u64).ok_or_else(|| std::io::Error::from(std::io::ErrorKind::FileTooLarge))?;
        Ok(n)
    }
}

/// One row of cases, its cells by the names of the header.
pub(crate) struct CaseRow<'t> {
    headers: &'t StringRecord,
    record: &'t StringRecord,
}

impl CaseRow<'_> {
    /// The text of a cell without blanks around it; a column that is not there is empty.
    pub(crate) fn cell(&self, name: &str) -> &str {
        self.headers.iter().position(|h| h == name).and_then(|i| self.record.get(i)).unwrap_or("").trim()
    }

    /// A cell that may be empty, as a day.
    pub(crate) fn date(&self, column: &'static str) -> Result<Option<Date>, RowError> {
        match normal_code(self.cell(column)) {
            text if text.is_empty() => Ok(None),
            text => {
                plain_day(&text).map(Some).ok_or_else(|| RowError::wrong(column, &text, "a day such as 2026-11-21"))
            }
        }
    }

    /// A cell that must hold a day.
    pub(crate) fn some_date(&self, column: &'static str) -> Result<Date, RowError> {
        self.date(column)?.ok_or_else(|| RowError::wrong(column, "", "a day"))
    }

    /// A cell that may be empty, read with `FromStr` in its normal form.
    pub(crate) fn parse<T: std::str::FromStr>(
        &self,
        column: &'static str,
        wanted: &str,
    ) -> Result<Option<T>, RowError> {
        match normal_code(self.cell(column)) {
            text if text.is_empty() => Ok(None),
            text => text.parse().map(Some).map_err(|_| RowError::wrong(column, &text, wanted)),
        }
    }
}

/// Nothing but yyyy-mm-dd: jiff would also read instants and weeks.
pub(crate) fn plain_day(text: &str) -> Option<Date> {
    let plain = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    if plain { text.parse().ok() } else { None }
}

/// What a kind of cases reads and writes.
pub(crate) struct CaseColumns {
    /// Columns the header must have.
    pub required: &'static [&'static str],
    /// Columns it may have.
    pub optional: &'static [&'static str],
    /// Columns of the output, `id` first and `error` last.
    pub output: &'static [&'static str],
}

/// Gives the cells of one row between `id` and `error`.
pub(crate) type Answer = fn(&CaseRow<'_>) -> Result<Vec<String>, RowError>;

/// The rows of a file of cases.
struct Cases<R: Read> {
    reader: csv::Reader<Ceiling<R>>,
    headers: StringRecord,
    record: StringRecord,
}

impl<R: Read> Cases<R> {
    fn open(reader: R, columns: &CaseColumns) -> Result<Self, CasesError> {
        let ceiling = Ceiling { inner: reader, left: MAX_CASES_BYTES };
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(ceiling);
        let headers = headers(&mut reader, columns.required, columns.optional)?;
        Ok(Self { reader, headers, record: StringRecord::new() })
    }

    /// Reads the next row; false at the end.
    fn next(&mut self) -> Result<bool, CasesError> {
        self.reader.read_record(&mut self.record).map_err(read_error)
    }

    fn row(&self) -> CaseRow<'_> {
        CaseRow { headers: &self.headers, record: &self.record }
    }

    fn line(&self) -> u64 {
        self.record.position().map_or(0, csv::Position::line)
    }

    fn answer(&self, answer: Answer) -> Result<Vec<String>, RowError> {
        if self.record.len() != self.headers.len() {
            let problem = format!("the row has {} cells, the header {}", self.record.len(), self.headers.len());
            return Err(RowError::Cell { column: "row", problem });
        }
        answer(&self.row())
    }
}

/// Answers every row.
pub(crate) fn answer_rows(
    reader: impl Read,
    writer: impl Write,
    columns: &CaseColumns,
    answer: Answer,
) -> Result<CasesSummary, CasesError> {
    let mut cases = Cases::open(reader, columns)?;
    let mut out = csv::Writer::from_writer(writer);
    out.write_record(columns.output).map_err(CasesError::Write)?;
    let mut summary = CasesSummary::default();
    while cases.next()? {
        let (cells, error) = match cases.answer(answer) {
            Ok(cells) => {
                summary.answered += 1;
                (cells, String::new())
            }
            Err(error) => {
                summary.refused += 1;
                let error = format!("{error} (line {}, {})", cases.line(), error.code());
                (vec![String::new(); columns.output.len().saturating_sub(2)], error)
            }
        };
        let row = cases.row();
        let line = std::iter::once(row.cell("id")).chain(cells.iter().map(String::as_str));
        out.write_record(line.chain(std::iter::once(error.as_str()))).map_err(CasesError::Write)?;
    }
    out.flush().map_err(|e| CasesError::Write(e.into()))?;
    Ok(summary)
}

/// Compares the answers with the filled `expect_…` cells and writes each difference as a row of [`DIFFERENCE_COLUMNS`]. `-` expects an empty answer.
pub(crate) fn check_rows(
    reader: impl Read,
    writer: impl Write,
    columns: &CaseColumns,
    answer: Answer,
) -> Result<CheckSummary, CasesError> {
    let mut cases = Cases::open(reader, columns)?;
    let answers = columns.output.iter().skip(1).take(columns.output.len().saturating_sub(2)).enumerate();
    let expected: Vec<(usize, &str, usize)> = answers
        .filter_map(|(n, column)| {
            let name = format!("expect_{column}");
            cases.headers.iter().position(|h| h == name).map(|at| (n, *column, at))
        })
        .collect();
    if expected.is_empty() {
        return Err(CasesError::NothingExpected);
    }
    let mut out = csv::Writer::from_writer(writer);
    out.write_record(DIFFERENCE_COLUMNS).map_err(CasesError::Write)?;
    let mut summary = CheckSummary::default();
    while cases.next()? {
        summary.rows += 1;
        let answered = cases.answer(answer).map_err(|error| error.to_string());
        for (n, column, at) in &expected {
            let wanted = match cases.record.get(*at).unwrap_or("").trim() {
                "" => continue,
                "-" => "",
                wanted => wanted,
            };
            summary.compared += 1;
            let got = match &answered {
                Ok(cells) => cells.get(*n).map_or("", String::as_str),
                Err(error) => error.as_str(),
            };
            if got != wanted {
                summary.different += 1;
                let line = cases.line().to_string();
                out.write_record([cases.row().cell("id"), line.as_str(), column, wanted, got])
                    .map_err(CasesError::Write)?;
            }
        }
    }
    out.flush().map_err(|e| CasesError::Write(e.into()))?;
    Ok(summary)
}

fn headers<R: Read>(
    reader: &mut csv::Reader<R>,
    required: &[&'static str],
    optional: &[&'static str],
) -> Result<StringRecord, CasesError> {
    let mut headers = StringRecord::new();
    for header in reader.headers().map_err(read_error)? {
        headers.push_field(header.trim_start_matches('\u{FEFF}').trim());
    }
    for column in required {
        headers.iter().position(|h| h == *column).ok_or(CasesError::MissingColumn(column))?;
    }
    for column in required.iter().chain(optional) {
        if headers.iter().filter(|h| h == column).count() > 1 {
            return Err(CasesError::DoubleColumn((*column).to_owned()));
        }
    }
    Ok(headers)
}

fn read_error(error: csv::Error) -> CasesError {
    match error.kind() {
        csv::ErrorKind::Io(io) if io.kind() == std::io::ErrorKind::FileTooLarge => CasesError::TooLarge,
        _ => CasesError::Csv(error),
    }
}
