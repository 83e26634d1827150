//! Written procedures for officers, as data.

use std::sync::LazyLock;

use serde::Deserialize;

use super::{CLAUSES, MAX_BYTES, clause_of, steps_of};
use crate::clause::{Clause, Clauses};
use crate::text::Text;

/// The situations for which there is a procedure; readers know them by these words.
pub const CODES: [&str; 8] = [
    "flat_battery",
    "seized_licence",
    "never_take_phone",
    "no_network",
    "code_unreadable",
    "overdue",
    "suspected_copy",
    "paper_only",
];

/// What to do in one situation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Procedure {
    /// One of `CODES`.
    pub code: String,
    /// In a few words.
    pub title: Text,
    /// What to do, in this order.
    pub steps: Vec<Text>,
    /// The clause behind it.
    pub clause: Option<Clause>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    procedure: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    code: String,
    clause: Option<String>,
    title_zh: String,
    title_en: String,
    steps: Vec<(String, String)>,
}

static PROCEDURES: LazyLock<Vec<Procedure>> = LazyLock::new(|| {
    load(include_str!("../../data/roadside/procedures.toml"), &CLAUSES)
        .expect("the embedded procedures are checked by a test")
});

/// The procedures, in the order of `CODES`.
pub fn procedures() -> &'static [Procedure] {
    &PROCEDURES
}

/// Reads the procedures: every situation once, in its order, with at least one step.
pub(super) fn load(text: &str, clauses: &Clauses) -> Result<Vec<Procedure>, String> {
    if text.len() > MAX_BYTES {
        return Err(format!("larger than {MAX_BYTES} bytes"));
    }
    let document: Document = toml::from_str(text).map_err(|error| error.to_string())?;
    if !document.procedure.iter().map(|row| row.code.as_str()).eq(CODES) {
        return Err("the situations are not those that readers know, or not in their order".into());
    }
    let read = |row: Row| {
        let clause = clause_of(row.clause.as_ref(), clauses)?;
        let steps = steps_of(row.steps)?;
        if steps.is_empty() || row.title_zh.trim().is_empty() || row.title_en.trim().is_empty() {
            return Err(format!("{}: no steps, or no title", row.code));
        }
        Ok(Procedure { title: Text::made(row.title_zh, row.title_en), code: row.code, steps, clause })
    };
    document.procedure.into_iter().map(read).collect()
}
