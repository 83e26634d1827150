//! The cycle against worked cases, its edges day by day, an independent model, and broken tables.

mod broken;
mod edges;
mod model;
mod snapshot;
mod worked;

use jiff::civil::Date;

use super::{CycleFacts, InspectionAnswer, InspectionRules};
use crate::vehicle::{UseNature, VehicleType};

/// A day written as text.
fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

/// A vehicle that did everything on time.
fn vehicle(vehicle_type: &str, use_nature: char, seats: u16, registered_on: &str) -> CycleFacts {
    CycleFacts {
        vehicle_type: VehicleType::from_code(vehicle_type).expect("a type"),
        use_nature: UseNature::from_letter(use_nature).expect("a use"),
        seats,
        registered_on: day(registered_on),
        manufactured_on: None,
        casualty_accident: false,
        illegal_modification: false,
        valid_until: None,
    }
}

/// The same vehicle with a recorded validity.
fn valid(facts: CycleFacts, until: &str) -> CycleFacts {
    CycleFacts { valid_until: Some(until.parse().expect("a month")), ..facts }
}

fn ask(facts: &CycleFacts, as_of: &str) -> InspectionAnswer<'static> {
    InspectionRules::builtin().answer(facts, day(as_of)).expect("an answer")
}

/// The answer in one line: `state action due opens next rule`.
fn line(facts: &CycleFacts, as_of: &str) -> String {
    let a = ask(facts, as_of);
    format!("{} {} {} {} {} {}", a.state.code(), a.action.code(), a.due, a.window_opens, a.next_valid_until, a.rule)
}
