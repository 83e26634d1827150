//! Enumeration: somebody who asks for plate after plate. Counted for each caller in memory, and refused for a while when it is too much.
//!
//! What was asked for is remembered as digests with a key of each caller's own: enough to see that a plate stands next to one that was asked for
//! before, and not enough to say which plates they were.

use super::fading::Fading;
use super::{Caller, Sort};
use crate::config::{LookUpLimits, WatchSettings};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

/// Most callers remembered in each window, about 20 MB when every one of them asks for plates in a row.
const CALLERS_MAX: usize = 16_384;
/// Most plates remembered of one caller.
const PLATES_MAX: usize = 64;
/// Longest text that is taken for a plate, in characters; of longer ones nothing is next to another.
const PLATE_MAX: usize = 12;

/// What is remembered of one caller.
#[derive(Debug)]
struct Asking {
    since_s: i64,
    looks: u32,
    misses: u32,
    neighbours: u32,
    shut_until_s: i64,
    key: RandomState,
    plates: VecDeque<u64>,
}

impl Default for Asking {
    fn default() -> Self {
        let (looks, misses, neighbours) = (0, 0, 0);
        let key = crate::chance::hash_key();
        Self { since_s: i64::MIN, looks, misses, neighbours, shut_until_s: i64::MIN, key, plates: VecDeque::new() }
    }
}

/// Why look-ups look like enumeration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LookUpRule {
    /// Plates one after the other.
    InARow,
    /// Many that do not exist.
    ManyMisses,
    /// More than anybody needs.
    TooMany,
}

/// Somebody who enumerates.
#[derive(Debug, Clone)]
pub(super) struct Enumerating {
    pub(super) rule: LookUpRule,
    pub(super) sort: Sort,
    pub(super) who: Option<Uuid>,
    pub(super) looks: u32,
    pub(super) misses: u32,
    pub(super) neighbours: u32,
}

/// The memory of look-ups.
#[derive(Debug)]
pub(super) struct Plates {
    settings: WatchSettings,
    callers: Mutex<Fading<Asking>>,
}

impl Plates {
    pub(super) fn new(settings: WatchSettings) -> Self {
        let window = i64::from(settings.look_up_window_s);
        Self { settings, callers: Mutex::new(Fading::new(CALLERS_MAX, window)) }
    }

    fn limits(&self, caller: Caller<'_>) -> LookUpLimits {
        match caller.sort() {
            Sort::Anyone => self.settings.anyone,
            Sort::Citizen => self.settings.citizen,
            Sort::Officer => self.settings.officer,
            Sort::Partner => self.settings.partner,
        }
    }

    /// For how many seconds a caller is refused; 0 when it is not.
    pub(super) fn shut_for(&self, caller: Caller<'_>, now_s: i64) -> i64 {
        let mut callers = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
        callers.of(&caller, now_s).map_or(0, |asking| asking.shut_until_s.saturating_sub(now_s).max(0))
    }

    /// Takes a look-up in. Answers what has to be raised, once for each time that a caller is refused.
    pub(super) fn looked_up(&self, caller: Caller<'_>, found: bool, plate: &str, now_s: i64) -> Option<Enumerating> {
        let window = i64::from(self.settings.look_up_window_s);
        let limits = self.limits(caller);
        let mut callers = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(asking) = callers.of(&caller, now_s) else {
            drop(callers);
            metrics::counter!("luzheng_watch_full_total", "memory" => "callers").increment(1);
            return None;
        };
        if now_s.saturating_sub(asking.since_s) >= window {
            *asking = Asking { since_s: now_s, shut_until_s: asking.shut_until_s, ..Asking::default() };
        }
        asking.looks = asking.looks.saturating_add(1);
        asking.misses = asking.misses.saturating_add(u32::from(!found));
        asking.neighbours = asking.neighbours.saturating_add(u32::from(asking.stands_next(plate)));
        let rule = [
            (asking.neighbours >= limits.neighbours, LookUpRule::InARow),
            (asking.misses >= limits.misses, LookUpRule::ManyMisses),
            (asking.looks >= limits.looks, LookUpRule::TooMany),
        ]
        .into_iter()
        .find_map(|(broken, rule)| broken.then_some(rule))?;
        if asking.shut_until_s > now_s {
            return None;
        }
        asking.shut_until_s = now_s.saturating_add(window);
        let (looks, misses, neighbours) = (asking.looks, asking.misses, asking.neighbours);
        Some(Enumerating { rule, sort: caller.sort(), who: caller.who(), looks, misses, neighbours })
    }
}

