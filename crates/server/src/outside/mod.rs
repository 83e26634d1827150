//! What lies outside the process and is reached through a file of its own: today the PKCS#11 token.

#[cfg(feature = "pkcs11")]
pub mod token;
pub mod web;
