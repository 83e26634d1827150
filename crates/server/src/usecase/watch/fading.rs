//! A memory that fades: things are known by a keyed digest whose key nobody can read, and key and digests are gone after two windows.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};

/// What is remembered within one window.
#[derive(Debug)]
struct Half<V> {
    /// SipHash with a key of this half's own: the digests of two windows cannot be compared.
    key: RandomState,
    things: HashMap<u64, V>,
}

impl<V> Half<V> {
    fn new() -> Self {
        Self { key: crate::chance::hash_key(), things: HashMap::new() }
    }
}

/// Values for things seen lately. Bounded: when it is full, what is not in it yet is not taken in.
#[derive(Debug)]
pub(super) struct Fading<V> {
    most: usize,
    window_s: i64,
    window: i64,
    now: Half<V>,
    before: Half<V>,
}

impl<V: Default> Fading<V> {
    /// Room for so many things in each of two windows of so many seconds.
    pub(super) fn new(most: usize, window_s: i64) -> Self {
        Self { most, window_s: window_s.max(1), window: 0, now: Half::new(), before: Half::new() }
    }

    /// The value of a thing, an empty one when it was not seen lately; `None` when there is no room for another.
    pub(super) fn of(&mut self, thing: &impl Hash, now_s: i64) -> Option<&mut V> {
        let window = now_s.div_euclid(self.window_s);
        if window != self.window {
            let last = std::mem::replace(&mut self.now, Half::new());
            self.before = if window == self.window + 1 { last } else { Half::new() };
            self.window = window;
        }
        let digest = self.now.key.hash_one(thing);
        if !self.now.things.contains_key(&digest) {
            if self.now.things.len() >= self.most {
                return None;
            }
            let kept = if self.before.things.is_empty() {
                None
            } else {
                self.before.things.remove(&self.before.key.hash_one(thing))
            };
            self.now.things.insert(digest, kept.unwrap_or_default());
        }
        self.now.things.get_mut(&digest)
    }

    /// How many things are remembered.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.now.things.len() + self.before.things.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_is_remembered_for_at_least_a_window_and_at_most_two() {
        let mut memory: Fading<u32> = Fading::new(10, 60);
        *memory.of(&"a", 59).unwrap() = 7;
        assert_eq!(*memory.of(&"a", 60).unwrap(), 7);
        *memory.of(&"b", 61).unwrap() = 8;
        assert_eq!(*memory.of(&"a", 120).unwrap(), 7);
        assert_eq!(*memory.of(&"b", 240).unwrap(), 0);
        assert_eq!(memory.len(), 1);
    }

    #[test]
    fn it_is_bounded() {
        let mut memory: Fading<u32> = Fading::new(3, 60);
        for thing in 0..3 {
            assert!(memory.of(&thing, 0).is_some());
        }
        assert!(memory.of(&3, 0).is_none() && memory.of(&2, 0).is_some());
        assert!(memory.of(&3, 60).is_some());
        assert!(memory.len() <= 6);
    }
}
