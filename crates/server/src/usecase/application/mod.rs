//! Applying for the electronic licence: photos sent in, applications, and what became of them.
//!
//! Who may apply says the state of the licence; where, the roll-out by place and day. With a photo that the office accepted before the licence is
//! there in the same call; otherwise a new photo waits for a reviewer (see [`super::review`]). A case is a list of actions that only grows: the
//! domain says which action may follow, this module writes it down together with what it causes.

mod apply;
mod upload;
mod view;

pub use apply::{Application, MAX_SUBMISSIONS, PhotoChoice, apply, cases, find, resubmit, withdraw};
pub use luzheng_store::photo::PhotoOrigin;
pub use upload::{REFUSED_KEPT_DAYS, UPLOADS_PER_DAY, Upload, UploadView, sweep, upload};
pub use view::{CaseActionView, CaseView, CheckView, open_case};

use super::error::{UseError, Used};
use super::licence::{Cause, Places, issue};
use super::{journal, notice};
use crate::clock::{china_date, china_midnight};
use jiff::Timestamp;
use luzheng_domain::case::{self, Action, Actor, CaseKind, CaseState, NotAllowed};
use luzheng_domain::credential::Reason;
use luzheng_domain::driver::notice::{DriverNotice, NoticeFacts};
use luzheng_store::Tx;
use luzheng_store::case::{CaseStanding, NewAction, NewCase, StoredCase};
use luzheng_store::driver::StoredDriver;
use luzheng_store::review::{Look, NewReview};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An action as it is written down.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Recorded {
    by: Actor,
    #[serde(flatten)]
    action: Action,
}

/// An action with its moment.
#[derive(Debug, Clone, Copy)]
struct Past {
    at: Timestamp,
    by: Actor,
    action: Action,
}

/// A case with everything that happened in it.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) stored: StoredCase,
    pub(super) state: CaseState,
    actions: Vec<Past>,
}

impl Log {
    pub(super) fn kind(&self) -> Used<CaseKind> {
        CaseKind::from_code(&self.stored.kind)
            .ok_or_else(|| UseError::broken("broken_case", format!("case {} is of no known kind", self.stored.id)))
    }
}

fn not_allowed(error: NotAllowed) -> UseError {
    UseError::refused(NotAllowed::CODE, error.to_string())
}

/// Reads a case's actions and folds them.
///
/// # Errors
/// What is written down is no case; the store.
pub(super) async fn load(tx: &mut Tx, stored: StoredCase) -> Used<Log> {
    let broken = |why: String| UseError::broken("broken_case", format!("case {}: {why}", stored.id));
    let mut actions = Vec::new();
    for row in tx.case_actions(&stored).await? {
        let Recorded { by, action } = serde_json::from_str(&row.data).map_err(|e| broken(e.to_string()))?;
        actions.push(Past { at: row.at, by, action });
    }
    let state = case::fold(actions.iter().map(|a| (a.by, a.action)))
        .map_err(|e| broken(e.to_string()))?
        .ok_or_else(|| broken("nothing ever happened in it".into()))?;
    Ok(Log { stored, state, actions })
}

/// Who acts on a case, and with which words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Act<'a> {
    pub(super) by: Actor,
    /// How the journal names them.
    pub(super) who: &'a str,
    /// What a reviewer wrote.
    pub(super) note: Option<&'a str>,
    pub(super) now: Timestamp,
}

impl<'a> Act<'a> {
    pub(super) const fn system(now: Timestamp) -> Self {
        Self { by: Actor::System, who: "system", note: None, now }
    }

    pub(super) const fn holder(who: &'a str, now: Timestamp) -> Self {
        Self { by: Actor::Holder, who, note: None, now }
    }
}

fn data_of(by: Actor, action: Action) -> Used<String> {
    serde_json::to_string(&Recorded { by, action }).map_err(|e| UseError::broken("case", e.to_string()))
}

/// The end of the working day by whose end the office answers; nothing when the calendar does not know the year.
fn expected_by(now: Timestamp) -> Option<Timestamp> {
    case::review_expected_by(china_date(now)).ok().and_then(|day| day.tomorrow().ok()).map(china_midnight)
}

