//! The register's copy, credentials, jobs and journal on SQLite or PostgreSQL: the only crate that knows SQL.
//!
//! [`Store`] is the database, [`Tx`] one transaction; both are concrete and cheap. Methods of [`Tx`] stand in files named by their
//! noun. One SQL text serves both engines; what differs is in `db.rs` and `bulk.rs`. A transaction in which a statement failed
//! cannot commit; dropping one rolls it back.
//!
//! Personal data are sealed by the [`Vault`] before they reach a statement. Times are instants in µs, dates numbers yyyymmdd,
//! ids UUIDv7 made by the caller; nothing here reads a clock.

pub mod account;
pub mod attempt;
pub mod audit;
pub mod backup;
pub mod bound;
mod bulk;
pub mod case;
pub mod channel;
pub mod credential;
mod db;
pub mod driver;
pub mod driver_import;
mod error;
pub mod event;
pub mod filing;
pub mod flag;
pub mod holding;
pub mod import;
pub mod job;
mod journal;
pub mod key;
pub mod look;
mod lookup;
pub mod mark_case;
mod migrate;
pub mod notice;
pub mod officer;
pub mod owner;
pub mod pack;
pub mod paper;
pub mod partner;
pub mod passkey;
mod permutation;
pub mod photo;
pub mod proof;
pub mod publication;
pub mod received_proof;
pub mod retention;
pub mod review;
pub mod run;
pub mod session;
pub mod standing;
pub mod state_at;
pub mod status;
pub mod subscription;
mod tables;
#[cfg(feature = "testing")]
pub mod testing;
pub mod unit;
mod value;
pub mod vault;
pub mod vehicle;

pub use db::{Engine, Store, Tx};
pub use error::Error;
pub use migrate::SchemaState;
pub use vault::Vault;
