//! Applications about a vehicle: for its mark without inspection (V5) and for its mark on paper (V6).
//!
//! An application that is complete is decided at once, in one transaction: the case with its actions, the new validity, the new mark in the place
//! of the old one, the paper, the notice and the journal. What is incomplete is not opened: [`super::eligibility`] says everything that is missing.

mod apply;
mod view;

pub use apply::{apply, order_paper, withdraw};
pub use view::{CaseVehicle, DeliveryView, StepView};

use super::error::{UseError, Used};
use jiff::Timestamp;
use luzheng_domain::case::Actor;
use luzheng_domain::case::kind::mark::{self, MarkAction, MarkCase, MarkNotAllowed};
use luzheng_store::Tx;
use luzheng_store::case::NewAction;
use luzheng_store::mark_case::{NewMarkCase, StoredMarkCase};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(crate) use view::{find, mine};

/// An action as it is written down.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Recorded {
    by: Actor,
    #[serde(flatten)]
    action: MarkAction,
}

/// An action with its moment and number.
#[derive(Debug, Clone, Copy)]
struct Past {
    seq: u32,
    at: Timestamp,
    by: Actor,
    action: MarkAction,
}

/// A case with everything that happened in it.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) stored: StoredMarkCase,
    pub(crate) state: MarkCase,
    actions: Vec<Past>,
}

impl Log {
    /// The step of a number, unless it was taken back.
    pub(crate) fn standing(&self, seq: u32) -> Option<MarkAction> {
        let undone = self.actions.iter().any(|past| past.seq == seq + 1 && past.action == MarkAction::Undone);
        let step = self.actions.iter().find(|past| past.seq == seq)?;
        (!undone).then_some(step.action)
    }
}

fn not_allowed(error: MarkNotAllowed) -> UseError {
    UseError::refused(MarkNotAllowed::CODE, error.to_string())
}

/// Reads a case's actions and folds them.
///
/// # Errors
/// What is written down is no case; the store.
pub(crate) async fn load(tx: &mut Tx, stored: StoredMarkCase) -> Used<Log> {
    let broken = |why: String| UseError::broken("broken_case", format!("case {}: {why}", stored.id));
    let mut actions = Vec::new();
    for row in tx.mark_case_actions(&stored).await? {
        let Recorded { by, action } = serde_json::from_str(&row.data).map_err(|e| broken(e.to_string()))?;
        actions.push(Past { seq: row.seq, at: row.at, by, action });
    }
    let state = mark::fold(actions.iter().map(|past| (past.by, past.action)))
        .map_err(|e| broken(e.to_string()))?
        .ok_or_else(|| broken("nothing ever happened in it".into()))?;
    Ok(Log { stored, state, actions })
}

/// Who acts on a case.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Act<'a> {
    pub(crate) by: Actor,
    /// How the journal names them.
    pub(crate) who: &'a str,
    pub(crate) now: Timestamp,
}

fn data_of(by: Actor, action: MarkAction) -> Used<String> {
    serde_json::to_string(&Recorded { by, action }).map_err(|e| UseError::broken("case", e.to_string()))
}

/// Opens a case.
///
/// # Errors
/// The domain does not allow it; another one is open; the store.
async fn open(tx: &mut Tx, vehicle: Uuid, owner: Uuid, id: Uuid, action: MarkAction, act: &Act<'_>) -> Used<Log> {
    let state = mark::after(None, act.by, action).map_err(not_allowed)?;
    let data = data_of(act.by, action)?;
    let first = NewAction { at: act.now, actor: act.who, what: action.code(), data: &data, note: None };
    let case = NewMarkCase { vehicle, id, owner, kind: state.service.code(), status: state.status.code() };
    let stored = tx.open_mark_case(&case, &first).await?;
    Ok(Log { stored, state, actions: vec![Past { seq: 1, at: act.now, by: act.by, action }] })
}

/// Writes the next action of a case down, when the domain allows it.
///
/// # Errors
/// `action_not_allowed`; something happened in the case meanwhile; the store.
pub(crate) async fn append(tx: &mut Tx, log: &mut Log, action: MarkAction, act: &Act<'_>) -> Used<()> {
    let state = mark::after(Some(&log.state), act.by, action).map_err(not_allowed)?;
    let data = data_of(act.by, action)?;
    let next = NewAction { at: act.now, actor: act.who, what: action.code(), data: &data, note: None };
    log.stored = tx.append_mark_case(&log.stored, &next, state.status.code(), state.is_final()).await?;
    log.state = state;
    log.actions.push(Past { seq: log.stored.version, at: act.now, by: act.by, action });
    Ok(())
}
