//! 延期办理: putting off renewal, review and medical certificate (R162 Art. 75).

use jiff::civil::Date;

use super::day::years_after;
use super::facts::LicenceFacts;
use super::law::{Topic, law};
use crate::clause::Clause;

/// From which day the three years of a deferral count. The regulation only says that a deferral lasts at most three years; it begins when it is applied
/// for, because before that nothing was deferred. (The
/// other reading counts from the end of the validity.)
pub const COUNTED_FROM_THE_APPLICATION: bool = true;

/// What a deferral applied for on a day may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deferral {
    /// The last day of the longest one.
    pub longest_until: Date,
    /// The clause. While it runs the holder may not drive.
    pub clause: &'static Clause,
}

/// Too late: the last day to apply has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a deferral could be applied for until {last_day}")]
pub struct TooLate {
    /// The last day to apply.
    pub last_day: Date,
    /// The clause.
    pub clause: &'static Clause,
}

/// Whether renewal, review or certificate can be deferred on the day asked about: within the validity or one year after it.
pub fn possible(facts: &LicenceFacts) -> Result<Deferral, TooLate> {
    let longest = law(Topic::DeferralYears, facts.as_of);
    if let Some(valid_until) = facts.valid_until {
        let after = law(Topic::DeferralAfterExpiryYears, valid_until);
        let last_day = years_after(valid_until, after.value);
        if facts.as_of > last_day {
            return Err(TooLate { last_day, clause: after.clause });
        }
    }
    let counted_from = match facts.valid_until {
        Some(valid_until) if !COUNTED_FROM_THE_APPLICATION => valid_until,
        _ => facts.as_of,
    };
    Ok(Deferral { longest_until: years_after(counted_from, longest.value), clause: longest.clause })
}
