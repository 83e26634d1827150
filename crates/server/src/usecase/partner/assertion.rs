//! A client proves who it is by a short-lived statement signed with its own key (RFC 7523, `private_key_jwt`), which counts once.

use super::registry::{Client, ClientKey};
use crate::app::App;
use crate::usecase::error::{Kind, UseError, Used};
use crate::usecase::journal::sha256;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use luzheng_credential::sign::KeyId;
use serde::Deserialize;
use std::collections::HashMap;
use uuid::Uuid;

/// Longest assertion, in bytes.
pub const MAX_ASSERTION: usize = 4 * 1024;
/// Longest time an assertion may be good for, in seconds.
pub const MAX_LIFE_S: i64 = 300;
/// By how much the client's clock may differ from ours, in seconds.
pub const SKEW_S: i64 = 30;
/// Longest `jti`, in bytes.
const MAX_JTI: usize = 256;
/// Most assertions that are remembered at a time. They are forgotten when they have expired.
const MAX_SEEN: usize = 200_000;

/// Assertions that were used lately, by digest, with the second of their end.
#[derive(Debug, Default)]
pub struct Seen(HashMap<[u8; 32], i64>);

/// An assertion whose signature and claims are right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// The key that signed it.
    pub key: KeyId,
    /// What it is remembered by.
    pub digest: [u8; 32],
    /// Until when it has to be remembered.
    pub expires_at: Timestamp,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: i64,
    iat: Option<i64>,
    nbf: Option<i64>,
    jti: Option<String>,
}

/// The refusal of a client that did not prove who it is (RFC 6749 section 5.2).
pub(super) fn refused(why: impl Into<String>) -> UseError {
    UseError::new(Kind::Unauthenticated, "invalid_client", why)
}

fn decoded<T: for<'de> Deserialize<'de>>(part: &str, what: &str) -> Used<T> {
    let json = URL_SAFE_NO_PAD.decode(part).map_err(|_| refused(format!("the assertion's {what} is not base64url")))?;
    serde_json::from_slice(&json).map_err(|e| refused(format!("the assertion's {what} cannot be read: {e}")))
}

/// Whom an assertion is about, before anything of it is believed.
///
/// # Errors
/// `invalid_client`.
pub fn subject(text: &str) -> Used<Uuid> {
    if text.len() > MAX_ASSERTION {
        return Err(refused(format!("an assertion has at most {MAX_ASSERTION} bytes")));
    }
    let claims = text.split('.').nth(1).ok_or_else(|| refused("the assertion is no signed JWT"))?;
    let claims: Claims = decoded(claims, "claims")?;
    claims.sub.parse().map_err(|_| refused("`sub` is not your client id"))
}

/// The key that made the signature, among those that fit.
fn signer<'c>(client: &'c Client, header: &Header, signed: &str, signature: &[u8]) -> Option<&'c ClientKey> {
    let fits = |key: &&ClientKey| {
        key.public.algorithm().name() == header.alg
            && header.kid.as_deref().is_none_or(|kid| kid == key.kid || kid == key.id.to_string())
    };
    client.keys.iter().filter(fits).find(|key| key.public.verify_slice(signed.as_bytes(), signature).is_ok())
}

/// Checks an assertion of a client: signature, issuer, audience, times.
///
/// # Errors
/// `invalid_client`, saying what is wrong once the signature is right.
pub fn check(text: &str, client: &Client, our_issuer: &str, now: Timestamp) -> Used<Assertion> {
    let parts: Vec<&str> = text.split('.').collect();
    let &[head, body, signature] = parts.as_slice() else { return Err(refused("the assertion is no signed JWT")) };
    let header: Header = decoded(head, "header")?;
    if header.crit.is_some() {
        return Err(refused("the assertion has critical extensions, which are not understood here"));
    }
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| refused("the signature is not base64url"))?;
    let signed = &text[..head.len() + 1 + body.len()];
    let key = signer(client, &header, signed, &signature).ok_or_else(not_by_client)?;
    let claims: Claims = decoded(body, "claims")?;
    let id = client.id.to_string();
    if claims.iss != id || claims.sub != id {
        return Err(refused("`iss` and `sub` must both be your client id"));
    }
    let ours = match &claims.aud {
        Audience::One(one) => one == our_issuer,
        Audience::Many(many) => matches!(many.as_slice(), [one] if one == our_issuer),
    };
    if !ours {
        return Err(refused(format!("`aud` must be {our_issuer} and nothing else")));
    }
    let second = now.as_second();
    if claims.exp <= second - SKEW_S {
        return Err(refused("the assertion has expired; look at your clock, ours is in the Date header"));
    }
    if claims.exp > second + MAX_LIFE_S + SKEW_S {
        return Err(refused(format!("`exp` is more than {MAX_LIFE_S} seconds away")));
    }
    if [claims.iat, claims.nbf].into_iter().flatten().any(|from| from > second + SKEW_S) {
        return Err(refused("the assertion is not good yet; look at your clock, ours is in the Date header"));
    }
    let jti = claims.jti.filter(|jti| (8..=MAX_JTI).contains(&jti.len()));
    let jti = jti.ok_or_else(|| refused("`jti` is missing, shorter than 8 or longer than 256 characters"))?;
    let mut named = client.id.as_bytes().to_vec();
    named.extend_from_slice(jti.as_bytes());
    let expires_at = Timestamp::from_second(claims.exp + SKEW_S + 1).unwrap_or(now);
    Ok(Assertion { key: key.id, digest: sha256(&named), expires_at })
}

/// No such client, or not its signature: one answer for both.
pub(super) fn not_by_client() -> UseError {
    refused("there is no such client, or none of its keys made this signature")
}

/// Remembers an assertion in this process. Answers whether this was the first time.
///
/// # Errors
/// More assertions wait to expire than can be remembered: fail closed.
pub fn first_use(app: &App, assertion: &Assertion, now: Timestamp) -> Used<bool> {
    let mut seen = app.partners.assertions.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let second = now.as_second();
    if seen.0.len() >= MAX_SEEN {
        seen.0.retain(|_, end| *end > second);
    }
    if seen.0.len() >= MAX_SEEN {
        return Err(
            UseError::new(Kind::TooOften, "temporarily_unavailable", "too many tokens are asked for").retry_after(60)
        );
    }
    let end = assertion.expires_at.as_second();
    Ok(seen.0.insert(assertion.digest, end).is_none_or(|before| before <= second))
}
