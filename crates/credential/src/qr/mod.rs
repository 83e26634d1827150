//! The code itself: the text that a QR symbol carries, and the signed message inside it.

pub mod message;
pub mod text;
