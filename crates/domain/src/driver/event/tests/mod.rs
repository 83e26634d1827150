//! Events about drivers: read from JSON, applied to licences, decided about credentials.

mod correcting;
mod deciding;
mod points;
mod reading;

use jiff::civil::Date;
use serde_json::{Value, json};

use super::{Event, EventError, EventRefused, Outcome, apply};
use crate::driver::Licence;

const NUMBER: &str = "320500198505050010";

/// The beginning of a JPEG, as base64.
const PHOTO: &str = "/9j/4AAQ";

fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

fn parse(value: &Value) -> Result<Event, EventError> {
    Event::parse(value.to_string().as_bytes())
}

/// An event about the driver of these tests, at noon of a day.
fn event(event_type: &str, on: &str, data: Value) -> Event {
    let value = json!({
        "source": "test", "id": "e1", "type": event_type, "occurred_at": format!("{on}T12:00:00+08:00"),
        "subject": {"licence_number": NUMBER}, "data": data,
    });
    parse(&value).unwrap_or_else(|e| panic!("{value}: {e}"))
}

/// The data of a first issue: C1, six years from 4 November 2020, in Suzhou.
fn issue() -> Value {
    json!({
        "name": "张三丰", "sex": "male", "classes": "C1", "first_issued_on": "2020-11-04",
        "valid_until": "2026-11-04", "division": "320500",
    })
}

/// The issue with some members put in or replaced.
fn issue_with(members: Value) -> Value {
    let mut data = issue();
    for (name, value) in members.as_object().expect("an object") {
        data[name] = value.clone();
    }
    data
}

fn licence_with(members: Value) -> Licence {
    let issued = event("driver.licence_issued", "2020-11-04", issue_with(members));
    apply(None, &issued, day("2020-11-04")).expect("issued").after
}

fn licence() -> Licence {
    licence_with(json!({}))
}

/// Applies an event on the day it happened.
fn happens(before: &Licence, event_type: &str, on: &str, data: Value) -> Result<Outcome, EventRefused> {
    apply(Some(before), &event(event_type, on, data), day(on))
}

/// Applies events one after another.
fn life(events: &[(&str, &str, Value)]) -> Licence {
    events.iter().fold(licence(), |before, (event_type, on, data)| {
        happens(&before, event_type, on, data.clone()).unwrap_or_else(|e| panic!("{event_type} {on}: {e}")).after
    })
}
