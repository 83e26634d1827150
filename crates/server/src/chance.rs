//! The one place that draws randomness for identifiers, tokens and nonces.

use jiff::Timestamp;
use uuid::Uuid;

/// A new time-ordered identifier (UUIDv7, RFC 9562 section 5.7) for something that happened at `now`.
pub fn new_id(now: Timestamp) -> Uuid {
    let seconds = u64::try_from(now.as_second()).unwrap_or(0);
    let nanos = u32::try_from(now.subsec_nanosecond()).unwrap_or(0);
    Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos))
}

/// `N` unpredictable bytes from the operating system's generator.
///
/// # Panics
/// When the operating system cannot give randomness: nothing here may go on without it.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut out = [0u8; N];
    aws_lc_rs::rand::fill(&mut out).expect("the operating system gives randomness");
    out
}

/// A bearer token of 256 bits as 64 hexadecimal digits.
pub fn token() -> String {
    hex::encode(bytes::<32>())
}

/// A code of `count` decimal digits for people to type, at most 18: all are equally likely, since 128 bits leave no bias that could be seen.
pub fn digits(count: u32) -> String {
    let width = count.min(18);
    let number = u128::from_be_bytes(bytes::<16>()) % 10u128.pow(width);
    format!("{number:0width$}", width = width as usize)
}

/// The key of a keyed hash that lives only in memory: random, and nobody can read it.
pub fn hash_key() -> std::hash::RandomState {
    std::hash::RandomState::new()
}
