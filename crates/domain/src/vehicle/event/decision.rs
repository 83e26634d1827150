//! What an event means for the mark, and the steps that carry it out on the mark that is current.

use jiff::civil::Date;

use super::gate::may_issue;
use crate::credential::Reason;
use crate::vehicle::{Plate, Vehicle, YearMonth};

/// What is to happen to the vehicle's inspection mark. Every decision names its reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkDecision {
    /// The mark stays as it is; `because` says why none is issued, when one might be expected.
    Nothing {
        /// Why.
        because: Option<Reason>,
    },
    /// A first mark comes into being.
    Issue {
        /// Why.
        reason: Reason,
    },
    /// A new mark takes the place of the current one.
    Supersede {
        /// Why.
        reason: Reason,
        /// Whether the old mark is shown as superseded from now on. Not after a renewal in time: its print stays good to the end.
        flag_old: bool,
    },
    /// The current mark is suspended.
    Suspend {
        /// Why.
        reason: Reason,
    },
    /// A suspension is lifted; where no fitting mark is current, one is issued, if the vehicle may have one.
    Restore {
        /// Why.
        reason: Reason,
    },
    /// The current mark is revoked for good.
    Revoke {
        /// Why.
        reason: Reason,
    },
    /// The current mark is revoked and another one issued to the new owner.
    RevokeAndIssue {
        /// Why the old one ends.
        revoke: Reason,
        /// Why the new one begins.
        issue: Reason,
    },
}

impl MarkDecision {
    /// The reason, if there is one; that of the ending for `RevokeAndIssue`.
    pub const fn reason(&self) -> Option<Reason> {
        match self {
            Self::Nothing { because } => *because,
            Self::Issue { reason }
            | Self::Supersede { reason, .. }
            | Self::Suspend { reason }
            | Self::Restore { reason }
            | Self::Revoke { reason } => Some(*reason),
            Self::RevokeAndIssue { revoke, .. } => Some(*revoke),
        }
    }

    /// The stable word of the decision.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Nothing { .. } => "nothing",
            Self::Issue { .. } => "issue",
            Self::Supersede { .. } => "supersede",
            Self::Suspend { .. } => "suspend",
            Self::Restore { .. } => "restore",
            Self::Revoke { .. } => "revoke",
            Self::RevokeAndIssue { .. } => "revoke_and_issue",
        }
    }

    /// Whether a new mark is to be issued whatever the current one is.
    pub const fn issues(&self) -> bool {
        matches!(self, Self::Issue { .. } | Self::Supersede { .. } | Self::RevokeAndIssue { .. })
    }

    /// The steps, in order, that carry the decision out on the mark that is current (`None`: there is none).
    pub fn steps(&self, current: Option<&CurrentMark>, after: &Vehicle, today: Date) -> Vec<MarkStep> {
        let mut steps = Vec::new();
        match *self {
            Self::Nothing { .. } => {}
            Self::Issue { reason } => {
                steps.extend(current.map(|_| MarkStep::Supersede { reason, flag: true }));
                steps.push(MarkStep::Issue { reason });
            }
            Self::Supersede { reason, flag_old } => {
                steps.extend(current.map(|_| MarkStep::Supersede { reason, flag: flag_old }));
                steps.push(MarkStep::Issue { reason });
            }
            Self::Suspend { reason } => {
                steps.extend(current.filter(|mark| !mark.suspended).map(|_| MarkStep::Suspend { reason }));
            }
            Self::Restore { reason } => {
                steps.extend(current.filter(|mark| mark.suspended).map(|_| MarkStep::Lift { reason }));
                let fits = current
                    .is_some_and(|mark| mark.plate == after.plate && Some(mark.valid_until) == after.valid_until);
                if !fits && may_issue(after, today).is_ok() {
                    steps.extend(current.map(|_| MarkStep::Supersede { reason, flag: false }));
                    steps.push(MarkStep::Issue { reason });
                }
            }
            Self::Revoke { reason } => steps.extend(current.map(|_| MarkStep::Revoke { reason })),
            Self::RevokeAndIssue { revoke, issue } => {
                steps.extend(current.map(|_| MarkStep::Revoke { reason: revoke }));
                steps.push(MarkStep::Issue { reason: issue });
            }
        }
        steps
    }
}

/// The mark that is current, as far as a decision needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrentMark {
    /// The plate it names.
    pub plate: Plate,
    /// The validity it names.
    pub valid_until: YearMonth,
    /// Whether it is suspended.
    pub suspended: bool,
}

/// One step on marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkStep {
    /// The current mark ends because a newer one takes its place; `flag`: its status entry says so.
    Supersede {
        /// Why.
        reason: Reason,
        /// Whether the status list shows it.
        flag: bool,
    },
    /// The current mark is suspended.
    Suspend {
        /// Why.
        reason: Reason,
    },
    /// The suspension is lifted.
    Lift {
        /// Why.
        reason: Reason,
    },
    /// The current mark is revoked.
    Revoke {
        /// Why.
        reason: Reason,
    },
    /// A new mark is issued and becomes current.
    Issue {
        /// Why.
        reason: Reason,
    },
}
