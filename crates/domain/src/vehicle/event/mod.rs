//! What happens to vehicles: events of the register, read strictly from JSON, and what they do to the vehicle and its inspection mark.
//!
//! [`Event::parse`] reads one event, [`apply()`] decides. Both are pure: the day is a value, and applying the same event to the same
//! vehicle on the same day gives the same outcome every time. The JSON Schemas in `data/events/` describe what is read.
//!
//! A correction (`vehicle.inspected.corrected` …) names the event whose statement was wrong in `data.corrects` (`source` and `id`) and
//! carries only what was wrong, with its right value. Later events are not undone by it.

mod apply;
mod columns;
mod decision;
mod gate;
mod parse;
mod record;
mod refused;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use jiff::civil::Date;

pub use apply::{Outcome, apply};
pub use decision::{CurrentMark, MarkDecision, MarkStep};
pub use gate::may_issue;
pub use record::{
    MAX_NUMBER_CHARS, Record, RecordCorrection, RecordOutcome, RightRecord, ViolationChange, ViolationValues,
    apply_record, stated_with_violations,
};
pub use refused::EventRefused;

use super::{Colour, Energy, OwnerDetails, Plate, StatusSet, UseNature, Vehicle, VehicleType, Vin, YearMonth};
use crate::checked::Warning;
use crate::credential::Reason;
pub use crate::event::{EventError, EventKey, EventProblem, MAX_EVENT_BYTES, MAX_TEXT_CHARS, local_day};
use crate::region::Division;

/// The kinds of events about vehicles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EventType {
    /// 注册登记 (L3 Art. 10 to 12).
    Registered,
    /// The vehicle was inspected at an agency (L3 Art. 54).
    Inspected,
    /// The mark of an exempt vehicle was granted (L3 Art. 55).
    MarkGranted,
    /// 转让登记: a new owner (L3 Art. 25 to 29).
    Transferred,
    /// 变更登记: use, body, colour, residence … (L3 Art. 16 to 19).
    Changed,
    /// New plates (L3 Art. 20, 51, 53).
    PlateChanged,
    /// The state letters changed: stolen, impounded, released, scrapped … (L3 Art. 76).
    StatusChanged,
    /// 注销登记 (L3 Art. 37 to 42).
    Deregistered,
    /// A traffic violation was recorded (L4 Art. 19).
    ViolationRecorded,
    /// A violation was handled: decided about (L4 Art. 43, 52).
    ViolationHandled,
    /// Compulsory insurance was taken out (L7).
    Insured,
    /// Vehicle and vessel tax was paid, or the vehicle is exempt (L8).
    Taxed,
}

impl EventType {
    /// Every type.
    pub const ALL: [Self; 12] = [
        Self::Registered,
        Self::Inspected,
        Self::MarkGranted,
        Self::Transferred,
        Self::Changed,
        Self::PlateChanged,
        Self::StatusChanged,
        Self::Deregistered,
        Self::ViolationRecorded,
        Self::ViolationHandled,
        Self::Insured,
        Self::Taxed,
    ];

    /// Whether the event leaves the vehicle itself as it is and speaks of what belongs to it: see [`Record`].
    pub const fn is_record(self) -> bool {
        matches!(self, Self::ViolationRecorded | Self::ViolationHandled | Self::Insured | Self::Taxed)
    }

