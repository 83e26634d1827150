//! 审验: who is reviewed beside renewal, when, and what it asks for (R162 Art. 72, 73).

use jiff::civil::Date;

use super::super::class::LicenceClass;
use super::super::points::{Cycle, cycle_of};
use super::day::{days_after, reaches};
use super::facts::{LicenceFacts, ReviewRecord};
use super::law::{Topic, find_law, law};
use super::renewal::postponed;
use crate::clause::Clause;

/// The classes whose holders are reviewed after every cycle with points, and who must be 20 and more to begin with.
pub const HEAVY: [LicenceClass; 5] =
    [LicenceClass::A1, LicenceClass::A2, LicenceClass::A3, LicenceClass::B1, LicenceClass::B2];

/// A review that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReviewDue {
    /// The cycle after whose end it is due.
    pub cycle: Cycle,
    /// The first day for it: the day after the cycle.
    pub opens_on: Date,
    /// The last day for it.
    pub due_on: Date,
    /// Hours of study it asks for; 0 when none.
    pub study_hours: i32,
    /// Whether the tests of memory, judgement and reaction belong to it.
    pub ability_tests: bool,
    /// The clause.
    pub clause: &'static Clause,
}

/// An accident that may lead to a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accident {
    /// The day.
    pub on: Date,
    /// Whether somebody died.
    pub fatal: bool,
    /// Whether somebody was seriously injured.
    pub serious_injury: bool,
    /// How much of the responsibility is the driver's.
    pub responsibility: Responsibility,
}

/// 责任 (R146 Art. 60).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Responsibility {
    /// 无责任.
    None,
    /// 次要责任.
    Secondary,
    /// 同等责任.
    Equal,
    /// 主要责任.
    Main,
    /// 全部责任.
    Full,
}

/// The next review of a holder of heavy classes, or the one that is overdue: the first cycle with points that has not been reviewed (Art. 72 par.
/// 3). `None` when there is none; a cycle without points is exempt.
///
/// A review, and the renewal with which the present validity began (Art. 72 par. 2), settles every cycle that ended before it.
pub fn next(facts: &LicenceFacts) -> Option<ReviewDue> {
    let reviewed = match facts.reviews {
        ReviewRecord::Unknown => None,
        ReviewRecord::Last(day) => day,
    };
    let settled = reviewed.map_or(facts.valid_from, |day| day.max(facts.valid_from));
    let heavy_in = |cycle: &Cycle| HEAVY.iter().filter_map(|c| facts.held_since(*c)).any(|since| since <= cycle.end);
    facts
        .cycles_with_points
        .iter()
        .filter(|cycle| cycle.end >= settled && heavy_in(cycle))
        .map(|cycle| after(facts, *cycle, Topic::ReviewDays))
        .find(|due| facts.reviews != ReviewRecord::Unknown || due.due_on >= facts.as_of)
}

/// The review an accident leads to, if any: a fatal one with equal or more responsibility for holders of other classes (par. 4), one with death or
/// serious injury and any responsibility from 70 on (par. 5).
pub fn after_accident(facts: &LicenceFacts, accident: Accident) -> Option<ReviewDue> {
    let cycle = cycle_of(facts.first_issued_on, accident.on);
    let heavy = facts.classes.has_any(&HEAVY);
    let fatal = accident.fatal && accident.responsibility >= Responsibility::Equal && !heavy;
    let harmed = (accident.fatal || accident.serious_injury) && accident.responsibility > Responsibility::None;
    let old = find_law(Topic::ReviewOldAge, accident.on)?;
    let is_old = reaches(facts.birth_date, old.value) <= accident.on;
    match (fatal, harmed && is_old) {
        (true, _) => Some(after(facts, cycle, Topic::ReviewAccidentDays)),
        (false, true) => {
            let due = after(facts, cycle, Topic::ReviewAccidentDays);
            Some(ReviewDue { study_hours: 0, clause: old.clause, ..due })
        }
        (false, false) => None,
    }
}

fn after(facts: &LicenceFacts, cycle: Cycle, topic: Topic) -> ReviewDue {
    let days = find_law(topic, cycle.end).unwrap_or_else(|| law(Topic::ReviewDays, cycle.end));
    let due_on = postponed(facts, days_after(cycle.end, days.value));
    ReviewDue {
        cycle,
        opens_on: cycle.next_start(),
        due_on,
        study_hours: find_law(Topic::ReviewStudyHours, cycle.end).map_or(0, |law| law.value),
        ability_tests: find_law(Topic::ReviewOldAge, due_on)
            .is_some_and(|law| reaches(facts.birth_date, law.value) <= due_on),
        clause: days.clause,
    }
}
