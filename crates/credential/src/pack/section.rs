//! The entries of one list that are not 0: Rice-coded gaps, and ranked values.

use super::bits::{BitReader, BitWriter};
use super::{MAX_SECTION, PackError};
use crate::status_list::{ENTRIES, EntryBits};

/// The largest Rice parameter: a gap is below 2^20.
const MAX_K: u8 = 19;
/// Between how many entries a place in the stream is remembered.
const STRIDE: u32 = 256;
/// Bytes of a section before its values and after them: k, m; n.
const FIXED: usize = 5;

const BROKEN: PackError = PackError::Broken("a section is not as the format says");

/// Which values a section may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// Those of a list; 0 is what is not written.
    Flagged(EntryBits),
    /// Those of a change; 0 says that an entry returned to 0.
    Changed(EntryBits),
}

impl Values {
    const fn allow(self, value: u8) -> bool {
        let (bits, zero) = match self {
            Self::Flagged(bits) => (bits, false),
            Self::Changed(bits) => (bits, true),
        };
        value < 1 << bits.number() && (zero || value != 0)
    }
}

/// A section whose head was read. Its entries come out of [`Section::entries`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Section<'a> {
    k: u8,
    count: u32,
    values: [u8; 16],
    ranks: u8,
    stream: &'a [u8],
}

/// A place in the stream from which reading can go on.
#[derive(Debug, Clone, Copy)]
struct Mark {
    bit: u32,
    /// The least index at which the next entry can stand.
    least: u32,
}

/// Every 256th place of a section that was read through.
#[derive(Debug)]
pub(super) struct Marks(Box<[Mark]>);

impl<'a> Section<'a> {
    /// Reads the head; `None` for the section of a list without entries.
    pub(super) fn open(bytes: &'a [u8], allowed: Values) -> Result<Option<Self>, PackError> {
        if bytes.is_empty() {
            return Ok(None);
        }
        if bytes.len() > MAX_SECTION {
            return Err(BROKEN);
        }
        let (&[k, ranks], rest) = bytes.split_first_chunk::<2>().ok_or(BROKEN)?;
        let (nibbles, rest) = rest.split_at_checked(usize::from(ranks).div_ceil(2)).ok_or(BROKEN)?;
        let (&[a, b, c], stream) = rest.split_first_chunk::<3>().ok_or(BROKEN)?;
        let count = u32::from_be_bytes([0, a, b, c]);
        if k > MAX_K || !(1..=16).contains(&ranks) || !(1..=ENTRIES).contains(&count) {
            return Err(BROKEN);
        }
        let mut values = [0; 16];
        for (at, value) in nibbles.iter().flat_map(|byte| [byte >> 4, byte & 15]).enumerate() {
            let fits = if at < usize::from(ranks) {
                allowed.allow(value) && !values[..at].contains(&value)
            } else {
                value == 0
            };
            if !fits {
                return Err(BROKEN);
            }
            values[at] = value;
        }
        Ok(Some(Self { k, count, values, ranks, stream }))
    }

    /// How many entries it says to have.
    pub(super) const fn count(&self) -> u32 {
        self.count
    }

    /// The entries one after another. After the last one the stream must be at its end.
    pub(super) fn entries(self) -> Entries<'a> {
        Entries { section: self, reader: BitReader::from_bit(self.stream, 0), least: 0, left: self.count }
    }

    /// Reads it through and remembers every 256th place.
    pub(super) fn marks(self) -> Result<Marks, PackError> {
        let mut marks = Vec::with_capacity(self.count.div_ceil(STRIDE) as usize);
        let mut entries = self.entries();
        for at in 0..self.count {
            if at % STRIDE == 0 {
                let bit = u32::try_from(entries.reader.bit()).map_err(|_| BROKEN)?;
                marks.push(Mark { bit, least: entries.least });
            }
            entries.next().ok_or(BROKEN)??;
        }
        if entries.next().is_some() { Err(BROKEN) } else { Ok(Marks(marks.into_boxed_slice())) }
    }

    /// The value at an index, 0 for what is not written. The marks are those of this section.
    pub(super) fn value(self, marks: &Marks, index: u32) -> Option<u8> {
        let at = marks.0.partition_point(|mark| mark.least <= index).checked_sub(1)?;
        let mark = marks.0.get(at)?;
        let before = u32::try_from(at).ok()? * STRIDE;
        let mut entries = Entries {
            section: self,
            reader: BitReader::from_bit(self.stream, mark.bit as usize),
            least: mark.least,
            left: self.count.checked_sub(before)?.min(STRIDE),
        };
        while entries.left > 0 {
            let (found, value) = entries.read()?;
            if found >= index {
                return Some(if found == index { value } else { 0 });
            }
        }
        Some(0)
    }
}

/// The entries of a section, by rising index.
#[derive(Debug)]
pub(super) struct Entries<'a> {
    section: Section<'a>,
    reader: BitReader<'a>,
    least: u32,
    left: u32,
}

