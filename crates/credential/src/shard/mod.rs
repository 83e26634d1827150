//! What is known of the plates of one province, for officers without a network who are shown no code.
//!
//! `docs/pack-format.md` says what stands where. Plates stand in a [`Shard`] as they are, so that a look-up is exact. A shard opens
//! with its head and index; a block of at most 4,096 plates is compared with its digest and inflated when a plate in it is looked up.

mod block;
mod build;
mod index;
mod open;

use luzheng_domain::vehicle::{StatusLetter, StatusSet, YearMonth};

pub use block::read_block;
pub use build::ShardBuilder;
pub use open::{Found, Shard};

/// The first bytes of a shard.
pub const SHARD_MAGIC: [u8; 8] = *b"LZSHRD1\n";
/// Largest shard that is looked at, in bytes.
pub const MAX_SHARD: usize = 512 << 20;
/// Most plates of a block.
pub const BLOCK: usize = 4_096;
/// Largest block, inflated, in bytes.
pub const MAX_BLOCK: usize = 256 << 10;
/// Largest index, in bytes.
pub const MAX_INDEX: usize = 8 << 20;
/// Longest plate, in bytes of its UTF-8.
pub const MAX_PLATE: usize = 32;
/// The largest number of a plate type.
const MAX_TYPE: u8 = 99;
/// Bits of the state letters that may be set: 1 for B to 25 for Z.
const LETTERS: u32 = 0x03ff_fffe;

/// Whether the vehicle has an inspection mark, and what has become of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MarkState {
    /// None was issued.
    None,
    /// In force.
    Current,
    /// Withdrawn for now.
    Suspended,
    /// Withdrawn for good.
    Revoked,
}

impl MarkState {
    /// The stable word.
    pub const fn code(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Current => "current",
            Self::Suspended => "suspended",
            Self::Revoked => "revoked",
        }
    }

    const fn number(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Current => 1,
            Self::Suspended => 2,
            Self::Revoked => 3,
        }
    }

    const fn of(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::None),
            1 => Some(Self::Current),
            2 => Some(Self::Suspended),
            3 => Some(Self::Revoked),
            _ => None,
        }
    }
}

/// What a shard says about a plate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlateFacts {
    /// The last month of the inspection's validity; `None` when the register has none.
    pub valid_until: Option<YearMonth>,
    /// The mark.
    pub mark: MarkState,
    /// The register's state.
    pub status: StatusSet,
}

/// Months since January 1970, plus 1; 0 for none. Months before 1970 count as January 1970: long past either way.
fn month_number(month: Option<YearMonth>) -> u16 {
    let Some(month) = month else { return 0 };
    let months = (i32::from(month.year()) - 1970) * 12 + i32::from(month.month());
    // A year is at most 9998, which is 96,348 months: what is beyond 2^16 is as far away as its end.
    u16::try_from(months.max(1)).unwrap_or(u16::MAX)
}

/// The way back from [`month_number`].
fn month_of(number: u16) -> Option<YearMonth> {
    let months = number.checked_sub(1)?;
    let year = i16::try_from(1970 + months / 12).ok()?;
    YearMonth::new(year, i8::try_from(months % 12 + 1).ok()?)
}

/// State letters as bits: 1 for B to 25 for Z.
fn letter_bits(status: StatusSet) -> u32 {
    if status.is_normal() {
        return 0;
    }
    status.iter().fold(0, |bits, letter| bits | 1 << (u32::from(letter.letter()) - u32::from('A')))
}

/// The way back from [`letter_bits`]. A letter that this version does not know is passed over: a newer table must not make the rest
/// unreadable.
fn letters_of(bits: u32) -> StatusSet {
    let letter = |at: u8| (bits & 1 << at != 0).then(|| StatusLetter::new(char::from(b'A' + at))).flatten();
    if bits == 0 { StatusSet::NORMAL } else { StatusSet::of((1..26).filter_map(letter)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_and_letters_come_back() {
        for (month, number) in [("1970-01", 1), ("1970-12", 12), ("1971-01", 13), ("2027-05", 689)] {
            let month: YearMonth = month.parse().expect("a month");
            assert_eq!((month_number(Some(month)), month_of(number)), (number, Some(month)));
        }
        assert_eq!((month_number(None), month_of(0)), (0, None));
        assert_eq!(month_number("1950-03".parse().ok()), 1);
        assert_eq!(month_number("9998-12".parse().ok()), u16::MAX);
        for (letters, bits) in [("A", 0), ("B", 2), ("CG", 1 << 2 | 1 << 6), ("Q", 1 << 16)] {
            let set: StatusSet = letters.parse().expect("a state");
            assert_eq!((letter_bits(set), letters_of(bits)), (bits, set));
        }
        assert_eq!(letters_of(1 << 25), StatusSet::NORMAL, "Z is no letter of today's table");
    }
}
