//! Events read from JSON, applied to vehicles, folded over whole lives.

mod deciding;
mod ending;
mod lives;
mod reading;
mod records;

use jiff::civil::Date;
use serde_json::{Value, json};

use super::{Event, EventError, EventRefused, Outcome, apply};
use crate::vehicle::inspection::InspectionRules;
use crate::vehicle::{Vehicle, YearMonth};

fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

fn month(text: &str) -> Option<YearMonth> {
    Some(text.parse().expect("a month"))
}

fn parse(value: &Value) -> Result<Event, EventError> {
    Event::parse(value.to_string().as_bytes())
}

/// An event about the vehicle of these tests, at noon of a day.
fn event(event_type: &str, on: &str, data: Value) -> Event {
    let value = json!({
        "source": "test", "id": "1", "type": event_type, "occurred_at": format!("{on}T12:00:00+08:00"),
        "subject": {"vin": "LSVHJ133022221761"}, "data": data,
    });
    parse(&value).unwrap_or_else(|e| panic!("{value}: {e}"))
}

/// The data of a registration: a private five-seater of Suzhou, registered on 10 May 2021.
fn registration() -> Value {
    json!({
        "plate_number": "苏E12345", "plate_type": "02", "vehicle_type": "K33", "use_nature": "A", "seats": 5,
        "registered_on": "2021-05-10", "division": "320500",
        "owner_kind": "individual", "owner_id": "11010519491231002X", "owner_name": "张三丰",
    })
}

/// The registration with some members put in or replaced.
fn registration_with(members: Value) -> Value {
    let mut data = registration();
    for (name, value) in members.as_object().expect("an object") {
        data[name] = value.clone();
    }
    data
}

/// A registered vehicle, with some members put in or replaced.
fn vehicle_with(members: Value) -> Vehicle {
    let registered = event("vehicle.registered", "2021-05-10", registration_with(members));
    apply(None, &registered, InspectionRules::builtin(), day("2021-05-10")).expect("registered").after
}

fn vehicle() -> Vehicle {
    vehicle_with(json!({}))
}

/// Applies an event on the day it happened.
fn happens(before: &Vehicle, event_type: &str, on: &str, data: Value) -> Result<Outcome, EventRefused> {
    apply(Some(before), &event(event_type, on, data), InspectionRules::builtin(), day(on))
}
