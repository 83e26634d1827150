//! The layouts of plate numbers (GA 36-2018 chapter 5, tables 4 to 6).
//!
//! `L` is a letter without I and O, `X` a letter or a digit, `N` a digit.

use std::sync::LazyLock;

use jiff::civil::Date;

use super::plate::PlateError;
use crate::checked::Warning;
use crate::table::{self, TableError};

/// Which layout a plate kind has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Shape {
    Ordinary,
    NevSmall,
    NevLarge,
    Trailer,
    Learner,
    Police,
    Embassy,
    Consulate,
    HongKong,
    Macau,
    Temporary,
    Other,
    Free,
}

impl Shape {
    pub(super) fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "ordinary" => Self::Ordinary,
            "nev_small" => Self::NevSmall,
            "nev_large" => Self::NevLarge,
            "trailer" => Self::Trailer,
            "learner" => Self::Learner,
            "police" => Self::Police,
            "embassy" => Self::Embassy,
            "consulate" => Self::Consulate,
            "hong_kong" => Self::HongKong,
            "macau" => Self::Macau,
            "temporary" => Self::Temporary,
            "other" => Self::Other,
            "free" => Self::Free,
            _ => return None,
        })
    }

    /// The layout in words, for error messages.
    const fn expected(self) -> &'static str {
        match self {
            Self::Ordinary => "province, letter, five letters or digits",
            Self::NevSmall => "province, letter, energy letter (D A B C E, F G H J K), letter or digit, four digits",
            Self::NevLarge => "province, letter, five digits, energy letter (D A B C E, F G H J K)",
            Self::Trailer => "province, letter, four letters or digits, 挂",
            Self::Learner => "province, letter, four letters or digits, 学",
            Self::Police => "province, letter, four letters or digits, 警",
            Self::Embassy => "six digits and 使",
            Self::Consulate => "province, five digits, 领 (older: province, letter, four digits, 领)",
            Self::HongKong => "粤Z, four letters or digits, 港",
            Self::Macau => "粤Z, four letters or digits, 澳",
            Self::Temporary | Self::Other | Self::Free => "letters, digits and plate characters",
        }
    }
}

/// One authority row: which letters a province uses, from when.
#[derive(Debug)]
struct Authority {
    province: char,
    letters: String,
    /// Kept for the reader of the table: a letter counts as known whatever the day, since a plate carries no date.
    #[expect(dead_code, reason = "checked when the table loads; plates carry no date to compare it with")]
    valid_from: Option<Date>,
}

static AUTHORITIES: LazyLock<Vec<Authority>> = LazyLock::new(|| {
    load_authorities(include_str!("../../data/plate_authorities.csv")).expect("the embedded table is checked by a test")
});

fn load_authorities(text: &str) -> Result<Vec<Authority>, TableError> {
    table::rows("plate_authorities", text, b',', |row| {
        let letters = row.some("letters")?;
        if !letters.chars().all(is_letter) {
            return Err(row.wrong("letters: capital letters without I and O"));
        }
        Ok(Authority {
            province: row.parse("province")?,
            letters: letters.to_owned(),
            valid_from: row.parse_optional("valid_from")?,
        })
    })
}

/// Signs and blanks between the characters of a plate.
pub(super) fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '·' | '•' | '.' | '・' | '･' | '‧' | '∙' | '⋅' | '●' | '-' | '–' | '—' | '\u{FEFF}' | '\u{200B}')
}

/// Letters, digits and the Chinese characters plates have.
pub(super) fn is_plate_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || is_province(c) || "挂学警使领港澳试超临农应急军空海北沈兰济南广成武".contains(c)
}

/// Whether a character stands for a province.
pub(super) fn is_province(c: char) -> bool {
    crate::region::provinces().iter().any(|p| p.plate == c)
}

fn is_letter(c: char) -> bool {
    c.is_ascii_uppercase() && c != 'I' && c != 'O'
}

