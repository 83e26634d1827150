//! What all events of the register have in common: the envelope, strict reading of JSON, and errors with their place.

pub(crate) mod json;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use serde::Serialize;

use json::Object;
pub use json::{EventError, EventProblem, MAX_EVENT_BYTES, MAX_TEXT_CHARS};

/// What names an event: unique over all sources, applied once.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct EventKey {
    /// The system that reports, e.g. `vio-registry`.
    pub source: String,
    /// The event's id there.
    pub id: String,
}

/// The members of every event.
pub(crate) const ENVELOPE: &[&str] = &["source", "id", "type", "occurred_at", "subject", "data"];

/// The longest `source`, in characters.
pub const MAX_SOURCE_CHARS: usize = 64;

/// The longest `id`, in characters.
pub const MAX_ID_CHARS: usize = 128;

/// The civil day of an instant by the clock of the country: UTC+8, no summer time.
pub fn local_day(instant: Timestamp) -> Date {
    Offset::constant(8).to_datetime(instant).date()
}

/// `source` and `id` of an object.
pub(crate) fn read_key(object: &Object<'_>) -> Result<EventKey, EventError> {
    let text = |member: &str, limit: usize| {
        let text = object.get_text(member)?;
        if text.chars().count() > limit {
            let sentence = format!("longer than {limit} characters");
            return Err(object.unreadable(member, "too_long", sentence));
        }
        Ok(text.to_owned())
    };
    Ok(EventKey { source: text("source", MAX_SOURCE_CHARS)?, id: text("id", MAX_ID_CHARS)? })
}

/// An instant of RFC 3339, with its offset, between 1990 and 2199.
pub(crate) fn read_instant(event: &Object<'_>) -> Result<Timestamp, EventError> {
    let text = event.get_text("occurred_at")?;
    let shape = |byte: u8| byte.is_ascii_digit() || b"-:.+TtZz".contains(&byte);
    let instant: Option<Timestamp> =
        if text.len() <= 40 && text.bytes().all(shape) && text.contains(['T', 't']) { text.parse().ok() } else { None };
    instant.filter(|instant| (1990..2200).contains(&local_day(*instant).year())).ok_or_else(|| {
        let sentence = "an instant of RFC 3339 such as 2026-11-21T08:00:00+08:00, from 1990 to 2199, is needed";
        event.unreadable("occurred_at", "not_an_instant", sentence)
    })
}
