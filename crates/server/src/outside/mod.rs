//! What lies outside the process and is reached through a file of its own: the PKCS#11 token, other servers, and the ways notices take.

pub mod http;
pub mod mail;
pub mod push;
pub mod sink;
pub mod sms;
#[cfg(feature = "pkcs11")]
pub mod token;
pub mod web;