impl Entries<'_> {
    fn read(&mut self) -> Option<(u32, u8)> {
        let section = &self.section;
        let quotient = self.reader.zeros(ENTRIES)?;
        let gap = quotient.checked_mul(1 << section.k)?.checked_add(self.reader.number(u32::from(section.k))?)?;
        let index = self.least.checked_add(gap).filter(|index| *index < ENTRIES)?;
        let rank = self.reader.zeros(u32::from(section.ranks) - 1)?;
        self.least = index + 1;
        self.left -= 1;
        Some((index, section.values[rank as usize]))
    }
}

impl Iterator for Entries<'_> {
    type Item = Result<(u32, u8), PackError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            // Said once: what follows the last entry belongs to no section.
            let clean = self.reader.at_end();
            self.reader = BitReader::from_bit(&[], 0);
            return if clean { None } else { Some(Err(BROKEN)) };
        }
        let read = self.read();
        if read.is_none() {
            self.left = 0;
            self.reader = BitReader::from_bit(&[], 0);
        }
        Some(read.ok_or(BROKEN))
    }
}

/// Reads a whole section: index and value, by rising index.
///
/// # Errors
/// [`PackError::Broken`].
pub fn read_section(bytes: &[u8], allowed: Values) -> Result<Vec<(u32, u8)>, PackError> {
    match Section::open(bytes, allowed)? {
        None => Ok(Vec::new()),
        Some(section) => {
            // Every entry has two bits at least, whatever the count says.
            let most = (section.stream.len() * 8).min(section.count() as usize);
            let mut entries = Vec::with_capacity(most);
            for entry in section.entries() {
                entries.push(entry?);
            }
            Ok(entries)
        }
    }
}

/// Writes a section in its one form; `None` when an entry is out of order or of range.
pub fn write_section(entries: &[(u32, u8)], allowed: Values) -> Option<Vec<u8>> {
    let Some((last, _)) = entries.last() else { return Some(Vec::new()) };
    let rising = entries.windows(2).all(|pair| pair[0].0 < pair[1].0);
    if !rising || *last >= ENTRIES || !entries.iter().all(|(_, value)| allowed.allow(*value)) {
        return None;
    }
    let count = u32::try_from(entries.len()).ok()?;
    let values = ranked(entries);
    let mut rank_of = [0u32; 16];
    for (rank, value) in (0..).zip(&values) {
        rank_of[usize::from(*value)] = rank;
    }
    let k = parameter(count, *last);
    let last_rank = u32::try_from(values.len()).ok()? - 1;
    let mut out = Vec::with_capacity(FIXED + 8 + entries.len() * (usize::from(k) + 4) / 8);
    out.push(k);
    out.push(u8::try_from(values.len()).ok()?);
    out.extend(values.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0)));
    out.extend_from_slice(&count.to_be_bytes()[1..]);
    let mut writer = BitWriter::onto(out);
    let mut least = 0;
    for (index, value) in entries {
        let gap = index - least;
        writer.zeros(gap >> k);
        writer.number(1, 1);
        writer.number(gap, u32::from(k));
        let rank = rank_of[usize::from(*value)];
        writer.zeros(rank);
        if rank < last_rank {
            writer.number(1, 1);
        }
        least = index + 1;
    }
    let section = writer.finish();
    (section.len() <= MAX_SECTION).then_some(section)
}

/// The values that occur, the most frequent first, of equals the smaller.
fn ranked(entries: &[(u32, u8)]) -> Vec<u8> {
    let mut counts = [0u32; 16];
    for (_, value) in entries {
        counts[usize::from(*value)] += 1;
    }
    let mut values: Vec<u8> = (0..16).filter(|value| counts[usize::from(*value)] > 0).collect();
    values.sort_by_key(|value| std::cmp::Reverse(counts[usize::from(*value)]));
    values
}

