//! Licence plates 机动车号牌 (GA 36-2018). A plate number alone is no key: the same characters exist in several kinds.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::class::UnknownCode;
use super::plate_shape::{self, Shape};
use crate::checked::{Checked, Warning};
use crate::table::{self, TableError};
use crate::text::{Text, half_width, normal_code};

/// The characters of a plate without separators, upper case, half width. At most `PlateNumber::MAX_CHARS` characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PlateNumber(String);

/// A plate kind of the table 号牌种类 (GA/T 16.7), e.g. `02` 小型汽车.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PlateType(u8);

/// Number and kind: the key of a vehicle in traffic. Make one with [`Plate::parse`], which checks that they fit each other.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Plate {
    /// 号牌号码.
    pub number: PlateNumber,
    /// 号牌种类.
    pub plate_type: PlateType,
}

/// The ground of a plate; the words of the citizen's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlateColour {
    /// Blue, white characters.
    Blue,
    /// Yellow, black characters.
    Yellow,
    /// Black, white characters.
    Black,
    /// White, black characters.
    White,
    /// Green fading to white: small new-energy vehicles.
    GreenGradient,
    /// Yellow and green: large new-energy vehicles.
    YellowGreen,
}

impl PlateColour {
    /// The stable word.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Blue => "blue",
            Self::Yellow => "yellow",
            Self::Black => "black",
            Self::White => "white",
            Self::GreenGradient => "green_gradient",
            Self::YellowGreen => "yellow_green",
        }
    }
}

/// The text is not a plate of its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlateError {
    /// No characters at all.
    #[error("the plate number is empty")]
    Empty,
    /// More than `PlateNumber::MAX_CHARS` characters.
    #[error("a plate number has at most {max} characters", max = PlateNumber::MAX_CHARS)]
    TooLong,
    /// A character no plate has.
    #[error("{0:?} cannot stand on a plate")]
    Character(char),
    /// The first character is no province.
    #[error("{0:?} is not the character of a province")]
    Province(char),
    /// I and O are not used on plates (GA 36-2018 5.9).
    #[error("plates have no {0:?}; a digit 1 or 0 is meant")]
    Ambiguous(char),
    /// The layout is not that of the kind.
    #[error("{number} does not have the layout of kind {kind}: {expected}")]
    Shape {
        /// The canonical number.
        number: String,
        /// The kind's code.
        kind: String,
        /// The layout that was expected.
        expected: &'static str,
    },
}

impl PlateError {
    /// The stable code of this error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "plate_empty",
            Self::TooLong => "plate_too_long",
            Self::Character(_) => "plate_character",
            Self::Province(_) => "plate_province",
            Self::Ambiguous(_) => "plate_ambiguous_letter",
            Self::Shape { .. } => "plate_shape",
        }
    }
}

#[derive(Debug)]
struct TypeInfo {
    number: u8,
    code: String,
    name: Text,
    colour: PlateColour,
    shape: Shape,
    registrable: bool,
    aliases: Vec<String>,
}

static TYPES: LazyLock<Vec<TypeInfo>> = LazyLock::new(|| {
    load_types(include_str!("../../data/plate_types.csv")).expect("the embedded table is checked by a test")
});

fn load_types(text: &str) -> Result<Vec<TypeInfo>, TableError> {
    let mut names: Vec<String> = Vec::new();
    table::rows("plate_types", text, b',', |row| {
        let code = row.some("code")?;
        let number: u8 = row.parse("code")?;
        if code.len() != 2 || number == 0 {
            return Err(row.wrong("code: two digits"));
        }
        let colour = match row.some("colour")? {
            "blue" => PlateColour::Blue,
            "yellow" => PlateColour::Yellow,
            "black" => PlateColour::Black,
            "white" => PlateColour::White,
            "green_gradient" => PlateColour::GreenGradient,
            "yellow_green" => PlateColour::YellowGreen,
            other => return Err(row.wrong(format!("colour: {other:?} is not known"))),
        };
        let shape = Shape::from_word(row.some("shape")?).ok_or_else(|| row.wrong("shape: not known"))?;
        let zh = row.some("name_zh")?.to_owned();
        let aliases: Vec<String> = row.get("alias")?.split('|').filter(|a| !a.is_empty()).map(str::to_owned).collect();
        for name in aliases.iter().chain([&zh, &code.to_owned()]) {
            if names.contains(name) {
                return Err(row.wrong(format!("{name} is given twice")));
            }
            names.push(name.clone());
        }
        let name = Text::made(zh, row.some("name_en")?);
        Ok(TypeInfo {
            number,
            code: code.to_owned(),
            name,
            colour,
            shape,
            registrable: row.flag("registrable")?,
            aliases,
        })
    })
}

