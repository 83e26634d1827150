//! Reading the four documents of a rule table.

use std::collections::HashMap;

use serde::Deserialize;

use super::check;
use super::rules_error::RulesError;
use super::table::{
    Assignment, Class, Clause, Confidence, Counting, Exemption, InspectionAction, InspectionRules, Rule, RuleDocuments,
};
use crate::clause;
use crate::table::{self, Row, TableError};
use crate::text::Text;

/// The largest table document that is read, in bytes.
pub const MAX_DOCUMENT_BYTES: usize = 1024 * 1024;

/// The ids of the clauses that void the exemption, in the order of `super::Void`.
const VOID_CLAUSES: [&str; 3] = ["void casualty", "void modified", "void late registration"];

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
    clause::read_clauses(text).map_err(|problem| RulesError::Document { document: "clauses.toml", problem })
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
