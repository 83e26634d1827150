//! 机动车驾驶证状态 `zt`: a set of letters, not one value; and what it does to the electronic licence.

use std::sync::LazyLock;

use super::face::{self, Face};
use crate::credential::Reason;
use crate::table::{self, TableError};
use crate::text::{Text, normal_code};

macro_rules! letters {
    ($($(#[$doc:meta])* $variant:ident,)+) => {
        /// One letter of the state. The order of the variants is the order of severity, most severe first.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum StateLetter { $($(#[$doc])* $variant,)+ }

        impl StateLetter {
            /// Every letter, most severe first; `A` is the last.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The letter as text.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant),)+ }
            }
        }
    };
}

letters! {
    /// 吊销.
    F,
    /// 撤销.
    E,
    /// 注销.
    G,
    /// 注销可恢复.
    R,
    /// 停止使用.
    J,
    /// 锁定.
    L,
    /// 暂扣.
    D,
    /// 扣留.
    U,
    /// 扣押.
    K,
    /// 超分.
    B,
    /// 逾期未换证.
    M,
    /// 逾期未审验.
    S,
    /// 事故未处理.
    I,
    /// 违法未处理.
    H,
    /// 延期换证.
    N,
    /// 延期审验.
    T,
    /// 延期体检.
    P,
    /// 转出.
    C,
    /// 其他.
    Z,
    /// 正常: none of the others.
    A,
}

/// A set of state letters; the empty set is `A`. Text form: the letters by severity, `A` when there are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct LicenceStatus(u32);

/// What a state does to the electronic licence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LicenceEffect {
    /// Shown black.
    Normal,
    /// Shown red; it remains a document of the state (`attention` / `state_red`).
    Red(Reason),
    /// Shown as abnormal and invalid (`not_valid` / `suspended`).
    Stopped(Reason),
    /// No longer shown (`not_valid` / `revoked`).
    Withdrawn(Reason),
}

/// The effect of N, T and P. R162 Art. 75: no driving while a deferral runs; the sources do not say how the code looks. Red, because a
/// reader must see that the holder may not drive, and the licence itself has not ended.
pub const EFFECT_IN_DEFERRAL: LicenceEffect = LicenceEffect::Red(Reason::Deferred);

/// The effect of C. The file is under way from one office to another (R162 Art. 64); the holder may drive and nothing is wrong with the
/// licence, so it stays black until the new issuer's record supersedes it.
pub const EFFECT_IN_TRANSFER: LicenceEffect = LicenceEffect::Normal;

/// Whether an electronic licence may be applied for while a deferral (N, T, P) runs. No: whoever may not drive needs none, and the sources
/// allow only A, H and I.
pub const APPLY_IN_DEFERRAL: bool = false;

/// Whether an electronic licence may be applied for while the file is under way (C). No: it would be superseded when the file arrives, and
/// the sources allow only A, H and I.
pub const APPLY_IN_TRANSFER: bool = false;

/// The text is not a state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatusError {
    /// Nothing was given.
    #[error("the licence state is empty; A means normal")]
    Empty,
    /// A letter the table does not have.
    #[error("{0:?} is not a letter of the licence state")]
    UnknownLetter(char),
    /// `A` together with others.
    #[error("the state A (normal) stands alone")]
    NormalNotAlone,
}

impl StatusError {
    /// The stable code of this error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "licence_status_empty",
            Self::UnknownLetter(_) => "licence_status_unknown_letter",
            Self::NormalNotAlone => "licence_status_normal_not_alone",
        }
    }
}

/// One row of `status.csv`.
#[derive(Debug)]
struct Info {
    name: Text,
    meaning: Text,
    cleared_by: Text,
    effect: LicenceEffect,
    refusal: Option<Reason>,
}

static TABLE: LazyLock<Vec<Info>> = LazyLock::new(|| {
    load(include_str!("../../data/driver/status.csv")).expect("the embedded table is checked by a test")
});

