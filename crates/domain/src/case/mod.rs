//! An application as a list of actions (R162 Art. 3, 61; domain-driver.md 5.4, 6.1). Nothing is ever taken out of the list; where the case
//! stands is a pure fold over it, and a table says which action is allowed in which status by whom.
//!
//! The path: submitted, accepted; with a stored photo it is approved by that, with a new one it waits for a reviewer; approved or
//! rejected; on a sample a second reviewer looks without seeing the first decision; issued. A rejected photo can be replaced by another
//! one. Suspicion turns the case into one for the counter (R162 Art. 83(2)).

mod action;
pub mod kind;
mod limits;
mod rejection;
#[cfg(test)]
mod tests;
mod words;

use serde::{Deserialize, Serialize};

pub use action::Action;
use action::TABLE;
pub use limits::{
    ALBUM_PHOTO_MAX_AGE_MONTHS, MIN_PHOTO_WIDTH, PhotoOrigin, REPLACE_OWN_PHOTO_AFTER_MONTHS, REVIEW_WORKING_DAYS,
    SizeProblem, album_photo_is_recent, photo_replace_from, photo_size, review_expected_by,
};
pub use rejection::RejectionReason;
pub use words::{Actor, CaseKind, PhotoSource};

use crate::text::Text;

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Handed in, not yet checked.
    Submitted,
    /// Waits for a reviewer.
    UnderReview,
    /// Decided; a second reviewer looks.
    SecondLook,
    /// Approved, about to be issued.
    Approved,
    /// The photo was not accepted; another one can be sent.
    Rejected,
    /// Done.
    Issued,
    /// Given up by the holder.
    Withdrawn,
    /// To be done at the counter.
    AtCounter,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 8] = [
        Self::Submitted,
        Self::UnderReview,
        Self::SecondLook,
        Self::Approved,
        Self::Rejected,
        Self::Issued,
        Self::Withdrawn,
        Self::AtCounter,
    ];

    /// The stable code, snake case.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::UnderReview => "under_review",
            Self::SecondLook => "second_look",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Issued => "issued",
            Self::Withdrawn => "withdrawn",
            Self::AtCounter => "at_counter",
        }
    }

    /// The status of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }

    /// What the holder reads. A second look is the office's own business: to the holder the photo is still being reviewed.
    pub const fn text(self) -> Text {
        match self {
            Self::Submitted => Text::fixed("已提交", "Submitted"),
            Self::UnderReview | Self::SecondLook => Text::fixed("照片审核中", "The photo is being reviewed"),
            Self::Approved => Text::fixed("审核通过，正在生成电子驾驶证", "Approved; the licence is being issued"),
            Self::Rejected => Text::fixed("照片未通过审核，请重新提交", "The photo was not accepted; send another one"),
            Self::Issued => Text::fixed("已签发", "Issued"),
            Self::Withdrawn => Text::fixed("已撤回", "Withdrawn"),
            Self::AtCounter => Text::fixed("请到车管所窗口办理", "Please come to the counter"),
        }
    }

    /// Whether nothing follows any more. At the counter the app's part is over, but a reviewer may still undo a slip.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Issued | Self::Withdrawn | Self::AtCounter)
    }
}

/// An action that the table does not allow. Nothing is changed by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{action} by the {actor} is not allowed {}", place(*status))]
pub struct NotAllowed {
    /// The action.
    pub action: &'static str,
    /// Who tried.
    pub actor: &'static str,
    /// Where the case stands; `None`: there is none yet.
    pub status: Option<Status>,
}

impl NotAllowed {
    /// The stable code of this error.
    pub const CODE: &'static str = "action_not_allowed";
}

fn place(status: Option<Status>) -> String {
    status.map_or_else(|| "before the application".to_owned(), |status| format!("in status {}", status.code()))
}

/// Where a case stands and what the next action depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaseState {
    /// The status.
    pub status: Status,
    /// The photo in question.
    pub photo: PhotoSource,
    /// Whether it is reviewed first.
    pub urgent: bool,
    /// The standing decision of a reviewer about the photo, if there is one.
    pub decision: Option<PhotoDecision>,
    /// How often a photo was sent in.
    pub submissions: u32,
}

/// What a reviewer decided about a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhotoDecision {
    /// Good.
    Approved,
    /// Not good.
    Rejected(RejectionReason),
}

impl PhotoDecision {
    const fn status(self) -> Status {
        match self {
            Self::Approved => Status::Approved,
            Self::Rejected(reason) if reason.closes_app_channel() => Status::AtCounter,
            Self::Rejected(_) => Status::Rejected,
        }
    }
}

/// The state after an action, or that it is not allowed. `None`: there is no case yet.
pub fn after(before: Option<&CaseState>, actor: Actor, action: Action) -> Result<CaseState, NotAllowed> {
    let status = before.map(|state| state.status);
    let refused = NotAllowed { action: action.code(), actor: actor.code(), status };
    let allowed = TABLE
        .iter()
        .any(|(code, from, actors)| *code == action.code() && from.contains(&status) && actors.contains(&actor));
    if !allowed {
        return Err(refused);
    }
    let Some(before) = before else {
        let Action::Submitted { photo, urgent } = action else { return Err(refused) };
        return Ok(CaseState { status: Status::Submitted, photo, urgent, decision: None, submissions: 1 });
    };
    let mut state = *before;
    state.status = match action {
        Action::Submitted { .. } => return Err(refused),
        Action::Accepted if state.photo == PhotoSource::Stored => Status::Approved,
        Action::Accepted => Status::UnderReview,
        Action::PhotoApproved => decided(&mut state, PhotoDecision::Approved),
        Action::PhotoRejected { reason } => decided(&mut state, PhotoDecision::Rejected(reason)),
        // Only a person's decision is looked at twice or taken back.
        Action::SecondLookAsked if state.decision.is_some() => Status::SecondLook,
        Action::SecondLookAgreed => state.decision.ok_or(refused)?.status(),
        Action::Undone | Action::SecondLookDiffered if state.decision.is_some() => {
            state.decision = None;
            Status::UnderReview
        }
        Action::SecondLookAsked | Action::Undone | Action::SecondLookDiffered => return Err(refused),
        Action::Resubmitted => {
            state.photo = PhotoSource::New;
            state.decision = None;
            state.submissions = state.submissions.saturating_add(1);
            Status::Submitted
        }
        Action::Withdrawn => Status::Withdrawn,
        Action::Issued => Status::Issued,
        Action::ConvertedToCounter => {
            // A case that was sent to the counter on its own account is not undone like a decision about a photo.
            state.decision = None;
            Status::AtCounter
        }
    };
    Ok(state)
}

fn decided(state: &mut CaseState, decision: PhotoDecision) -> Status {
    state.decision = Some(decision);
    decision.status()
}

/// Where a case stands after its actions; `None` when there are none. An action that was not allowed in its place is an error: the list
/// was not made by [`after`].
pub fn fold(actions: impl IntoIterator<Item = (Actor, Action)>) -> Result<Option<CaseState>, NotAllowed> {
    actions
        .into_iter()
        .try_fold(None, |state: Option<CaseState>, (actor, action)| after(state.as_ref(), actor, action).map(Some))
}

impl CaseState {
    /// Whether the holder may give it up now.
    pub fn can_withdraw(&self) -> bool {
        after(Some(self), Actor::Holder, Action::Withdrawn).is_ok()
    }

    /// Whether the holder may send another photo now.
    pub fn can_resubmit(&self) -> bool {
        after(Some(self), Actor::Holder, Action::Resubmitted).is_ok()
    }
}
