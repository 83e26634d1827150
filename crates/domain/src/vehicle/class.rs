//! What a vehicle is (车辆类型, GA/T 16.4) and what it is used for (使用性质, GA/T 16.3).

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::table::{self, TableError};
use crate::text::{Text, normal_code};

/// A vehicle type of the table, e.g. `K33` 小型轿车.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VehicleType([u8; 3]);

/// The family of a vehicle type: the first letter of its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum VehicleGroup {
    /// K 客车.
    Passenger,
    /// H 货车.
    Goods,
    /// Q 牵引车.
    TractorUnit,
    /// Z 专项作业车.
    SpecialPurpose,
    /// D 电车.
    Tram,
    /// M 摩托车.
    Motorcycle,
    /// N 三轮汽车.
    ThreeWheeler,
    /// T 拖拉机.
    FarmTractor,
    /// J 轮式机械.
    WheeledMachine,
    /// G 全挂车.
    FullTrailer,
    /// B 半挂车.
    SemiTrailer,
    /// X 其他.
    Other,
}

/// A use of the table, e.g. `A` 非营运.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UseNature(u8);

/// How a use counts for the inspection cycle (Regulation Art. 16).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operation {
    /// 营运载客.
    OperatingPassenger,
    /// 营运载货.
    OperatingGoods,
    /// 非营运.
    NonOperating,
    /// 校车 (Order 164 Art. 62).
    SchoolBus,
}

/// The text is neither a code nor a name of the table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not in the table of {table}")]
pub struct UnknownCode {
    /// The table, e.g. `vehicle types`.
    pub table: &'static str,
    /// What was given, cut to 40 characters.
    pub text: String,
}

impl UnknownCode {
    /// The stable code of this error.
    pub const CODE: &'static str = "unknown_code";

    pub(crate) fn new(table: &'static str, text: &str) -> Self {
        Self { table, text: text.chars().take(40).collect() }
    }
}

#[derive(Debug)]
struct TypeInfo {
    code: [u8; 3],
    name: Text,
    group: VehicleGroup,
    registrable: bool,
}

#[derive(Debug)]
struct TypeTable {
    rows: Vec<TypeInfo>,
    by_code: HashMap<[u8; 3], usize>,
    by_name: HashMap<String, usize>,
}

static TYPES: LazyLock<TypeTable> = LazyLock::new(|| {
    load_types(include_str!("../../data/vehicle_types.csv")).expect("the embedded table is checked by a test")
});

fn load_types(text: &str) -> Result<TypeTable, TableError> {
    let mut by_code = HashMap::new();
    let mut by_name = HashMap::new();
    let mut next = 0;
    let rows = table::rows("vehicle_types", text, b',', |row| {
        let code: [u8; 3] = row.some("code")?.as_bytes().try_into().map_err(|_| row.wrong("code: three characters"))?;
        if !code.iter().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase()) {
            return Err(row.wrong("code: capital letters and digits"));
        }
        let group = VehicleGroup::from_letter(code[0]).ok_or_else(|| row.wrong("code: unknown first letter"))?;
        let name = Text::made(row.some("name_zh")?, row.some("name_en")?);
        if by_code.insert(code, next).is_some() || by_name.insert(name.zh.to_string(), next).is_some() {
            return Err(row.wrong("the code or the name is given twice"));
        }
        next += 1;
        Ok(TypeInfo { code, name, group, registrable: row.flag("registrable")? })
    })?;
    Ok(TypeTable { rows, by_code, by_name })
}

impl VehicleGroup {
    const fn from_letter(letter: u8) -> Option<Self> {
        Some(match letter {
            b'K' => Self::Passenger,
            b'H' => Self::Goods,
            b'Q' => Self::TractorUnit,
            b'Z' => Self::SpecialPurpose,
            b'D' => Self::Tram,
            b'M' => Self::Motorcycle,
            b'N' => Self::ThreeWheeler,
            b'T' => Self::FarmTractor,
            b'J' => Self::WheeledMachine,
            b'G' => Self::FullTrailer,
            b'B' => Self::SemiTrailer,
            b'X' => Self::Other,
            _ => return None,
        })
    }
}

impl VehicleType {
    /// The type of a code such as `K33`, in any case or width.
    pub fn from_code(code: &str) -> Result<Self, UnknownCode> {
        let normal = normal_code(code);
        let bytes: Option<[u8; 3]> = normal.as_bytes().try_into().ok();
        bytes.filter(|b| TYPES.by_code.contains_key(b)).map(Self).ok_or_else(|| UnknownCode::new("vehicle types", code))
    }

    /// The type of a code or of a Chinese name (小型轿车), as registers write either.
    pub fn parse(text: &str) -> Result<Self, UnknownCode> {
        Self::from_code(text)
            .or_else(|error| TYPES.by_name.get(text.trim()).map(|i| Self(TYPES.rows[*i].code)).ok_or(error))
    }

    /// The three-character code.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).expect("made from ASCII rows of the table")
    }

    /// The name for people.
    pub fn name(self) -> Text {
        self.info().name.clone()
    }

    /// The family.
    pub fn group(self) -> VehicleGroup {
        self.info().group
    }

    /// Whether vehicles are registered with it; group headings (K30, H10 …) are not.
    pub fn registrable(self) -> bool {
        self.info().registrable
    }

    /// Every type of the table, in its order.
    pub fn all() -> impl Iterator<Item = Self> {
        TYPES.rows.iter().map(|row| Self(row.code))
    }

    fn info(self) -> &'static TypeInfo {
        let index = TYPES.by_code.get(&self.0).expect("a VehicleType is only made from a row of the table");
        &TYPES.rows[*index]
    }
}

