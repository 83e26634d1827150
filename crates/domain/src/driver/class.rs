//! 准驾车型: the classes of a driving licence (R162 Art. 11 and annex 1), and sets of them as a licence carries them.

use std::sync::LazyLock;

use crate::table::{self, TableError};
use crate::text::{Text, normal_code};

macro_rules! classes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal;)+) => {
        /// One class 准驾车型. The order is that of R162 Art. 11.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum LicenceClass { $($(#[$doc])* $variant,)+ }

        impl LicenceClass {
            /// Every class, in the order of R162 Art. 11.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code on the card, e.g. `C1`.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }
        }
    };
}

classes! {
    /// 大型客车.
    A1 = "A1";
    /// 重型牵引挂车.
    A2 = "A2";
    /// 城市公交车.
    A3 = "A3";
    /// 中型客车.
    B1 = "B1";
    /// 大型货车.
    B2 = "B2";
    /// 小型汽车.
    C1 = "C1";
    /// 小型自动挡汽车.
    C2 = "C2";
    /// 低速载货汽车.
    C3 = "C3";
    /// 三轮汽车.
    C4 = "C4";
    /// 残疾人专用小型自动挡载客汽车.
    C5 = "C5";
    /// 轻型牵引挂车.
    C6 = "C6";
    /// 普通三轮摩托车.
    D = "D";
    /// 普通二轮摩托车.
    E = "E";
    /// 轻便摩托车.
    F = "F";
    /// 轮式专用机械车.
    M = "M";
    /// 无轨电车.
    N = "N";
    /// 有轨电车.
    P = "P";
}

/// The classes of one licence: at least one. Text form: the codes in the order of R162 Art. 11, e.g. `A2D`, `C1E`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassSet(u32);

/// The text is not a set of classes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClassError {
    /// Nothing was given.
    #[error("the licence classes are empty")]
    Empty,
    /// A code the table does not have.
    #[error("{0:?} is not a class of driving licence")]
    Unknown(String),
    /// More text than a licence can carry.
    #[error("the licence classes are longer than {MAX_CHARS} characters")]
    TooLong,
}

impl ClassError {
    /// The stable code of this error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "classes_empty",
            Self::Unknown(_) => "class_unknown",
            Self::TooLong => "classes_too_long",
        }
    }
}

/// The longest text that is read as a set of classes: all 17 with separators, and some blanks.
pub const MAX_CHARS: usize = 80;

/// One row of `classes.csv`.
#[derive(Debug)]
struct Info {
    name: Text,
    may_drive: Text,
    includes: ClassSet,
    car: bool,
}

static TABLE: LazyLock<Vec<Info>> = LazyLock::new(|| {
    load(include_str!("../../data/driver/classes.csv")).expect("the embedded table is checked by a test")
});

/// Reads the table: every class once, in the order of [`LicenceClass::ALL`].
fn load(text: &str) -> Result<Vec<Info>, TableError> {
    let mut expected = LicenceClass::ALL.iter();
    let rows = table::rows("driver/classes", text, b',', |row| {
        let class: LicenceClass = row.parse("code")?;
        if expected.next() != Some(&class) {
            return Err(row.wrong("the classes stand in the order of R162 Art. 11, each once"));
        }
        let mut includes = ClassSet(0);
        for code in row.get("includes")?.split_ascii_whitespace() {
            let other = LicenceClass::from_code(code).ok_or_else(|| row.wrong(format!("includes: {code:?}")))?;
            if other == class {
                return Err(row.wrong("includes: a class does not include itself"));
            }
            includes = includes.with(other);
        }
        let car = match row.some("category")? {
            "car" => true,
            "motorcycle" => false,
            other => return Err(row.wrong(format!("category: {other:?} is neither car nor motorcycle"))),
        };
        let text = |zh, en| Ok(Text::made(row.some(zh)?, row.some(en)?));
        Ok(Info { name: text("name_zh", "name_en")?, may_drive: text("may_drive_zh", "may_drive_en")?, includes, car })
    })?;
    match expected.next() {
        None => Ok(rows),
        Some(class) => {
            Err(TableError { table: "driver/classes", line: 0, problem: format!("class {} is missing", class.code()) })
        }
    }
}

