//! The whole system in one process, on both engines, with a clock that stands still.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod access;
mod account;
mod application;
mod authenticator;
mod browser;
mod deadline;
mod drill;
mod driver;
mod hall;
mod journey;
mod licence;
mod passkey;
mod review;
mod status;
