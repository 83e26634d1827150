//! Counting days as the orders do: some periods are working days, others natural days, differently in every order. Only here.
//!
//! The day of the event is not counted (Civil Code Art. 201). Holidays are data (`data/calendar/holidays.csv`): counting working days into
//! a year without data is an error that names the year.

use std::sync::LazyLock;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use crate::table::{self, TableError};

/// The most days a period can have; more is no period of any order.
pub const MAX_DAYS: u32 = 3660;

/// The order a period is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Order {
    /// 公安部令第162号, driving licences.
    R162,
    /// 公安部令第163号, points.
    R163,
    /// 公安部令第105号, violations.
    R105,
    /// 公安部令第146号, accidents.
    R146,
    /// 行政处罚法.
    Pun,
}

impl Order {
    /// Every order.
    pub const ALL: [Self; 5] = [Self::R162, Self::R163, Self::R105, Self::R146, Self::Pun];

    /// The word in tables and clauses.
    pub const fn code(self) -> &'static str {
        match self {
            Self::R162 => "R162",
            Self::R163 => "R163",
            Self::R105 => "R105",
            Self::R146 => "R146",
            Self::Pun => "PUN",
        }
    }

    /// Whether a period of so many days in this order is working days.
    pub fn counts_working_days(self, days: u32) -> bool {
        COUNTING.iter().any(|row| row.order == self && row.working.contains(&days))
    }

    fn rolls(self) -> bool {
        COUNTING.iter().any(|row| row.order == self && row.rolls)
    }
}

/// There are no holidays on record for a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("there is no calendar of public holidays for {year}")]
pub struct NoCalendar {
    /// The year.
    pub year: i16,
}

impl NoCalendar {
    /// The stable code of this error.
    pub const CODE: &'static str = "no_calendar";
}

#[derive(Debug, Clone, Copy)]
struct Special {
    from: Date,
    to: Date,
    working: bool,
}

#[derive(Debug)]
struct Counting {
    order: Order,
    working: Vec<u32>,
    rolls: bool,
}

static SPECIALS: LazyLock<Vec<Special>> = LazyLock::new(|| {
    load(include_str!("../data/calendar/holidays.csv")).expect("the embedded table is checked by a test")
});

static COUNTING: LazyLock<Vec<Counting>> = LazyLock::new(|| {
    load_counting(include_str!("../data/calendar/day_counting.csv")).expect("the embedded table is checked by a test")
});

fn weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

fn load(text: &str) -> Result<Vec<Special>, TableError> {
    let mut specials: Vec<Special> = Vec::new();
    table::rows("holidays", text, b',', |row| {
        let (from, to): (Date, Date) = (row.parse("from")?, row.parse("to")?);
        let working = match row.some("kind")? {
            "holiday" => false,
            "working" => true,
            other => return Err(row.wrong(format!("kind: {other:?} is neither holiday nor working"))),
        };
        row.some("name_zh")?;
        row.some("name_en")?;
        row.some("source")?;
        if from > to || from.year() != to.year() {
            return Err(row.wrong("the range ends before it begins, or reaches into another year"));
        }
        if specials.last().is_some_and(|last| last.to >= from) {
            return Err(row.wrong("the rows are not in order, or a day is given twice"));
        }
        if working && !(weekend(from) && weekend(to)) {
            return Err(row.wrong("only a weekend can be worked by notice"));
        }
        specials.push(Special { from, to, working });
        Ok(())
    })?;
    Ok(specials)
}

fn load_counting(text: &str) -> Result<Vec<Counting>, TableError> {
    let rows = table::rows("day_counting", text, b',', |row| {
        let word = row.some("order")?;
        let order = Order::ALL.into_iter().find(|order| order.code() == word);
        let order = order.ok_or_else(|| row.wrong(format!("order: {word:?} is not known")))?;
        let periods = row.get("working_periods")?.split_ascii_whitespace();
        let working = periods.map(|p| p.parse().map_err(|_| row.wrong(format!("{p:?} is no number of days"))));
        row.some("clause")?;
        Ok(Counting { order, working: working.collect::<Result<_, _>>()?, rolls: row.flag("rolls")? })
    })?;
    for order in Order::ALL {
        if rows.iter().filter(|row| row.order == order).count() != 1 {
            let problem = format!("{} needs exactly one row", order.code());
            return Err(TableError { table: "day_counting", line: 0, problem });
        }
    }
    Ok(rows)
}

/// The years with holidays on record, in order.
pub fn years() -> Vec<i16> {
    let mut years: Vec<i16> = SPECIALS.iter().map(|special| special.from.year()).collect();
    years.dedup();
    years
}

/// Whether a day is worked.
pub fn is_working_day(day: Date) -> Result<bool, NoCalendar> {
    // The rows are in order: the first that does not end before the day is the only one that can hold it.
    let at = SPECIALS.partition_point(|special| special.to < day);
    if let Some(special) = SPECIALS.get(at).filter(|special| special.from <= day) {
        return Ok(special.working);
    }
    let year = day.year();
    let beside = [at.checked_sub(1).and_then(|before| SPECIALS.get(before)), SPECIALS.get(at)];
    if beside.into_iter().flatten().any(|special| special.from.year() == year) {
        Ok(!weekend(day))
    } else {
        Err(NoCalendar { year })
    }
}

/// The day so many natural days later.
pub fn add_natural_days(from: Date, days: u32) -> Date {
    from.checked_add(i64::from(days.min(MAX_DAYS)).days()).unwrap_or(Date::MAX)
}

/// The day so many working days later; the day itself is not counted. With 0, the day itself, worked or not.
pub fn add_working_days(from: Date, days: u32) -> Result<Date, NoCalendar> {
    let mut day = from;
    for _ in 0..days.min(MAX_DAYS) {
        day = next_working_day(day)?;
    }
    Ok(day)
}

fn next_working_day(after: Date) -> Result<Date, NoCalendar> {
    let mut day = after;
    loop {
        day = day.tomorrow().map_err(|_| NoCalendar { year: after.year() })?;
        if is_working_day(day)? {
            return Ok(day);
        }
    }
}

/// The day itself when it is worked, otherwise the next working day.
pub fn roll_to_working_day(day: Date) -> Result<Date, NoCalendar> {
    if is_working_day(day)? { Ok(day) } else { next_working_day(day) }
}

/// The last day of a period of `days` days that an order names, begun on a day: working or natural as the order says, and rolled to the next
/// working day where it says so.
pub fn deadline(order: Order, days: u32, from: Date) -> Result<Date, NoCalendar> {
    if order.counts_working_days(days) {
        return add_working_days(from, days);
    }
    let last = add_natural_days(from, days);
    if order.rolls() { roll_to_working_day(last) } else { Ok(last) }
}

#[cfg(test)]
#[path = "calendar_tests.rs"]
mod tests;