#[derive(Debug)]
struct UseInfo {
    letter: u8,
    name: Text,
    operation: Operation,
}

static USES: LazyLock<Vec<UseInfo>> = LazyLock::new(|| {
    load_uses(include_str!("../../data/use_natures.csv")).expect("the embedded table is checked by a test")
});

fn load_uses(text: &str) -> Result<Vec<UseInfo>, TableError> {
    let mut seen = 0u32;
    table::rows("use_natures", text, b',', |row| {
        let letter = table::letter(row, &mut seen)?;
        let operation = match row.some("operation")? {
            "operating_passenger" => Operation::OperatingPassenger,
            "operating_goods" => Operation::OperatingGoods,
            "non_operating" => Operation::NonOperating,
            "school_bus" => Operation::SchoolBus,
            other => return Err(row.wrong(format!("operation: {other:?} is not known"))),
        };
        Ok(UseInfo { letter, name: Text::made(row.some("name_zh")?, row.some("name_en")?), operation })
    })
}

impl UseNature {
    /// The use of a letter.
    pub fn from_letter(letter: char) -> Option<Self> {
        let letter = u8::try_from(letter).ok()?;
        USES.iter().any(|u| u.letter == letter).then_some(Self(letter))
    }

    /// The use of a letter in any case or width, or of a Chinese name.
    pub fn parse(text: &str) -> Result<Self, UnknownCode> {
        let normal = normal_code(text);
        let mut chars = normal.chars();
        let by_letter = match (chars.next(), chars.next()) {
            (Some(letter), None) => Self::from_letter(letter),
            _ => None,
        };
        by_letter
            .or_else(|| USES.iter().find(|u| u.name.zh == normal).map(|u| Self(u.letter)))
            .ok_or_else(|| UnknownCode::new("use natures", text))
    }

    /// The letter.
    pub const fn letter(self) -> char {
        self.0 as char
    }

    /// The name for people.
    pub fn name(self) -> Text {
        self.info().name.clone()
    }

    /// How it counts for the inspection cycle.
    pub fn operation(self) -> Operation {
        self.info().operation
    }

    /// Whether it earns money by carrying people or goods (营运).
    pub fn is_operating(self) -> bool {
        matches!(self.operation(), Operation::OperatingPassenger | Operation::OperatingGoods)
    }

    /// Every use of the table, in its order.
    pub fn all() -> impl Iterator<Item = Self> {
        USES.iter().map(|u| Self(u.letter))
    }

    fn info(self) -> &'static UseInfo {
        USES.iter().find(|u| u.letter == self.0).expect("a UseNature is only made from a row of the table")
    }
}

impl std::fmt::Display for VehicleType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::fmt::Display for UseNature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.letter())
    }
}

impl std::str::FromStr for VehicleType {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl std::str::FromStr for UseNature {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

crate::text::serde_as_text!(VehicleType, UseNature);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_embedded_tables_load() {
        let types = load_types(include_str!("../../data/vehicle_types.csv")).expect("loads");
        assert_eq!(types.rows.len(), types.by_code.len());
        let uses = load_uses(include_str!("../../data/use_natures.csv")).expect("loads");
        let letters: String = uses.iter().map(|u| u.letter as char).collect();
        assert_eq!(letters, "ABCDEFGHIJKLMNOPQRSTU");
    }

    #[test]
    fn types_by_code_and_name() {
        for (text, code, group) in [
            ("K33", "K33", VehicleGroup::Passenger),
            ("ｋ３３", "K33", VehicleGroup::Passenger),
            ("小型轿车", "K33", VehicleGroup::Passenger),
            ("小型面包车", "K39", VehicleGroup::Passenger),
            ("K49", "K49", VehicleGroup::Passenger),
            ("K16", "K16", VehicleGroup::Passenger),
            ("大型专用校车", "K18", VehicleGroup::Passenger),
            ("h1g", "H1G", VehicleGroup::Goods),
            ("重型半挂牵引车", "Q11", VehicleGroup::TractorUnit),
            ("B1W", "B1W", VehicleGroup::SemiTrailer),
            ("M22", "M22", VehicleGroup::Motorcycle),
        ] {
            let t = VehicleType::parse(text).expect(text);
            assert_eq!((t.code(), t.group()), (code, group));
        }
        for text in ["", "K", "K3", "K399", "K36", "轿车", "拖拉机", "\u{0}"] {
            assert!(VehicleType::parse(text).is_err(), "{text}");
        }
        assert!(!VehicleType::parse("K30").expect("a heading").registrable());
        assert!(VehicleType::parse("K31").expect("a type").registrable());
    }

    #[test]
    fn operating_or_not() {
        let of = |wanted: Operation| {
            UseNature::all().filter(|u| u.operation() == wanted).map(UseNature::letter).collect::<String>()
        };
        assert_eq!(of(Operation::OperatingPassenger), "BCDEGNT");
        assert_eq!(of(Operation::OperatingGoods), "FR");
        assert_eq!(of(Operation::SchoolBus), "OPQS");
        assert_eq!(of(Operation::NonOperating), "AHIJKLMU");
        assert_eq!(UseNature::parse("出租客运").map(UseNature::letter), Ok('D'));
        assert_eq!(UseNature::parse("ａ").map(UseNature::letter), Ok('A'));
        assert!(UseNature::parse("V").is_err() && UseNature::parse("").is_err());
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in ".{0,8}") {
            if let Ok(t) = VehicleType::parse(&text) { prop_assert_eq!(VehicleType::parse(t.code()), Ok(t)); }
            if let Ok(u) = UseNature::parse(&text) { prop_assert_eq!(UseNature::from_letter(u.letter()), Some(u)); }
        }
    }
}
