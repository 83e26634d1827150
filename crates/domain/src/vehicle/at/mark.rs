//! Whether a vehicle had a mark at a moment, as known at a moment.
//!
//! A mark begins when it is decided here: before that nobody could have shown it, whatever it says of the past. What happens to it afterwards is so
//! from the moment of the world on (the theft, not the report), and known from the report on.

use jiff::Timestamp;

use crate::credential::Reason;
use crate::vehicle::YearMonth;

/// What happened to a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkHappening {
    /// It was suspended.
    Suspended,
    /// The suspension was lifted.
    Restored,
    /// It was revoked, or another took its place.
    Ended,
}

/// One step in a mark's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkEvent {
    /// What.
    pub what: MarkHappening,
    /// Since when it is so in the world.
    pub true_from: Timestamp,
    /// Since when we know it.
    pub known_from: Timestamp,
    /// Why.
    pub reason: Reason,
}

/// The life of one mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkLife {
    /// When it was decided.
    pub begun_at: Timestamp,
    /// The validity it names.
    pub valid_until: YearMonth,
    /// What happened to it, in the order in which it became known.
    pub events: Vec<MarkEvent>,
}

/// How a mark stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkStanding {
    /// It counted.
    Current,
    /// It was suspended, and why.
    Suspended(Reason),
    /// It was over, and why.
    Ended(Reason),
}

/// The mark of a vehicle at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkAt {
    /// How it stood.
    pub standing: MarkStanding,
    /// The validity it names.
    pub valid_until: YearMonth,
}

impl MarkLife {
    fn at(&self, true_at: Timestamp, known_at: Timestamp) -> MarkStanding {
        let mut standing = MarkStanding::Current;
        let mut since = self.begun_at;
        for event in self.events.iter().filter(|e| e.known_from <= known_at) {
            // Nothing happens to a mark before it is there.
            let from = event.true_from.max(self.begun_at);
            if from > true_at {
                continue;
            }
            match event.what {
                MarkHappening::Ended => return MarkStanding::Ended(event.reason),
                MarkHappening::Suspended | MarkHappening::Restored if from < since => {}
                MarkHappening::Suspended => (standing, since) = (MarkStanding::Suspended(event.reason), from),
                MarkHappening::Restored => (standing, since) = (MarkStanding::Current, from),
            }
        }
        standing
    }
}

/// The mark that had begun last, and how it stood; `None` when none had begun.
pub fn mark_at(lives: &[MarkLife], true_at: Timestamp, known_at: Timestamp) -> Option<MarkAt> {
    let begun = lives.iter().filter(|life| life.begun_at <= true_at && life.begun_at <= known_at);
    // Of two of the same moment the later in the list: the one that took the other's place.
    let last = begun.max_by_key(|life| life.begun_at)?;
    Some(MarkAt { standing: last.at(true_at, known_at), valid_until: last.valid_until })
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn hour(number: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000).expect("an instant") + SignedDuration::from_hours(number)
    }

    fn life(begun: i64, events: &[(MarkHappening, i64, i64)]) -> MarkLife {
        let event = |(what, t, k): &(MarkHappening, i64, i64)| MarkEvent {
            what: *what,
            true_from: hour(*t),
            known_from: hour(*k),
            reason: Reason::Stolen,
        };
        let valid_until = YearMonth::new(2027, 5).expect("a month");
        MarkLife { begun_at: hour(begun), valid_until, events: events.iter().map(event).collect() }
    }

    fn standing(lives: &[MarkLife], at: i64, known: i64) -> Option<&'static str> {
        mark_at(lives, hour(at), hour(known)).map(|mark| match mark.standing {
            MarkStanding::Current => "current",
            MarkStanding::Suspended(_) => "suspended",
            MarkStanding::Ended(_) => "ended",
        })
    }

    #[test]
    fn a_theft_counts_from_the_theft_and_is_known_from_the_report() {
        use MarkHappening::{Ended, Restored, Suspended};
        let stolen = [life(0, &[(Suspended, 10, 15), (Restored, 20, 21), (Ended, 30, 31)])];
        for (at, known, expected) in [
            (-1, 99, None),
            (5, 99, Some("current")),
            (12, 14, Some("current")),
            (12, 15, Some("suspended")),
            (20, 20, Some("suspended")),
            (20, 21, Some("current")),
            (30, 30, Some("current")),
            (30, 31, Some("ended")),
        ] {
            assert_eq!(standing(&stolen, at, known), expected, "at {at} as known at {known}");
        }
    }

    #[test]
    fn what_happened_before_it_was_there_happens_when_it_begins() {
        let marked = [life(10, &[(MarkHappening::Suspended, 2, 12)])];
        assert_eq!(standing(&marked, 5, 99), None);
        assert_eq!(standing(&marked, 10, 99), Some("suspended"));
    }

    #[test]
    fn the_mark_that_began_last_counts() {
        let two = [life(0, &[(MarkHappening::Ended, 4, 5)]), life(5, &[])];
        assert_eq!(standing(&two, 3, 99), Some("current"));
        assert_eq!(standing(&two, 4, 99), Some("ended"), "the change was at 4; the new mark came at 5");
        assert_eq!(standing(&two, 5, 99), Some("current"));
        let at_once = [life(5, &[(MarkHappening::Ended, 5, 5)]), life(5, &[])];
        assert_eq!(standing(&at_once, 5, 5), Some("current"));
    }
}
