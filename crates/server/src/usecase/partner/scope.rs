//! What a partner may ask: scopes, regions, and for what.

use crate::usecase::error::{Kind, UseError, Used};
use crate::usecase::view::Text;
use luzheng_domain::region::Division;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Most regions of one partner.
pub const MAX_REGIONS: usize = 64;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident as $shape:ident { $($(#[$each:meta])* $variant:ident = $code:literal, $zh:literal, $en:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
        #[schema(as = $shape)]
        pub enum $name { $($(#[$each])* #[serde(rename = $code)] $variant,)+ }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable code.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The words for people.
            pub fn text(self) -> Text {
                match self { $(Self::$variant => Text::new($zh, $en),)+ }
            }

            /// The one with this code.
            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.code() == code)
            }

            /// All codes, for messages.
            pub fn codes() -> String {
                Self::ALL.iter().map(|one| one.code()).collect::<Vec<_>>().join(", ")
            }
        }
    };
}

words! {
    /// One thing a partner may ask.
    Scope as PartnerScope {
        /// Verify inspection marks.
        VerifyMarks = "verify.marks", "核验检验标志", "verify inspection marks";
        /// Verify driving licences.
        VerifyLicences = "verify.licences", "核验驾驶证", "verify driving licences";
        /// Ask how something stood at a moment.
        State = "state", "查询某一时刻的状态", "ask for the state at a moment";
        /// Receive proofs that holders send.
        Proofs = "proofs", "接收持证人发来的证明", "receive proofs that holders send";
        /// Be told of changes.
        Subscriptions = "subscriptions", "订阅变更通知", "be told of changes";
        /// Read accident records that two parties signed.
        Accidents = "accidents", "核验双方签字的事故记录", "verify accident records signed by both sides";
        /// A police terminal: calls in the name of an officer on duty.
        Officer = "officer", "警务终端", "a police terminal";
    }
}

words! {
    /// What kind of firm or office a partner is.
    ClientKind as PartnerKind {
        /// An insurer.
        Insurer = "insurer", "保险机构", "insurer";
        /// A rental firm.
        Rental = "rental", "汽车租赁企业", "rental firm";
        /// A transport firm.
        Transport = "transport", "运输企业", "transport firm";
        /// A market for used vehicles.
        UsedCar = "used_car", "二手车交易市场", "used-car market";
        /// A bank.
        Bank = "bank", "银行", "bank";
        /// A driving school.
        School = "school", "驾驶培训机构", "driving school";
        /// Another department of government.
        Department = "department", "政府部门", "government department";
        /// The police, for their terminals.
        Police = "police", "公安机关", "police";
    }
}

words! {
    /// For what a partner checks. The person concerned is told of it in these words.
    Purpose as PartnerPurpose {
        /// A claim.
        Claim = "claim", "保险理赔", "an insurance claim";
        /// Before a policy is written.
        Underwriting = "underwriting", "保险承保", "writing an insurance policy";
        /// Handing over a rented vehicle.
        RentalPickup = "rental_pickup", "租车取车核验", "handing over a rented vehicle";
        /// A vehicle changes hands.
        VehicleSale = "vehicle_sale", "二手车交易", "the sale of a used vehicle";
        /// A vehicle as a security.
        Pledge = "pledge", "车辆抵押贷款", "a loan on a vehicle";
        /// A firm's own vehicles and drivers.
        FleetCheck = "fleet_check", "车队及驾驶人管理", "looking after a fleet and its drivers";
        /// Learning to drive.
        Training = "training", "驾驶培训", "driving training";
        /// A task of a department given by law.
        PublicDuty = "public_duty", "依法履行职责", "a duty given by law";
    }
}

impl Purpose {
    /// The purpose that a partner gave.
    ///
    /// # Errors
    /// `purpose_needed` when there is none, `unknown_purpose` when it is not in the list.
    pub fn read(code: Option<&str>) -> Used<Self> {
        let code = code.map(str::trim).filter(|code| !code.is_empty()).ok_or_else(|| {
            UseError::invalid("purpose_needed", format!("say what this is for: purpose is one of {}", Self::codes()))
        })?;
        Self::from_code(code).ok_or_else(|| {
            let shown: String = code.chars().take(40).collect();
            UseError::invalid("unknown_purpose", format!("“{shown}” is no purpose; it is one of {}", Self::codes()))
        })
    }
}

/// Some scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scopes(u16);

impl Scopes {
    /// All there are.
    pub fn all() -> Self {
        Scope::ALL.iter().copied().collect()
    }

    /// What can be done when the database does not answer: judging codes against what is published.
    pub fn without_database() -> Self {
        [Scope::VerifyMarks, Scope::VerifyLicences].into_iter().collect()
    }

    const fn bit(scope: Scope) -> u16 {
        1 << scope as u16
    }

    /// Whether this one is among them.
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & Self::bit(scope) != 0
    }

    /// Those that are in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// In their order.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.iter().copied().filter(move |scope| self.contains(*scope))
    }

    /// As a number, for tokens.
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// From a number; bits without a meaning are dropped.
    pub fn from_bits(bits: u16) -> Self {
        Self(bits).and(Self::all())
    }

    /// Words separated by spaces or commas; answers with the first unknown one instead.
    ///
    /// # Errors
    /// The word that is no scope.
    pub fn parse(text: &str) -> Result<Self, String> {
        text.split([' ', ','])
            .filter(|word| !word.is_empty())
            .map(|word| Scope::from_code(word).ok_or_else(|| word.chars().take(40).collect()))
            .collect()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<T: IntoIterator<Item = Scope>>(scopes: T) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | Self::bit(scope)))
    }
}

