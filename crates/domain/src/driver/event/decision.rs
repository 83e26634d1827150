//! What a change of a licence means for its credential, and the steps that carry it out on the credential that is current.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::credential::Reason;
use crate::driver::{ClassSet, Licence, LicenceEffect};
use crate::region::Division;

/// What is to happen to the electronic licence. A decision never issues a first one: only somebody who applied has a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LicenceDecision {
    /// It stays as it is.
    Nothing,
    /// A new credential takes its place, with the state that the licence has now.
    Supersede {
        /// Why.
        reason: Reason,
        /// The state of the licence: the new credential starts in it.
        effect: LicenceEffect,
    },
    /// It is shown red.
    Red {
        /// Why.
        reason: Reason,
    },
    /// It counts no more for the time being (out of use, locked).
    Stop {
        /// Why.
        reason: Reason,
    },
    /// It is in order again.
    Lift {
        /// Why.
        reason: Reason,
    },
    /// It ends for good.
    Withdraw {
        /// Why.
        reason: Reason,
    },
}

/// What a credential says about a licence, as far as a change of it makes a new credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaceFacts {
    /// The name with its middle hidden.
    pub name_masked: String,
    /// 准驾车型.
    pub classes: ClassSet,
    /// The last day of validity; `None` = 长期.
    pub valid_until: Option<Date>,
    /// The issuing authority.
    pub division: Division,
    /// What the state does to the credential.
    pub effect: LicenceEffect,
}

impl FaceFacts {
    /// The facts of a licence on a day.
    pub fn of(licence: &Licence, today: Date) -> Self {
        Self {
            name_masked: licence.masked_name(),
            classes: licence.classes,
            valid_until: licence.valid_until,
            division: licence.division,
            effect: licence.effective_status(today).effect(),
        }
    }

    /// Why the face differs from an earlier one, if it does: the weightiest difference.
    fn difference(&self, was: &Self, photo_changed: bool) -> Option<Reason> {
        let later = match (was.valid_until, self.valid_until) {
            (Some(was), Some(is)) => is > was,
            (Some(_), None) => true,
            (None, _) => false,
        };
        if self.classes != was.classes {
            Some(Reason::ClassChanged)
        } else if self.name_masked != was.name_masked {
            Some(Reason::NameChanged)
        } else if later {
            Some(Reason::Renewed)
        } else if self.valid_until != was.valid_until {
            Some(Reason::ValidityChanged)
        } else if self.division != was.division {
            Some(Reason::IssuerChanged)
        } else if photo_changed {
            Some(Reason::PhotoChanged)
        } else {
            None
        }
    }
}

impl LicenceDecision {
    /// The decision when a licence changed from one face to another. `corrected`: the change came from a correction, which is then the
    /// reason for a new credential.
    pub fn between(was: &FaceFacts, is: &FaceFacts, photo_changed: bool, corrected: bool) -> Self {
        match (was.effect, is.effect) {
            (LicenceEffect::Withdrawn(_), LicenceEffect::Withdrawn(_)) => Self::Nothing,
            // What was withdrawn does not come back: the holder applies anew. Where time withdrew it and the daily run has not come by yet,
            // its credential ends now.
            (LicenceEffect::Withdrawn(reason), _) => Self::Withdraw { reason },
            (_, LicenceEffect::Withdrawn(reason)) => Self::Withdraw { reason },
            _ => match is.difference(was, photo_changed) {
                Some(reason) => {
                    Self::Supersede { reason: if corrected { Reason::Corrected } else { reason }, effect: is.effect }
                }
                None if std::mem::discriminant(&was.effect) == std::mem::discriminant(&is.effect) => Self::Nothing,
                None => Self::towards(is.effect),
            },
        }
    }

    /// The decision that brings a credential into line with the state of its licence, whatever the credential's own state is: for the
    /// daily run, where time alone changed the state. [`Self::steps`] leaves out what is so already.
    pub const fn towards(effect: LicenceEffect) -> Self {
        match effect {
            LicenceEffect::Normal => Self::Lift { reason: Reason::Restored },
            LicenceEffect::Red(reason) => Self::Red { reason },
            LicenceEffect::Stopped(reason) => Self::Stop { reason },
            LicenceEffect::Withdrawn(reason) => Self::Withdraw { reason },
        }
    }

    /// The reason, if there is one.
    pub const fn reason(&self) -> Option<Reason> {
        match self {
            Self::Nothing => None,
            Self::Supersede { reason, .. }
            | Self::Red { reason }
            | Self::Stop { reason }
            | Self::Lift { reason }
            | Self::Withdraw { reason } => Some(*reason),
        }
    }

    /// The stable word of the decision.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Supersede { .. } => "supersede",
            Self::Red { .. } => "red",
            Self::Stop { .. } => "stop",
            Self::Lift { .. } => "lift",
            Self::Withdraw { .. } => "withdraw",
        }
    }

    /// The steps, in order, that carry the decision out on the credential that is current. Without one there is nothing to do.
    pub fn steps(&self, current: Option<&CurrentLicence>) -> Vec<LicenceStep> {
        let Some(current) = current else { return Vec::new() };
        let unless = |state: ShownState, step: LicenceStep| if current.state == state { vec![] } else { vec![step] };
        match *self {
            Self::Nothing => vec![],
            Self::Supersede { reason, effect } => {
                let mut steps = vec![LicenceStep::Supersede { reason }, LicenceStep::Issue { reason }];
                match effect {
                    LicenceEffect::Normal => {}
                    LicenceEffect::Red(reason) => steps.push(LicenceStep::Red { reason }),
                    LicenceEffect::Stopped(reason) => steps.push(LicenceStep::Stop { reason }),
                    // `between` never says so: a withdrawn licence gets no new credential.
                    LicenceEffect::Withdrawn(reason) => return vec![LicenceStep::Withdraw { reason }],
                }
                steps
            }
            Self::Red { reason } => unless(ShownState::Red, LicenceStep::Red { reason }),
            Self::Stop { reason } => unless(ShownState::Stopped, LicenceStep::Stop { reason }),
            Self::Lift { reason } => unless(ShownState::Normal, LicenceStep::Lift { reason }),
            Self::Withdraw { reason } => vec![LicenceStep::Withdraw { reason }],
        }
    }
}

/// The state a current credential has in its status list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShownState {
    /// Black.
    Normal,
    /// Red.
    Red,
    /// Not valid for the time being.
    Stopped,
}

/// The credential that is current, as far as a decision needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CurrentLicence {
    /// Its state.
    pub state: ShownState,
}

/// One step on credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LicenceStep {
    /// The current credential and its holding end because a newer one takes their place.
    Supersede {
        /// Why.
        reason: Reason,
    },
    /// A new credential is issued and becomes current; a holding is bound anew to the same device.
    Issue {
        /// Why.
        reason: Reason,
    },
    /// The current credential turns red.
    Red {
        /// Why.
        reason: Reason,
    },
    /// The current credential is stopped.
    Stop {
        /// Why.
        reason: Reason,
    },
    /// The current credential is in order again.
    Lift {
        /// Why.
        reason: Reason,
    },
    /// The current credential and its holding are revoked.
    Withdraw {
        /// Why.
        reason: Reason,
    },
}
