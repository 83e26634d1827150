//! Imports and reconciling, end to end on both engines.

mod bench;
mod commands;
mod drivers;
mod events;
#[path = "../hall_tests/hall.rs"]
#[expect(dead_code, reason = "these tests need only a part of the hall")]
mod hall;
mod killed;
#[path = "../hall_tests/licence/checks.rs"]
mod licence;
mod marks;
mod pack;
mod reconcile;
mod registers;
mod repeated;