/// Opens a case with its first action.
///
/// # Errors
/// `case_open` when there is an open one; the store.
async fn open(
    tx: &mut Tx,
    driver: &StoredDriver,
    id: Uuid,
    kind: CaseKind,
    action: Action,
    photo: Option<Uuid>,
    act: &Act<'_>,
) -> Used<Log> {
    let state = case::after(None, act.by, action).map_err(not_allowed)?;
    let case = NewCase { subject: driver.id, id, owner: driver.owner, kind: kind.code(), opened_at: act.now };
    let data = data_of(act.by, action)?;
    let first = NewAction { at: act.now, actor: act.who, what: action.code(), data: &data, note: act.note };
    let expected_by = expected_by(act.now);
    let standing =
        CaseStanding { status: state.status.code(), closed: false, urgent: state.urgent, photo, expected_by };
    tx.open_case(&case, &first, &standing).await?;
    let stored =
        tx.find_case(id).await?.ok_or_else(|| UseError::broken("no_case", format!("case {id} is not there")))?;
    Ok(Log { stored, state, actions: vec![Past { at: act.now, by: act.by, action }] })
}

/// Writes the next action of a case down, when the domain allows it.
///
/// # Errors
/// `action_not_allowed`; something happened in the case meanwhile; the store.
pub(super) async fn append(tx: &mut Tx, log: &mut Log, action: Action, act: &Act<'_>) -> Used<()> {
    let state = case::after(Some(&log.state), act.by, action).map_err(not_allowed)?;
    let data = data_of(act.by, action)?;
    let next = NewAction { at: act.now, actor: act.who, what: action.code(), data: &data, note: act.note };
    let (closed, photo, expected_by) = (state.status.is_final(), log.stored.photo, log.stored.expected_by);
    let standing = CaseStanding { status: state.status.code(), closed, urgent: state.urgent, photo, expected_by };
    log.stored.version = tx.append_case_action(&log.stored, &next, &standing).await?;
    log.stored.status = state.status.code().into();
    log.stored.updated_at = act.now;
    log.stored.closed_at = closed.then_some(act.now);
    log.state = state;
    log.actions.push(Past { at: act.now, by: act.by, action });
    Ok(())
}

/// Puts a case's photo into the queue of the office.
///
/// # Errors
/// The case has no photo; the store.
pub(super) async fn enqueue(tx: &mut Tx, log: &Log, look: Look, now: Timestamp) -> Used<()> {
    let photo = log.stored.photo.ok_or_else(|| UseError::broken("broken_case", "a case under review has no photo"))?;
    // A further look belongs to the same wait.
    let since = log.actions.iter().rev().find(|a| matches!(a.action, Action::Submitted { .. } | Action::Resubmitted));
    Ok(tx
        .enqueue_review(&NewReview {
            subject: log.stored.subject,
            id: crate::chance::new_id(now),
            case: log.stored.id,
            photo,
            look,
            urgent: log.state.urgent,
            submitted_at: since.map_or(now, |a| a.at),
        })
        .await?)
}

/// Issues the licence of an approved case, with its photo, and says so. `driver` is locked by this transaction.
///
/// # Errors
/// The case is not approved; the register withdrew the licence (`licence_withdrawn`); the store.
pub(super) async fn issue_approved(
    tx: &mut Tx,
    driver: &StoredDriver,
    log: &mut Log,
    who: &str,
    places: &mut Places,
    now: Timestamp,
) -> Used<()> {
    let photo = log.stored.photo.ok_or_else(|| UseError::broken("broken_case", "an approved case has no photo"))?;
    let (reason, kind) = match log.kind()? {
        CaseKind::First => (Reason::Applied, DriverNotice::LicenceIssued),
        CaseKind::PhotoReplacement => (Reason::PhotoChanged, DriverNotice::LicenceReplaced),
    };
    tx.set_current_photo(driver.id, photo).await?;
    let name = format!("case/{}", log.stored.id);
    let cause = Cause { actor: who, cause: &name, true_at: now, now };
    let credential = issue::issue_to(tx, driver, photo, reason, &cause, places).await?;
    append(tx, log, Action::Issued, &Act::system(now)).await?;
    tx.set_applied(driver.id, china_date(now)).await?;
    let facts = NoticeFacts { reason: Some(reason), day: driver.facts.valid_until, ..NoticeFacts::default() };
    notice::of_driver(tx, driver.owner, &format!("{name}:{}", kind.code()), kind, &facts, now).await?;
    let detail = serde_json::json!({"case": log.stored.id, "credential": credential, "reason": reason.code()});
    journal::note(tx, now, who, "application.issued", Some(driver.id), &detail).await
}