impl Asking {
    /// Whether a plate stands next to one that was asked for before; remembers it.
    fn stands_next(&mut self, plate: &str) -> bool {
        let mut plate: Vec<char> = plate.chars().take(PLATE_MAX + 1).collect();
        if plate.is_empty() || plate.len() > PLATE_MAX {
            return false;
        }
        let digest = self.key.hash_one(&plate);
        if self.plates.contains(&digest) {
            return false;
        }
        let next = [1, -1].into_iter().any(|step| {
            let before = plate.clone();
            let there = moved(&mut plate, step) && self.plates.contains(&self.key.hash_one(&plate));
            plate = before;
            there
        });
        if self.plates.len() >= PLATES_MAX {
            self.plates.pop_front();
        }
        self.plates.push_back(digest);
        next
    }
}

/// Changes a plate to the one before or after it: its last digits count as a number, and where it ends in a letter, that letter. Answers whether
/// there is one.
fn moved(plate: &mut [char], step: i32) -> bool {
    let digits = plate.iter().rev().take_while(|c| c.is_ascii_digit()).count();
    if digits == 0 {
        let Some(last) = plate.last_mut() else { return false };
        let moved = u32::from(*last).checked_add_signed(step).and_then(char::from_u32);
        let letter = moved.filter(|c| last.is_ascii_uppercase() && c.is_ascii_uppercase());
        *last = letter.unwrap_or(*last);
        return letter.is_some();
    }
    let carry = if step > 0 { ('9', '0') } else { ('0', '9') };
    let first = plate.len() - digits;
    for place in (first..plate.len()).rev() {
        if plate[place] == carry.0 {
            plate[place] = carry.1;
            continue;
        }
        let moved = u32::from(plate[place]).checked_add_signed(step).and_then(char::from_u32);
        plate[place] = moved.unwrap_or(plate[place]);
        return true;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn neighbour(plate: &str, step: i32) -> Option<String> {
        let mut chars: Vec<char> = plate.chars().collect();
        moved(&mut chars, step).then(|| chars.into_iter().collect())
    }

    #[test]
    fn plates_stand_in_a_row() {
        for (one, next) in
            [("苏E00009", "苏E00010"), ("苏E0001A", "苏E0001B"), ("苏AD12399", "苏AD12400"), ("苏EA999", "苏EB000")]
        {
            if one == "苏EA999" {
                assert_eq!(neighbour(one, 1), None, "a carry out of the digits is another row");
                continue;
            }
            assert_eq!(neighbour(one, 1).as_deref(), Some(next));
            assert_eq!(neighbour(next, -1).as_deref(), Some(one));
        }
        assert_eq!(neighbour("苏E0001Z", 1), None);
        assert_eq!(neighbour("", 1), None);
    }

    #[test]
    fn a_row_is_seen_forwards_backwards_and_among_others() {
        let mut asking = Asking::default();
        let asked = ["苏E00010", "苏E70000", "苏E00011", "苏E00012", "苏E00009", "苏E00009", "沪A00013"];
        let next: Vec<bool> = asked.iter().map(|plate| asking.stands_next(plate)).collect();
        assert_eq!(next, [false, false, true, true, true, false, false]);
        assert!(!asking.stands_next("") && !asking.stands_next(&"1".repeat(40)));
        for number in 0..1_000 {
            asking.stands_next(&format!("浙A{:05}", number * 7));
        }
        assert_eq!(asking.plates.len(), PLATES_MAX);
    }
}
