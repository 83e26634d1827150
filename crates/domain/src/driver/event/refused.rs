//! Why an event cannot be applied to a licence.

use jiff::civil::Date;

/// The event contradicts what is known. Nothing is changed by it; the caller records the refusal. Sentences carry no personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventRefused {
    /// The driver is not in the register (yet): the event can be parked and tried again.
    #[error("the driver is not in the register")]
    UnknownDriver,
    /// A second issue while the licence counts: one person holds one licence.
    #[error("the driver already holds a licence")]
    AlreadyIssued,
    /// The subject names another licence than the one it was applied to.
    #[error("the event speaks about another licence")]
    OtherDriver,
    /// It says it happened later than today.
    #[error("{day} is after today, {today}")]
    InTheFuture {
        /// The day it names.
        day: Date,
        /// Today.
        today: Date,
    },
    /// It speaks about a penalty that was not reported (yet).
    #[error("the penalty is not known")]
    UnknownPenalty,
    /// It corrects a reduction, an education or a thing of that kind that was not reported (yet).
    #[error("what it corrects is not known")]
    UnknownStatement,
    /// A penalty, a reduction or an education with this number was reported with other values.
    #[error("this number was already reported with other values; a correction is needed")]
    NumberTaken,
    /// Two days that contradict each other after the event.
    #[error("{earlier} ({earlier_name}) must not be after {later} ({later_name})")]
    DaysContradict {
        /// The day that should be the earlier one.
        earlier: Date,
        /// Which it is.
        earlier_name: &'static str,
        /// The day that should be the later one.
        later: Date,
        /// Which it is.
        later_name: &'static str,
    },
    /// A class got a day but is not held.
    #[error("class_dates names {0}, which is not held")]
    ClassNotHeld(&'static str),
}

impl EventRefused {
    /// The stable code of this refusal.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownDriver => "unknown_driver",
            Self::AlreadyIssued => "already_issued",
            Self::OtherDriver => "other_driver",
            Self::InTheFuture { .. } => "in_the_future",
            Self::UnknownPenalty => "unknown_penalty",
            Self::UnknownStatement => "unknown_statement",
            Self::NumberTaken => "number_taken",
            Self::DaysContradict { .. } => "days_contradict",
            Self::ClassNotHeld(_) => "class_not_held",
        }
    }

    /// Whether the event may become applicable by itself: when the driver or an earlier event arrives, or the day comes.
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::UnknownDriver | Self::InTheFuture { .. } | Self::UnknownPenalty | Self::UnknownStatement)
    }
}
