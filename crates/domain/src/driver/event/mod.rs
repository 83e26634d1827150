//! What happens to drivers: events of the register, read strictly from JSON, and what they do to the licence and its credential.
//!
//! [`Event::parse`] reads one event, [`apply()`] decides. Both are pure: the day is a value. The JSON Schemas in `data/events/` describe
//! what is read. A correction (`driver.points_entered.corrected` …) names the event whose statement was wrong in `data.corrects` and
//! carries only what was wrong, with its right value, or `"void": true` when the reported thing never happened.

mod apply;
mod columns;
mod decision;
mod parse;
mod photo;
mod refused;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

pub use apply::{Outcome, apply};
pub use decision::{CurrentLicence, FaceFacts, LicenceDecision, LicenceStep, ShownState};
pub use photo::{MAX_PHOTO_BYTES, Photo};
pub use refused::EventRefused;

use super::points::{Education, PointsEntry, Reduction};
use super::{ClassSet, Licence, LicenceClass, LicenceNumber, LicenceStatus, Sex};
use crate::checked::Warning;
pub use crate::event::{EventError, EventKey, EventProblem, local_day};
use crate::region::Division;

/// The largest event about a driver that is read, in bytes: a photo as text and everything around it.
pub const MAX_EVENT_BYTES: usize = 768 * 1024;

macro_rules! types {
    ($($(#[$doc:meta])* $variant:ident = $word:literal;)+) => {
        /// The kinds of events about drivers.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum EventType { $($(#[$doc])* $variant,)+ }

        impl EventType {
            /// Every type.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word in `type`; a correction appends `.corrected`.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => concat!("driver.", $word),)+ }
            }

            /// The word of its correction.
            pub const fn corrected_code(self) -> &'static str {
                match self { $(Self::$variant => concat!("driver.", $word, ".corrected"),)+ }
            }

            /// The JSON Schema of the event, or of its correction.
            pub const fn schema(self, corrected: bool) -> &'static str {
                match (self, corrected) {$(
                    (Self::$variant, false) => {
                        include_str!(concat!("../../../data/events/driver.", $word, ".schema.json"))
                    }
                    (Self::$variant, true) => {
                        include_str!(concat!("../../../data/events/driver.", $word, ".corrected.schema.json"))
                    }
                )+}
            }
        }
    };
}

types! {
    /// A licence enters the register: first issue, or a licence that came from elsewhere (R162 Art. 28).
    LicenceIssued = "licence_issued";
    /// Facts of the licence changed: renewal, class, issuer, name, phone (R162 Art. 62 to 70).
    LicenceChanged = "licence_changed";
    /// A penalty with points was decided (R163 Art. 13).
    PointsEntered = "points_entered";
    /// The fine of a penalty was paid (R163 Art. 15, 23).
    FinePaid = "fine_paid";
    /// A penalty was annulled, and its points with it (R163 Art. 16).
    PointsAnnulled = "points_annulled";
    /// Points were taken off by learning (R163 Art. 25).
    PointsReduced = "points_reduced";
    /// Full-12 education with its tests passed (R163 Art. 23).
    EducationPassed = "education_passed";
    /// The state letters changed: held, suspended, revoked, given back …
    StatusChanged = "status_changed";
    /// A medical certificate was submitted (R162 Art. 74).
    MedicalSubmitted = "medical_submitted";
    /// A review was passed (R162 Art. 72).
    Reviewed = "reviewed";
    /// Renewal, review or medical was deferred (R162 Art. 75).
    Deferred = "deferred";
    /// The register has a new photo of the driver.
    PhotoChanged = "photo_changed";
}

/// One event of the register about a driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// `source` and `id`.
    pub key: EventKey,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// About whose licence.
    pub subject: LicenceNumber,
    /// What happened.
    pub data: EventData,
    /// Odd but genuine values found while reading.
    pub warnings: Vec<Warning>,
}

/// What happened, by type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventData {
    /// See [`EventType::LicenceIssued`].
    LicenceIssued(Box<LicenceIssued>),
    /// See [`EventType::LicenceChanged`].
    LicenceChanged(Box<Changes>),
    /// See [`EventType::PointsEntered`].
    PointsEntered(PointsEntry),
    /// See [`EventType::FinePaid`].
    FinePaid {
        /// The number of the penalty decision.
        penalty_number: String,
        /// The day it was paid.
        paid_on: Date,
    },
    /// See [`EventType::PointsAnnulled`].
    PointsAnnulled {
        /// The number of the penalty decision.
        penalty_number: String,
        /// The day it was annulled.
        annulled_on: Date,
    },
    /// See [`EventType::PointsReduced`].
    PointsReduced(Reduction),
    /// See [`EventType::EducationPassed`].
    EducationPassed(Education),
    /// See [`EventType::StatusChanged`]: the state as it is now, all letters.
    StatusChanged(LicenceStatus),
    /// See [`EventType::MedicalSubmitted`]: the day.
    MedicalSubmitted(Date),
    /// See [`EventType::Reviewed`]: the day.
    Reviewed(Date),
    /// See [`EventType::Deferred`].
    Deferred(Deferral),
    /// See [`EventType::PhotoChanged`].
    PhotoChanged(Photo),
    /// An earlier event stated something wrong.
    Corrected(Box<Correction>),
}

/// A licence enters the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenceIssued {
    /// The licence.
    pub licence: Licence,
    /// The photo in the register's file, when it came along.
    pub photo: Option<Photo>,
}

