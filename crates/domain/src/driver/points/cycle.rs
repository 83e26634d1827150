//! The points cycle (记分周期): 12 months, counted from the first issue of the licence and from nothing else (R163 Art. 3).

use jiff::civil::Date;
use jiff::{Span, ToSpan};
use serde::{Deserialize, Serialize};

/// What a licence first issued on 29 February has as its anniversary in a common year. The law is silent; the office's systems clamp to
/// the end of the month, so the cycle ends on 27 February. (Counting as the Civil Code Art. 202 does would end it a day later.)
pub const LEAP_DAY_ANNIVERSARY: LeapDay = LeapDay::TwentyEighthOfFebruary;

/// The two readings of an anniversary of 29 February in a common year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeapDay {
    /// 28 February begins the next cycle.
    TwentyEighthOfFebruary,
    /// 1 March begins the next cycle.
    FirstOfMarch,
}

/// One cycle. Both days belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cycle {
    /// Counted from 1.
    pub number: u32,
    /// The first day.
    pub start: Date,
    /// The last day: the day before the anniversary.
    pub end: Date,
}

impl Cycle {
    /// The cycle of a number (from 1) of a licence first issued on a day.
    pub fn nth(first_issued_on: Date, number: u32) -> Self {
        let number = number.max(1);
        let start = anniversary(first_issued_on, number - 1);
        let next = anniversary(first_issued_on, number);
        Self { number, start, end: next.yesterday().unwrap_or(next) }
    }

    /// Whether a day is within the cycle.
    pub fn contains(&self, day: Date) -> bool {
        (self.start..=self.end).contains(&day)
    }

    /// The first day of the next cycle: what is cleared is cleared from this day on.
    pub fn next_start(&self) -> Date {
        self.end.tomorrow().unwrap_or(self.end)
    }

    /// The next cycle.
    pub fn next(&self, first_issued_on: Date) -> Self {
        Self::nth(first_issued_on, self.number.saturating_add(1))
    }
}

/// The anniversary of a day, always counted from the day itself so that 29 February comes back in leap years.
fn anniversary(first: Date, years: u32) -> Date {
    let span: Span = i64::from(years.min(9_998)).years();
    let day = first.checked_add(span).unwrap_or(Date::MAX);
    let clamped = day.day() != first.day();
    match LEAP_DAY_ANNIVERSARY {
        LeapDay::FirstOfMarch if clamped => day.tomorrow().unwrap_or(day),
        _ => day,
    }
}

/// The cycle that a day falls into. A day before the first issue counts to the first cycle: no earlier one exists.
pub fn cycle_of(first_issued_on: Date, day: Date) -> Cycle {
    let years = i32::from(day.year()) - i32::from(first_issued_on.year());
    let mut number = u32::try_from(years).unwrap_or(0) + 1;
    // The anniversary of the day's own year may still lie ahead.
    if number > 1 && Cycle::nth(first_issued_on, number).start > day {
        number -= 1;
    }
    Cycle::nth(first_issued_on, number)
}
