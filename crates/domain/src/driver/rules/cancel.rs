//! Cancellation by the passing of time, and how a licence comes back (R162 Art. 79).

use jiff::civil::Date;

use super::super::class::LicenceClass;
use super::day::{day_before, days_after, years_after};
use super::downgrade;
use super::facts::LicenceFacts;
use super::law::{Topic, law};
use super::medical;
use super::renewal::postponed;
use crate::clause::Clause;

/// Whether the day exactly one year after the end (of the validity, of the cycle) already cancels. Art. 79 says "一年以上", which includes one
/// year, and also that within it the licence is renewed; no text settles the day. The anniversary is the last good day, in the holder's favour.
pub const ANNIVERSARY_CANCELS: bool = false;

/// Why a licence is cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// Not renewed for a year.
    NotRenewed,
    /// No medical certificate for a year.
    NoCertificate,
    /// Too old for every class of the licence.
    Age,
}

/// What brings a cancelled licence back without a new application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RestoreBy {
    /// 科目一.
    KnowledgeTest,
    /// 身体条件证明.
    Certificate,
}

/// How a cancelled licence comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restoration {
    /// By what.
    pub by: RestoreBy,
    /// The last day for it; `None` = no end.
    pub last_day: Option<Date>,
    /// The clause.
    pub clause: &'static Clause,
}

/// A cancellation that comes by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cancellation {
    /// Why.
    pub cause: Cause,
    /// The last day before it.
    pub last_day: Date,
    /// How the licence comes back; `None` = only by a new application.
    pub restoration: Option<Restoration>,
    /// The clause.
    pub clause: &'static Clause,
}

impl Cancellation {
    /// The first day on which the licence is cancelled.
    pub fn cancelled_on(&self) -> Date {
        days_after(self.last_day, 1)
    }

    /// Whether the licence is cancelled on a day.
    pub fn has_happened(&self, day: Date) -> bool {
        day > self.last_day
    }

    /// Whether it can still be restored on a day (state R), if it is cancelled.
    pub fn is_recoverable(&self, day: Date) -> bool {
        self.restoration.is_some_and(|restoration| restoration.last_day.is_none_or(|last| day <= last))
    }
}

/// The last day before `years` have passed after a day.
pub(super) fn within_years(day: Date, years: i32) -> Date {
    let anniversary = years_after(day, years);
    if ANNIVERSARY_CANCELS { day_before(anniversary) } else { anniversary }
}

/// The last day on which a licence that ended on a day is not cancelled for want of renewal.
pub(super) fn lapse_last_day(facts: &LicenceFacts, valid_until: Date) -> Date {
    within_years(postponed(facts, valid_until), law(Topic::LapseYears, valid_until).value)
}

/// Every cancellation that time will bring if nothing is done, the earliest first. A later one has no effect once an earlier one has happened.
pub fn all(facts: &LicenceFacts) -> Vec<Cancellation> {
    let mut list: Vec<Cancellation> =
        [not_renewed(facts), no_certificate(facts), age(facts)].into_iter().flatten().collect();
    list.sort_by_key(|cancellation| cancellation.last_day);
    list
}

/// The first cancellation that time will bring, or has brought.
pub fn first(facts: &LicenceFacts) -> Option<Cancellation> {
    all(facts).first().copied()
}

/// Art. 79(8): past the validity by a year.
pub fn not_renewed(facts: &LicenceFacts) -> Option<Cancellation> {
    let valid_until = facts.valid_until?;
    let last_day = lapse_last_day(facts, valid_until);
    let restore = law(Topic::LapseRestoreYears, last_day);
    Some(Cancellation {
        cause: Cause::NotRenewed,
        last_day,
        restoration: Some(Restoration {
            by: RestoreBy::KnowledgeTest,
            last_day: Some(years_after(days_after(last_day, 1), restore.value)),
            clause: restore.clause,
        }),
        clause: law(Topic::LapseYears, last_day).clause,
    })
}

/// Art. 79(9): no certificate within a year after the end of the cycle. It comes back by the certificate while the licence is valid or less than a
/// year past its validity (超过有效期不满一年: the anniversary itself is too late).
pub fn no_certificate(facts: &LicenceFacts) -> Option<Cancellation> {
    let due = medical::next(facts)?;
    let restore = law(Topic::MedicalRestoreYears, due.last_day_before_cancellation);
    Some(Cancellation {
        cause: Cause::NoCertificate,
        last_day: due.last_day_before_cancellation,
        restoration: Some(Restoration {
            by: RestoreBy::Certificate,
            last_day: facts.valid_until.map(|until| day_before(years_after(until, restore.value))),
            clause: restore.clause,
        }),
        clause: law(Topic::MedicalCancelYears, due.last_day_before_cancellation).clause,
    })
}

/// Art. 79(10): too old for every class of the licence, when these are M, N, P only or C3, C4 only.
pub fn age(facts: &LicenceFacts) -> Option<Cancellation> {
    use LicenceClass::{C3, C4, M, N, P};
    let (topic, extended) = if facts.classes.only(&[M, N, P]) {
        (Topic::CancelHeavyAge, facts.extended_until)
    } else if facts.classes.only(&[C3, C4]) {
        (Topic::CancelLightAge, None)
    } else {
        return None;
    };
    let (on, law) = downgrade::forbidden_from(topic, facts.birth_date, extended, facts.as_of)?;
    Some(Cancellation { cause: Cause::Age, last_day: day_before(on), restoration: None, clause: law.clause })
}
