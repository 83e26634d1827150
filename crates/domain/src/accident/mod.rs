//! Accidents at the roadside: what the law lets two drivers settle between themselves, and what it does not (R146 Art. 13 to 21).
//!
//! Everything that a person is asked or told, and the clause behind it, is data (`data/accident/gates.json`); the app reads the same
//! file. What is here only decides: of several circumstances the gravest way counts.
//!
//! Insurance is another matter than the mark: a valid mark says nothing about it, and it is asked for separately.

mod table;
#[cfg(test)]
mod tests;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::clause::Clause;
use crate::text::Text;

pub use table::{Finding, Gate, MAX_TABLE_BYTES, Table, TableError, Way, Word, table};

/// What has to be done after an accident, the gravest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Path {
    /// Two drivers may settle it between themselves (Art. 19).
    Settle,
    /// They may, but not with a record of two motor vehicles: the other side is on foot or on a bicycle.
    OtherWay,
    /// Evidence, move the vehicles, then call the police (Art. 14).
    MoveThenCall,
    /// Leave everything as it is and call the police at once (Art. 13, 15).
    CallAndStay,
}

impl Path {
    /// Every way, the gravest last.
    pub const ALL: [Self; 4] = [Self::Settle, Self::OtherWay, Self::MoveThenCall, Self::CallAndStay];

    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Settle => "settle",
            Self::OtherWay => "other_way",
            Self::MoveThenCall => "move_then_call",
            Self::CallAndStay => "call_and_stay",
        }
    }

    /// Whether a record may be signed that names who is responsible.
    pub const fn may_agree(self) -> bool {
        matches!(self, Self::Settle)
    }

    /// Whether a record of the facts may be signed at all: with the responsibility left to the police where it may not be agreed.
    pub const fn may_record(self) -> bool {
        matches!(self, Self::Settle | Self::MoveThenCall)
    }
}

/// Something about an accident that decides who deals with it. The number is its bit in a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Circumstance {
    /// Somebody is hurt.
    Injured,
    /// A driver without a valid licence, or not for this class.
    NoLicence,
    /// Drink or drugs are suspected.
    DrinkOrDrugs,
    /// A school bus or coach badly overloaded or speeding.
    Overloaded,
    /// No plate, or a false one.
    NoPlate,
    /// A vehicle that cannot be moved.
    CannotMove,
    /// One party has left.
    PartyLeft,
    /// Done on purpose.
    Deliberate,
    /// Dangerous goods.
    DangerousGoods,
    /// A vehicle without a valid inspection mark.
    NoMark,
    /// A vehicle without compulsory insurance.
    NoInsurance,
    /// A building or facility was hit.
    HitFacility,
    /// The other side has no motor vehicle.
    NoVehicle,
}

impl Circumstance {
    /// Every circumstance, in the order of their bits.
    pub const ALL: [Self; 13] = [
        Self::Injured,
        Self::NoLicence,
        Self::DrinkOrDrugs,
        Self::Overloaded,
        Self::NoPlate,
        Self::CannotMove,
        Self::PartyLeft,
        Self::Deliberate,
        Self::DangerousGoods,
        Self::NoMark,
        Self::NoInsurance,
        Self::HitFacility,
        Self::NoVehicle,
    ];

    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Injured => "injured",
            Self::NoLicence => "no_licence",
            Self::DrinkOrDrugs => "drink_or_drugs",
            Self::Overloaded => "overloaded",
            Self::NoPlate => "no_plate",
            Self::CannotMove => "cannot_move",
            Self::PartyLeft => "party_left",
            Self::Deliberate => "deliberate",
            Self::DangerousGoods => "dangerous_goods",
            Self::NoMark => "no_mark",
            Self::NoInsurance => "no_insurance",
            Self::HitFacility => "hit_facility",
            Self::NoVehicle => "no_vehicle",
        }
    }

    const fn bit(self) -> u16 {
        1 << (self as u16)
    }
}

/// A set of circumstances, as the bits of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Circumstances(u16);

impl Circumstances {
    /// None of them.
    pub const NONE: Self = Self(0);

    /// The set of these bits; `None` when one of them has no meaning.
    pub const fn from_bits(bits: u64) -> Option<Self> {
        if bits < 1 << Circumstance::ALL.len() { Some(Self(bits as u16)) } else { None }
    }

