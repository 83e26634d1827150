//! Who is asking from an enrolled device: the session cookie and, with every call, a proof of the device's key.

use super::super::AppState;
use super::super::error::ApiError;
use super::{foreign_origin, host, same_origin, token};
use crate::usecase::bound::{self, proof};
use crate::usecase::officer::{OfficerCall, terminal};
use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::header;
use axum::http::request::Parts;

/// The header with the proof (RFC 9449).
pub const PROOF: &str = "dpop";
/// The header in which a terminal names the officer who uses it.
pub const OFFICER: &str = "luzheng-officer";

/// Anybody signed in on an enrolled device, proved for this call.
#[derive(Debug)]
pub struct Bound(pub bound::Bound);

/// An officer on duty, from an enrolled device or from a terminal of the police.
#[derive(Debug)]
pub struct Officer(pub OfficerCall);

/// An officer, on duty or not.
#[derive(Debug)]
pub struct AnyOfficer(pub OfficerCall);

fn header<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    // Twice is as good as wrong: which one counts would be anybody's guess.
    let mut all = parts.headers.get_all(name).iter();
    let one = all.next()?.to_str().ok()?;
    all.next().is_none().then_some(one)
}

async fn signed_in(parts: &Parts, state: &AppState) -> Result<bound::Bound, ApiError> {
    let token = token(&parts.headers).ok_or_else(bound::unauthenticated)?;
    // Inside a nested router the address is without what it is nested under.
    let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0);
    let shown = proof::Shown {
        proof: header(parts, PROOF),
        method: parts.method.as_str(),
        host: host(parts),
        path: uri.path(),
    };
    let bound = bound::signed_in(state, token, &shown).await?;
    if !same_origin(parts) {
        return Err(foreign_origin());
    }
    Ok(bound)
}

/// A terminal shows its client's token and names the officer; nothing of a browser is looked at then.
async fn officer(parts: &Parts, state: &AppState) -> Result<OfficerCall, ApiError> {
    let bearer = header(parts, header::AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer "));
    if let Some(bearer) = bearer {
        return Ok(terminal::signed_in(state, bearer, header(parts, OFFICER)).await?);
    }
    Ok(OfficerCall::of_device(state, signed_in(parts, state).await?).await?)
}

impl FromRequestParts<AppState> for Bound {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        signed_in(parts, state).await.map(Self)
    }
}

impl FromRequestParts<AppState> for AnyOfficer {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        officer(parts, state).await.map(Self)
    }
}

impl FromRequestParts<AppState> for Officer {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let call = officer(parts, state).await?;
        call.on_duty()?;
        Ok(Self(call))
    }
}
