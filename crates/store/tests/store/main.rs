//! Every statement of the store on both engines. Each test gets a fresh database per engine.

#![expect(clippy::unwrap_used, reason = "a test says what went wrong by where it stops")]

#[macro_use]
mod common;

mod audit;
mod backup;
mod crash;
mod credential;
mod event;
mod fault;
mod import;
mod job;
mod person;
mod schema;
mod status;
mod vehicle;
