//! The inspection cycle: when a vehicle's inspection falls due, what is to be done, by which clause, and until when the next mark runs.
//!
//! The rules are data (`data/inspection/`), checked when they are loaded: every kind of vehicle has exactly one class, every point of
//! every class exactly one rule. All periods run from the registration month and end on the last day of a month (Regulation Art. 16).
//!
//! ```
//! use luzheng_domain::vehicle::{UseNature, VehicleType};
//! use luzheng_domain::vehicle::inspection::{CycleFacts, InspectionAction, InspectionRules};
//!
//! let car = CycleFacts {
//!     vehicle_type: VehicleType::from_code("K33").expect("in the table"),
//!     use_nature: UseNature::from_letter('A').expect("in the table"),
//!     seats: 5,
//!     registered_on: jiff::civil::date(2015, 10, 9),
//!     manufactured_on: None,
//!     casualty_accident: false,
//!     illegal_modification: false,
//!     valid_until: None,
//! };
//! let answer = InspectionRules::builtin().answer(&car, jiff::civil::date(2023, 9, 1)).expect("possible facts");
//! assert_eq!(answer.action, InspectionAction::ApplyMark);
//! assert_eq!(answer.next_valid_until.to_string(), "2025-10");
//! ```

pub mod cases;
mod check;
mod cycle;
mod explain;
mod load;
mod rules_error;
mod table;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use load::MAX_DOCUMENT_BYTES;
pub use rules_error::RulesError;
pub use table::{Clause, Confidence, InspectionAction, InspectionRules, RuleDocuments};

use super::{UseNature, Vehicle, VehicleType, YearMonth};
use crate::text::Text;

/// The documents of the built-in table.
pub const BUILTIN: RuleDocuments<'static> = RuleDocuments {
    clauses: include_str!("../../../data/inspection/clauses.toml"),
    classes: include_str!("../../../data/inspection/classes.toml"),
    assignment: include_str!("../../../data/inspection/assignment.csv"),
    rules: include_str!("../../../data/inspection/rules.csv"),
};

/// The last day the cycle is computed for; far enough for anybody and near enough for every loop to end.
pub const LAST_DAY: Date = jiff::civil::date(2199, 12, 31);

static TABLE: LazyLock<InspectionRules> =
    LazyLock::new(|| InspectionRules::load(&BUILTIN).expect("the embedded table is checked by a test"));

/// What the cycle depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CycleFacts {
    /// 车辆类型.
    pub vehicle_type: VehicleType,
    /// 使用性质.
    pub use_nature: UseNature,
    /// Seats, the driver included.
    pub seats: u16,
    /// 注册登记日期.
    pub registered_on: Date,
    /// 出厂日期, when known.
    pub manufactured_on: Option<Date>,
    /// Whether the vehicle was in an accident with casualties.
    pub casualty_accident: bool,
    /// Whether an illegal modification was punished.
    pub illegal_modification: bool,
    /// 检验有效期止; `None` means that every earlier step was taken on time.
    pub valid_until: Option<YearMonth>,
}

impl From<&Vehicle> for CycleFacts {
    fn from(vehicle: &Vehicle) -> Self {
        Self {
            vehicle_type: vehicle.vehicle_type,
            use_nature: vehicle.use_nature,
            seats: vehicle.seats,
            registered_on: vehicle.registered_on,
            manufactured_on: vehicle.manufactured_on,
            casualty_accident: vehicle.casualty_accident,
            illegal_modification: vehicle.illegal_modification,
            valid_until: vehicle.valid_until,
        }
    }
}

/// What voids the exemption from inspection at a station (section 4.4 of the domain notes). The van is missing here: it is a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Void {
    /// An accident with casualties.
    CasualtyAccident,
    /// A punished illegal modification.
    IllegalModification,
    /// More than 4 years from manufacture to registration.
    LateRegistration,
}

