//! The whole system in one process, on both engines, with a clock that stands still.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod access;
mod accident;
mod account;
mod application;
mod authenticator;
mod bound;
mod browser;
mod copies;
mod deadline;
mod device;
mod drill;
mod driver;
mod eligibility;
mod filing;
mod hall;
mod identity_platform;
mod inbox;
mod journey;
mod licence;
mod look;
mod mark_case;
mod masks;
mod officer;
mod pack;
mod paper_order;
mod partner;
mod passkey;
mod print;
mod received_proof;
mod resilience;
mod retention;
mod review;
mod state_at;
mod status;
mod subscription;
mod watch;
#[path = "../paper/worn.rs"]
mod worn;
