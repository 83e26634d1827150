//! `luzheng rules inspection --cases`: rows of facts in, rows of answers out.
//!
//! Input columns may stand in any order; unknown ones (`expect_…`, `source`) are ignored. A row that cannot be answered still gives an
//! output row: its `id`, empty answers and the reason in the last column, `error`, as `column: sentence (line N, code)`. So every input
//! row has exactly one output row, in the same order, and a script sees a refusal where it looks for the answer.

use std::io::{Read, Write};

use csv::StringRecord;
use jiff::civil::Date;

use super::{CycleFacts, InspectionAnswer, InspectionError, InspectionRules};
use crate::text::normal_code;
use crate::vehicle::{UseNature, VehicleType, YearMonth};

/// The largest input that is read, in bytes.
pub const MAX_CASES_BYTES: u64 = 256 * 1024 * 1024;

/// The columns of the output, in their order.
pub const OUTPUT_COLUMNS: [&str; 9] =
    ["id", "state", "action", "due", "window_opens", "next_valid_until", "rule", "clause", "error"];

/// The columns of the differences that [`check_cases`] writes.
pub const DIFFERENCE_COLUMNS: [&str; 5] = ["id", "line", "column", "expected", "answered"];

const REQUIRED: [&str; 6] = ["id", "vehicle_type", "use_nature", "seats", "registered_on", "as_of"];
const OPTIONAL: [&str; 4] = ["manufactured_on", "casualty_accident", "illegal_modification", "valid_until"];

/// How many rows were answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CasesSummary {
    /// Rows with an answer.
    pub answered: u64,
    /// Rows with an `error`.
    pub refused: u64,
}

/// How the answers compare with the `expect_…` columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CheckSummary {
    /// Rows read.
    pub rows: u64,
    /// Filled `expect_…` cells that were compared.
    pub compared: u64,
    /// Cells that differ; every cell of a refused row does.
    pub different: u64,
}

/// The cases cannot be read or the answers cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum CasesError {
    /// A column that is needed is not there.
    #[error("the cases have no column {0}")]
    MissingColumn(&'static str),
    /// A column stands twice in the header.
    #[error("the cases have two columns {0}")]
    DoubleColumn(String),
    /// No `expect_…` column to compare with.
    #[error("the cases have no expect_ column to compare with")]
    NothingExpected,
    /// The input is larger than [`MAX_CASES_BYTES`].
    #[error("the cases are larger than {MAX_CASES_BYTES} bytes")]
    TooLarge,
    /// The text is not CSV, or not UTF-8.
    #[error("the cases cannot be read as CSV in UTF-8: {0}")]
    Csv(csv::Error),
    /// The answers cannot be written.
    #[error("the answers cannot be written: {0}")]
    Write(csv::Error),
}

impl CasesError {
    /// The stable code of this error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::MissingColumn(_) => "cases_missing_column",
            Self::DoubleColumn(_) => "cases_double_column",
            Self::NothingExpected => "cases_nothing_expected",
            Self::TooLarge => "cases_too_large",
            Self::Csv(_) => "cases_not_csv",
            Self::Write(_) => "cases_write",
        }
    }
}

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
    /// The cells can be read but not answered.
    #[error(transparent)]
    Facts(#[from] InspectionError),
}

impl RowError {
    /// The stable code of this error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Cell { .. } => "cell",
            Self::Facts(error) => error.code(),
        }
    }
}