impl LicenceClass {
    /// The class of a code in capital letters.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|class| class.code() == code)
    }

    /// 名称, e.g. 小型汽车.
    pub fn name(self) -> Text {
        self.info().name.clone()
    }

    /// 准驾的车辆: what may be driven by this class itself.
    pub fn may_drive(self) -> Text {
        self.info().may_drive.clone()
    }

    /// 准予驾驶的其他准驾车型: the other classes whose vehicles may be driven as well. The table is closed: one step suffices.
    pub fn includes(self) -> impl Iterator<Item = Self> {
        self.info().includes.iter()
    }

    /// Whether this class allows the vehicles of another (or of itself).
    pub fn covers(self, other: Self) -> bool {
        self == other || self.info().includes.has(other)
    }

    /// 汽车类: A1 to C6, M, N and P (R162 Art. 109(4)).
    pub fn is_car(self) -> bool {
        self.info().car
    }

    /// 摩托车类: D, E and F (R162 Art. 109(4)).
    pub fn is_motorcycle(self) -> bool {
        !self.is_car()
    }

    fn info(self) -> &'static Info {
        &TABLE[self as usize]
    }
}

impl std::fmt::Display for LicenceClass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::str::FromStr for LicenceClass {
    type Err = ClassError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > MAX_CHARS * 4 {
            return Err(ClassError::TooLong);
        }
        let code = normal_code(text);
        Self::from_code(&code).ok_or(ClassError::Unknown(code))
    }
}

impl ClassSet {
    /// The set of these classes; `None` when there are none, since no licence is without a class.
    pub fn of(classes: impl IntoIterator<Item = LicenceClass>) -> Option<Self> {
        let set = classes.into_iter().fold(Self(0), Self::with);
        (set.0 != 0).then_some(set)
    }

    /// The set of one class.
    pub const fn one(class: LicenceClass) -> Self {
        Self(1 << class as u8)
    }

    /// The set with one class more.
    #[must_use]
    pub const fn with(self, class: LicenceClass) -> Self {
        Self(self.0 | 1 << class as u8)
    }

    /// The set without a class; `None` when nothing is left.
    pub const fn without(self, class: LicenceClass) -> Option<Self> {
        match self.0 & !(1 << class as u8) {
            0 => None,
            left => Some(Self(left)),
        }
    }

    /// Whether the class itself stands on the licence.
    pub const fn has(self, class: LicenceClass) -> bool {
        self.0 & (1 << class as u8) != 0
    }

    /// Whether one of these classes stands on the licence.
    pub fn has_any(self, classes: &[LicenceClass]) -> bool {
        classes.iter().any(|class| self.has(*class))
    }

    /// Whether every class of the licence is one of these.
    pub fn only(self, classes: &[LicenceClass]) -> bool {
        self.iter().all(|class| classes.contains(&class))
    }

    /// Whether vehicles of a class may be driven: by the class itself or by one that includes it.
    pub fn covers(self, class: LicenceClass) -> bool {
        self.iter().any(|held| held.covers(class))
    }

    /// The classes in the order of R162 Art. 11.
    pub fn iter(self) -> impl Iterator<Item = LicenceClass> {
        LicenceClass::ALL.iter().copied().filter(move |class| self.has(*class))
    }
}

impl std::fmt::Display for ClassSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.iter().try_for_each(|class| f.write_str(class.code()))
    }
}

impl std::str::FromStr for ClassSet {
    type Err = ClassError;

    /// Reads codes one after the other, greedily a letter and a digit; full width or not, with `,`, `、`, `/`, `;` or `+` between them or not.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > MAX_CHARS * 4 {
            return Err(ClassError::TooLong);
        }
        let code = normal_code(text);
        let mut rest = code.chars().filter(|c| !matches!(c, ',' | '、' | '/' | ';' | '+')).peekable();
        let mut set = Self(0);
        while let Some(letter) = rest.next() {
            let mut one = letter.to_string();
            while let Some(digit) = rest.next_if(char::is_ascii_digit) {
                one.push(digit);
            }
            set = set.with(LicenceClass::from_code(&one).ok_or(ClassError::Unknown(one))?);
        }
        if set.0 == 0 { Err(ClassError::Empty) } else { Ok(set) }
    }
}

