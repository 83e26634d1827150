//! What reading rows of every register has in common: texts by column to values, with every problem of the row named.

use super::columns::{Column, ColumnSet};
use super::record::Record;
use super::reject::Reject;
use super::sentence;
use super::value::{self, DateFault, half_width_text};
use jiff::civil::Date;
use luzheng_domain::checked::{Checked, Warning};
use luzheng_domain::region::Division;
use serde::Serialize;

/// The first day on which something in a register may have happened; registers use 1900-01-01 for "unknown".
const EARLIEST: Date = Date::constant(1920, 1, 1);

/// What is odd about a row that goes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct RowWarning {
    /// Our name of the column.
    pub column: &'static str,
    /// Stable code.
    pub code: &'static str,
}

/// What is wrong with a value: a stable code and the English sentence.
pub(super) struct Problem {
    pub(super) code: &'static str,
    pub(super) en: String,
}

impl Problem {
    pub(super) fn new(code: &'static str, en: impl ToString) -> Self {
        Self { code, en: en.to_string() }
    }
}

/// A row being read.
pub(super) struct Reading {
    pub(super) record: Record,
    /// The day in China; nothing in a register has happened later.
    pub(super) today: Date,
    pub(super) warnings: Vec<RowWarning>,
    set: &'static ColumnSet,
}

impl Reading {
    pub(super) fn new(record: Record, today: Date, set: &'static ColumnSet) -> Self {
        Self { record, today, warnings: Vec::new(), set }
    }

    fn column(&self, place: usize) -> &'static Column {
        self.set.get(place)
    }

    pub(super) fn reject(&mut self, place: usize, value: &str, problem: Problem) {
        let message = sentence::of(problem.code, problem.en);
        let reject = Reject::of_value(self.record.line, self.column(place), value, problem.code, message);
        self.record.rejects.push(reject);
    }

    pub(super) fn warn(&mut self, place: usize, code: &'static str) {
        let column = self.column(place).name;
        self.warnings.push(RowWarning { column, code });
    }

    pub(super) fn take<T>(&mut self, place: usize, checked: Checked<T>) -> T {
        for warning in &checked.warnings {
            self.warn(place, warning.code());
        }
        checked.value
    }

    /// The text of a column in half width; `None` when the file does not have it or the row is cut off before it.
    pub(super) fn text(&self, place: usize) -> Option<String> {
        self.record.cells[place].as_deref().map(half_width_text)
    }

    pub(super) fn optional<T>(
        &mut self,
        place: usize,
        read: impl FnOnce(&mut Self, &str) -> Result<T, Problem>,
    ) -> Option<T> {
        let text = self.text(place).filter(|t| !t.is_empty())?;
        match read(self, &text) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.reject(place, &text, problem);
                None
            }
        }
    }

    pub(super) fn required<T>(
        &mut self,
        place: usize,
        read: impl FnOnce(&mut Self, &str) -> Result<T, Problem>,
    ) -> Option<T> {
        let empty = self.text(place).is_none_or(|t| t.is_empty());
        // Of a row that is cut off, what is not there has been explained by the cut.
        if empty && (self.record.whole || self.record.cells[place].is_some()) {
            self.reject(place, "", Problem::new("missing", "the value is missing"));
            return None;
        }
        self.optional(place, read)
    }

    pub(super) fn past_day(&mut self, text: &str) -> Result<Date, Problem> {
        let day = day(text)?;
        if day > self.today {
            return Err(Problem::new("date_in_future", format!("{day} lies in the future")));
        }
        if day < EARLIEST {
            return Err(Problem::new("date_too_early", format!("{day} is before {EARLIEST}")));
        }
        Ok(day)
    }

    /// A name keeps its own punctuation (firms are written with full-width brackets); letters and digits become half width.
    pub(super) fn name(&mut self, place: usize) -> Option<String> {
        self.required(place, |_, _| Ok(()))?;
        let raw = self.record.cells[place].clone()?;
        let name: String = raw
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .chars()
            .map(|c| match c {
                '\u{FF10}'..='\u{FF19}' | '\u{FF21}'..='\u{FF3A}' | '\u{FF41}'..='\u{FF5A}' => {
                    luzheng_domain::text::half_width(c)
                }
                _ => c,
            })
            .collect();
        // Characters that only one supplier's font knows: the name is kept, but somebody should look at it.
        if name.chars().any(|c| matches!(u32::from(c), 0xE000..=0xF8FF | 0xF_0000..=0x10_FFFF)) {
            self.warn(place, "private_use_character");
        }
        Some(name)
    }

    /// A division of GB/T 2260, in force or retired.
    pub(super) fn division(&mut self, place: usize) -> Option<Division> {
        self.required(place, |r, text| {
            let checked = Division::parse(text, r.today).map_err(|e| Problem::new("not_a_division", e))?;
            if checked.warnings.contains(&Warning::UnknownDivision) {
                return Err(Problem::new("unknown_division", "no division has or had this code (GB/T 2260)"));
            }
            Ok(r.take(place, checked))
        })
    }

    /// A phone number; one that cannot be read is left out with a warning.
    pub(super) fn phone(&mut self, place: usize) -> Option<String> {
        let read = self.optional(place, |r, t| {
            let read = luzheng_domain::vehicle::owner::phone(t);
            if read.is_none() {
                r.warn(place, "phone_unreadable");
            }
            Ok(read)
        });
        read.flatten()
    }

    /// The problems in the order of the columns, those of the row as a whole first.
    pub(super) fn rejects(self) -> Vec<Reject> {
        let (set, mut rejects) = (self.set, self.record.rejects);
        rejects.sort_by_key(|r| r.column.and_then(|c| set.find(c)).map_or(0, |place| place + 1));
        rejects
    }
}

pub(super) fn scientific() -> Problem {
    Problem::new("digits_lost", "a spreadsheet turned the number into a rounded one; its last digits are lost")
}

/// A day of a register, past or future.
pub(super) fn day(text: &str) -> Result<Date, Problem> {
    value::date(text).map_err(|fault| match fault {
        DateFault::Spelling => Problem::new("not_a_date", "a date is written 2026-11-21, 20261121 or 2026/11/21"),
        DateFault::Impossible => Problem::new("impossible_date", "the calendar has no such day"),
    })
}