impl std::fmt::Display for Scopes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.iter().map(Scope::code).collect::<Vec<_>>().join(" "))
    }
}

/// Where a partner may ask. Nowhere cannot be said: such a partner would not be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Regions {
    /// The whole country.
    All,
    /// These divisions and all below them.
    Only(Vec<Division>),
}

impl Regions {
    /// `all`, or division codes separated by spaces or commas.
    ///
    /// # Errors
    /// The word that is no division code; an empty text when none is given; too many.
    pub fn parse(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = text.split([' ', ',']).filter(|word| !word.is_empty()).collect();
        match words.as_slice() {
            ["all"] => Ok(Self::All),
            [] => Err(String::new()),
            words if words.len() > MAX_REGIONS => Err(format!("more than {MAX_REGIONS} regions")),
            words => words
                .iter()
                .map(|word| word.parse::<Division>().map_err(|_| word.chars().take(40).collect()))
                .collect::<Result<_, _>>()
                .map(Self::Only),
        }
    }

    /// Whether a division lies in them.
    pub fn covers(&self, division: Division) -> bool {
        match self {
            Self::All => true,
            Self::Only(areas) => areas.iter().any(|area| division.is_in(*area)),
        }
    }

    /// Their codes, or `all`.
    pub fn codes(&self) -> Vec<String> {
        match self {
            Self::All => vec!["all".into()],
            Self::Only(areas) => areas.iter().map(ToString::to_string).collect(),
        }
    }
}

impl std::fmt::Display for Regions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.codes().join(" "))
    }
}

/// The refusal of whoever lacks a scope (RFC 6750 section 3.1).
pub(crate) fn lacks(scope: Scope) -> UseError {
    UseError::new(Kind::Forbidden, "insufficient_scope", format!("this needs the scope {}", scope.code()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_read_and_written() {
        let some = Scopes::parse("state verify.marks").unwrap();
        assert_eq!(some.to_string(), "verify.marks state");
        assert!(some.contains(Scope::State) && !some.contains(Scope::Officer));
        assert_eq!(Scopes::from_bits(some.bits()), some);
        assert_eq!(Scopes::from_bits(u16::MAX), Scopes::all());
        assert_eq!(Scopes::parse("verify.marks nonsense"), Err("nonsense".to_owned()));
        assert!(Scopes::parse("").unwrap().is_empty());
    }

    #[test]
    fn regions_cover_what_lies_below_them() {
        let regions = Regions::parse("320000,310100").unwrap();
        let division = |code| Division::new(code).unwrap();
        for (code, covered) in [(320_500, true), (320_000, true), (310_115, true), (310_200, false), (330_100, false)] {
            assert_eq!(regions.covers(division(code)), covered, "{code}");
            assert!(Regions::All.covers(division(code)));
        }
        assert_eq!(Regions::parse("all").unwrap(), Regions::All);
        for wrong in ["", "all 320000", "32", "nonsense"] {
            assert!(Regions::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Regions::parse(&regions.to_string()).unwrap(), regions);
    }

    #[test]
    fn a_purpose_is_asked_for() {
        assert_eq!(Purpose::read(Some(" claim ")).unwrap(), Purpose::Claim);
        for (given, code) in [(None, "purpose_needed"), (Some(" "), "purpose_needed"), (Some("why"), "unknown_purpose")]
        {
            assert_eq!(Purpose::read(given).unwrap_err().code, code);
        }
    }
}