fn is_letter_or_digit(c: char) -> bool {
    c.is_ascii_digit() || is_letter(c)
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

/// D A B C E = pure electric, F G H J K = not purely (GA 36-2018 tables 5 and 6).
fn is_energy_letter(c: char) -> bool {
    "DABCEFGHJK".contains(c)
}

/// Checks a canonical number against a layout; the warnings name what is unusual.
pub(super) fn check(number: &str, shape: Shape, kind: &str) -> Result<Vec<Warning>, PlateError> {
    let chars: Vec<char> = number.chars().collect();
    let wrong = || PlateError::Shape { number: number.to_owned(), kind: kind.to_owned(), expected: shape.expected() };
    match shape {
        Shape::Ordinary => ordinary(&chars, wrong),
        Shape::NevSmall => {
            let serial = after_authority(&chars, 6, wrong)?;
            let fits = is_energy_letter(serial[0])
                && is_letter_or_digit(serial[1])
                && serial[2..].iter().all(|c| is_digit(*c));
            if fits { Ok(authority(&chars)) } else { Err(wrong()) }
        }
        Shape::NevLarge => {
            let serial = after_authority(&chars, 6, wrong)?;
            let fits = serial[..5].iter().all(|c| is_digit(*c)) && is_energy_letter(serial[5]);
            if fits { Ok(authority(&chars)) } else { Err(wrong()) }
        }
        Shape::Trailer => with_suffix(&chars, '挂', wrong),
        Shape::Learner => with_suffix(&chars, '学', wrong),
        Shape::Police => with_suffix(&chars, '警', wrong),
        Shape::Embassy => embassy(&chars, wrong),
        Shape::Consulate => consulate(&chars, wrong),
        Shape::HongKong => cross_border(&chars, '港', wrong),
        Shape::Macau => cross_border(&chars, '澳', wrong),
        Shape::Other if emergency(&chars) => Ok(Vec::new()),
        Shape::Temporary | Shape::Other | Shape::Free => Ok(vec![Warning::UnverifiedPlateShape]),
    }
}

/// What follows province and authority letter, when it has `count` characters.
fn after_authority(chars: &[char], count: usize, wrong: impl Fn() -> PlateError) -> Result<&[char], PlateError> {
    let [province, letter, serial @ ..] = chars else { return Err(wrong()) };
    if !is_province(*province) {
        return Err(PlateError::Province(*province));
    }
    if let Some(c) = serial.iter().find(|c| matches!(c, 'I' | 'O')) {
        return Err(PlateError::Ambiguous(*c));
    }
    // O as an authority letter is an old code of provincial departments (GA 36-2018 Appendix A): unknown, not impossible.
    if !letter.is_ascii_uppercase() || serial.len() != count {
        return Err(wrong());
    }
    if *letter == 'I' { Err(PlateError::Ambiguous('I')) } else { Ok(serial) }
}

/// The warning about an authority letter that is not in the table.
fn authority(chars: &[char]) -> Vec<Warning> {
    let known = |a: &Authority| a.province == chars[0] && a.letters.contains(chars[1]);
    if AUTHORITIES.iter().any(known) { Vec::new() } else { vec![Warning::UnknownPlateAuthority] }
}

/// Province, letter, five letters or digits of which at most two are letters (GA 36-2018 table 4).
fn ordinary(chars: &[char], wrong: impl Fn() -> PlateError) -> Result<Vec<Warning>, PlateError> {
    let serial = after_authority(chars, 5, &wrong)?;
    if !serial.iter().all(|c| is_letter_or_digit(*c)) {
        return Err(wrong());
    }
    let mut warnings = authority(chars);
    if serial.iter().filter(|c| is_letter(**c)).count() > 2 {
        warnings.push(Warning::ManyPlateLetters);
    }
    Ok(warnings)
}

/// Province, letter, four letters or digits and a character at the end.
fn with_suffix(chars: &[char], suffix: char, wrong: impl Fn() -> PlateError) -> Result<Vec<Warning>, PlateError> {
    let serial = after_authority(chars, 5, &wrong)?;
    let fits = serial[4] == suffix && serial[..4].iter().all(|c| is_letter_or_digit(*c));
    if fits { Ok(authority(chars)) } else { Err(wrong()) }
}

/// `NNNNNN使` since 2018, `使NNNNNN` before.
fn embassy(chars: &[char], wrong: impl Fn() -> PlateError) -> Result<Vec<Warning>, PlateError> {
    match chars {
        [serial @ .., '使'] if serial.len() == 6 && serial.iter().all(|c| is_digit(*c)) => Ok(Vec::new()),
        ['使', serial @ ..] if serial.len() == 6 && serial.iter().all(|c| is_digit(*c)) => {
            Ok(vec![Warning::OldPlateShape])
        }
        _ => Err(wrong()),
    }
}

/// `省NNNNN领` (three digits of the mission, two of the serial) since 2018, `省LNNNN领` before.
fn consulate(chars: &[char], wrong: impl Fn() -> PlateError) -> Result<Vec<Warning>, PlateError> {
    match chars {
        [province, serial @ .., '领'] if serial.len() == 5 && serial[1..].iter().all(|c| is_digit(*c)) => {
            if !is_province(*province) {
                Err(PlateError::Province(*province))
            } else if is_digit(serial[0]) {
                Ok(Vec::new())
            } else if is_letter(serial[0]) {
                Ok([authority(chars), vec![Warning::OldPlateShape]].concat())
            } else {
                Err(wrong())
            }
        }
        _ => Err(wrong()),
    }
}

/// `粤Z` with four characters and 港 or 澳; one source shows five, which is warned about.
fn cross_border(chars: &[char], suffix: char, wrong: impl Fn() -> PlateError) -> Result<Vec<Warning>, PlateError> {
    match chars {
        ['粤', 'Z', serial @ .., last] if *last == suffix && serial.iter().all(|c| is_letter_or_digit(*c)) => {
            match serial.len() {
                4 => Ok(Vec::new()),
                5 => Ok(vec![Warning::UnverifiedPlateShape]),
                _ => Err(wrong()),
            }
        }
        _ => Err(wrong()),
    }
}

/// `省XNNNN应急` or `省SNNNN应急`: emergency rescue vehicles. The kind's code is not confirmed; they are read under 99.
fn emergency(chars: &[char]) -> bool {
    matches!(chars, [province, 'X' | 'S', serial @ .., '应', '急']
        if is_province(*province) && serial.len() == 4 && serial.iter().all(|c| is_digit(*c)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_table_loads_and_covers_every_province() {
        let table = load_authorities(include_str!("../../data/plate_authorities.csv")).expect("loads");
        for province in crate::region::provinces() {
            assert!(table.iter().any(|a| a.province == province.plate), "{}", province.plate);
        }
        assert_eq!(load_authorities("province,letters,valid_from\n京,AI,\n").map_err(|e| e.line).err(), Some(2));
    }
}