/// Answers every row with the built-in rules.
pub fn answer_cases(reader: impl Read, writer: impl Write) -> Result<CasesSummary, CasesError> {
    let rules = InspectionRules::builtin();
    let mut cases = Cases::open(reader)?;
    let mut out = csv::Writer::from_writer(writer);
    out.write_record(OUTPUT_COLUMNS).map_err(CasesError::Write)?;
    let mut summary = CasesSummary::default();
    let mut record = StringRecord::new();
    while cases.next(&mut record)? {
        let id = cases.cell(&record, "id").to_owned();
        match cases.answer(&record, rules) {
            Ok(answer) => {
                summary.answered += 1;
                let cells = cells(&answer);
                let row = std::iter::once(id.as_str())
                    .chain(cells.iter().map(|(_, text)| text.as_str()))
                    .chain(std::iter::once(""));
                out.write_record(row).map_err(CasesError::Write)?;
            }
            Err(error) => {
                summary.refused += 1;
                let error = format!("{error} (line {}, {})", line(&record), error.code());
                out.write_record([id.as_str(), "", "", "", "", "", "", "", error.as_str()])
                    .map_err(CasesError::Write)?;
            }
        }
    }
    out.flush().map_err(|e| CasesError::Write(e.into()))?;
    Ok(summary)
}

