//! 实习期: the practice period after the first car and the first motorcycle class (R162 Art. 76, 77, 80).

use jiff::civil::Date;

use super::super::class::{ClassSet, LicenceClass};
use super::day::{day_before, months_after};
use super::facts::LicenceFacts;
use super::law::{Topic, find_law, law};
use crate::clause::Clause;

/// A practice period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Practice {
    /// The classes in practice.
    pub classes: ClassSet,
    /// The first day.
    pub from: Date,
    /// The last day. As with the points cycle, 12 months end on the day before the anniversary.
    pub until: Date,
    /// The clause.
    pub clause: &'static Clause,
}

impl Practice {
    /// What is forbidden in it, and what an expressway asks for.
    pub fn limits(&self) -> Option<&'static Clause> {
        find_law(Topic::PracticeLimits, self.from).map(|law| law.clause)
    }
}

/// The practice periods that run on the day asked about, the one that ends first in front.
pub fn running(facts: &LicenceFacts) -> Vec<Practice> {
    let mut list = all(facts);
    list.retain(|practice| (practice.from..=practice.until).contains(&facts.as_of));
    list
}

/// The last day on which any practice period runs, while one does.
pub fn until(facts: &LicenceFacts) -> Option<Date> {
    running(facts).last().map(|practice| practice.until)
}

/// Every practice period of a licence, the one that ends first in front. By the rule of the day on which a class was obtained: since 2022-04-01 only the
/// first car class and the first motorcycle class begin one, before every added class did.
pub fn all(facts: &LicenceFacts) -> Vec<Practice> {
    let mut list: Vec<Practice> = Vec::new();
    let cars = first_of(facts, LicenceClass::is_car);
    let motorcycles = first_of(facts, LicenceClass::is_motorcycle);
    for (first, category) in [(cars, true), (motorcycles, false)] {
        let Some(first) = first else { continue };
        let of_category = facts.classes.iter().filter(|class| class.is_car() == category);
        let (begun, added): (Vec<_>, Vec<_>) =
            of_category.partition(|class| facts.held_since(*class).is_none_or(|since| since <= first));
        list.extend(ClassSet::of(begun).map(|classes| practice(classes, first)));
        for class in added {
            let Some(since) = facts.held_since(class) else { continue };
            if law(Topic::PracticeEveryClass, since).value == 1 {
                list.push(practice(ClassSet::one(class), since));
            }
        }
    }
    list.sort_by_key(|practice| practice.until);
    list
}

/// When the first class of a category was obtained. The earlier of the two categories began with the licence itself, whatever classes of it are on the
/// card today: C2 that became C1, or A1 that became C1, were held before.
fn first_of(facts: &LicenceFacts, category: impl Fn(LicenceClass) -> bool) -> Option<Date> {
    let earliest = |wanted: bool| {
        facts.classes.iter().filter(|class| category(*class) == wanted).filter_map(|c| facts.held_since(c)).min()
    };
    let own = earliest(true)?;
    let is_first = earliest(false).is_none_or(|other| own <= other);
    Some(if is_first { facts.first_issued_on } else { own })
}

fn practice(classes: ClassSet, from: Date) -> Practice {
    let months = law(Topic::PracticeMonths, from);
    Practice { classes, from, until: day_before(months_after(from, months.value)), clause: months.clause }
}

/// The clause that cancels the class in practice when the points of offences within the period reach 12 (Art. 80).
pub fn cancels(practice: &Practice, points_for_offences_within: u32) -> Option<&'static Clause> {
    let rule = find_law(Topic::PracticeCancelPoints, practice.from)?;
    let limit = u32::try_from(rule.value).unwrap_or(u32::MAX);
    (points_for_offences_within >= limit).then_some(rule.clause)
}