/// Reads the table: every letter once, most severe first.
fn load(text: &str) -> Result<Vec<Info>, TableError> {
    let mut expected = StateLetter::ALL.iter();
    let rows = table::rows("driver/status", text, b',', |row| {
        let code = row.some("letter")?;
        if expected.next().map(|letter| letter.code()) != Some(code) {
            return Err(row.wrong("the letters stand in the order of severity, each once"));
        }
        let reason = row.parse_optional::<Reason>("reason")?;
        let needed = || reason.ok_or_else(|| row.wrong("an effect or a refusal needs a reason"));
        let (effect, apply) = match row.some("effect")? {
            "normal" => (LicenceEffect::Normal, row.flag("apply")?),
            "red" => (LicenceEffect::Red(needed()?), row.flag("apply")?),
            "stopped" => (LicenceEffect::Stopped(needed()?), row.flag("apply")?),
            "withdrawn" => (LicenceEffect::Withdrawn(needed()?), row.flag("apply")?),
            "deferral" => (EFFECT_IN_DEFERRAL, APPLY_IN_DEFERRAL),
            "transfer" => (EFFECT_IN_TRANSFER, APPLY_IN_TRANSFER),
            other => return Err(row.wrong(format!("effect: {other:?} is not known"))),
        };
        if apply && effect.weight() > 1 {
            return Err(row.wrong("apply: nobody applies for a licence that is not valid"));
        }
        let refusal = if apply { None } else { Some(needed()?) };
        let text = |zh, en| Ok(Text::made(row.some(zh)?, row.some(en)?));
        Ok(Info {
            name: text("name_zh", "name_en")?,
            meaning: text("meaning_zh", "meaning_en")?,
            cleared_by: text("cleared_by_zh", "cleared_by_en")?,
            effect,
            refusal,
        })
    })?;
    match expected.next() {
        None => Ok(rows),
        Some(letter) => {
            Err(TableError { table: "driver/status", line: 0, problem: format!("letter {} is missing", letter.code()) })
        }
    }
}

impl StateLetter {
    /// The letter of a character, if there is one.
    pub fn from_char(letter: char) -> Option<Self> {
        Self::ALL.iter().copied().find(|l| l.letter() == letter)
    }

    /// The letter as a character.
    pub fn letter(self) -> char {
        char::from(self.code().as_bytes()[0])
    }

    /// The name, e.g. 超分.
    pub fn name(self) -> Text {
        self.info().name.clone()
    }

    /// What it means, as a sentence.
    pub fn meaning(self) -> Text {
        self.info().meaning.clone()
    }

    /// What clears it.
    pub fn cleared_by(self) -> Text {
        self.info().cleared_by.clone()
    }

    /// What it does to the electronic licence.
    pub fn effect(self) -> LicenceEffect {
        self.info().effect
    }

    /// Why no electronic licence may be applied for while it is set, if so.
    pub fn refusal(self) -> Option<Reason> {
        self.info().refusal
    }

    fn info(self) -> &'static Info {
        &TABLE[self as usize]
    }
}

impl LicenceEffect {
    /// How heavy it is: 0 normal, 1 red, 2 stopped, 3 withdrawn.
    pub const fn weight(self) -> u8 {
        match self {
            Self::Normal => 0,
            Self::Red(_) => 1,
            Self::Stopped(_) => 2,
            Self::Withdrawn(_) => 3,
        }
    }

    /// The stable word: `normal`, `red`, `stopped`, `withdrawn`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Red(_) => "red",
            Self::Stopped(_) => "stopped",
            Self::Withdrawn(_) => "withdrawn",
        }
    }

    /// Why, unless it is normal.
    pub const fn reason(self) -> Option<Reason> {
        match self {
            Self::Normal => None,
            Self::Red(reason) | Self::Stopped(reason) | Self::Withdrawn(reason) => Some(reason),
        }
    }
}

impl LicenceStatus {
    /// The empty set: normal, `A`.
    pub const NORMAL: Self = Self(0);

