//! Why an event cannot be applied to a vehicle.

use jiff::civil::Date;

use crate::vehicle::inspection::InspectionError;
use crate::vehicle::{StatusLetter, YearMonth};

/// The event contradicts what is known. Nothing is changed by it; the caller records the refusal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventRefused {
    /// The vehicle is not in the register (yet): the event can be parked and tried again.
    #[error("the vehicle is not in the register")]
    UnknownVehicle,
    /// A second registration of the same vehicle.
    #[error("the vehicle is already registered")]
    AlreadyRegistered,
    /// The subject names another vehicle than the one it was applied to.
    #[error("the event speaks about another vehicle")]
    OtherVehicle,
    /// It says it happened later than today.
    #[error("{day} is after today, {today}")]
    InTheFuture {
        /// The day it names.
        day: Date,
        /// Today.
        today: Date,
    },
    /// Deregistered or void: nothing but a correction applies any more.
    #[error("the vehicle has left the register (state {})", letter.letter())]
    LeftTheRegister {
        /// The state that says so.
        letter: StatusLetter,
    },
    /// All business is stopped for a stolen vehicle (L3 Art. 76), registrations for a sealed one (L2 Art. 10).
    #[error("business is stopped for the vehicle (state {}, {})", letter.letter(), letter.name().en)]
    BusinessStopped {
        /// The state that says so.
        letter: StatusLetter,
    },
    /// The file moved out and has not arrived anywhere: only a transfer with new plates or office ends that.
    #[error("the vehicle's file has moved out and not arrived yet")]
    MovedOut,
    /// A mark was granted without inspection, but the rules ask for one.
    #[error("no mark without inspection: rule {rule} ({clause}) asks for an inspection for the point of {due}")]
    NeedsInspection {
        /// The rule.
        rule: String,
        /// Its clause.
        clause: String,
        /// The point.
        due: YearMonth,
    },
    /// A mark was granted before the window of its point opened.
    #[error("the window opens on {window_opens}; {day} is too early")]
    TooEarly {
        /// The day of the grant.
        day: Date,
        /// When the window opens.
        window_opens: Date,
    },
    /// The validity stated with the event is not the one the rules give.
    #[error("the event states a validity until {stated}, the rules give {computed}")]
    ValidityDiffers {
        /// In the event.
        stated: YearMonth,
        /// By the rules.
        computed: YearMonth,
    },
    /// New plates that are the old ones.
    #[error("the vehicle already has this plate")]
    SamePlate,
    /// A violation that is not recorded (yet) cannot be handled or corrected.
    #[error("this violation is not recorded")]
    UnknownViolation,
    /// A violation is recorded with other values; a correction is needed.
    #[error("this violation is recorded with other values")]
    ViolationDiffers,
    /// The facts after the event have no answer in the rules.
    #[error("the facts make no sense to the inspection rules: {0}")]
    Facts(#[from] InspectionError),
}

impl EventRefused {
    /// The stable code of this refusal.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownVehicle => "unknown_vehicle",
            Self::AlreadyRegistered => "already_registered",
            Self::OtherVehicle => "other_vehicle",
            Self::InTheFuture { .. } => "in_the_future",
            Self::LeftTheRegister { .. } => "left_the_register",
            Self::BusinessStopped { .. } => "business_stopped",
            Self::MovedOut => "moved_out",
            Self::NeedsInspection { .. } => "needs_inspection",
            Self::TooEarly { .. } => "window_not_open",
            Self::ValidityDiffers { .. } => "validity_differs",
            Self::SamePlate => "same_plate",
            Self::UnknownViolation => "unknown_violation",
            Self::ViolationDiffers => "violation_differs",
            Self::Facts(error) => error.code(),
        }
    }

    /// Whether the event may become applicable by itself: when the vehicle or an earlier event arrives, or the day comes.
    pub const fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::UnknownVehicle
                | Self::UnknownViolation
                | Self::InTheFuture { .. }
                | Self::BusinessStopped { .. }
                | Self::MovedOut
        )
    }
}
