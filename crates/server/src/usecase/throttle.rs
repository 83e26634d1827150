//! How often one address may ask something that anyone may ask. It counts in memory, each process for itself: a row per question would let
//! strangers fill the store and keep its one writer busy, and who asked from where is nobody's business a minute later. With n processes behind
//! a balancer an address gets n times as many questions; what is asked here is safe by its numbers, the throttle only makes them certain.

use super::error::{Kind, UseError, Used};
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::Mutex;

/// Most networks that are counted at a time, about 6 MB; those beyond share one count.
const NETWORKS_MAX: usize = 65_536;
/// Length of a window, in seconds.
const WINDOW_S: i64 = 60;
/// How many times the limit of one network all those beyond [`NETWORKS_MAX`] have together.
const BEYOND: u32 = 100;

/// A count for each network within the running minute.
#[derive(Debug)]
pub struct Throttle {
    limit: u32,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    window: i64,
    counts: HashMap<String, u32>,
    beyond: u32,
}

impl Throttle {
    /// At most `limit` questions a minute from one network.
    pub fn new(limit: u32) -> Self {
        Self { limit, seen: Mutex::default() }
    }

    /// Counts a question from a network (an address, or what one subscriber has of IPv6); calls from nobody knows where count together.
    ///
    /// # Errors
    /// `too_often` when it has asked too often within this minute.
    pub fn count(&self, from: Option<&str>, now: Timestamp) -> Used<()> {
        let window = now.as_second().div_euclid(WINDOW_S);
        let mut seen = self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if seen.window != window {
            *seen = Seen { window, ..Seen::default() };
        }
        let from = from.unwrap_or_default();
        let (count, limit) = if seen.counts.len() < NETWORKS_MAX || seen.counts.contains_key(from) {
            (seen.counts.entry(from.to_owned()).or_default(), self.limit)
        } else {
            (&mut seen.beyond, self.limit.saturating_mul(BEYOND))
        };
        if *count >= limit {
            return Err(UseError::new(Kind::TooOften, "too_often", "asked too often from here; wait a minute"));
        }
        *count += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn each_network_has_its_own_count_and_each_minute_a_new_one() {
        let throttle = Throttle::new(2);
        for from in [Some("192.0.2.1"), Some("2001:db8:0:0::/64"), None] {
            assert!(throttle.count(from, at(60)).is_ok() && throttle.count(from, at(119)).is_ok());
            let refused = throttle.count(from, at(119)).unwrap_err();
            assert_eq!((refused.kind, refused.code), (Kind::TooOften, "too_often"));
        }
        assert!(throttle.count(Some("192.0.2.2"), at(119)).is_ok());
        assert!(throttle.count(Some("192.0.2.1"), at(120)).is_ok());
    }

    #[test]
    fn a_flood_of_networks_shares_one_count() {
        let throttle = Throttle::new(1);
        for n in 0..u32::try_from(NETWORKS_MAX).unwrap() + BEYOND {
            assert!(throttle.count(Some(&n.to_string()), at(0)).is_ok(), "{n}");
        }
        assert!(throttle.count(Some("one more"), at(0)).is_err());
        assert_eq!(throttle.seen.lock().unwrap().counts.len(), NETWORKS_MAX);
    }
}
