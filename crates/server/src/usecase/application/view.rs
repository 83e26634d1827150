//! A case as its holder sees it. What is the office's own business (a second look, a decision taken back) is not shown: until the last look
//! is done the photo is being reviewed.

use super::{Log, Past, load};
use crate::photo;
use crate::usecase::error::Used;
use crate::usecase::mark_case::{CaseVehicle, DeliveryView, StepView};
use crate::usecase::view::Text;
use jiff::Timestamp;
use luzheng_domain::case::{Action, Actor, CaseKind, PhotoSource, Status};
use luzheng_store::Tx;
use luzheng_store::driver::StoredDriver;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// An application as its holder sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CaseView {
    /// The case.
    pub id: Uuid,
    /// `first`, `photo_replacement`, `exempt_mark` or `paper`.
    pub kind: String,
    /// The service in words.
    pub kind_text: Text,
    /// Of a licence: `submitted`, `under_review`, `approved`, `rejected`, `issued`, `withdrawn` or `at_counter`. Of a vehicle: `submitted`,
    /// `accepted`, `granted`, `ordered`, `produced`, `dispatched`, `ready`, `delivered`, `collected`, `returned` or `withdrawn`.
    pub status: String,
    /// The status in words.
    pub status_text: Text,
    /// When it was handed in.
    #[schema(value_type = String, format = DateTime)]
    pub opened_at: Timestamp,
    /// By when the office answers; absent when it has, or when the calendar does not know the year.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expected_by: Option<Timestamp>,
    /// From the roadside: reviewed before others.
    pub urgent: bool,
    /// What happened, oldest first.
    pub actions: Vec<CaseActionView>,
    /// Whether it can be given up now.
    pub can_withdraw: bool,
    /// Whether another photo can be sent now.
    pub can_resubmit: bool,
    /// The vehicle it is about.
    pub vehicle: Option<CaseVehicle>,
    /// Where its paper is.
    pub delivery: Option<DeliveryView>,
    /// The road ahead, from the application to the end.
    pub steps: Vec<StepView>,
}

/// One thing that happened in an application.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CaseActionView {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// What, as a stable word.
    pub what: String,
    /// What, in words.
    pub what_text: Text,
    /// `you`, `office` or `system`.
    pub by: String,
    /// Why a photo was not accepted.
    pub reason: Option<String>,
    /// Why, in words.
    pub reason_text: Option<Text>,
    /// How to put it right.
    pub fix: Option<Text>,
}

/// What one rule says about a photo.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CheckView {
    /// `size`, `ratio`, `one_face`, `centred`, `face_size`, `background`, `sharpness` or `light`.
    pub rule: String,
    /// Nothing wrong was found.
    pub ok: bool,
    /// Its failing only advises; it does not refuse the photo.
    pub advice_only: bool,
    /// What was measured.
    pub measured: String,
    /// What is asked for.
    pub limit: String,
    /// What it says.
    pub text: Text,
    /// How to put it right; empty when nothing is wrong.
    pub fix: Text,
}

impl From<photo::Check> for CheckView {
    fn from(check: photo::Check) -> Self {
        Self {
            rule: check.rule.code().into(),
            ok: check.ok,
            advice_only: check.rule.advice_only(),
            measured: check.measured,
            limit: check.limit,
            text: check.text.into(),
            fix: check.fix.into(),
        }
    }
}

/// What the holder is told happened: a decision appears when nothing of the office's own is left to come after it.
fn told(actions: &[Past]) -> Vec<Past> {
    let mut told: Vec<Past> = Vec::new();
    let mut held: Option<Past> = None;
    for past in actions {
        match past.action {
            Action::SecondLookAsked => held = told.pop(),
            Action::SecondLookAgreed => told.extend(held.take().map(|h| Past { at: past.at, ..h })),
            Action::SecondLookDiffered => held = None,
            Action::Undone => drop(told.pop()),
            _ => told.push(*past),
        }
    }
    told
}

/// The case as its holder sees it.
pub(super) fn of(log: &Log) -> CaseView {
    let status = match log.state.status {
        Status::SecondLook => Status::UnderReview,
        other => other,
    };
    let waits = matches!(status, Status::Submitted | Status::UnderReview);
    let action = |past: Past| {
        let reason = past.action.reason();
        Some(CaseActionView {
            at: past.at,
            what: past.action.code().into(),
            what_text: past.action.text()?.into(),
            by: match past.by {
                Actor::Holder => "you",
                Actor::Reviewer => "office",
                Actor::System => "system",
            }
            .into(),
            reason: reason.map(|r| r.code().into()),
            reason_text: reason.map(|r| r.text().into()),
            fix: reason.map(|r| r.fix().into()),
        })
    };
    let kind = CaseKind::from_code(&log.stored.kind);
    let told = told(&log.actions);
    CaseView {
        id: log.stored.id,
        kind: log.stored.kind.clone(),
        kind_text: kind.map_or_else(|| Text::new("", ""), |kind| kind.name().into()),
        status: status.code().into(),
        status_text: status.text().into(),
        opened_at: log.stored.opened_at,
        expected_by: log.stored.expected_by.filter(|_| waits),
        urgent: log.state.urgent,
        steps: steps(status, &told),
        actions: told.into_iter().filter_map(action).collect(),
        can_withdraw: log.state.can_withdraw(),
        can_resubmit: log.state.can_resubmit(),
        vehicle: None,
        delivery: None,
    }
}

/// The road of an application for a licence: a new photo is reviewed, a stored one is not.
fn steps(status: Status, told: &[Past]) -> Vec<StepView> {
    let last_photo = told.iter().rev().find_map(|past| match past.action {
        Action::Submitted { photo, .. } => Some(photo),
        Action::Resubmitted => Some(PhotoSource::New),
        _ => None,
    });
    let mut road = vec![(Status::Submitted, Action::Submitted { photo: PhotoSource::New, urgent: false }.code())];
    if last_photo == Some(PhotoSource::New) {
        road.push(match status {
            Status::Rejected => (Status::Rejected, "photo_rejected"),
            _ => (Status::UnderReview, Action::PhotoApproved.code()),
        });
    }
    road.push(match status {
        Status::Withdrawn => (Status::Withdrawn, Action::Withdrawn.code()),
        Status::AtCounter => (Status::AtCounter, Action::ConvertedToCounter.code()),
        _ => (Status::Issued, Action::Issued.code()),
    });
    let now_at = match status {
        Status::Submitted => 0,
        Status::UnderReview | Status::SecondLook | Status::Approved | Status::Rejected => 1.min(road.len() - 1),
        Status::Issued | Status::Withdrawn | Status::AtCounter => road.len(),
    };
    let step = |(at, (status, what)): (usize, (Status, &str))| StepView {
        code: status.code().into(),
        text: status.text().into(),
        state: match at.cmp(&now_at) {
            std::cmp::Ordering::Less => "done",
            std::cmp::Ordering::Equal => "now",
            std::cmp::Ordering::Greater => "later",
        }
        .into(),
        at: told.iter().rev().find(|past| past.action.code() == what).map(|past| past.at),
    };
    road.into_iter().enumerate().map(step).collect()
}

/// The application of a driver that is under way.
///
/// # Errors
/// The store.
pub async fn open_case(tx: &mut Tx, driver: &StoredDriver) -> Used<Option<CaseView>> {
    match tx.find_open_case(driver.id).await? {
        Some(stored) => Ok(Some(of(&load(tx, stored).await?))),
        None => Ok(None),
    }
}
