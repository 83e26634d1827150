//! The rules about a licence: each answers with the clause it rests on, by the law of the day it is asked about.
//!
//! A rule takes [`LicenceFacts`] (a licence on a day) and gives a value with a [`Clause`](crate::clause::Clause). Numbers and clauses that changed, or are
//! known only from memory, stand in `data/driver/law.csv`; where the law is silent, a named constant says what we do and why.

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
