//! `luzheng rules licence --cases` and what `rules points` shares with it: rows of facts in, rows of answers out.
//!
//! Input columns may stand in any order; unknown ones (`expect_…`, `source`) are ignored. A row that cannot be answered still gives an output row:
//! its `id`, empty answers and the reason in the last column, `error`, as `column: sentence (line N, code)`. So every input row has exactly one
//! output row, in the same order.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use csv::StringRecord;
use jiff::civil::Date;

use super::class::ClassSet;
use super::points::{LIMIT, cycle_of};
use super::rules::law::{FIRST_DAY, LAST_DAY, Topic, law};
use super::rules::{
    LicenceFacts, MedicalRecord, ReviewRecord, cancel, derived, downgrade, effective, medical, practice, renewal,
    review,
};
use super::status::LicenceStatus;
use crate::text::normal_code;
pub use crate::vehicle::inspection::cases::{
    CasesError, CasesSummary, CheckSummary, DIFFERENCE_COLUMNS, MAX_CASES_BYTES,
};

/// The columns of the answers about licences, in their order.
pub const LICENCE_COLUMNS: [&str; 13] = [
    "id",
    "status",
    "renewal_opens",
    "renewal_term",
    "cancel_after",
    "medical_due",
    "review_due",
    "downgrade_on",
    "cycle_start",
    "cycle_end",
    "in_practice_until",
    "clause",
    "error",
];

const REQUIRED: [&str; 5] = ["id", "classes", "first_issued_on", "birth_date", "as_of"];
const OPTIONAL: [&str; 5] = ["valid_from", "valid_until", "full_cycles", "cycle_points", "last_medical_on"];