    /// The bits, below 2^13.
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// This set with one more.
    pub const fn with(self, circumstance: Circumstance) -> Self {
        Self(self.0 | circumstance.bit())
    }

    /// What is in either set.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether it has one.
    pub const fn has(self, circumstance: Circumstance) -> bool {
        self.0 & circumstance.bit() != 0
    }

    /// Those that are in it, in order.
    pub fn list(self) -> impl Iterator<Item = Circumstance> {
        Circumstance::ALL.into_iter().filter(move |c| self.has(*c))
    }
}

/// What a checked code means for an accident: [`Table::seen`] says so for each reason of a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// Valid, or valid as far as data of some age tell.
    InOrder,
    /// Past its last day.
    Expired,
    /// Revoked or suspended.
    Withdrawn,
    /// A licence whose state is red.
    Red,
    /// Of another vehicle than the one in front of the checker.
    OtherVehicle,
    /// Not signed by whom it should be.
    NotGenuine,
    /// An old code: the present one has to be shown.
    Again,
    /// Nothing can be said, which is nobody's fault.
    Unknown,
}

/// A decision about an accident.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// What has to be done.
    pub path: Path,
    /// Why: the circumstances that lead there, none for [`Path::Settle`].
    pub gates: Vec<&'static Gate>,
    /// In which words.
    pub way: &'static Way,
    /// The clause behind it.
    pub clause: &'static Clause,
}

/// The rules of that day are not known to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no rules about accidents are known for {0}")]
pub struct NoRules(pub Date);

/// Decides what has to be done in these circumstances on a day.
///
/// # Errors
/// [`NoRules`] for a day on which the clauses were not in force.
pub fn decide(present: Circumstances, on: Date) -> Result<Decision, NoRules> {
    let table = table();
    let path = present.list().map(|c| table.gate(c).path).max().unwrap_or(Path::Settle);
    let gates: Vec<_> = present.list().map(|c| table.gate(c)).filter(|gate| gate.path == path).collect();
    let way = table.way(path);
    let clause = gates.first().map_or(&way.clause, |gate| &gate.clause);
    let clause = table.clause(clause).filter(|c| c.in_force_from <= on && c.in_force_to.is_none_or(|to| on <= to));
    Ok(Decision { path, gates, way, clause: clause.ok_or(NoRules(on))? })
}

/// Who is responsible, as the first party's share (R146 Art. 60).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Responsibility {
    /// Not agreed: left to the police.
    Undecided,
    /// 全部责任.
    Full,
    /// 主要责任.
    Main,
    /// 同等责任.
    Equal,
    /// 次要责任.
    Minor,
    /// 无责任.
    None,
}

impl Responsibility {
    /// Every share, in the order of their numbers.
    pub const ALL: [Self; 6] = [Self::Undecided, Self::Full, Self::Main, Self::Equal, Self::Minor, Self::None];

    /// The number in a record.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The share of a number.
    pub fn from_number(number: u64) -> Option<Self> {
        Self::ALL.get(usize::try_from(number).ok()?).copied()
    }

    /// What it leaves for the other party.
    pub const fn other(self) -> Self {
        match self {
            Self::Undecided => Self::Undecided,
            Self::Full => Self::None,
            Self::Main => Self::Minor,
            Self::Equal => Self::Equal,
            Self::Minor => Self::Main,
            Self::None => Self::Full,
        }
    }

    /// The word for it.
    pub fn word(self) -> &'static Word {
        &table().words.responsibility[usize::from(self.number())]
    }
}

/// What a verdict's reason (`None` when valid) means at the roadside for a credential of this kind (`inspection_mark`, `driving_licence`), or
/// `None` for a kind or a reason that is not known.
pub fn finding(kind: &str, reason: Option<&str>) -> Option<&'static Finding> {
    let table = table();
    let seen = reason.map_or(Some(Seen::InOrder), |reason| table.seen(reason))?;
    table.findings.iter().find(|finding| finding.kind == kind && finding.seen == seen)
}

/// The sentence of a path, for those who only need that.
pub fn title(path: Path) -> &'static Text {
    &table().way(path).title
}
