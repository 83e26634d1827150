//! Validity and renewal: 6 years, 10 years, long-term; the window of 90 days; what comes next (R162 Art. 13, 62, 63).

use jiff::civil::Date;

use super::day::{days_after, years_after};
use super::facts::LicenceFacts;
use super::law::{Topic, law};
use crate::clause::Clause;
use crate::text::Text;

/// The term of a licence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Term {
    /// 六年.
    SixYears,
    /// 十年.
    TenYears,
    /// 长期.
    LongTerm,
}

/// The term that follows ten years of which a cycle reached 12 points. The regulation is silent; read literally, Decree 405 Art. 22 gives 6
/// years unless it says otherwise. (Practice may give 10 again.)
pub const TERM_AFTER_TEN_NOT_CLEAN: Term = Term::SixYears;

/// Where the new term starts. The law is silent; cards renewed in time go on from the old end, and so do we, also for late renewals, since
/// no source gives another day.
pub const RENEWED_FROM_THE_OLD_END: bool = true;

/// Where a renewal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RenewalState {
    /// The window is not open yet.
    NotOpen,
    /// It can be renewed now.
    Open,
    /// The validity has ended: no driving, renewal without a test is still possible (state M).
    Overdue,
    /// Cancelled for want of renewal (states R, then G).
    Lapsed,
}

/// The renewal of a licence that is not long-term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Renewal {
    /// The first day of the window: the end of the validity less 90 days.
    pub opens_on: Date,
    /// The last day of validity.
    pub valid_until: Date,
    /// Where it stands.
    pub state: RenewalState,
    /// The running term.
    pub term: Term,
    /// The term the renewal gives as things stand.
    pub next_term: Term,
    /// The first day of the next term.
    pub next_from: Date,
    /// The last day of the next term; `None` = long-term.
    pub next_until: Option<Date>,
    /// The clause of the window.
    pub clause: &'static Clause,
    /// The clause of the next term.
    pub term_clause: &'static Clause,
}

impl Term {
    /// The term between two days of a card. Anything up to 8 years is taken as a term of 6: irregular ones (a transfer, a conversion) have
    /// the rest of such a term.
    pub fn between(from: Date, until: Date) -> Self {
        if until <= years_after(from, 8) { Self::SixYears } else { Self::TenYears }
    }

    /// The years; `None` = long-term.
    pub const fn years(self) -> Option<i32> {
        match self {
            Self::SixYears => Some(6),
            Self::TenYears => Some(10),
            Self::LongTerm => None,
        }
    }

    /// The stable word: `6`, `10`, `long-term`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::SixYears => "6",
            Self::TenYears => "10",
            Self::LongTerm => "long-term",
        }
    }

    /// For people.
    pub const fn name(self) -> Text {
        match self {
            Self::SixYears => Text::fixed("六年", "6 years"),
            Self::TenYears => Text::fixed("十年", "10 years"),
            Self::LongTerm => Text::fixed("长期", "long-term"),
        }
    }
}

/// The renewal of a licence; `None` for a long-term one.
pub fn of(facts: &LicenceFacts) -> Option<Renewal> {
    let valid_until = facts.valid_until?;
    let window = law(Topic::WindowDays, valid_until);
    let opens_on = days_after(valid_until, -window.value);
    let term = Term::between(facts.valid_from, valid_until);
    let (next_term, term_clause) = next_term(facts, term, valid_until);
    let state = if facts.as_of > super::cancel::lapse_last_day(facts, valid_until) {
        RenewalState::Lapsed
    } else if facts.as_of > postponed(facts, valid_until) {
        RenewalState::Overdue
    } else if facts.as_of >= opens_on {
        RenewalState::Open
    } else {
        RenewalState::NotOpen
    };
    let next_from = if RENEWED_FROM_THE_OLD_END { valid_until } else { valid_until.max(facts.as_of) };
    Some(Renewal {
        opens_on,
        valid_until,
        state,
        term,
        next_term,
        next_from,
        next_until: next_term.years().map(|years| years_after(next_from, years)),
        clause: window.clause,
        term_clause,
    })
}

/// A day that a deferral moves to its own end, when it is later (R162 Art. 75).
pub(super) fn postponed(facts: &LicenceFacts, day: Date) -> Date {
    facts.deferred_until.map_or(day, |until| until.max(day))
}

/// Whether no cycle reached 12 points within the term. A day counts to the term that began before it or on it: on the common last and first day
/// of two terms the new one has begun, as the new points cycle has.
pub fn is_clean(facts: &LicenceFacts, valid_until: Date) -> bool {
    let within = |day: &Date| (facts.valid_from..valid_until).contains(day);
    !facts.full_on.iter().any(within)
}

fn next_term(facts: &LicenceFacts, term: Term, valid_until: Date) -> (Term, &'static Clause) {
    let longer = law(Topic::LongerTerm, valid_until).clause;
    let ordinary = law(Topic::OrdinaryTermYears, valid_until).clause;
    match (term, is_clean(facts, valid_until)) {
        (Term::SixYears, true) => (Term::TenYears, longer),
        (Term::SixYears, false) => (Term::SixYears, ordinary),
        (Term::TenYears, true) => (Term::LongTerm, longer),
        (Term::TenYears, false) => (TERM_AFTER_TEN_NOT_CLEAN, ordinary),
        (Term::LongTerm, _) => (Term::LongTerm, longer),
    }
}
