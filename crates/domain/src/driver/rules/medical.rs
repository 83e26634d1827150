//! 身体条件证明: who submits a medical certificate, when, and what follows otherwise (R162 Art. 74, 79(9), 85).

use jiff::civil::Date;

use super::super::class::LicenceClass;
use super::super::points::{Cycle, cycle_of};
use super::day::{days_after, months_after, reaches, years_after};
use super::facts::{LicenceFacts, MedicalRecord};
use super::law::{LAST_DAY, Topic, law, rows_of};
use super::renewal::postponed;
use crate::clause::Clause;

/// The state letter of a certificate that is overdue but not yet cancels the licence: none. Newer lists of letters have no such state (R was it
/// once, and is 注销可恢复 now), and the regulation forbids nobody to drive in that year.
pub const OVERDUE_LETTER: Option<super::super::status::StateLetter> = None;

/// Whose certificate it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MedicalRule {
    /// From 70 on, after every cycle.
    Age,
    /// Class C5, after every third cycle.
    C5,
}

/// A certificate that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MedicalDue {
    /// By which rule.
    pub rule: MedicalRule,
    /// The cycle after whose end it is due.
    pub cycle: Cycle,
    /// The first day on which it can be submitted for this cycle.
    pub opens_on: Date,
    /// The last day: 30 days after the end of the cycle.
    pub due_on: Date,
    /// The last day before the licence is cancelled for want of it.
    pub last_day_before_cancellation: Date,
    /// The clause.
    pub clause: &'static Clause,
}

/// The last day of a certificate issued on a day (R162 Art. 85): the same day six months later, or the last of that month.
pub fn certificate_valid_until(issued_on: Date) -> Date {
    months_after(issued_on, law(Topic::CertificateMonths, issued_on).value)
}

/// The next certificate that is due, or the one that is overdue. `None` when none is asked for: the holder of C5 always has a next one, others only
/// when they reach the age by the end of the running cycle.
///
/// A certificate counts for all cycles that ended before the day it was submitted.
pub fn next(facts: &LicenceFacts) -> Option<MedicalDue> {
    let youngest = rows_of(Topic::MedicalAge).map(|law| law.value).min()?;
    let c5 = facts.held_since(LicenceClass::C5);
    let begin = match c5 {
        Some(since) => since,
        None => reaches(facts.birth_date, youngest),
    };
    let begin = match facts.medical {
        MedicalRecord::On(day) => begin.max(day),
        MedicalRecord::Never => begin,
        // Everything whose last day has passed is taken as done; no period is longer than two years.
        MedicalRecord::Unknown => begin.max(years_after(facts.as_of, -2)),
    };
    let mut cycle = cycle_of(facts.first_issued_on, begin);
    let running = facts.cycle();
    while cycle.end < LAST_DAY && (c5.is_some() || cycle <= running) {
        if let Some(due) = after(facts, cycle, c5) {
            let passed = facts.medical == MedicalRecord::Unknown && due.due_on < facts.as_of;
            if !passed {
                return Some(due);
            }
        }
        cycle = cycle.next(facts.first_issued_on);
    }
    None
}

/// The certificate that is due after a cycle, if one is.
fn after(facts: &LicenceFacts, cycle: Cycle, c5: Option<Date>) -> Option<MedicalDue> {
    let age = law(Topic::MedicalAge, cycle.end);
    let mut old = reaches(facts.birth_date, age.value) <= cycle.end;
    if facts.medical == MedicalRecord::Never {
        // What an earlier rule asked of younger people is not held against them today.
        old &= reaches(facts.birth_date, law(Topic::MedicalAge, facts.as_of).value) <= cycle.end;
    }
    let third = law(Topic::MedicalC5Cycles, cycle.end);
    let every = u32::try_from(third.value).ok().filter(|n| *n > 0)?;
    let disabled = c5.is_some_and(|since| since <= cycle.end) && cycle.number.is_multiple_of(every);
    let (rule, clause) = match (old, disabled) {
        (true, _) => (MedicalRule::Age, age.clause),
        (false, true) => (MedicalRule::C5, third.clause),
        (false, false) => return None,
    };
    let due_on = days_after(cycle.end, law(Topic::MedicalDays, cycle.end).value);
    let cancel = law(Topic::MedicalCancelYears, cycle.end).value;
    let deferred = postponed(facts, due_on);
    let counted_from = if deferred > due_on { deferred } else { cycle.end };
    Some(MedicalDue {
        rule,
        cycle,
        opens_on: cycle.next_start(),
        due_on: deferred,
        last_day_before_cancellation: super::cancel::within_years(counted_from, cancel),
        clause,
    })
}
