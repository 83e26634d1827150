//! Formats and signatures of road credentials: the code, the trust list, the status lists, and the only way to a verdict.
//!
//! * [`kind`]: what a credential says; [`issue`]: from claims to a signed message;
//! * [`qr`]: the texts of a code and the message inside;
//! * [`sign`], [`seal`]: keys, signatures, and the part that only officers open;
//! * [`trust`], [`status_list`]: who may sign what, and what has become of it since;
//! * [`verify`]: text in, verdict out;
//! * [`accident`]: the note that two phones sign at the roadside; [`evidence`]: what is kept for a dispute.
//!
//! No clock, no SQL and no HTTP in here: the time is always an argument. Every decoder has its size ceiling beside it.

pub mod accident;
mod cbor;
pub mod evidence;
pub mod issue;
mod jose;
pub mod kind;
pub mod pack;
pub mod qr;
pub mod seal;
pub mod shard;
pub mod sign;
pub mod status_list;
pub mod trust;
pub mod verify;