/// Where a vehicle stands between two points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InspectionState {
    /// The window of the next point is not open yet.
    NotDue,
    /// The point can be handled now.
    WindowOpen,
    /// The last day of the due month has passed.
    Overdue,
}

impl InspectionState {
    /// The stable code, snake case.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotDue => "not_due",
            Self::WindowOpen => "window_open",
            Self::Overdue => "overdue",
        }
    }
}

/// The answer about one vehicle on one day, with what it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InspectionAnswer<'r> {
    /// The day asked about.
    pub as_of: Date,
    /// Where the vehicle stands.
    pub state: InspectionState,
    /// What is to be done at the point.
    pub action: InspectionAction,
    /// The month at whose end the point falls due.
    pub due: YearMonth,
    /// The first day on which it can be handled.
    pub window_opens: Date,
    /// The validity of the mark given when the point is handled as the rules of `as_of` foresee.
    pub next_valid_until: YearMonth,
    /// The id of the rule that decided the action.
    pub rule: &'r str,
    /// The clause of that rule.
    pub clause: &'r Clause,
    /// How sure the rule is.
    pub confidence: Confidence,
    /// The clause of the window.
    pub window_clause: &'r Clause,
    /// The id of the vehicle's class, e.g. `PAX`.
    pub class: &'r str,
    /// The class for people.
    pub class_name: &'r Text,
    /// The clause that takes the exemption away, when one applies.
    pub exemption_lost: Option<&'r Clause>,
    /// An inspection that was missed after `due` and now has to be made: it decided the action.
    pub missed_inspection: Option<YearMonth>,
    /// The registration day the answer counts from.
    pub registered_on: Date,
}

/// The facts cannot be answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InspectionError {
    /// Asked about a day before the oldest rule.
    #[error("{as_of} is before {first}, the first day of the oldest rule")]
    BeforeRules {
        /// The day asked about.
        as_of: Date,
        /// The first day of the oldest rule.
        first: Date,
    },
    /// A day or month too far in the future or the past to be true.
    #[error("{what} {value} is outside 1900-01-01 to 2199-12-31")]
    OutOfRange {
        /// Which value.
        what: &'static str,
        /// The value.
        value: String,
    },
    /// Asked about a day before the registration.
    #[error("{as_of} is before the registration on {registered_on}")]
    BeforeRegistration {
        /// The day asked about.
        as_of: Date,
        /// The registration.
        registered_on: Date,
    },
    /// A vehicle cannot be made after it was registered.
    #[error("the vehicle was registered on {registered_on} but manufactured on {manufactured_on}")]
    ManufacturedLater {
        /// The registration.
        registered_on: Date,
        /// The manufacture.
        manufactured_on: Date,
    },
    /// The validity ends before the registration.
    #[error("the validity ends in {valid_until}, before the registration on {registered_on}")]
    ValidBeforeRegistration {
        /// The validity.
        valid_until: YearMonth,
        /// The registration.
        registered_on: Date,
    },
    /// A passenger vehicle whose class depends on the seats has none.
    #[error("the number of seats is 0, and the class of a {vehicle_type} depends on it")]
    SeatsMissing {
        /// The type.
        vehicle_type: VehicleType,
    },
    /// Handled before the window opened.
    #[error("the window opens on {window_opens}; {on} is too early")]
    TooEarly {
        /// The day of handling.
        on: Date,
        /// When the window opens.
        window_opens: Date,
    },
}

impl InspectionError {
    /// The stable code of this error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BeforeRules { .. } => "before_rules",
            Self::OutOfRange { .. } => "date_out_of_range",
            Self::BeforeRegistration { .. } => "before_registration",
            Self::ManufacturedLater { .. } => "manufactured_after_registration",
            Self::ValidBeforeRegistration { .. } => "valid_before_registration",
            Self::SeatsMissing { .. } => "seats_missing",
            Self::TooEarly { .. } => "window_not_open",
        }
    }
}

impl InspectionRules {
    /// The built-in table, read and checked on first use.
    pub fn builtin() -> &'static Self {
        &TABLE
    }
}