    /// The word in `type`; a correction appends `.corrected`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Registered => "vehicle.registered",
            Self::Inspected => "vehicle.inspected",
            Self::MarkGranted => "vehicle.mark_granted",
            Self::Transferred => "vehicle.transferred",
            Self::Changed => "vehicle.changed",
            Self::PlateChanged => "vehicle.plate_changed",
            Self::StatusChanged => "vehicle.status_changed",
            Self::Deregistered => "vehicle.deregistered",
            Self::ViolationRecorded => "vehicle.violation_recorded",
            Self::ViolationHandled => "vehicle.violation_handled",
            Self::Insured => "vehicle.insured",
            Self::Taxed => "vehicle.taxed",
        }
    }

    /// The word of its correction.
    pub const fn corrected_code(self) -> &'static str {
        match self {
            Self::Registered => "vehicle.registered.corrected",
            Self::Inspected => "vehicle.inspected.corrected",
            Self::MarkGranted => "vehicle.mark_granted.corrected",
            Self::Transferred => "vehicle.transferred.corrected",
            Self::Changed => "vehicle.changed.corrected",
            Self::PlateChanged => "vehicle.plate_changed.corrected",
            Self::StatusChanged => "vehicle.status_changed.corrected",
            Self::Deregistered => "vehicle.deregistered.corrected",
            Self::ViolationRecorded => "vehicle.violation_recorded.corrected",
            Self::ViolationHandled => "vehicle.violation_handled.corrected",
            Self::Insured => "vehicle.insured.corrected",
            Self::Taxed => "vehicle.taxed.corrected",
        }
    }

    /// The JSON Schema of the event, or of its correction.
    pub const fn schema(self, corrected: bool) -> &'static str {
        macro_rules! schema {
            ($name:literal) => {
                if corrected {
                    include_str!(concat!("../../../data/events/", $name, ".corrected.schema.json"))
                } else {
                    include_str!(concat!("../../../data/events/", $name, ".schema.json"))
                }
            };
        }
        match self {
            Self::Registered => schema!("vehicle.registered"),
            Self::Inspected => schema!("vehicle.inspected"),
            Self::MarkGranted => schema!("vehicle.mark_granted"),
            Self::Transferred => schema!("vehicle.transferred"),
            Self::Changed => schema!("vehicle.changed"),
            Self::PlateChanged => schema!("vehicle.plate_changed"),
            Self::StatusChanged => schema!("vehicle.status_changed"),
            Self::Deregistered => schema!("vehicle.deregistered"),
            Self::ViolationRecorded => schema!("vehicle.violation_recorded"),
            Self::ViolationHandled => schema!("vehicle.violation_handled"),
            Self::Insured => schema!("vehicle.insured"),
            Self::Taxed => schema!("vehicle.taxed"),
        }
    }
}

/// Which vehicle an event speaks about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubjectRef {
    /// By frame number.
    Vin(Vin),
    /// By plate number and kind, as they were when the event happened.
    Plate(Plate),
}

/// One event of the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// `source` and `id`.
    pub key: EventKey,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// About which vehicle.
    pub subject: SubjectRef,
    /// What happened.
    pub data: EventData,
    /// Odd but genuine values found while reading.
    pub warnings: Vec<Warning>,
}

/// What happened, by type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventData {
    /// See [`EventType::Registered`].
    Registered(Box<Registered>),
    /// See [`EventType::Inspected`].
    Inspected(Inspected),
    /// See [`EventType::MarkGranted`].
    MarkGranted(MarkGranted),
    /// See [`EventType::Transferred`].
    Transferred(Box<Transferred>),
    /// See [`EventType::Changed`].
    Changed(Box<Changes>),
    /// See [`EventType::PlateChanged`].
    PlateChanged(PlateChanged),
    /// See [`EventType::StatusChanged`]: the state as it is now, all letters.
    StatusChanged(StatusSet),
    /// See [`EventType::Deregistered`].
    Deregistered(Cause),
    /// An earlier event stated something wrong.
    Corrected(Box<Correction>),
    /// Violations, insurance, tax, and what corrects them.
    Record(Box<Record>),
}

/// A vehicle enters the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// The vehicle; `owner` is nil until the caller fills it, `valid_until` is absent when the rules shall say it.
    pub vehicle: Vehicle,
    /// Its owner.
    pub owner: OwnerDetails,
}

/// The result of an inspection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InspectionResult {
    /// 合格.
    Pass,
    /// 不合格.
    Fail,
}

/// An inspection at an agency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspected {
    /// The day of the inspection; the event's own day when it is not given.
    pub inspected_on: Option<Date>,
    /// Passed or not.
    pub result: InspectionResult,
    /// Serial of the paper mark handed out with it.
    pub paper_mark: Option<String>,
    /// The validity as the register states it; must be the one the rules give.
    pub valid_until: Option<YearMonth>,
    /// Compulsory insurance shown at the inspection.
    pub insurance_until: Option<Date>,
}

/// The mark of an exempt vehicle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkGranted {
    /// The day it was granted; the event's own day when it is not given.
    pub granted_on: Option<Date>,
    /// Serial of the paper mark, when one was handed out.
    pub paper_mark: Option<String>,
    /// The validity as the register states it; must be the one the rules give.
    pub valid_until: Option<YearMonth>,
    /// Compulsory insurance shown with the application.
    pub insurance_until: Option<Date>,
}

