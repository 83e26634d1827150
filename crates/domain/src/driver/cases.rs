//! `luzheng rules licence --cases`: rows of facts in, rows of answers out.
//!
//! The reading of rows is that of `case_rows`, shared with `rules points`: every input row has exactly one output row, in the same order.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use jiff::civil::Date;

pub use super::case_rows::RowError;
use super::case_rows::plain_day;
pub(crate) use super::case_rows::{CaseColumns, CaseRow, answer_rows, check_rows};
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
