//! The rules about a licence: each answers with the clause it rests on, by the law of the day it is asked about.
//!
//! A rule takes [`LicenceFacts`] (a licence on a day) and gives a value with a [`Clause`](crate::clause::Clause). Numbers and clauses that changed, or are
//! known only from memory, stand in `data/driver/law.csv`; where the law is silent, a named constant says what we do and why.
//!
//! ```
//! use std::collections::BTreeMap;
//!
//! use jiff::civil::date;
//! use luzheng_domain::driver::rules::{LicenceFacts, MedicalRecord, ReviewRecord, renewal};
//!
//! let car = LicenceFacts {
//!     as_of: date(2024, 1, 10),
//!     classes: "C1".parse()?,
//!     class_dates: BTreeMap::new(),
//!     first_issued_on: date(2018, 3, 15),
//!     birth_date: date(1990, 1, 1),
//!     valid_from: date(2018, 3, 15),
//!     valid_until: Some(date(2024, 3, 15)),
//!     points: 3,
//!     full_on: vec![],
//!     cycles_with_points: vec![],
//!     medical: MedicalRecord::Unknown,
//!     reviews: ReviewRecord::Unknown,
//!     deferred_until: None,
//!     extended_until: None,
//! };
//! let renewal = renewal::of(&car).expect("not long-term");
//! assert_eq!(renewal.opens_on, date(2023, 12, 16));
//! assert_eq!(renewal.next_term.code(), "10");
//! assert_eq!(renewal.clause.id, "R162 Art.63");
//! # Ok::<(), luzheng_domain::driver::ClassError>(())
//! ```

pub mod cancel;
pub mod day;
pub mod deferral;
pub mod downgrade;
pub mod entry;
mod facts;
pub mod law;
pub mod medical;
pub mod practice;
pub mod renewal;
pub mod review;
mod state;
#[cfg(test)]
mod tests;

pub use cancel::{Cancellation, Cause, Restoration, RestoreBy};
pub use deferral::Deferral;
pub use downgrade::{Downgrade, Extension};
pub use entry::{Allowed, Bar, BarEvent, EntryError, Refusal};
pub use facts::{LicenceFacts, MedicalRecord, ReviewRecord};
pub use law::{Law, Topic};
pub use medical::{MedicalDue, MedicalRule, certificate_valid_until};
pub use practice::Practice;
pub use renewal::{Renewal, RenewalState, Term};
pub use review::{Accident, Responsibility, ReviewDue};
pub use state::{Derived, derived, effective};
