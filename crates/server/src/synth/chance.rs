//! Chance that can be repeated: one small generator for each thing, made from the seed, what it is for, and its number.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};

/// What a stream of chance is for: streams of different purposes are independent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Round = 1,
    Group,
    Vehicle,
    Person,
    Unit,
    Fleet,
    Serial,
    Event,
    Driver,
    Portrait,
    DriverEvent,
    PortraitSet,
    Record,
}

/// A stream of chance.
#[derive(Debug, Clone)]
pub(super) struct Stream(Xoshiro256PlusPlus);

impl Stream {
    pub(super) fn new(seed: u64, purpose: Purpose, number: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(key(seed, purpose, number)))
    }

    /// A number below `limit`, which is not 0. The bias of at most limit / 2^64 does not matter here.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        let wide = u128::from(self.0.next_u64()) * u128::from(limit);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// A whole number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: i32, high: i32) -> i32 {
        let width = u64::from(high.abs_diff(low)) + 1;
        low + i32::try_from(self.below(width)).unwrap_or(0)
    }

    /// Whether something happens that happens `parts` times in a thousand.
    pub(super) fn in_thousand(&mut self, parts: u64) -> bool {
        self.below(1000) < parts
    }

    /// One of these; the list is not empty.
    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let index = usize::try_from(self.below(from.len() as u64)).unwrap_or(0);
        &from[index]
    }

    /// One of these, by weight; the sum of the weights is not 0.
    pub(super) fn pick_weighted<'a, T>(&mut self, from: &'a [T], weight: impl Fn(&T) -> u64) -> &'a T {
        let mut left = self.below(from.iter().map(&weight).sum());
        for item in from {
            let own = weight(item);
            if left < own {
                return item;
            }
            left -= own;
        }
        &from[0]
    }
}

/// One key out of three numbers (the mixing step of splitmix64 between them).
pub(super) fn key(seed: u64, purpose: Purpose, number: u64) -> u64 {
    mix(mix(seed ^ mix(purpose as u64)) ^ number)
}

fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A keyed permutation of the numbers below `size`: a balanced Feistel network over the next even number of bits, walked until the
/// result lies below `size` (at most four steps on average).
#[derive(Debug, Clone, Copy)]
pub(super) struct Permutation {
    size: u64,
    half_bits: u32,
    key: u64,
}

impl Permutation {
    /// A permutation of `0..size`; `size` is at least 1 and at most 2^62.
    pub(super) fn new(size: u64, key: u64) -> Self {
        let bits = 64 - size.saturating_sub(1).leading_zeros();
        Self { size, half_bits: bits.div_ceil(2).max(1), key }
    }

    /// The place of a number; numbers beyond the size come back modulo the size.
    pub(super) fn at(&self, number: u64) -> u64 {
        let mut value = number % self.size;
        loop {
            value = self.round_trip(value);
            if value < self.size {
                return value;
            }
        }
    }

    fn round_trip(&self, value: u64) -> u64 {
        let mask = (1 << self.half_bits) - 1;
        let (mut left, mut right) = (value >> self.half_bits, value & mask);
        for round in 0..4 {
            (left, right) = (right, left ^ (mix(self.key ^ (right << 3) ^ round) & mask));
        }
        left << self.half_bits | right
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permutation_meets_every_number_once() {
        for size in [1, 2, 3, 10, 97, 1000, 4096] {
            let permutation = Permutation::new(size, 42);
            let mut met: Vec<u64> = (0..size).map(|n| permutation.at(n)).collect();
            met.sort_unstable();
            assert!(met.into_iter().eq(0..size), "{size}");
        }
    }

    #[test]
    fn streams_repeat_and_differ() {
        let draw = |seed, purpose, number| Stream::new(seed, purpose, number).below(u64::MAX);
        assert_eq!(draw(1, Purpose::Vehicle, 7), draw(1, Purpose::Vehicle, 7));
        for other in [draw(2, Purpose::Vehicle, 7), draw(1, Purpose::Person, 7), draw(1, Purpose::Vehicle, 8)] {
            assert_ne!(draw(1, Purpose::Vehicle, 7), other);
        }
        let mut stream = Stream::new(1, Purpose::Group, 0);
        assert!((0..1000).all(|_| (3..=5).contains(&stream.between(3, 5))));
        assert!((0..1000).all(|_| *stream.pick_weighted(&[0u64, 1, 0], |w| *w) == 1));
    }
}