/// Compares the answers with the filled `expect_…` cells and writes each difference as a row of [`DIFFERENCE_COLUMNS`].
pub fn check_cases(reader: impl Read, writer: impl Write) -> Result<CheckSummary, CasesError> {
    let rules = InspectionRules::builtin();
    let mut cases = Cases::open(reader)?;
    let expected: Vec<(&'static str, usize)> = OUTPUT_COLUMNS[1..8]
        .iter()
        .filter_map(|column| cases.column(&format!("expect_{column}")).map(|index| (*column, index)))
        .collect();
    if expected.is_empty() {
        return Err(CasesError::NothingExpected);
    }
    let mut out = csv::Writer::from_writer(writer);
    out.write_record(DIFFERENCE_COLUMNS).map_err(CasesError::Write)?;
    let mut summary = CheckSummary::default();
    let mut record = StringRecord::new();
    while cases.next(&mut record)? {
        summary.rows += 1;
        let answer = cases.answer(&record, rules).map(|answer| cells(&answer));
        for (column, index) in &expected {
            let wanted = record.get(*index).unwrap_or("").trim();
            if wanted.is_empty() {
                continue;
            }
            summary.compared += 1;
            let got = match &answer {
                Ok(cells) => {
                    cells.iter().find(|(name, _)| name == column).map_or("", |(_, text)| text.as_str()).to_owned()
                }
                Err(error) => error.to_string(),
            };
            if got != wanted {
                summary.different += 1;
                let line = line(&record).to_string();
                let row = [cases.cell(&record, "id"), line.as_str(), column, wanted, got.as_str()];
                out.write_record(row).map_err(CasesError::Write)?;
            }
        }
    }
    out.flush().map_err(|e| CasesError::Write(e.into()))?;
    Ok(summary)
}

fn line(record: &StringRecord) -> u64 {
    record.position().map_or(0, csv::Position::line)
}

/// The answer under its column names, in the order of [`OUTPUT_COLUMNS`].
fn cells(answer: &InspectionAnswer<'_>) -> [(&'static str, String); 7] {
    [
        ("state", answer.state.code().to_owned()),
        ("action", answer.action.code().to_owned()),
        ("due", answer.due.to_string()),
        ("window_opens", answer.window_opens.to_string()),
        ("next_valid_until", answer.next_valid_until.to_string()),
        ("rule", answer.rule.to_owned()),
        ("clause", answer.clause.id.clone()),
    ]
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

/// The rows of a file of cases.
struct Cases<R> {
    reader: csv::Reader<Ceiling<R>>,
    headers: StringRecord,
}

impl<R: Read> Cases<R> {
    fn open(reader: R) -> Result<Self, CasesError> {
        let ceiling = Ceiling { inner: reader, left: MAX_CASES_BYTES };
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(ceiling);
        let mut headers = StringRecord::new();
        for header in reader.headers().map_err(read_error)? {
            headers.push_field(header.trim_start_matches('\u{FEFF}').trim());
        }
        let cases = Self { reader, headers };
        for column in REQUIRED {
            cases.column(column).ok_or(CasesError::MissingColumn(column))?;
        }
        for column in REQUIRED.iter().chain(&OPTIONAL) {
            if cases.headers.iter().filter(|h| h == column).count() > 1 {
                return Err(CasesError::DoubleColumn((*column).to_owned()));
            }
        }
        Ok(cases)
    }

    fn next(&mut self, record: &mut StringRecord) -> Result<bool, CasesError> {
        self.reader.read_record(record).map_err(read_error)
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.headers.iter().position(|h| h == name)
    }

    /// The text of a cell; a column or a cell that is not there is empty.
    fn cell<'a>(&self, record: &'a StringRecord, name: &str) -> &'a str {
        self.column(name).and_then(|i| record.get(i)).unwrap_or("").trim()
    }

    fn answer<'r>(&self, record: &StringRecord, rules: &'r InspectionRules) -> Result<InspectionAnswer<'r>, RowError> {
        if record.len() != self.headers.len() {
            let problem = format!("the row has {} cells, the header {}", record.len(), self.headers.len());
            return Err(RowError::Cell { column: "row", problem });
        }
        let facts = self.facts(record)?;
        let as_of = self.date(record, "as_of")?.ok_or_else(|| wrong("as_of", "", "a day"))?;
        Ok(rules.answer(&facts, as_of)?)
    }

    fn facts(&self, record: &StringRecord) -> Result<CycleFacts, RowError> {
        let cell = |name| self.cell(record, name);
        let vehicle_type = VehicleType::parse(cell("vehicle_type"))
            .map_err(|_| wrong("vehicle_type", cell("vehicle_type"), "a type such as K33"))?;
        let use_nature = UseNature::parse(cell("use_nature"))
            .map_err(|_| wrong("use_nature", cell("use_nature"), "a use such as A"))?;
        let seats = normal_code(cell("seats"))
            .parse()
            .map_err(|_| wrong("seats", cell("seats"), "a number from 0 to 65535"))?;
        let registered_on = self.date(record, "registered_on")?.ok_or_else(|| wrong("registered_on", "", "a day"))?;
        let valid_until = match normal_code(cell("valid_until")) {
            text if text.is_empty() => None,
            text => {
                Some(text.parse::<YearMonth>().map_err(|_| wrong("valid_until", &text, "a month such as 2027-05"))?)
            }
        };
        Ok(CycleFacts {
            vehicle_type,
            use_nature,
            seats,
            registered_on,
            manufactured_on: self.date(record, "manufactured_on")?,
            casualty_accident: self.flag(record, "casualty_accident")?,
            illegal_modification: self.flag(record, "illegal_modification")?,
            valid_until,
        })
    }

    fn date(&self, record: &StringRecord, column: &'static str) -> Result<Option<Date>, RowError> {
        let text = normal_code(self.cell(record, column));
        if text.is_empty() {
            return Ok(None);
        }
        // Nothing but yyyy-mm-dd: jiff would also read instants and weeks.
        let plain = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        let day = if plain { text.parse().ok() } else { None };
        day.map(Some).ok_or_else(|| wrong(column, &text, "a day such as 2026-11-21"))
    }

    fn flag(&self, record: &StringRecord, column: &'static str) -> Result<bool, RowError> {
        match normal_code(self.cell(record, column)).as_str() {
            "" | "0" | "NO" | "FALSE" | "否" => Ok(false),
            "1" | "YES" | "TRUE" | "是" => Ok(true),
            other => Err(wrong(column, other, "0 or 1")),
        }
    }
}

fn read_error(error: csv::Error) -> CasesError {
    match error.kind() {
        csv::ErrorKind::Io(io) if io.kind() == std::io::ErrorKind::FileTooLarge => CasesError::TooLarge,
        _ => CasesError::Csv(error),
    }
}

fn wrong(column: &'static str, value: &str, wanted: &str) -> RowError {
    let value: String = value.chars().take(40).collect();
    let problem =
        if value.is_empty() { format!("empty, but {wanted} is needed") } else { format!("{value:?} is not {wanted}") };
    RowError::Cell { column, problem }
}
