//! The actions on a case, and the table that says which is allowed where and for whom.

use serde::{Deserialize, Serialize};

use super::{Actor, PhotoSource, RejectionReason, Status};
use crate::text::Text;

/// One action on a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// The holder applied.
    Submitted {
        /// With which photo.
        photo: PhotoSource,
        /// From the roadside: reviewed first.
        urgent: bool,
    },
    /// The application is complete and in order.
    Accepted,
    /// The photo is good.
    PhotoApproved,
    /// The photo is not good.
    PhotoRejected {
        /// Why.
        reason: RejectionReason,
    },
    /// The decision was drawn for a second look.
    SecondLookAsked,
    /// The second reviewer decided the same.
    SecondLookAgreed,
    /// The second reviewer decided otherwise: it is decided anew.
    SecondLookDiffered,
    /// The reviewer took the decision back at once.
    Undone,
    /// The holder sent another photo.
    Resubmitted,
    /// The holder gave the application up.
    Withdrawn,
    /// The electronic licence was issued.
    Issued,
    /// It has to be done at the counter (R162 Art. 83(2)).
    ConvertedToCounter,
}

/// One row of the table: an action, where it is allowed, and for whom. `None` in `from`: before anything happened.
pub(super) type Rule = (&'static str, &'static [Option<Status>], &'static [Actor]);

/// Which action is allowed in which status for whom. What is not here is not allowed.
pub(super) const TABLE: &[Rule] = &[
    ("submitted", &[None], &[Actor::Holder]),
    ("accepted", &[Some(Status::Submitted)], &[Actor::System]),
    ("photo_approved", &[Some(Status::UnderReview)], &[Actor::Reviewer]),
    ("photo_rejected", &[Some(Status::UnderReview)], &[Actor::Reviewer]),
    ("second_look_asked", &[Some(Status::Approved), Some(Status::Rejected)], &[Actor::System]),
    ("second_look_agreed", &[Some(Status::SecondLook)], &[Actor::Reviewer]),
    ("second_look_differed", &[Some(Status::SecondLook)], &[Actor::Reviewer]),
    (
        "undone",
        &[Some(Status::Approved), Some(Status::Rejected), Some(Status::SecondLook), Some(Status::AtCounter)],
        &[Actor::Reviewer],
    ),
    ("resubmitted", &[Some(Status::Rejected)], &[Actor::Holder]),
    ("withdrawn", &[Some(Status::Submitted), Some(Status::UnderReview), Some(Status::Rejected)], &[Actor::Holder]),
    ("issued", &[Some(Status::Approved)], &[Actor::System]),
    (
        "converted_to_counter",
        &[
            Some(Status::Submitted),
            Some(Status::UnderReview),
            Some(Status::SecondLook),
            // The register withdrew the licence after the photo was approved.
            Some(Status::Approved),
            Some(Status::Rejected),
        ],
        &[Actor::Reviewer, Actor::System],
    ),
];

impl Action {
    /// The stable code, snake case.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Submitted { .. } => "submitted",
            Self::Accepted => "accepted",
            Self::PhotoApproved => "photo_approved",
            Self::PhotoRejected { .. } => "photo_rejected",
            Self::SecondLookAsked => "second_look_asked",
            Self::SecondLookAgreed => "second_look_agreed",
            Self::SecondLookDiffered => "second_look_differed",
            Self::Undone => "undone",
            Self::Resubmitted => "resubmitted",
            Self::Withdrawn => "withdrawn",
            Self::Issued => "issued",
            Self::ConvertedToCounter => "converted_to_counter",
        }
    }

    /// What the holder reads about it; `None` for what is the office's own business (the second look, undoing).
    pub const fn text(self) -> Option<Text> {
        Some(match self {
            Self::Submitted { .. } => Text::fixed("提交申请", "Application submitted"),
            Self::Accepted => Text::fixed("受理申请", "Application accepted"),
            Self::PhotoApproved => Text::fixed("照片审核通过", "Photo approved"),
            Self::PhotoRejected { .. } => Text::fixed("照片未通过审核", "Photo not accepted"),
            Self::Resubmitted => Text::fixed("重新提交照片", "Another photo sent"),
            Self::Withdrawn => Text::fixed("撤回申请", "Application withdrawn"),
            Self::Issued => Text::fixed("签发电子驾驶证", "Electronic licence issued"),
            Self::ConvertedToCounter => Text::fixed("转为窗口办理", "To be done at the counter"),
            Self::SecondLookAsked | Self::SecondLookAgreed | Self::SecondLookDiffered | Self::Undone => return None,
        })
    }

    /// The reason it names.
    pub const fn reason(self) -> Option<RejectionReason> {
        match self {
            Self::PhotoRejected { reason } => Some(reason),
            _ => None,
        }
    }
}
