//! The state of a vehicle in the register: a set of letters (机动车状态, GA/T 16.17), not one value.

use std::sync::LazyLock;

use crate::credential::Reason;
use crate::table::{self, TableError};
use crate::text::{Text, normal_code};

/// One letter of the state, `B` to `Z`. `A` (normal) is the empty set and no letter of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StatusLetter(u8);

/// A set of state letters. The text form is the letters in alphabetical order, `A` when the set is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct StatusSet(u32);

/// What a state does to the vehicle's inspection mark. Ordered by weight: the heaviest effect of all letters counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MarkEffect {
    /// The mark stays as it is.
    None,
    /// The mark is suspended while the letter is set.
    Suspend,
    /// The mark is revoked.
    Revoke,
}

/// The text is not a state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatusError {
    /// Nothing was given.
    #[error("the vehicle state is empty; A means normal")]
    Empty,
    /// A letter the table does not have (R and F are not in use).
    #[error("{0:?} is not a letter of the vehicle state")]
    UnknownLetter(char),
    /// `A` together with others.
    #[error("the state A (normal) stands alone")]
    NormalNotAlone,
}

impl StatusError {
    /// The stable code of this error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "status_empty",
            Self::UnknownLetter(_) => "status_unknown_letter",
            Self::NormalNotAlone => "status_normal_not_alone",
        }
    }
}

/// One row of `vehicle_status.csv`.
#[derive(Debug)]
struct Info {
    letter: u8,
    name: Text,
    effect: MarkEffect,
    reason: Option<Reason>,
    blocks_issue: bool,
}

static TABLE: LazyLock<Vec<Info>> = LazyLock::new(|| {
    load(include_str!("../../data/vehicle_status.csv")).expect("the embedded table is checked by a test")
});

fn load(text: &str) -> Result<Vec<Info>, TableError> {
    let mut seen = 0u32;
    table::rows("vehicle_status", text, b',', |row| {
        let letter = table::letter(row, &mut seen)?;
        let effect = match row.some("mark_effect")? {
            "none" => MarkEffect::None,
            "suspend" => MarkEffect::Suspend,
            "revoke" => MarkEffect::Revoke,
            other => return Err(row.wrong(format!("mark_effect: {other:?} is not none, suspend or revoke"))),
        };
        let reason = row.parse_optional::<Reason>("reason")?;
        let blocks_issue = row.flag("blocks_issue")?;
        if blocks_issue != reason.is_some() || (effect != MarkEffect::None && !blocks_issue) {
            return Err(row.wrong("a letter that blocks or changes a mark needs a reason, and only such a letter"));
        }
        let name = Text::made(row.some("name_zh")?, row.some("name_en")?);
        Ok(Info { letter, name, effect, reason, blocks_issue })
    })
}

fn info(letter: u8) -> Option<&'static Info> {
    TABLE.iter().find(|info| info.letter == letter)
}

impl StatusLetter {
    /// The letter, if the table has it and it is not `A`.
    pub fn new(letter: char) -> Option<Self> {
        let letter = u8::try_from(letter).ok()?;
        (letter != b'A' && info(letter).is_some()).then_some(Self(letter))
    }

    /// The letter as a character.
    pub const fn letter(self) -> char {
        self.0 as char
    }

    /// The name for people.
    pub fn name(self) -> Text {
        self.info().name.clone()
    }

    /// What the letter does to a mark.
    pub fn mark_effect(self) -> MarkEffect {
        self.info().effect
    }

    /// Why, when the letter suspends, revokes or blocks.
    pub fn reason(self) -> Option<Reason> {
        self.info().reason
    }

    fn info(self) -> &'static Info {
        info(self.0).expect("a StatusLetter is only made from a row of the table")
    }
}

impl StatusSet {
    /// The empty set: normal, `A`.
    pub const NORMAL: Self = Self(0);

    /// The set of these letters; `A`s are ignored.
    pub fn of(letters: impl IntoIterator<Item = StatusLetter>) -> Self {
        letters.into_iter().fold(Self::NORMAL, Self::with)
    }

    /// Whether the state is normal.
    pub const fn is_normal(self) -> bool {
        self.0 == 0
    }

    /// Whether a letter is set. `'A'` asks whether the state is normal.
    pub fn has(self, letter: char) -> bool {
        match letter {
            'A' => self.is_normal(),
            'B'..='Z' => self.0 & (1 << (letter as u8 - b'A')) != 0,
            _ => false,
        }
    }

    /// The set with one letter more.
    pub const fn with(self, letter: StatusLetter) -> Self {
        Self(self.0 | 1 << (letter.0 - b'A'))
    }

    /// The set with one letter fewer.
    pub const fn without(self, letter: StatusLetter) -> Self {
        Self(self.0 & !(1 << (letter.0 - b'A')))
    }

    /// The letters in alphabetical order; empty when normal.
    pub fn iter(self) -> impl Iterator<Item = StatusLetter> {
        (b'B'..=b'Z').filter(move |l| self.0 & (1 << (l - b'A')) != 0).map(StatusLetter)
    }

    /// The text form: `GQ`, or `A` when normal.
    pub fn letters(self) -> String {
        if self.is_normal() { "A".to_owned() } else { self.iter().map(StatusLetter::letter).collect() }
    }