/// The Rice parameter: the smallest k with `n * 2^k * 320 >= 77 * (2 * S + n)`, S the sum of all gaps. Gaps fall off by a constant
/// factor q; k + 1 is better than k as long as `q^(2^k)` is above 0.618, which makes 77/160 of the mean the border.
fn parameter(count: u32, last: u32) -> u8 {
    let (n, sum) = (u64::from(count), u64::from(last) + 1 - u64::from(count));
    (0..MAX_K).find(|k| (n << k) * 320 >= 77 * (2 * sum + n)).unwrap_or(MAX_K)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    const TWO: Values = Values::Flagged(EntryBits::Two);
    const FOUR: Values = Values::Flagged(EntryBits::Four);

    /// By hand: one entry, 3 at index 5. S = 5, n = 1: the smallest k with 2^k * 320 >= 77 * 11 is 2; 5 = 1 * 4 + 1.
    #[test]
    fn a_section_by_hand() {
        let section = write_section(&[(5, 3)], TWO).expect("in order");
        assert_eq!(section, [2, 1, 0x30, 0, 0, 1, 0b0101_0000]);
        assert_eq!(read_section(&section, TWO), Ok(vec![(5, 3)]));
        // Three entries of three values, all once: the smaller ranks first. Gaps 0, 0, 0 with k = 0.
        let section = write_section(&[(0, 3), (1, 1), (2, 2)], TWO).expect("in order");
        assert_eq!(section, [0, 3, 0x12, 0x30, 0, 0, 3, 0b1001_1101]);
        assert_eq!(write_section(&[], TWO), Some(Vec::new()));
    }

    #[test]
    fn what_does_not_fit_is_not_written_and_not_read() {
        for bad in [&[(1, 0)][..], &[(1, 4)], &[(2, 1), (1, 1)], &[(1, 1), (1, 1)], &[(ENTRIES, 1)]] {
            assert_eq!(write_section(bad, TWO), None, "{bad:?}");
        }
        assert!(write_section(&[(1, 12)], FOUR).is_some());
        assert!(write_section(&[(1, 0)], Values::Changed(EntryBits::Two)).is_some());
        let broken: [&[u8]; 14] = [
            &[2],
            &[2, 1, 0x30, 0, 0],
            &[20, 1, 0x30, 0, 0, 1, 0b0101_0000],
            &[2, 0, 0, 0, 1, 0b0101_0000],
            &[2, 17, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0b0101_0000],
            &[2, 1, 0x31, 0, 0, 1, 0b0101_0000],
            &[2, 1, 0x40, 0, 0, 1, 0b0101_0000],
            &[2, 1, 0x00, 0, 0, 1, 0b0101_0000],
            &[2, 2, 0x33, 0, 0, 1, 0b0101_0000],
            &[2, 1, 0x30, 0, 0, 0, 0b0101_0000],
            &[2, 1, 0x30, 0, 0, 1, 0b0101_0001],
            &[2, 1, 0x30, 0, 0, 1, 0b0101_0000, 0],
            &[2, 1, 0x30, 0, 0, 2, 0b0101_0000],
            &[19, 1, 0x30, 0, 0, 1, 0b0010_0000, 0, 0],
        ];
        for bytes in broken {
            assert_eq!(read_section(bytes, TWO), Err(BROKEN), "{bytes:?}");
        }
        let over = write_section(&[(0, 1), (ENTRIES - 1, 1)], TWO).expect("in order");
        assert_eq!(read_section(&over, TWO), Ok(vec![(0, 1), (ENTRIES - 1, 1)]));
    }

    #[test]
    fn the_parameter_is_the_best_or_next_to_it() {
        for per_mille in [1u32, 5, 10, 50, 200, 500, 900] {
            let step = 1_000 / per_mille;
            let mut dice = 1u64;
            let entries: Vec<(u32, u8)> = (0..ENTRIES)
                .filter(|_| {
                    dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    (dice >> 33) % 1_000 < u64::from(per_mille)
                })
                .map(|index| (index, 1))
                .collect();
            let size = |k: u8| {
                let mut least = 0;
                entries.iter().fold(0u64, |bits, (index, _)| {
                    let gap = index - least;
                    least = index + 1;
                    bits + u64::from(gap >> k) + 1 + u64::from(k)
                })
            };
            let best = (0..=MAX_K).map(size).min().expect("twenty of them");
            let chosen = size(parameter(entries.len() as u32, entries.last().expect("some").0));
            assert!(chosen * 1_000 <= best * 1_005, "{per_mille} per mille (1 in {step}): {chosen} of {best}");
        }
    }

    fn entries(wide: bool, zero: bool) -> impl Strategy<Value = BTreeMap<u32, u8>> {
        let top = if wide { 16 } else { 4 };
        let index = prop_oneof![0..ENTRIES, 0..600u32, ENTRIES - 600..ENTRIES];
        proptest::collection::btree_map(index, u8::from(!zero)..top, 0..900)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn what_is_written_is_read_and_found((wide, zero, map) in (any::<bool>(), any::<bool>())
            .prop_flat_map(|(wide, zero)| (Just(wide), Just(zero), entries(wide, zero)))) {
            let bits = if wide { EntryBits::Four } else { EntryBits::Two };
            let allowed = if zero { Values::Changed(bits) } else { Values::Flagged(bits) };
            let all: Vec<(u32, u8)> = map.iter().map(|(index, value)| (*index, *value)).collect();
            let section = write_section(&all, allowed).expect("in order and in range");
            prop_assert_eq!(read_section(&section, allowed), Ok(all.clone()));
            if let Some(opened) = Section::open(&section, allowed).expect("our own") {
                let marks = opened.marks().expect("our own");
                for index in all.iter().flat_map(|(index, _)| [index.saturating_sub(1), *index, index + 1]) {
                    prop_assert_eq!(opened.value(&marks, index), Some(map.get(&index).copied().unwrap_or(0)));
                }
            }
            for cut in 0..section.len().min(40) {
                let cut = section.len() - 1 - cut;
                prop_assert!(cut == 0 || read_section(&section[..cut], allowed).is_err());
            }
        }

        /// Whatever is accepted is what a writer wrote, but for its choice of k and ranks.
        #[test]
        fn any_bytes_are_read_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..64), wide in any::<bool>()) {
            let allowed = if wide { FOUR } else { TWO };
            if let Ok(read) = read_section(&bytes, allowed) {
                let again = write_section(&read, allowed).expect("what was read can be written");
                prop_assert_eq!(read_section(&again, allowed), Ok(read));
            }
        }
    }
}