impl PlateType {
    /// 01 大型汽车.
    pub const LARGE: Self = Self(1);
    /// 02 小型汽车.
    pub const SMALL: Self = Self(2);
    /// 07 普通摩托车.
    pub const MOTORCYCLE: Self = Self(7);
    /// 15 挂车.
    pub const TRAILER: Self = Self(15);
    /// 16 教练汽车.
    pub const LEARNER: Self = Self(16);
    /// 23 警用汽车.
    pub const POLICE: Self = Self(23);
    /// 51 大型新能源汽车.
    pub const NEV_LARGE: Self = Self(51);
    /// 52 小型新能源汽车.
    pub const NEV_SMALL: Self = Self(52);

    /// The kind of a two-digit code (`02`; a single digit `2` as spreadsheets leave it is the same).
    pub fn from_code(code: &str) -> Result<Self, UnknownCode> {
        let normal = normal_code(code);
        let short = normal.len() <= 2 && normal.bytes().all(|b| b.is_ascii_digit());
        let number: Option<u8> = if short { normal.parse().ok() } else { None };
        TYPES
            .iter()
            .find(|t| Some(t.number) == number)
            .map(|t| Self(t.number))
            .ok_or_else(|| UnknownCode::new("plate types", code))
    }

    /// The kind of a code, a Chinese name (小型汽车) or another name registers use (小型汽车号牌, 蓝牌).
    pub fn parse(text: &str) -> Result<Self, UnknownCode> {
        let normal = normal_code(text);
        let named = |t: &&TypeInfo| t.name.zh == normal || t.aliases.contains(&normal);
        Self::from_code(text).or_else(|error| TYPES.iter().find(named).map(|t| Self(t.number)).ok_or(error))
    }

    /// The two-digit code.
    pub fn code(self) -> &'static str {
        &self.info().code
    }

    /// The name for people.
    pub fn name(self) -> Text {
        self.info().name.clone()
    }

    /// The Chinese name.
    pub fn name_zh(self) -> &'static str {
        &self.info().name.zh
    }

    /// The English name.
    pub fn name_en(self) -> &'static str {
        &self.info().name.en
    }

    /// The ground of its plates.
    pub fn colour(self) -> PlateColour {
        self.info().colour
    }

    /// Whether vehicles are registered with it here; enforcement values (无号牌 …) and plates of other services are not.
    pub fn registrable(self) -> bool {
        self.info().registrable
    }

    /// Every kind of the table, in its order.
    pub fn all() -> impl Iterator<Item = Self> {
        TYPES.iter().map(|t| Self(t.number))
    }

    fn info(self) -> &'static TypeInfo {
        TYPES.iter().find(|t| t.number == self.0).expect("a PlateType is only made from a row of the table")
    }
}

impl PlateNumber {
    /// Longest plate that is read, in characters.
    pub const MAX_CHARS: usize = 10;

    /// The canonical text, e.g. `苏B12345`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text for people, with the dot of the plate: `苏B·12345`. Numbers without an authority letter stay as they are.
    pub fn with_dot(&self) -> String {
        let mut chars = self.0.chars();
        match (chars.next(), chars.next()) {
            (Some(first), Some(second)) if plate_shape::is_province(first) && second.is_ascii_uppercase() => {
                format!("{first}{second}·{}", chars.as_str())
            }
            _ => self.0.clone(),
        }
    }
}

impl Plate {
    /// Reads a number of a kind: separators, blanks, width and case do not matter; the layout of GA 36 does. An authority letter
    /// that is not in the table is a warning.
    pub fn parse(number: &str, plate_type: PlateType) -> Result<Checked<Self>, PlateError> {
        let number: PlateNumber = number.parse()?;
        let info = plate_type.info();
        let warnings: Vec<Warning> = plate_shape::check(&number.0, info.shape, &info.code)?;
        Ok(Checked { value: Self { number, plate_type }, warnings })
    }
}

impl std::str::FromStr for PlateNumber {
    type Err = PlateError;

    /// Reads the characters only; [`Plate::parse`] checks the layout.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut number = String::new();
        let mut count = 0;
        for c in text.chars().map(half_width) {
            if plate_shape::is_separator(c) {
                continue;
            }
            count += 1;
            if count > Self::MAX_CHARS {
                return Err(PlateError::TooLong);
            }
            if !plate_shape::is_plate_character(c) {
                return Err(PlateError::Character(c));
            }
            number.push(c.to_ascii_uppercase());
        }
        if number.is_empty() { Err(PlateError::Empty) } else { Ok(Self(number)) }
    }
}

impl std::str::FromStr for PlateType {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl std::fmt::Display for PlateNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::fmt::Display for PlateType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::fmt::Display for Plate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.number, self.plate_type)
    }
}

crate::text::serde_as_text!(PlateNumber, PlateType);

#[cfg(test)]
#[path = "plate_tests.rs"]
mod tests;
