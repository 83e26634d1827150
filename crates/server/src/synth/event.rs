//! What happens after the day of the register: one vehicle in fifty gets an event.

use jiff::ToSpan;
use serde_json::json;

use super::chance::{Purpose, Stream};
use super::row::Row;
use super::vehicle::Register;

/// The event of a vehicle as a line of NDJSON, if it has one. Only what does not depend on the hour at which the feed is read: state
/// letters that come and go, violations, thefts, a changed use.
pub(super) fn of(register: &Register, number: u64, row: &Row) -> Option<String> {
    let mut chance = Stream::new(register.seed, Purpose::Event, number);
    if !chance.in_thousand(20) {
        return None;
    }
    let (event_type, data) = match chance.below(10) {
        0..4 => ("vehicle.status_changed", json!({"status": with(&row.status, 'G')})),
        4 | 5 => ("vehicle.status_changed", json!({"status": "A"})),
        6 => ("vehicle.status_changed", json!({"status": with(&row.status, 'C')})),
        7 => ("vehicle.status_changed", json!({"status": with(&row.status, 'L')})),
        8 => ("vehicle.changed", json!({"colour": chance.pick(&["A", "J", "B", "H", "E"])})),
        _ => ("vehicle.deregistered", json!({"cause": "scrapped"})),
    };
    let seconds = chance.between(8 * 3600, 18 * 3600);
    let at = register.as_of.at(0, 0, 0, 0).saturating_add(seconds.seconds());
    let event = json!({
        "source": "synth",
        "id": format!("{:x}-{number:08}", register.seed),
        "type": event_type,
        "occurred_at": format!("{at}+08:00"),
        "subject": {"vin": row.vin},
        "data": data,
    });
    Some(event.to_string())
}

/// The letters with one more, in order.
fn with(status: &str, letter: char) -> String {
    let mut letters: Vec<char> = status.chars().filter(|c| *c != 'A').collect();
    if !letters.contains(&letter) {
        letters.push(letter);
    }
    letters.sort_unstable();
    letters.into_iter().collect()
}
