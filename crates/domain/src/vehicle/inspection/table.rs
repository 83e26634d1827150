//! The rule table as data: reading `data/inspection/*` into what [`super::InspectionRules`] asks.

use std::collections::HashMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::check;
use crate::table::{self, Row, TableError};
use crate::text::Text;

/// The largest table document that is read, in bytes.
pub const MAX_DOCUMENT_BYTES: usize = 1024 * 1024;

/// How sure the source of a fact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Confidence {
    /// Read in the text of a law, or in two independent sources.
    #[serde(rename = "H")]
    High,
    /// One decent source.
    #[serde(rename = "M")]
    Medium,
    /// Memory, sources disagree, or our own choice where the law is silent.
    #[serde(rename = "L")]
    Low,
}

/// A clause of law or of a published policy, with the days on which it was in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Clause {
    /// Stable name, e.g. `L2 Art.16(3)`.
    pub id: String,
    /// How a person cites it.
    pub title: Text,
    /// What it says: the wording of the law in Chinese, our translation in English.
    pub text: Text,
    /// Where it was found (section 0 of the domain notes).
    pub source: String,
    /// First day in force.
    pub in_force_from: Date,
    /// Last day in force; `None` while it is.
    pub in_force_to: Option<Date>,
    /// How sure the source is.
    pub confidence: Confidence,
}

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
    types: Vec<String>,
    except: Vec<String>,
    uses: String,
    pub seats_from: u16,
    pub seats_to: u16,
    exemption: Exemption,
}

impl Assignment {
    /// Whether the row is for vehicles that lost an exemption which others of their kind have.
    pub fn takes_exemption(&self) -> bool {
        self.exemption == Exemption::Lost
    }