crate::text::serde_as_text!(LicenceClass, ClassSet);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set(text: &str) -> ClassSet {
        text.parse().expect("classes")
    }

    fn codes(classes: impl Iterator<Item = LicenceClass>) -> String {
        classes.map(LicenceClass::code).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_embedded_table_loads_and_is_closed() {
        assert_eq!(load(include_str!("../../data/driver/classes.csv")).expect("loads").len(), 17);
        for class in LicenceClass::ALL {
            for other in class.includes() {
                for third in other.includes() {
                    assert!(class.covers(third), "{class} includes {other}, which includes {third}");
                }
            }
        }
    }

    #[test]
    fn what_each_class_includes() {
        for (class, includes) in [
            (LicenceClass::A1, "A3 B1 B2 C1 C2 C3 C4 M"),
            (LicenceClass::A2, "B1 B2 C1 C2 C3 C4 C6 M"),
            (LicenceClass::A3, "C1 C2 C3 C4"),
            (LicenceClass::B1, "C1 C2 C3 C4 M"),
            (LicenceClass::B2, "C1 C2 C3 C4 M"),
            (LicenceClass::C1, "C2 C3 C4"),
            (LicenceClass::C2, ""),
            (LicenceClass::C3, "C4"),
            (LicenceClass::C5, ""),
            (LicenceClass::C6, ""),
            (LicenceClass::D, "E F"),
            (LicenceClass::E, "F"),
            (LicenceClass::P, ""),
        ] {
            assert_eq!(codes(class.includes()), includes, "{class}");
        }
        assert_eq!(codes(LicenceClass::ALL.iter().copied().filter(|c| c.is_motorcycle())), "D E F");
        // A2 may tow light combinations, C1 and B2 may not; A3 and C1 have no machinery.
        assert!(set("A2").covers(LicenceClass::C6) && !set("C1").covers(LicenceClass::C6));
        assert!(!set("B2").covers(LicenceClass::C6) && !set("A3").covers(LicenceClass::M));
        assert!(!set("C1").covers(LicenceClass::M) && set("C1D").covers(LicenceClass::F));
    }

    #[test]
    fn reads_and_refuses() {
        for (text, canonical) in [
            ("C1", "C1"),
            ("c1d", "C1D"),
            ("DC1", "C1D"),
            ("A1A2D", "A1A2D"),
            ("Ａ２、Ｅ", "A2E"),
            ("A1, D", "A1D"),
            ("C1C1", "C1"),
            ("MNP", "MNP"),
        ] {
            assert_eq!(set(text).to_string(), canonical, "{text}");
        }
        for (text, error) in [
            ("", ClassError::Empty),
            (" ", ClassError::Empty),
            (",", ClassError::Empty),
            ("C7", ClassError::Unknown("C7".to_owned())),
            ("C", ClassError::Unknown("C".to_owned())),
            ("D1", ClassError::Unknown("D1".to_owned())),
            ("C12", ClassError::Unknown("C12".to_owned())),
            ("1C", ClassError::Unknown("1".to_owned())),
            ("汽", ClassError::Unknown("汽".to_owned())),
        ] {
            assert_eq!(text.parse::<ClassSet>(), Err(error), "{text:?}");
        }
        assert_eq!("C1".repeat(200).parse::<ClassSet>(), Err(ClassError::TooLong));
        assert_eq!(ClassSet::of([]), None);
        assert_eq!(set("C1").without(LicenceClass::C1), None);
        assert_eq!(serde_json::to_string(&set("DC1")).expect("serialises"), "\"C1D\"");
    }

    #[test]
    fn bad_tables_are_refused_with_their_line() {
        let good = include_str!("../../data/driver/classes.csv");
        for (from, to) in [
            ("A2,重型", "A1,重型"),
            (",motorcycle,", ",boat,"),
            (",E F,", ",D F,"),
            (",E F,", ",X F,"),
            ("P,有轨电车", "#"),
        ] {
            assert!(good.contains(from) && load(&good.replacen(from, to, 1)).is_err(), "{from} -> {to}");
        }
    }

    proptest! {
        #[test]
        fn any_set_reads_back(bits in 1u32..1 << 17) {
            let s = ClassSet::of(LicenceClass::ALL.iter().copied().filter(|c| bits & (1 << *c as u8) != 0)).expect("not empty");
            prop_assert_eq!(set(&s.to_string()), s);
            prop_assert_eq!(ClassSet::of(s.iter()), Some(s));
            prop_assert!(s.iter().all(|c| s.covers(c)));
        }

        #[test]
        fn arbitrary_text_never_panics(text in ".{0,24}") {
            if let Ok(s) = text.parse::<ClassSet>() { prop_assert_eq!(set(&s.to_string()), s); }
        }
    }
}