/// A new owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transferred {
    /// Who.
    pub owner: OwnerDetails,
    /// New plates, when the old ones were taken back.
    pub plate: Option<Plate>,
    /// The new registering office, when it moved.
    pub division: Option<Division>,
    /// Compulsory insurance.
    pub insurance_until: Option<Date>,
}

/// Registered facts that changed; absent ones stay.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// Another body.
    pub vehicle_type: Option<VehicleType>,
    /// Another use.
    pub use_nature: Option<UseNature>,
    /// Other seats.
    pub seats: Option<u16>,
    /// 出厂日期.
    pub manufactured_on: Option<Date>,
    /// Another engine.
    pub energy: Option<Energy>,
    /// Another colour.
    pub colour: Option<Colour>,
    /// Residence in another office's area.
    pub division: Option<Division>,
    /// New plates that came with the change.
    pub plate: Option<Plate>,
    /// Compulsory insurance.
    pub insurance_until: Option<Date>,
    /// An accident with casualties became known.
    pub casualty_accident: Option<bool>,
    /// An illegal modification was punished.
    pub illegal_modification: Option<bool>,
}

/// New plates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlateChanged {
    /// The new plate.
    pub plate: Plate,
    /// The new registering office, when it moved.
    pub division: Option<Division>,
}

/// Why a vehicle leaves the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// Handed to a recycler or due to be.
    Scrapped,
    /// Registration annulled for fraud (L3 Art. 40, 81).
    Annulled,
    /// Plates and licence declared void (L3 Art. 41).
    DeclaredVoid,
    /// Anything else: lost, exported, left the country, returned to its maker.
    Other,
}

impl Cause {
    /// Every cause with its word in `data.cause`.
    pub const WORDS: [(&'static str, Self); 4] = [
        ("scrapped", Self::Scrapped),
        ("annulled", Self::Annulled),
        ("declared_void", Self::DeclaredVoid),
        ("other", Self::Other),
    ];

    /// The reason a mark is revoked for.
    pub const fn reason(self) -> Reason {
        match self {
            Self::Scrapped => Reason::Scrapped,
            Self::Annulled => Reason::Annulled,
            Self::DeclaredVoid => Reason::DeclaredVoid,
            Self::Other => Reason::Deregistered,
        }
    }
}

/// What was wrong in an earlier event, with its right values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// The type of the corrected event.
    pub of: EventType,
    /// The corrected event.
    pub corrects: EventKey,
    /// Facts as in a change.
    pub changes: Changes,
    /// The right frame number.
    pub vin: Option<Vin>,
    /// The right registration day.
    pub registered_on: Option<Date>,
    /// The right validity.
    pub valid_until: Option<YearMonth>,
    /// The right state.
    pub status: Option<StatusSet>,
    /// The right owner.
    pub owner: Option<OwnerDetails>,
    /// The right serial of the paper mark.
    pub paper_mark: Option<String>,
}

impl Event {
    /// The type; for a correction, that of the event it corrects.
    pub fn event_type(&self) -> EventType {
        match &self.data {
            EventData::Registered(_) => EventType::Registered,
            EventData::Inspected(_) => EventType::Inspected,
            EventData::MarkGranted(_) => EventType::MarkGranted,
            EventData::Transferred(_) => EventType::Transferred,
            EventData::Changed(_) => EventType::Changed,
            EventData::PlateChanged(_) => EventType::PlateChanged,
            EventData::StatusChanged(_) => EventType::StatusChanged,
            EventData::Deregistered(_) => EventType::Deregistered,
            EventData::Corrected(correction) => correction.of,
            EventData::Record(record) => record.event_type(),
        }
    }

    /// The word in `type`.
    pub fn type_code(&self) -> &'static str {
        match self.corrects() {
            Some(_) => self.event_type().corrected_code(),
            None => self.event_type().code(),
        }
    }

    /// The event this one corrects.
    pub fn corrects(&self) -> Option<&EventKey> {
        match &self.data {
            EventData::Corrected(correction) => Some(&correction.corrects),
            EventData::Record(record) => match &**record {
                Record::Corrected(correction) => Some(&correction.corrects),
                _ => None,
            },
            _ => None,
        }
    }

    /// The record, for an event that is one.
    pub fn record(&self) -> Option<&Record> {
        match &self.data {
            EventData::Record(record) => Some(record),
            _ => None,
        }
    }

    /// The day it happened on, by the clock of the country (UTC+8 all year).
    pub fn occurred_on(&self) -> Date {
        local_day(self.occurred_at)
    }
}