    /// Whether a vehicle belongs to this row.
    pub fn fits(&self, vehicle_type: &str, use_nature: char, seats: u16, lost: bool) -> bool {
        let begins = |list: &[String]| list.iter().any(|p| vehicle_type.starts_with(p.as_str()));
        begins(&self.types)
            && !begins(&self.except)
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

/// The ids of the clauses that void the exemption, in the order of `super::Void`.
const VOID_CLAUSES: [&str; 3] = ["void casualty", "void modified", "void late registration"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClauseDocument {
    clause: Vec<ClauseRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClauseRow {
    id: String,
    title_zh: String,
    title_en: String,
    text_zh: String,
    text_en: String,
    source: String,
    in_force_from: Date,
    in_force_to: Option<Date>,
    confidence: Confidence,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClassDocument {
    class: Vec<ClassRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClassRow {
    id: String,
    name_zh: String,
    name_en: String,
    first_months: u8,
    window_months: u8,
    window_clause: String,
}

impl InspectionRules {
    /// Reads and checks a table. Every gap and every ambiguity is an error here.
    pub fn load(documents: &RuleDocuments<'_>) -> Result<Self, RulesError> {
        let clauses = read_clauses(documents.clauses)?;
        let clause_index = index("clauses.toml", clauses.iter().map(|c| c.id.as_str()))?;
        let classes = read_classes(documents.classes, &clause_index)?;
        let class_index = index("classes.toml", classes.iter().map(|c| c.id.as_str()))?;
        let assignment = read_assignment(documents.assignment, &class_index)?;
        let rules = read_rules(documents.rules, &class_index, &clause_index)?;
        index("rules.csv", rules.iter().map(|r| r.id.as_str()))?;
        let mut voids = [0; 3];
        for (slot, id) in voids.iter_mut().zip(VOID_CLAUSES) {
            *slot = *clause_index.get(id).ok_or_else(|| RulesError::Document {
                document: "clauses.toml",
                problem: format!("the clause {id:?} is missing"),
            })?;
        }
        let of_class = (0..classes.len())
            .map(|class| (0..rules.len()).filter(|r| rules[*r].classes.contains(&class)).collect())
            .collect();
        let first_day = rules
            .iter()
            .map(|r| r.from)
            .min()
            .ok_or_else(|| RulesError::Document { document: "rules.csv", problem: "there are no rules".to_owned() })?;
        let table = Self { clauses, classes, assignment, rules, of_class, first_day, voids };
        check::clauses(&table)?;
        check::assignment(&table)?;
        check::rules(&table)?;
        Ok(table)
    }
}

fn document<T: serde::de::DeserializeOwned>(document: &'static str, text: &str) -> Result<T, RulesError> {
    if text.len() > MAX_DOCUMENT_BYTES {
        let problem = format!("larger than {MAX_DOCUMENT_BYTES} bytes");
        return Err(RulesError::Document { document, problem });
    }
    toml::from_str(text).map_err(|e| RulesError::Document { document, problem: e.to_string() })
}

fn index<'t>(document: &'static str, ids: impl Iterator<Item = &'t str>) -> Result<HashMap<String, usize>, RulesError> {
    let mut map = HashMap::new();
    for (i, id) in ids.enumerate() {
        if map.insert(id.to_owned(), i).is_some() {
            return Err(RulesError::Twice { document, id: id.to_owned() });
        }
    }
    Ok(map)
}

fn read_clauses(text: &str) -> Result<Vec<Clause>, RulesError> {
    let rows: ClauseDocument = document("clauses.toml", text)?;
    Ok(rows
        .clause
        .into_iter()
        .map(|row| Clause {
            id: row.id,
            title: Text::made(row.title_zh, row.title_en),
            text: Text::made(row.text_zh, row.text_en),
            source: row.source,
            in_force_from: row.in_force_from,
            in_force_to: row.in_force_to,
            confidence: row.confidence,
        })
        .collect())
}

fn read_classes(text: &str, clauses: &HashMap<String, usize>) -> Result<Vec<Class>, RulesError> {
    let rows: ClassDocument = document("classes.toml", text)?;
    let wrong = |problem: String| RulesError::Document { document: "classes.toml", problem };
    rows.class
        .into_iter()
        .map(|row| {
            if row.first_months == 0 || row.window_months == 0 {
                return Err(wrong(format!("class {}: first_months and window_months are at least 1", row.id)));
            }
            let window_clause = *clauses
                .get(&row.window_clause)
                .ok_or_else(|| wrong(format!("class {}: unknown clause {:?}", row.id, row.window_clause)))?;
            Ok(Class {
                id: row.id,
                name: Text::made(row.name_zh, row.name_en),
                first_months: row.first_months.into(),
                window_months: row.window_months.into(),
                window_clause,
            })
        })
        .collect()
}

fn words(text: &str) -> Vec<String> {
    text.split_ascii_whitespace().map(str::to_owned).collect()
}

fn known(row: &Row<'_>, column: &str, name: &str, ids: &HashMap<String, usize>) -> Result<usize, TableError> {
    ids.get(name).copied().ok_or_else(|| row.wrong(format!("{column}: {name:?} is not defined")))
}

fn read_assignment(text: &str, classes: &HashMap<String, usize>) -> Result<Vec<Assignment>, RulesError> {
    let rows = table::rows("assignment.csv", text, b',', |row| {
        let exemption = match row.some("exemption")? {
            "kept" => Exemption::Kept,
            "lost" => Exemption::Lost,
            "any" => Exemption::Any,
            other => return Err(row.wrong(format!("exemption: {other:?} is none of kept, lost, any"))),
        };
        confidence(row)?;
        row.some("reason")?;
        let seats_from = row.parse_optional("seats_from")?.unwrap_or(0);
        let seats_to = row.parse_optional("seats_to")?.unwrap_or(u16::MAX);
        if seats_from > seats_to {
            return Err(row.wrong("seats_from is larger than seats_to"));
        }
        Ok(Assignment {
            line: row.line(),
            class: known(row, "class", row.some("class")?, classes)?,
            types: words(row.some("types")?),
            except: words(row.get("except_types")?),
            uses: row.some("uses")?.to_owned(),
            seats_from,
            seats_to,
            exemption,
        })
    })?;
    Ok(rows)
}

fn confidence(row: &Row<'_>) -> Result<Confidence, TableError> {
    match row.some("confidence")? {
        "H" => Ok(Confidence::High),
        "M" => Ok(Confidence::Medium),
        "L" => Ok(Confidence::Low),
        other => Err(row.wrong(format!("confidence: {other:?} is none of H, M, L"))),
    }
}

/// Reads an age such as `6y` or `6y1m` as months.
fn age(row: &Row<'_>, column: &str) -> Result<Option<i32>, TableError> {
    let text = row.get(column)?;
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = || row.wrong(format!("{column}: {text:?} is not an age such as 6y or 6y1m"));
    let (years, rest) = text.split_once('y').ok_or_else(wrong)?;
    let years: u8 = years.parse().map_err(|_| wrong())?;
    let months: u8 = match rest {
        "" => 0,
        rest => rest.strip_suffix('m').and_then(|m| m.parse().ok()).filter(|m| *m < 12).ok_or_else(wrong)?,
    };
    Ok(Some(i32::from(years) * 12 + i32::from(months)))
}

fn read_rules(
    text: &str,
    classes: &HashMap<String, usize>,
    clauses: &HashMap<String, usize>,
) -> Result<Vec<Rule>, RulesError> {
    let rows = table::rows("rules.csv", text, b',', |row| {
        let names = words(row.some("class")?);
        let action = match row.some("action")? {
            "apply_mark" => InspectionAction::ApplyMark,
            "inspect" => InspectionAction::Inspect,
            other => return Err(row.wrong(format!("action: {other:?} is neither apply_mark nor inspect"))),
        };
        let counting = match row.some("next")? {
            "registration" => Counting::Registration,
            "half_year_kept" => Counting::HalfYearKept,
            "point" => Counting::Point,
            other => return Err(row.wrong(format!("next: {other:?} is none of registration, half_year_kept, point"))),
        };
        let step: u8 = row.parse("step_months")?;
        if step == 0 {
            return Err(row.wrong("step_months is at least 1"));
        }
        Ok(Rule {
            id: row.some("id")?.to_owned(),
            classes: names.iter().map(|n| known(row, "class", n, classes)).collect::<Result<_, _>>()?,
            from: row.parse("in_force_from")?,
            to: row.parse_optional("in_force_to")?,
            registered_from: row.parse_optional("registered_from")?,
            registered_to: row.parse_optional("registered_to")?,
            age_from: age(row, "age_from")?.unwrap_or(0),
            age_below: age(row, "age_below")?,
            action,
            step_months: step.into(),
            counting,
            clause: known(row, "clause", row.some("clause")?, clauses)?,
            confidence: confidence(row)?,
        })
    })?;
    Ok(rows)
}
