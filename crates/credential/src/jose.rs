//! The little JOSE (RFC 7515) that trust lists and status lists need: protected headers and base64url, strictly.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::sign::{Algorithm, KeyId};

/// Longest protected header, in characters of base64url.
const MAX_HEADER: usize = 1_024;

/// Why a signed JSON object could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum JoseError {
    /// Not base64url without padding, or not in its one spelling.
    #[error("{0} is not base64url")]
    NotBase64(&'static str),
    /// The protected header is not a JSON object with `alg` and `kid`.
    #[error("the protected header cannot be read: {0}")]
    Header(String),
    /// The header names extensions that must be understood and are not.
    #[error("the protected header has critical extensions")]
    Critical,
}

/// A protected header. `alg` for SM2 is `SM2`: JOSE has no registration for it, so the name is private to this system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) algorithm: Algorithm,
    pub(crate) kid: KeyId,
    pub(crate) typ: Option<String>,
}

#[derive(Serialize)]
struct Written<'a> {
    alg: Algorithm,
    kid: KeyId,
    typ: &'a str,
}

#[derive(Deserialize)]
struct Read {
    alg: Algorithm,
    kid: KeyId,
    typ: Option<String>,
    crit: Option<serde_json::Value>,
}

pub(crate) fn to_base64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn from_base64(text: &str, what: &'static str) -> Result<Vec<u8>, JoseError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| JoseError::NotBase64(what))
}

/// Writes a protected header as it is signed: base64url of its JSON.
pub(crate) fn write_header(algorithm: Algorithm, kid: KeyId, typ: &str) -> String {
    let json = serde_json::to_vec(&Written { alg: algorithm, kid, typ }).expect("three strings always serialise");
    to_base64(&json)
}

/// Reads a protected header.
pub(crate) fn read_header(text: &str) -> Result<Header, JoseError> {
    if text.len() > MAX_HEADER {
        return Err(JoseError::Header(format!("more than {MAX_HEADER} characters")));
    }
    let json = from_base64(text, "the protected header")?;
    let read: Read = serde_json::from_slice(&json).map_err(|error| JoseError::Header(error.to_string()))?;
    if read.crit.is_some() {
        return Err(JoseError::Critical);
    }
    Ok(Header { algorithm: read.alg, kid: read.kid, typ: read.typ })
}