/// The most days a cell of `full_cycles` may have.
pub const MAX_FULL_CYCLES: usize = 200;

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
fn plain_day(text: &str) -> Option<Date> {
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

const COLUMNS: CaseColumns = CaseColumns { required: &REQUIRED, optional: &OPTIONAL, output: &LICENCE_COLUMNS };

/// Answers every row about a licence.
///
/// What the columns do not say is taken as done in time, except the medical certificate: an empty `last_medical_on` means that none was submitted.
/// `full_cycles` are the days on which 12 points were reached; `cycle_points` are the points of the cycle that `as_of` lies in.
pub fn answer_licence_cases(reader: impl Read, writer: impl Write) -> Result<CasesSummary, CasesError> {
    answer_rows(reader, writer, &COLUMNS, licence_answer)
}

/// Compares the answers about licences with the filled `expect_…` cells (`-` expects an empty answer) and writes each difference as a row of
/// [`DIFFERENCE_COLUMNS`].
pub fn check_licence_cases(reader: impl Read, writer: impl Write) -> Result<CheckSummary, CasesError> {
    check_rows(reader, writer, &COLUMNS, licence_answer)
}

fn licence_answer(row: &CaseRow<'_>) -> Result<Vec<String>, RowError> {
    Ok(cells(&facts(row)?))
}

/// The answers between `id` and `error`, in the order of [`LICENCE_COLUMNS`].
fn cells(facts: &LicenceFacts) -> Vec<String> {
    let letters = derived(facts);
    let renewal = renewal::of(facts);
    let cancellation = cancel::first(facts);
    let medical = medical::next(facts);
    let review = review::next(facts);
    let downgrade = downgrade::next(facts);
    let practice = practice::running(facts);
    let cycle = facts.cycle();
    let mut clauses: Vec<&str> = letters.iter().map(|derived| derived.clause.id.as_str()).collect();
    clauses.extend(renewal.iter().flat_map(|r| [r.clause.id.as_str(), r.term_clause.id.as_str()]));
    clauses.extend(cancellation.iter().map(|c| c.clause.id.as_str()));
    clauses.extend(medical.iter().map(|m| m.clause.id.as_str()));
    clauses.extend(review.iter().map(|r| r.clause.id.as_str()));
    clauses.extend(downgrade.iter().map(|d| d.clause.id.as_str()));
    clauses.push(law(Topic::PointsCycle, facts.as_of).clause.id.as_str());
    clauses.extend(practice.iter().map(|p| p.clause.id.as_str()));
    let mut named: Vec<&str> = Vec::new();
    for id in clauses {
        if !named.contains(&id) {
            named.push(id);
        }
    }
    let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
    vec![
        effective(LicenceStatus::NORMAL, facts).to_string(),
        day(renewal.map(|r| r.opens_on)),
        renewal.map(|r| r.next_term.code().to_owned()).unwrap_or_default(),
        day(cancellation.map(|c| c.last_day)),
        day(medical.map(|m| m.due_on)),
        day(review.map(|r| r.due_on)),
        day(downgrade.map(|d| d.on)),
        cycle.start.to_string(),
        cycle.end.to_string(),
        day(practice.last().map(|p| p.until)),
        named.join("; "),
    ]
}

/// The facts of a row.
fn facts(row: &CaseRow<'_>) -> Result<LicenceFacts, RowError> {
    let classes: ClassSet = row
        .parse("classes", "a set of classes such as C1D")?
        .ok_or_else(|| RowError::wrong("classes", "", "a set of classes such as C1D"))?;
    let first_issued_on = row.some_date("first_issued_on")?;
    let birth_date = row.some_date("birth_date")?;
    let as_of = row.some_date("as_of")?;
    let valid_until = match normal_code(row.cell("valid_until")).as_str() {
        "" | "LONG-TERM" | "LONGTERM" | "长期" => None,
        _ => row.date("valid_until")?,
    };
    let valid_from = match (row.date("valid_from")?, valid_until) {
        (Some(day), _) => day,
        (None, None) => first_issued_on,
        (None, Some(_)) => return Err(RowError::wrong("valid_from", "", "a day, since valid_until is given,")),
    };
    let mut full_on = full_days(row)?;
    let points = row.parse::<u32>("cycle_points", "a number of points such as 3")?.unwrap_or(0);
    let last_medical_on = row.date("last_medical_on")?;
    let cycle = cycle_of(first_issued_on, as_of);
    if points >= LIMIT && !full_on.iter().any(|day| cycle.contains(*day)) {
        // 12 points are there, so they were reached; the day is not told.
        full_on.push(as_of);
    }
    let mut cycles_with_points: Vec<_> = full_on.iter().map(|day| cycle_of(first_issued_on, *day)).collect();
    if points > 0 {
        cycles_with_points.push(cycle);
    }
    cycles_with_points.sort_unstable();
    cycles_with_points.dedup();
    let facts = LicenceFacts {
        as_of,
        classes,
        class_dates: BTreeMap::new(),
        first_issued_on,
        birth_date,
        valid_from,
        valid_until,
        points,
        full_on,
        cycles_with_points,
        medical: last_medical_on.map_or(MedicalRecord::Never, MedicalRecord::On),
        reviews: ReviewRecord::Unknown,
        deferred_until: None,
        extended_until: None,
    };
    possible(&facts)?;
    Ok(facts)
}

fn full_days(row: &CaseRow<'_>) -> Result<Vec<Date>, RowError> {
    let text = normal_code(row.cell("full_cycles"));
    let wanted = "days such as 2023-05-01;2024-06-01";
    let mut days = Vec::new();
    for part in text.split(';').filter(|part| !part.is_empty()) {
        if days.len() == MAX_FULL_CYCLES {
            let problem = format!("more than {MAX_FULL_CYCLES} days");
            return Err(RowError::Cell { column: "full_cycles", problem });
        }
        days.push(plain_day(part).ok_or_else(|| RowError::wrong("full_cycles", part, wanted))?);
    }
    days.sort_unstable();
    Ok(days)
}

/// Refuses facts that contradict one another.
fn possible(facts: &LicenceFacts) -> Result<(), RowError> {
    let refuse = |code, problem| Err(RowError::Facts { code, problem });
    let LicenceFacts { as_of, first_issued_on, birth_date, valid_from, .. } = *facts;
    if as_of < FIRST_DAY || as_of > LAST_DAY {
        return refuse("date_out_of_range", format!("as_of {as_of} is outside {FIRST_DAY} to {LAST_DAY}"));
    }
    if birth_date >= first_issued_on {
        return refuse("born_after_issue", format!("born on {birth_date}, but first issued on {first_issued_on}"));
    }
    if as_of < first_issued_on {
        return refuse("before_issue", format!("{as_of} is before the first issue on {first_issued_on}"));
    }
    if valid_from < first_issued_on {
        return refuse(
            "valid_before_issue",
            format!("valid from {valid_from}, before the first issue on {first_issued_on}"),
        );
    }
    if let Some(until) = facts.valid_until.filter(|until| *until <= valid_from || *until > LAST_DAY) {
        return refuse("validity_empty", format!("valid from {valid_from} until {until}"));
    }
    if let Some(day) = facts.full_on.iter().find(|day| **day < first_issued_on || **day > as_of) {
        return refuse(
            "full_cycle_outside",
            format!("12 points on {day}, outside {first_issued_on} (first issue) to {as_of} (as_of)"),
        );
    }
    if let MedicalRecord::On(day) = facts.medical
        && day > as_of
    {
        return refuse("medical_later", format!("the certificate of {day} is later than {as_of} (as_of)"));
    }
    Ok(())
}
