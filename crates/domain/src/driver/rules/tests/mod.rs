//! The rules against worked cases of domain-driver.md 12.2, their edges day by day, and properties.

mod entry;
mod periods;
mod properties;
mod state;

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{LicenceFacts, MedicalRecord, ReviewRecord};

/// A day written as text.
fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

/// A licence of somebody born in 1985 who did everything in time, valid for ten years from the first issue, on a day.
fn facts(classes: &str, first_issued_on: &str, as_of: &str) -> LicenceFacts {
    let first = day(first_issued_on);
    LicenceFacts {
        as_of: day(as_of),
        classes: classes.parse().expect("classes"),
        class_dates: BTreeMap::new(),
        first_issued_on: first,
        birth_date: day("1985-06-15"),
        valid_from: first,
        valid_until: None,
        points: 0,
        full_on: Vec::new(),
        cycles_with_points: Vec::new(),
        medical: MedicalRecord::Unknown,
        reviews: ReviewRecord::Unknown,
        deferred_until: None,
        extended_until: None,
    }
}

/// The same with a class held since a later day.
fn since(mut facts: LicenceFacts, class: &str, on: &str) -> LicenceFacts {
    facts.class_dates.insert(class.parse().expect("a class"), day(on));
    facts
}

fn born(facts: LicenceFacts, on: &str) -> LicenceFacts {
    LicenceFacts { birth_date: day(on), ..facts }
}

fn valid(facts: LicenceFacts, from: &str, until: &str) -> LicenceFacts {
    LicenceFacts { valid_from: day(from), valid_until: Some(day(until)), ..facts }
}

fn on(facts: &LicenceFacts, as_of: &str) -> LicenceFacts {
    LicenceFacts { as_of: day(as_of), ..facts.clone() }
}
