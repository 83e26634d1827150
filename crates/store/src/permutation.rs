//! The order in which the entries of a status list are handed out.

use aws_lc_rs::hmac;

const HALF_BITS: u32 = 10;
const HALF: usize = 1 << HALF_BITS;
const ROUNDS: usize = 8;
/// How many numbers the permutation is over.
pub(crate) const SIZE: u32 = 1 << (2 * HALF_BITS);

/// A secret permutation of 0..2^20: a Feistel network of eight rounds over two halves of ten bits, its round functions tables drawn
/// from HMAC-SHA-256 in counter mode. Neighbouring credentials so get indices that tell nothing about each other.
pub(crate) struct Permutation {
    rounds: Vec<[u16; HALF]>,
}

impl Permutation {
    /// The permutation of a list with this secret.
    pub(crate) fn new(secret: &[u8]) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let rounds = (0..ROUNDS)
            .map(|round| {
                let mut table = [0_u16; HALF];
                for (block, cells) in table.chunks_mut(16).enumerate() {
                    let position = u32::try_from(round * HALF + block).expect("at most eight thousand");
                    let bytes = hmac::sign(&key, &position.to_be_bytes());
                    for (cell, pair) in cells.iter_mut().zip(bytes.as_ref().chunks_exact(2)) {
                        *cell = u16::from_be_bytes([pair[0], pair[1]]) & (HALF as u16 - 1);
                    }
                }
                table
            })
            .collect();
        Self { rounds }
    }

    /// Where entry number `number` stands; `number` is below [`SIZE`].
    pub(crate) fn of(&self, number: u32) -> u32 {
        let mask = (1 << HALF_BITS) - 1;
        let (mut left, mut right) = ((number >> HALF_BITS) & mask, number & mask);
        for table in &self.rounds {
            (left, right) = (right, left ^ u32::from(table[right as usize]));
        }
        (left << HALF_BITS) | right
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_permutation_hits_every_index_once() {
        let permutation = Permutation::new(&[7; 32]);
        let mut seen = vec![false; SIZE as usize];
        for number in 0..SIZE {
            let index = permutation.of(number) as usize;
            assert!(!std::mem::replace(&mut seen[index], true), "{index} twice");
        }
    }

    #[test]
    fn neighbours_are_scattered_and_another_secret_scatters_otherwise() {
        let (one, other) = (Permutation::new(&[1; 32]), Permutation::new(&[2; 32]));
        let near = (0..10_000).filter(|&number| one.of(number).abs_diff(one.of(number + 1)) < 1_000).count();
        // Two random indices of 2^20 are less than 1,000 apart in about 0.2 % of cases.
        assert!(near < 60, "{near}");
        let same = (0..10_000).filter(|&number| one.of(number) == other.of(number)).count();
        assert!(same < 5, "{same}");
    }
}