    /// The heaviest effect on a mark and its reason; the first letter of equal weight gives the reason.
    pub fn mark_effect(self) -> (MarkEffect, Option<Reason>) {
        let mut worst = (MarkEffect::None, None);
        for letter in self.iter() {
            if letter.mark_effect() > worst.0 {
                worst = (letter.mark_effect(), letter.reason());
            }
        }
        worst
    }

    /// Why no new mark may be issued (L3 Art. 54, 55, 76), if so: the heaviest effect first, otherwise the first blocking letter.
    pub fn blocks_issue(self) -> Option<Reason> {
        self.mark_effect().1.or_else(|| self.iter().find(|l| l.info().blocks_issue).and_then(StatusLetter::reason))
    }
}

impl std::fmt::Display for StatusSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.letters())
    }
}

impl std::str::FromStr for StatusSet {
    type Err = StatusError;

    /// Reads letters in any order, full width or not, repeated or not.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let code = normal_code(text);
        if code.is_empty() {
            return Err(StatusError::Empty);
        }
        if code.contains('A') && code.chars().any(|c| c != 'A') {
            return Err(code
                .chars()
                .find(|c| *c != 'A' && StatusLetter::new(*c).is_none())
                .map_or(StatusError::NormalNotAlone, StatusError::UnknownLetter));
        }
        let mut set = Self::NORMAL;
        for c in code.chars().filter(|c| *c != 'A') {
            set = set.with(StatusLetter::new(c).ok_or(StatusError::UnknownLetter(c))?);
        }
        Ok(set)
    }
}

crate::text::serde_as_text!(StatusSet);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set(text: &str) -> StatusSet {
        text.parse().expect("a state")
    }

    #[test]
    fn the_embedded_table_loads() {
        let table = load(include_str!("../../data/vehicle_status.csv")).expect("loads");
        let letters: String = table.iter().map(|i| i.letter as char).collect();
        assert_eq!(letters, "ABCDEGHIJKLMNOPQ");
    }

    #[test]
    fn bad_tables_are_refused_with_their_line() {
        let head = "letter,name_zh,name_en,mark_effect,reason,blocks_issue,confidence,source\n";
        for bad in [
            "AA,甲,a,none,,no,H,x",
            "C,甲,a,stop,stolen,yes,H,x",
            "C,甲,a,suspend,,yes,H,x",
            "C,甲,a,none,nonsense,yes,H,x",
        ] {
            assert_eq!(load(&format!("{head}{bad}\n")).map_err(|e| e.line).err(), Some(2), "{bad}");
        }
        assert!(load(&format!("{head}C,甲,a,none,,no,H,x\nC,甲,a,none,,no,H,x\n")).is_err());
    }

    #[test]
    fn effects_on_a_mark() {
        for (state, effect, reason, blocks) in [
            ("A", MarkEffect::None, None, None),
            ("C", MarkEffect::Suspend, Some(Reason::Stolen), Some(Reason::Stolen)),
            ("K", MarkEffect::Suspend, Some(Reason::Sealed), Some(Reason::Sealed)),
            ("L", MarkEffect::Suspend, Some(Reason::Impounded), Some(Reason::Impounded)),
            ("B", MarkEffect::Revoke, Some(Reason::MovedOut), Some(Reason::MovedOut)),
            ("E", MarkEffect::Revoke, Some(Reason::Deregistered), Some(Reason::Deregistered)),
            ("M", MarkEffect::Revoke, Some(Reason::Scrapped), Some(Reason::Scrapped)),
            ("P", MarkEffect::Revoke, Some(Reason::DeclaredVoid), Some(Reason::DeclaredVoid)),
            ("CE", MarkEffect::Revoke, Some(Reason::Deregistered), Some(Reason::Deregistered)),
            ("G", MarkEffect::None, None, Some(Reason::OpenViolation)),
            ("IQ", MarkEffect::None, None, Some(Reason::OpenAccident)),
            ("D", MarkEffect::None, None, None),
            ("H", MarkEffect::None, None, None),
        ] {
            assert_eq!(set(state).mark_effect(), (effect, reason), "{state}");
            assert_eq!(set(state).blocks_issue(), blocks, "{state}");
        }
    }

    #[test]
    fn reads_and_refuses() {
        assert_eq!(set("ｇq G"), set("GQ"));
        assert_eq!(set("QG").letters(), "GQ");
        assert_eq!("AG".parse::<StatusSet>(), Err(StatusError::NormalNotAlone));
        assert_eq!("R".parse::<StatusSet>(), Err(StatusError::UnknownLetter('R')));
        assert_eq!("AF".parse::<StatusSet>(), Err(StatusError::UnknownLetter('F')));
        assert_eq!("".parse::<StatusSet>(), Err(StatusError::Empty));
        assert!(set("A").is_normal() && set("A").has('A') && !set("G").has('A') && set("G").has('G'));
    }

    proptest! {
        #[test]
        fn letters_read_back(text in "[B-EG-Q]{1,16}") {
            let s = set(&text);
            prop_assert_eq!(set(&s.letters()), s);
            prop_assert_eq!(StatusSet::of(s.iter()), s);
        }

        #[test]
        fn arbitrary_text_never_panics(text in ".{0,12}") {
            if let Ok(s) = text.parse::<StatusSet>() { prop_assert_eq!(set(&s.letters()), s); }
        }
    }
}
