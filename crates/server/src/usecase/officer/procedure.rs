//! Procedures and the rows of advice, for officers' devices to keep: they are the same with no network.

use super::view::{AdviceView, clause, texts};
use crate::usecase::journal::sha256;
use crate::usecase::view::{ClauseView, Text};
use luzheng_domain::roadside::{self, Advice, MarkSeen};
use serde::Serialize;
use std::fmt::Write;
use utoipa::ToSchema;

/// What to do in one situation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProcedureView {
    /// `flat_battery`, `seized_licence`, `never_take_phone`, `no_network`, `code_unreadable`, `overdue`, `suspected_copy` or `paper_only`.
    pub code: String,
    /// In a few words.
    pub title: Text,
    /// What to do, in this order.
    pub steps: Vec<Text>,
    /// The clause behind it.
    pub clause: Option<ClauseView>,
}

/// All procedures.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProcedureList {
    /// In the order in which they are listed.
    pub items: Vec<ProcedureView>,
    /// Changes when any word of them changes.
    pub version: String,
}

/// A row of advice: its conditions, and what is said when they hold. Of the rows that are about the matter the first whose conditions all hold is
/// the answer; one about something that is not known does not hold.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AdviceRow {
    /// `mark` or `licence`.
    pub about: String,
    /// Words of which what was shown must be one: `nothing`, `valid`, or the reason of a verdict; absent: anything.
    pub shown: Option<Vec<String>>,
    /// State letters of which one must be set, `A` for normal; absent: whatever they are.
    pub letters: Option<String>,
    /// Whether the vehicle must be past its validity or not.
    pub overdue: Option<bool>,
    /// What the mark must be: `none`, `current`, `suspended`, `revoked`; absent: whatever it is.
    pub mark: Option<Vec<String>>,
    /// What is said.
    #[serde(flatten)]
    pub advice: AdviceView,
}

/// All rows of advice.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AdviceTable {
    /// In the order in which they are tried.
    pub rows: Vec<AdviceRow>,
    /// Changes when any of them changes.
    pub version: String,
}

/// A short word for exactly these contents.
fn version(contents: &impl Serialize) -> String {
    let bytes = serde_json::to_vec(contents).unwrap_or_default();
    sha256(&bytes)[..6].iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The procedures.
pub fn procedures() -> ProcedureList {
    let items: Vec<ProcedureView> = roadside::procedures()
        .iter()
        .map(|p| ProcedureView {
            code: p.code.clone(),
            title: p.title.clone().into(),
            steps: texts(&p.steps),
            clause: p.clause.as_ref().map(clause),
        })
        .collect();
    ProcedureList { version: version(&items), items }
}

fn row(row: &Advice) -> AdviceRow {
    AdviceRow {
        about: row.about.code().into(),
        shown: row.shown.clone(),
        letters: row.letters.clone(),
        overdue: row.overdue,
        mark: row.mark.as_ref().map(|marks| marks.iter().copied().map(MarkSeen::code).map(str::to_owned).collect()),
        advice: row.into(),
    }
}

/// The rows of advice.
pub fn advice() -> AdviceTable {
    let rows: Vec<AdviceRow> = roadside::advice().iter().map(row).collect();
    AdviceTable { version: version(&rows), rows }
}
