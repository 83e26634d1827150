//! 超龄换证: the ages at which classes may no longer be driven, what is left, and the extension beyond 63 (R162 Art. 65, R172).

use jiff::civil::Date;

use super::super::class::{ClassSet, LicenceClass};
use super::day::{days_after, reaches, years_after};
use super::facts::LicenceFacts;
use super::law::{Law, Topic, find_law, law, rows_of};
use super::review::HEAVY;
use crate::clause::Clause;

/// Classes lost at the heavy age (Art. 65 par. 1).
pub const LOST_AT_HEAVY_AGE: [LicenceClass; 8] = [
    LicenceClass::A1,
    LicenceClass::A2,
    LicenceClass::A3,
    LicenceClass::B1,
    LicenceClass::B2,
    LicenceClass::M,
    LicenceClass::N,
    LicenceClass::P,
];

/// Classes lost at 70 (Art. 65 par. 2).
pub const LOST_AT_LIGHT_AGE: [LicenceClass; 5] =
    [LicenceClass::C3, LicenceClass::C4, LicenceClass::C6, LicenceClass::D, LicenceClass::E];

/// The class that heavy classes, and C6, are exchanged for when the holder does not choose. The law leaves C1 or C2 to the holder; C1 allows more.
pub const EXCHANGED_FOR: LicenceClass = LicenceClass::C1;

/// A downgrade by age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Downgrade {
    /// The first day on which the classes may not be driven.
    pub on: Date,
    /// The classes that are lost.
    pub lost: ClassSet,
    /// The classes of the new licence.
    pub left: ClassSet,
    /// Days to exchange the licence after the office's notice; then the class is announced void.
    pub exchange_days: i32,
    /// The clause.
    pub clause: &'static Clause,
}

/// The extension of heavy classes beyond 63 (R172).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extension {
    /// The first day to apply: a year before the age is reached.
    pub opens_on: Date,
    /// The last day to apply: the birthday itself.
    pub last_day: Date,
    /// The last day of the longest extension: three years after the birthday.
    pub longest_until: Date,
    /// The clause.
    pub clause: &'static Clause,
}

/// The first downgrade by age that is ahead on the day asked about, or the one that should have been made. `None` when age takes nothing away, or
/// takes everything away (then it is a cancellation, [`super::cancel::age`]).
pub fn next(facts: &LicenceFacts) -> Option<Downgrade> {
    if super::cancel::age(facts).is_some() {
        return None;
    }
    let heavy = group(facts, &LOST_AT_HEAVY_AGE, Topic::HeavyAge, facts.extended_until);
    let light = group(facts, &LOST_AT_LIGHT_AGE, Topic::LightAge, None);
    [heavy, light].into_iter().flatten().min_by_key(|downgrade| downgrade.on)
}

fn group(facts: &LicenceFacts, lost: &[LicenceClass], topic: Topic, extended_until: Option<Date>) -> Option<Downgrade> {
    let lost = ClassSet::of(facts.classes.iter().filter(|class| lost.contains(class)))?;
    let (on, rule) = forbidden_from(topic, facts.birth_date, extended_until, facts.as_of)?;
    Some(Downgrade {
        on,
        lost,
        left: left(facts.classes, lost),
        exchange_days: law(Topic::ExchangeDays, on).value,
        clause: rule.clause,
    })
}

/// The classes of the licence that replaces one which loses some: heavy ones become C1 (A2 keeps C6 beside), D and E become F, C6 becomes C1 unless
/// C1 or C2 is there.
pub fn left(classes: ClassSet, lost: ClassSet) -> ClassSet {
    use LicenceClass::{A2, C1, C2, C6, D, E, F};
    let mut list: Vec<LicenceClass> = classes.iter().filter(|class| !lost.has(*class)).collect();
    let small_car = list.contains(&C1) || list.contains(&C2);
    if (lost.has_any(&HEAVY) || lost.has(C6)) && !small_car {
        list.push(EXCHANGED_FOR);
    }
    if lost.has(A2) && !lost.has(C6) {
        list.push(C6);
    }
    if lost.has_any(&[D, E]) {
        list.push(F);
    }
    // Nothing is left of M, N, P, C3 or C4 alone; those are cancelled and never come here.
    ClassSet::of(list).unwrap_or(classes)
}

/// The first day of the time in which the age forbids the classes of a topic: the time that a day lies in, otherwise the next one. Each rule forbids
/// while it is in force: whoever was 61 in 2024 was too old, and is not since 2025-01-01.
pub(super) fn forbidden_from(
    topic: Topic,
    birth_date: Date,
    extended_until: Option<Date>,
    day: Date,
) -> Option<(Date, Law)> {
    let mut times: Vec<(Date, Date, Law)> = Vec::new();
    for law in rows_of(topic) {
        let reached = reaches(birth_date, law.value);
        let start = law.from.map_or(reached, |from| from.max(reached));
        let start = extended_until.map_or(start, |until| start.max(days_after(until, 1)));
        let end = law.to.unwrap_or(Date::MAX);
        if start > end {
            continue;
        }
        match times.last_mut() {
            Some((_, before, _)) if days_after(*before, 1) >= start => *before = end,
            _ => times.push((start, end, law)),
        }
    }
    times.into_iter().find(|(_, end, _)| *end >= day).map(|(start, _, law)| (start, law))
}

/// The extension that a holder of heavy classes may ask for, by the rule of a day; `None` before the rule, or without such a class.
pub fn extension(facts: &LicenceFacts) -> Option<Extension> {
    if !facts.classes.has_any(&LOST_AT_HEAVY_AGE) {
        return None;
    }
    let years = find_law(Topic::ExtensionYears, facts.as_of)?;
    let birthday = reaches(facts.birth_date, law(Topic::HeavyAge, facts.as_of).value);
    Some(Extension {
        opens_on: years_after(birthday, -1),
        last_day: birthday,
        longest_until: years_after(birthday, years.value),
        clause: years.clause,
    })
}

/// Whether heavy classes that were lost at 60 before 2025 can be asked back on a day: the holder is not yet 63 (R172, transition).
pub fn may_ask_back(birth_date: Date, lost_on: Date, day: Date) -> Option<&'static Clause> {
    let rule = find_law(Topic::RestoreHeavy, day)?;
    let begins = rule.from?;
    (lost_on < begins && day < reaches(birth_date, law(Topic::HeavyAge, day).value)).then_some(rule.clause)
}
