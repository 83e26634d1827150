//! The law and the words of road credentials, as pure functions and data: no clock, no SQL, no HTTP, no randomness.
//!
//! Every function takes the date or the instant it is asked about as a value. Tables live in `data/` as CSV or TSV, each row with
//! its source; they are embedded, parsed once and checked by a test.

pub mod accident;
pub mod account;
pub mod calendar;
pub mod case;
pub mod checked;
pub mod clause;
pub mod credential;
pub mod deadline;
pub mod driver;
pub mod event;
pub mod mask;
pub mod region;
pub mod roadside;
pub mod table;
pub mod text;
pub mod vehicle;
