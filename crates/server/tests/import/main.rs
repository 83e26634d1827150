//! Imports and reconciling, end to end on both engines.

mod bench;
mod commands;
mod events;
#[path = "../hall_tests/hall.rs"]
#[expect(dead_code, reason = "these tests need only a part of the hall")]
mod hall;
mod killed;
mod marks;
mod reconcile;
mod registers;
mod repeated;
