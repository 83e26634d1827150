//! What was so about a vehicle at a moment, as it was known at a moment: the answer to an insurer's question about the day of the accident.
//!
//! A history is a list of [`Statement`]s. Each says some things ([`Said`]) that are so **from** a moment of the world on, and each is known
//! **from** a moment of ours on. A thing is at *T*, as known at *K*, what the last statement says of it among those that are true from *T* or
//! before and known at *K*; "last" by the world's time, and of two of the same moment the one that became known later. Things are looked at one by
//! one: a report about the letters that comes in late completes the past without undoing what was said later about the plate.
//!
//! Four things are more than the last word:
//! - **letters**: an event that states the whole state says something of every letter; another one only of those it sets or takes away;
//! - **insurance**: a policy that is reported lengthens what is known and never shortens it; what an inspection or a correction states, stands;
//! - **validity**: an inspection says that it was made; the validity follows from what was so then, by the rules, unless the register states it;
//! - **the letter G**: there while any violation is open, or as stated when none is (GA/T 16.17).
//!
//! What a correction states is so from the moment of what it corrects; what we compute from it, from its own moment on.

pub mod mark;
mod said;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use jiff::civil::Date;

pub use said::{InsuranceSaid, Letters, Said, ViolationSaid};

use super::{StatusLetter, StatusSet, Vehicle};
use crate::event::local_day;
use crate::vehicle::standing::OPEN_VIOLATIONS;

/// The letters of a vehicle that has left the register: deregistered, declared void.
const LEFT_THE_REGISTER: [char; 2] = ['E', 'P'];
/// The most statements of one vehicle that are looked at; a car has a few in a year.
pub const MAX_STATEMENTS: usize = 5_000;

/// One statement about a vehicle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Since when it is so in the world.
    pub true_from: Timestamp,
    /// Since when we know it.
    pub known_from: Timestamp,
    /// The event or import that says so.
    pub cause: String,
    /// What is said.
    pub said: Said,
}

/// A version of a vehicle's facts as it is stored: everything, as known from then on.
#[derive(Debug, Clone, Copy)]
pub struct Version<'a> {
    /// Counts up from 1.
    pub version: u32,
    /// Since when it is so in the world.
    pub true_from: Timestamp,
    /// Since when we know it.
    pub known_from: Timestamp,
    /// The event or import that said so.
    pub cause: &'a str,
    /// The facts.
    pub facts: &'a Vehicle,
}

/// A statement as it is stored beside the versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The version that was the newest once this was known.
    pub version: u32,
    /// Counts up within the vehicle.
    pub number: u32,
    /// Whether that version came of this: then what differs in it is said here and nowhere else.
    pub explains: bool,
    /// The statement.
    pub statement: Statement,
}

/// A vehicle at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VehicleAt {
    /// Everything that was so.
    pub facts: Vehicle,
    /// Since when it carried the plate it carried.
    pub plate_from: Timestamp,
    /// How many violations were open.
    pub open_violations: u32,
}

impl VehicleAt {
    /// Whether it was in the register: neither deregistered nor declared void.
    pub fn in_register(&self) -> bool {
        !LEFT_THE_REGISTER.iter().any(|letter| self.facts.status.has(*letter))
    }

    /// Whether it was in inspection validity on a day: in the register, and the month that its validity names not over (the last day of the month
    /// is a valid one, L2 Art. 16; days are those of the country, UTC+8).
    pub fn in_validity(&self, on: Date) -> bool {
        self.in_register() && self.facts.valid_until.is_some_and(|month| on <= month.last_day())
    }

    /// Whether the compulsory insurance that was known ran on a day; `None` when none was known.
    pub fn insured(&self, on: Date) -> Option<bool> {
        self.facts.insurance_until.map(|last| on <= last)
    }
}

/// The history of one vehicle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// The first facts, whole.
    first: Vehicle,
    base: Statement,
    /// In the order of the world, those of one moment in the order in which they became known.
    statements: Vec<Statement>,
}

impl Timeline {
    /// The history from what is stored: versions in their order, and the statements beside them in theirs. A version that no statement explains
    /// says what differs in it from the one before. `None` without any version.
    pub fn of(versions: &[Version<'_>], recorded: &[Recorded]) -> Option<Self> {
        let first = versions.first()?;
        let stated = |at: &Version<'_>, said: Said| Statement {
            true_from: at.true_from,
            known_from: at.known_from,
            cause: at.cause.to_owned(),
            said,
        };
        let mut ordered: Vec<((u32, u32), Statement)> =
            recorded.iter().map(|one| ((one.version, one.number.saturating_add(1)), one.statement.clone())).collect();
        for pair in versions.windows(2) {
            let [before, after] = pair else { continue };
            if recorded.iter().any(|one| one.explains && one.version == after.version) {
                continue;
            }
            ordered.push(((after.version, 0), stated(after, Said::difference(before.facts, after.facts))));
        }
        ordered.sort_by_key(|(known, _)| *known);
        let mut statements: Vec<Statement> = ordered.into_iter().map(|(_, statement)| statement).collect();
        // Stable: those of one moment stay in the order in which they became known.
        statements.sort_by_key(|statement| statement.true_from);
        Some(Self { first: first.facts.clone(), base: stated(first, Said::default()), statements })
    }

    /// The history with one statement more, which becomes known last.
    #[must_use]
    pub fn with(mut self, statement: Statement) -> Self {
        let at = self.statements.partition_point(|known| known.true_from <= statement.true_from);
        self.statements.insert(at, statement);
        self
    }

    /// The vehicle at a moment, as known at a moment. `None`: it was not there yet, or nothing was known of it.
    pub fn at(&self, true_at: Timestamp, known_at: Timestamp) -> Option<VehicleAt> {
        if self.base.true_from > true_at || self.base.known_from > known_at {
            return None;
        }
        let mut folding = said::Folding::begin(&self.first, self.base.true_from);
        // What is said of the time before its registration says nothing.
        for statement in self.statements.iter().filter(|s| s.true_from >= self.base.true_from) {
            if statement.true_from > true_at {
                break;
            }
            if statement.known_from <= known_at {
                folding.take(&statement.said, statement.true_from);
            }
        }
        Some(folding.end())
    }

    /// Since when that is true which a cause said: the moment that a correction of it goes back to. The first statement of the cause counts.
    pub fn true_from_of(&self, cause: &str) -> Option<Timestamp> {
        if self.base.cause == cause {
            return Some(self.base.true_from);
        }
        self.statements.iter().find(|statement| statement.cause == cause).map(|statement| statement.true_from)
    }

    /// Every moment after `known_at` up to `until` at which something became known, in order, each once.
    pub fn learned_between(&self, known_at: Timestamp, until: Timestamp) -> Vec<Timestamp> {
        let all = self.statements.iter().chain(std::iter::once(&self.base)).map(|statement| statement.known_from);
        let mut moments: Vec<Timestamp> = all.filter(|at| *at > known_at && *at <= until).collect();
        moments.sort_unstable();
        moments.dedup();
        moments
    }
}

/// The day of an instant by the clock of the country.
pub fn day_of(at: Timestamp) -> Date {
    local_day(at)
}

/// The letters with G as it counts: there while violations are open, or as stated.
fn with_violations(stated: StatusSet, open: u32) -> StatusSet {
    match StatusLetter::new(OPEN_VIOLATIONS) {
        Some(letter) if open > 0 => stated.with(letter),
        _ => stated,
    }
}
