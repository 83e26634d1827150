//! Every statement of the store on both engines. Each test gets a fresh database per engine.

#![expect(clippy::unwrap_used, reason = "a test says what went wrong by where it stops")]

#[macro_use]
mod common;

mod account;
mod audit;
mod backup;
mod case;
mod channel;
mod crash;
mod credential;
mod driver;
mod driver_import;
mod event;
mod fault;
mod holding;
mod import;
mod job;
mod mark_case;
mod passkey;
mod person;
mod photo;
mod proof;
mod review;
mod schema;
mod status;
mod vehicle;