    /// The set of these letters; `A`s are ignored.
    pub fn of(letters: impl IntoIterator<Item = StateLetter>) -> Self {
        letters.into_iter().fold(Self::NORMAL, Self::with)
    }

    /// Whether the state is normal.
    pub const fn is_normal(self) -> bool {
        self.0 == 0
    }

    /// Whether a letter is set. `A` asks whether the state is normal.
    pub const fn has(self, letter: StateLetter) -> bool {
        match letter {
            StateLetter::A => self.is_normal(),
            letter => self.0 & (1 << letter as u8) != 0,
        }
    }

    /// Whether one of these letters is set.
    pub fn has_any(self, letters: &[StateLetter]) -> bool {
        letters.iter().any(|letter| self.has(*letter))
    }

    /// The set with one letter more; `A` adds nothing.
    #[must_use]
    pub const fn with(self, letter: StateLetter) -> Self {
        match letter {
            StateLetter::A => self,
            letter => Self(self.0 | 1 << letter as u8),
        }
    }

    /// The set with one letter fewer.
    #[must_use]
    pub const fn without(self, letter: StateLetter) -> Self {
        match letter {
            StateLetter::A => self,
            letter => Self(self.0 & !(1 << letter as u8)),
        }
    }

    /// The letters, most severe first; `A` alone when there are none.
    pub fn letters(self) -> impl Iterator<Item = StateLetter> {
        StateLetter::ALL.iter().copied().filter(move |letter| self.has(*letter))
    }

    /// What the state does to the electronic licence: the most severe effect of all letters, with the reason of the first letter that has it.
    pub fn effect(self) -> LicenceEffect {
        self.letters()
            .map(StateLetter::effect)
            .fold(LicenceEffect::Normal, |worst, effect| if effect.weight() > worst.weight() { effect } else { worst })
    }

    /// How the electronic licence looks in this state.
    pub fn face(self) -> Face {
        face::of(self)
    }

    /// Whether an electronic licence may be applied for (A, H and I), or why not: the reason of the most severe letter that refuses.
    pub fn may_apply(self) -> Result<(), Reason> {
        let effect = self.effect();
        let refusing = |l: &StateLetter| effect.weight() == 0 || l.effect() == effect;
        match self.letters().filter(refusing).find_map(StateLetter::refusal) {
            Some(reason) => Err(reason),
            None => effect.reason().map_or(Ok(()), Err),
        }
    }
}

impl std::fmt::Display for StateLetter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::str::FromStr for StateLetter {
    type Err = StatusError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let code = normal_code(text);
        let mut chars = code.chars();
        match (chars.next(), chars.next()) {
            (None, _) => Err(StatusError::Empty),
            (Some(letter), None) => Self::from_char(letter).ok_or(StatusError::UnknownLetter(letter)),
            (Some(_), Some(second)) => Err(StatusError::UnknownLetter(second)),
        }
    }
}

impl std::fmt::Display for LicenceStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.letters().try_for_each(|letter| f.write_str(letter.code()))
    }
}

impl std::str::FromStr for LicenceStatus {
    type Err = StatusError;

    /// Reads letters in any order, full width or not, repeated or not, with `,` or `、` between them or not.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let code = normal_code(text);
        let (mut set, mut normal) = (Self::NORMAL, false);
        for c in code.chars().filter(|c| !matches!(c, ',' | '、')) {
            match StateLetter::from_char(c).ok_or(StatusError::UnknownLetter(c))? {
                StateLetter::A => normal = true,
                letter => set = set.with(letter),
            }
        }
        match (normal, set.is_normal()) {
            (true, false) => Err(StatusError::NormalNotAlone),
            (false, true) => Err(StatusError::Empty),
            _ => Ok(set),
        }
    }
}

crate::text::serde_as_text!(StateLetter, LicenceStatus);

#[cfg(test)]
#[path = "status_tests.rs"]
mod tests;
