//! The rule table as values: what `data/inspection/` says, in the shape in which it is asked.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use crate::clause::{Clause, Confidence};
use crate::text::Text;

/// What a point of the cycle asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InspectionAction {
    /// No on-line inspection: the mark is applied for (免检申领).
    ApplyMark,
    /// Inspection at an agency (上线检验).
    Inspect,
}

impl InspectionAction {
    /// The stable code, snake case.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ApplyMark => "apply_mark",
            Self::Inspect => "inspect",
        }
    }
}

/// A class of the cycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Class {
    pub id: String,
    pub name: Text,
    pub first_months: i32,
    pub window_months: i32,
    pub window_clause: usize,
}

/// Whether a vehicle still has the exemption that its class may enjoy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exemption {
    Kept,
    Lost,
    Any,
}

/// One row of `assignment.csv`: the vehicles of a class.
#[derive(Debug, Clone)]
pub(super) struct Assignment {
    pub line: u64,
    pub class: usize,
    pub types: Vec<String>,
    pub except: Vec<String>,
    pub uses: String,
    pub seats_from: u16,
    pub seats_to: u16,
    pub exemption: Exemption,
}

impl Assignment {
    /// Whether the row is for vehicles that lost an exemption which others of their kind have.
    pub fn takes_exemption(&self) -> bool {
        self.exemption == Exemption::Lost
    }

    /// Whether the row speaks about a type at all.
    pub fn fits_type(&self, vehicle_type: &str) -> bool {
        let begins = |list: &[String]| list.iter().any(|p| vehicle_type.starts_with(p.as_str()));
        begins(&self.types) && !begins(&self.except)
    }

    /// Whether a vehicle belongs to this row.
    pub fn fits(&self, vehicle_type: &str, use_nature: char, seats: u16, lost: bool) -> bool {
        self.fits_type(vehicle_type)
            && self.uses.contains(use_nature)
            && (self.seats_from..=self.seats_to).contains(&seats)
            && match self.exemption {
                Exemption::Any => true,
                Exemption::Kept => !lost,
                Exemption::Lost => lost,
            }
    }
}

/// From where the next point is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counting {
    /// The next multiple of the step since the registration month.
    Registration,
    /// The same, but a point on the half-year grid keeps its phase.
    HalfYearKept,
    /// The step after the point itself.
    Point,
}

/// One row of `rules.csv`.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub id: String,
    pub classes: Vec<usize>,
    pub from: Date,
    pub to: Option<Date>,
    pub registered_from: Option<Date>,
    pub registered_to: Option<Date>,
    pub age_from: i32,
    pub age_below: Option<i32>,
    pub action: InspectionAction,
    pub step_months: i32,
    pub counting: Counting,
    pub clause: usize,
    pub confidence: Confidence,
}

impl Rule {
    /// Whether the rule speaks about a point: decided on `day`, of a vehicle registered on `registered`, `age` months old at the point.
    pub fn speaks(&self, day: Date, registered: Date, age: i32) -> bool {
        day >= self.from
            && self.to.is_none_or(|to| day <= to)
            && self.registered_from.is_none_or(|from| registered >= from)
            && self.registered_to.is_none_or(|to| registered <= to)
            && age >= self.age_from
            && self.age_below.is_none_or(|below| age < below)
    }
}

/// The four documents of a rule table.
#[derive(Debug, Clone, Copy)]
pub struct RuleDocuments<'t> {
    /// `clauses.toml`.
    pub clauses: &'t str,
    /// `classes.toml`.
    pub classes: &'t str,
    /// `assignment.csv`.
    pub assignment: &'t str,
    /// `rules.csv`.
    pub rules: &'t str,
}

/// A checked rule table: every kind of vehicle has exactly one class, every point exactly one rule.
#[derive(Debug, Clone)]
pub struct InspectionRules {
    pub(super) clauses: Vec<Clause>,
    pub(super) classes: Vec<Class>,
    pub(super) assignment: Vec<Assignment>,
    pub(super) rules: Vec<Rule>,
    /// For each class the indexes of its rules.
    pub(super) of_class: Vec<Vec<usize>>,
    /// The first day of the oldest rule.
    pub(super) first_day: Date,
    /// The clauses that void the exemption, in the order of `super::Void`.
    pub(super) voids: [usize; 3],
}
