//! Why a rule table does not load.

use jiff::civil::Date;

use crate::table::TableError;

/// Why a rule table is not usable. Found when it is loaded, never when it is asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RulesError {
    /// A row cannot be read.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A document is not TOML of the expected shape.
    #[error("{document}: {problem}")]
    Document {
        /// The file's name.
        document: &'static str,
        /// What is wrong and where.
        problem: String,
    },
    /// An identifier is used twice.
    #[error("{document}: {id:?} is defined twice")]
    Twice {
        /// The file's name.
        document: &'static str,
        /// The identifier.
        id: String,
    },
    /// A rule reaches outside the days on which its clause is in force.
    #[error("rule {rule:?} applies on days on which its clause {clause:?} is not in force")]
    OutsideClause {
        /// The rule.
        rule: String,
        /// Its clause.
        clause: String,
    },
    /// No rule speaks about a point.
    #[error("no rule for class {class} at {age_months} months, decided on {day}, registered on {registered}")]
    NoRule {
        /// The class.
        class: String,
        /// The deciding day.
        day: Date,
        /// The registration day.
        registered: Date,
        /// Age at the point.
        age_months: i32,
    },
    /// Two rules speak about the same point.
    #[error(
        "rules {first:?} and {second:?} both speak for class {class} at {age_months} months, decided on {day}, registered on {registered}"
    )]
    TwoRules {
        /// One rule.
        first: String,
        /// The other.
        second: String,
        /// The class.
        class: String,
        /// The deciding day.
        day: Date,
        /// The registration day.
        registered: Date,
        /// Age at the point.
        age_months: i32,
    },
    /// A kind of vehicle belongs to no class.
    #[error(
        "assignment.csv: no class for type {vehicle_type}, use {use_nature}, {seats} seats, exemption lost: {lost}"
    )]
    NoClass {
        /// 车辆类型.
        vehicle_type: String,
        /// 使用性质.
        use_nature: char,
        /// Seats.
        seats: u16,
        /// Whether the exemption is lost.
        lost: bool,
    },
    /// A kind of vehicle belongs to two rows.
    #[error(
        "assignment.csv: lines {first} and {second} both fit type {vehicle_type}, use {use_nature}, {seats} seats, exemption lost: {lost}"
    )]
    TwoClasses {
        /// Line of one row.
        first: u64,
        /// Line of the other.
        second: u64,
        /// 车辆类型.
        vehicle_type: String,
        /// 使用性质.
        use_nature: char,
        /// Seats.
        seats: u16,
        /// Whether the exemption is lost.
        lost: bool,
    },
}

impl RulesError {
    /// The stable code of this error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Table(_) => "rules_row",
            Self::Document { .. } => "rules_document",
            Self::Twice { .. } => "rules_twice",
            Self::OutsideClause { .. } => "rules_outside_clause",
            Self::NoRule { .. } => "rules_gap",
            Self::TwoRules { .. } => "rules_ambiguous",
            Self::NoClass { .. } => "rules_class_gap",
            Self::TwoClasses { .. } => "rules_class_ambiguous",
        }
    }
}
