//! Every statement of the store on both engines. Each test gets a fresh database per engine.

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
