//! Energy (能源种类, GA/T 16.9) and body colour (车身颜色, GA/T 16.8): letters, several where a vehicle has several.

use std::sync::LazyLock;

use super::class::UnknownCode;
use crate::table::{self, TableError};
use crate::text::{Text, normal_code};

/// One to three energy letters, e.g. `A` petrol, `C` electric, `AC` petrol and electric. Kept in the order of the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Energy(Letters);

/// One to three colour letters, e.g. `A` white, `AJ` white and black.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Colour(Letters);

/// Up to three letters, 0 behind the last.
type Letters = [u8; 3];

/// How far a vehicle runs on electricity, for the choice of plate (GA 36: pure or not).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Electric {
    /// Not at all.
    No,
    /// Hybrids, range extenders, fuel cells.
    Part,
    /// Only.
    Pure,
}

#[derive(Debug)]
struct Info {
    letter: u8,
    name: Text,
    electric: Electric,
}

static ENERGIES: LazyLock<Vec<Info>> = LazyLock::new(|| {
    load_energies(include_str!("../../data/energies.csv")).expect("the embedded table is checked by a test")
});

static COLOURS: LazyLock<Vec<Info>> = LazyLock::new(|| {
    load_colours(include_str!("../../data/colours.csv")).expect("the embedded table is checked by a test")
});

fn load_energies(text: &str) -> Result<Vec<Info>, TableError> {
    let mut seen = 0;
    table::rows("energies", text, b',', |row| {
        let electric = match row.some("electric")? {
            "no" => Electric::No,
            "part" => Electric::Part,
            "pure" => Electric::Pure,
            other => return Err(row.wrong(format!("electric: {other:?} is not no, part or pure"))),
        };
        let letter = table::letter(row, &mut seen)?;
        Ok(Info { letter, name: Text::made(row.some("name_zh")?, row.some("name_en")?), electric })
    })
}

fn load_colours(text: &str) -> Result<Vec<Info>, TableError> {
    let mut seen = 0;
    table::rows("colours", text, b',', |row| {
        let letter = table::letter(row, &mut seen)?;
        Ok(Info { letter, name: Text::made(row.some("name_zh")?, row.some("name_en")?), electric: Electric::No })
    })
}

/// One to three different letters of a table, or one Chinese name of it.
fn parse(name: &'static str, table: &[Info], text: &str) -> Result<Letters, UnknownCode> {
    let unknown = || UnknownCode::new(name, text);
    let code = normal_code(text);
    if let Some(info) = table.iter().find(|info| info.name.zh == code) {
        return Ok([info.letter, 0, 0]);
    }
    let bytes = code.as_bytes();
    if bytes.is_empty() || bytes.len() > 3 {
        return Err(unknown());
    }
    let mut letters = [0; 3];
    for (i, b) in bytes.iter().enumerate() {
        if bytes[..i].contains(b) || !table.iter().any(|info| info.letter == *b) {
            return Err(unknown());
        }
        letters[i] = *b;
    }
    Ok(letters)
}

fn rows(table: &'static [Info], letters: Letters) -> impl Iterator<Item = &'static Info> {
    letters.into_iter().filter_map(move |letter| table.iter().find(|info| info.letter == letter))
}

fn name(table: &'static [Info], letters: Letters) -> Text {
    let join = |pick: fn(&Info) -> &str, sign: &str| rows(table, letters).map(pick).collect::<Vec<_>>().join(sign);
    Text::made(join(|i| &i.name.zh, "、"), join(|i| &i.name.en, " and "))
}

fn code(letters: &Letters) -> &str {
    let end = letters.iter().position(|b| *b == 0).unwrap_or(letters.len());
    std::str::from_utf8(&letters[..end]).expect("made from ASCII letters of the table")
}

impl Energy {
    /// One to three letters in any case or width, or a Chinese name.
    pub fn parse(text: &str) -> Result<Self, UnknownCode> {
        parse("energies", &ENERGIES, text).map(Self)
    }

    /// The letters.
    pub fn code(&self) -> &str {
        code(&self.0)
    }

    /// The name for people.
    pub fn name(self) -> Text {
        name(&ENERGIES, self.0)
    }

    /// How far it is electric: pure only when every letter is, partly when any letter is.
    pub fn electric(self) -> Electric {
        let mut kinds = rows(&ENERGIES, self.0).map(|info| info.electric);
        let first = kinds.next().unwrap_or(Electric::No);
        kinds.fold(first, |sum, next| if sum == next { sum } else { Electric::Part })
    }
}

impl Colour {
    /// One to three letters in any case or width, or a Chinese name.
    pub fn parse(text: &str) -> Result<Self, UnknownCode> {
        parse("colours", &COLOURS, text).map(Self)
    }

    /// The letters.
    pub fn code(&self) -> &str {
        code(&self.0)
    }

    /// The name for people.
    pub fn name(self) -> Text {
        name(&COLOURS, self.0)
    }
}

impl std::fmt::Display for Energy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::fmt::Display for Colour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::str::FromStr for Energy {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl std::str::FromStr for Colour {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

crate::text::serde_as_text!(Energy, Colour);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_embedded_tables_load() {
        assert_eq!(load_energies(include_str!("../../data/energies.csv")).map(|t| t.len()), Ok(14));
        assert_eq!(load_colours(include_str!("../../data/colours.csv")).map(|t| t.len()), Ok(11));
    }

    #[test]
    fn letters_and_names() {
        for (text, code, zh, en, electric) in [
            ("A", "A", "汽油", "petrol", Electric::No),
            ("ｃ", "C", "电", "electric", Electric::Pure),
            ("AC", "AC", "汽油、电", "petrol and electric", Electric::Part),
            ("混合动力", "O", "混合动力", "hybrid", Electric::Part),
        ] {
            let e = Energy::parse(text).expect(text);
            assert_eq!((e.code(), e.name(), e.electric()), (code, Text::made(zh, en), electric));
        }
        for text in ["", "ABCD", "AA", "R", "A1", "煤"] {
            assert!(Energy::parse(text).is_err(), "{text}");
        }
        assert_eq!(Colour::parse("AJ").map(|c| c.name().zh.into_owned()), Ok("白、黑".to_owned()));
        assert!(Colour::parse("K").is_err());
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in ".{0,6}") {
            if let Ok(e) = Energy::parse(&text) { prop_assert_eq!(Energy::parse(e.code()), Ok(e)); }
            if let Ok(c) = Colour::parse(&text) { prop_assert_eq!(Colour::parse(c.code()), Ok(c)); }
        }
    }
}
