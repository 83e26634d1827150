//! The whole system in one process, on both engines, with a clock that stands still.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod access;
mod application;
mod deadline;
mod drill;
mod driver;
mod hall;
mod journey;
mod licence;
mod review;
mod status;
