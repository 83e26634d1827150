//! Who is asking: a signed-in person through the session cookie, or the feed through its token.
//!
//! The cookie is HttpOnly and SameSite=Strict; an unsafe call must besides carry `Content-Type: application/json` or no body, and an `Origin` of
//! our own when the browser sends one, so that another site cannot act in somebody's name.

use super::AppState;
use super::error::ApiError;
use crate::usecase::error::{Kind, UseError};
use crate::usecase::session::{self, Role, Session};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};

/// The session cookie's name.
pub const COOKIE: &str = "lz_session";

/// A signed-in citizen.
#[derive(Debug)]
pub struct Citizen(pub Session);

/// A signed-in member of staff.
#[derive(Debug)]
pub struct Staff(pub Session);

/// The register feed, by its token.
#[derive(Debug)]
pub struct Feed;

/// The session token in a request's cookies.
pub fn token(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, value)| value)
        .filter(|value| value.len() == 64 && value.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn same_origin(parts: &Parts) -> bool {
    if matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return true;
    }
    let Some(origin) = parts.headers.get(header::ORIGIN).and_then(|v| v.to_str().ok()) else {
        return true;
    };
    let host = parts
        .headers
        .get(header::HOST)
        .and_then(|v| v.to_str().ok())
        .or_else(|| parts.uri.authority().map(axum::http::uri::Authority::as_str));
    let origin_host = origin.split_once("://").map(|(_, rest)| rest);
    origin_host.is_some() && origin_host == host
}

async fn signed_in(parts: &Parts, state: &AppState, role: Role) -> Result<Session, ApiError> {
    let unauthenticated = || {
        ApiError(UseError::new(Kind::Unauthenticated, "sign_in_required", "please sign in: there is no valid session"))
    };
    let token = token(&parts.headers).ok_or_else(unauthenticated)?;
    let session = session::find(state, token).await?.ok_or_else(unauthenticated)?;
    if !same_origin(parts) {
        return Err(ApiError(UseError::new(Kind::Forbidden, "foreign_origin", "this call came from another site")));
    }
    if session.role != role {
        return Err(ApiError(UseError::new(
            Kind::Forbidden,
            "wrong_role",
            format!("this needs a sign-in as {}", role.code()),
        )));
    }
    Ok(session)
}

impl FromRequestParts<AppState> for Citizen {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        signed_in(parts, state, Role::Citizen).await.map(Self)
    }
}

impl FromRequestParts<AppState> for Staff {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        signed_in(parts, state, Role::Staff).await.map(Self)
    }
}

impl FromRequestParts<AppState> for Feed {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let wrong = || {
            ApiError(UseError::new(Kind::Unauthenticated, "feed_token", "the feed's bearer token is missing or wrong"))
        };
        let expected = state.settings.feed_token.as_deref().ok_or_else(wrong)?;
        let given = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|v| v.to_str().ok())
            .and_then(|v| v.strip_prefix("Bearer "))
            .ok_or_else(wrong)?;
        aws_lc_rs::constant_time::verify_slices_are_equal(expected.as_bytes(), given.as_bytes())
            .map_err(|_| wrong())?;
        Ok(Self)
    }
}