/// Facts of a licence that changed; absent ones stay.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// 姓名.
    pub name: Option<String>,
    /// 性别.
    pub sex: Option<Sex>,
    /// 国籍.
    pub nationality: Option<String>,
    /// 出生日期; only in corrections.
    pub birth_date: Option<Date>,
    /// 手机号码.
    pub phone: Option<String>,
    /// 准驾车型, all of them.
    pub classes: Option<ClassSet>,
    /// Since when single classes are held; a new class without a day is held since the day of the event.
    pub class_dates: BTreeMap<LicenceClass, Date>,
    /// 初次领证日期; only in corrections.
    pub first_issued_on: Option<Date>,
    /// 有效期始.
    pub valid_from: Option<Date>,
    /// 有效期止; the inner `None` is 长期.
    pub valid_until: Option<Option<Date>>,
    /// 档案编号.
    pub file_number: Option<String>,
    /// The issuing authority.
    pub division: Option<Division>,
    /// 驾驶证状态, all letters.
    pub status: Option<LicenceStatus>,
    /// The last day of an extension of the heavy classes (R172).
    pub extended_until: Option<Date>,
}

/// A deferral (R162 Art. 75).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deferral {
    /// The last day.
    pub until: Date,
    /// What is deferred: any of N (renewal), T (review), P (medical).
    pub letters: LicenceStatus,
}

/// What was wrong in an earlier event, with its right values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// The type of the corrected event.
    pub of: EventType,
    /// The corrected event.
    pub corrects: EventKey,
    /// Its right content.
    pub what: Corrected,
}

/// The right content of a corrected event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Corrected {
    /// Of `licence_issued`, `licence_changed`, `status_changed`.
    Facts {
        /// The right facts.
        changes: Box<Changes>,
        /// The right photo, for `licence_issued`.
        photo: Option<Photo>,
    },
    /// Of `points_entered`: the right values, `void` when the penalty never was.
    Entry {
        /// The number of the penalty decision.
        penalty_number: String,
        /// What was wrong.
        changes: EntryChanges,
    },
    /// Of `fine_paid`: the right day, `None` when nothing was paid.
    Fine {
        /// The number of the penalty decision.
        penalty_number: String,
        /// The right day.
        paid_on: Option<Date>,
    },
    /// Of `points_annulled`: the right day, `None` when the penalty stands.
    Annulment {
        /// The number of the penalty decision.
        penalty_number: String,
        /// The right day.
        annulled_on: Option<Date>,
    },
    /// Of `points_reduced`.
    Reduction {
        /// The register's number of the reduction.
        number: String,
        /// The right points.
        points: Option<u8>,
        /// The right day.
        on: Option<Date>,
        /// Taken back (R163 Art. 31), or never granted.
        void: bool,
    },
    /// Of `education_passed`: the right day, `None` when it was not passed.
    Education {
        /// The register's number of the education.
        number: String,
        /// The right day.
        passed_on: Option<Date>,
    },
    /// Of `medical_submitted`: the right day, `None` when nothing was submitted.
    Medical(Option<Date>),
    /// Of `reviewed`: the right day, `None` when no review was passed.
    Review(Option<Date>),
    /// Of `deferred`: the right deferral, `None` when there is none.
    Deferral(Option<Deferral>),
    /// Of `photo_changed`: the right photo.
    Photo(Photo),
}

/// Values of a penalty that were stated wrongly; absent ones stay.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EntryChanges {
    /// The right item.
    pub item: Option<super::points::Item>,
    /// The right points.
    pub points: Option<u8>,
    /// The right day of the offence.
    pub offence_on: Option<Date>,
    /// The right day of the decision.
    pub decided_on: Option<Date>,
    /// The right last day to pay.
    pub fine_due_on: Option<Date>,
    /// The penalty never was.
    pub void: bool,
}

impl Event {
    /// The type; for a correction, that of the event it corrects.
    pub fn event_type(&self) -> EventType {
        match &self.data {
            EventData::LicenceIssued(_) => EventType::LicenceIssued,
            EventData::LicenceChanged(_) => EventType::LicenceChanged,
            EventData::PointsEntered(_) => EventType::PointsEntered,
            EventData::FinePaid { .. } => EventType::FinePaid,
            EventData::PointsAnnulled { .. } => EventType::PointsAnnulled,
            EventData::PointsReduced(_) => EventType::PointsReduced,
            EventData::EducationPassed(_) => EventType::EducationPassed,
            EventData::StatusChanged(_) => EventType::StatusChanged,
            EventData::MedicalSubmitted(_) => EventType::MedicalSubmitted,
            EventData::Reviewed(_) => EventType::Reviewed,
            EventData::Deferred(_) => EventType::Deferred,
            EventData::PhotoChanged(_) => EventType::PhotoChanged,
            EventData::Corrected(correction) => correction.of,
        }
    }

    /// The word in `type`.
    pub fn type_code(&self) -> &'static str {
        match self.data {
            EventData::Corrected(_) => self.event_type().corrected_code(),
            _ => self.event_type().code(),
        }
    }

    /// The event this one corrects.
    pub fn corrects(&self) -> Option<&EventKey> {
        match &self.data {
            EventData::Corrected(correction) => Some(&correction.corrects),
            _ => None,
        }
    }

    /// The day it happened on, by the clock of the country (UTC+8 all year).
    pub fn occurred_on(&self) -> Date {
        local_day(self.occurred_at)
    }
}
