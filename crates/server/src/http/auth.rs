//! Who is asking: a signed-in person through the session cookie, or the feed through its token.
//!
//! The cookie is HttpOnly and SameSite=Strict; an unsafe call must besides carry `Content-Type: application/json` or no body, and an `Origin` of
//! our own when the browser sends one, so that another site cannot act in somebody's name.
//!
//! A citizen's calls ask for a level of assurance by the extractor they use: [`Account`] L1, [`Citizen`] L2, [`RealName`] L3.

pub mod bound;
pub mod partner;

pub use partner::PartnerCall;

use super::AppState;
use super::error::ApiError;
use crate::usecase::account::DeviceInfo;
use crate::usecase::account::device::{DEVICE_COOKIE_S, network_of};
use crate::usecase::error::{Kind, UseError};
use crate::usecase::session::{self, Level, Role, Session};
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::Response;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

/// The session cookie's name.
pub const COOKIE: &str = "lz_session";

/// The cookie by which a device is recognised.
pub const DEVICE_COOKIE: &str = "lz_device";
/// Longest `X-Forwarded-For` that is read, in bytes.
const MAX_FORWARDED: usize = 1_024;

/// Anybody signed in as a citizen (L1 or more): the own account.
#[derive(Debug)]
pub struct Account(pub Session);

/// A citizen whose name and number agree with the register (L2 or more): looking at own data.
#[derive(Debug)]
pub struct Citizen(pub Session);

/// A citizen who is a real person (L3 or more): acting.
#[derive(Debug)]
pub struct RealName(pub Session);

/// The network a call comes from, cut to what one subscriber has; nothing else of the caller.
#[derive(Debug)]
pub struct Network(pub Option<String>);

/// The device a call comes from.
#[derive(Debug)]
pub struct Device(pub DeviceInfo);

/// A signed-in member of staff.
#[derive(Debug)]
pub struct Staff(pub Session);

/// The register feed, by its token.
#[derive(Debug)]
pub struct Feed;

/// One cookie of ours in a request: 64 hexadecimal digits, or it is none.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value)
        .filter(|value| value.len() == 64 && value.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// The session token in a request's cookies.
pub fn token(headers: &HeaderMap) -> Option<&str> {
    cookie(headers, COOKIE)
}

fn set_cookie(name: &str, value: &str, max_age: i64, state: &AppState) -> String {
    let secure = if state.settings.secure_cookies { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={max_age}{secure}")
}

/// The session cookie with a token, for so many seconds.
pub fn session_cookie_for(token: &str, seconds: u32, state: &AppState) -> String {
    set_cookie(COOKIE, token, seconds.into(), state)
}

/// The session cookie with a token. It lasts as long as a citizen's session can; the server ends it earlier.
pub fn session_cookie(token: &str, state: &AppState) -> String {
    session_cookie_for(token, state.settings.account.citizen_lifetime_s, state)
}

/// The session cookie taken back.
pub fn no_session_cookie(state: &AppState) -> String {
    set_cookie(COOKIE, "", 0, state)
}

/// An answer with a session's token in its cookie, and with the device's cookie when that is new.
pub fn with_session(mut response: Response, token: &str, device: &DeviceInfo, state: &AppState) -> Response {
    let device_cookie = device.fresh.then(|| set_cookie(DEVICE_COOKIE, &device.token, DEVICE_COOKIE_S, state));
    for cookie in [Some(session_cookie(token, state)), device_cookie].into_iter().flatten() {
        if let Ok(value) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    response
}

impl DeviceInfo {
    /// The device as the headers tell it; the network is not among them.
    pub fn of(headers: &HeaderMap) -> Self {
        let agent = headers.get(header::USER_AGENT).map(|v| String::from_utf8_lossy(v.as_bytes()));
        Self::new(agent.as_deref().unwrap_or_default(), cookie(headers, DEVICE_COOKIE), None)
    }
}

/// The caller's address: what the outermost of our proxies saw, or the connection's own when there are none. What a caller writes into the
/// header itself stands further left and is not read.
fn address(parts: &Parts, proxies: u32) -> Option<IpAddr> {
    let connection = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let Some(from_right) = usize::try_from(proxies).ok().and_then(|n| n.checked_sub(1)) else { return connection };
    let forwarded: Vec<&str> = parts
        .headers
        .get_all("x-forwarded-for")
        .iter()
        .filter(|v| v.len() <= MAX_FORWARDED)
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','))
        .map(str::trim)
        .collect();
    forwarded.iter().rev().nth(from_right).and_then(|text| text.parse().ok()).or(connection)
}

/// The host (and port) that was asked.
fn host(parts: &Parts) -> Option<&str> {
    parts
        .headers
        .get(header::HOST)
        .and_then(|v| v.to_str().ok())
        .or_else(|| parts.uri.authority().map(axum::http::uri::Authority::as_str))
}

fn foreign_origin() -> ApiError {
    ApiError(UseError::new(Kind::Forbidden, "foreign_origin", "this call came from another site"))
}

fn same_origin(parts: &Parts) -> bool {
    if matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return true;
    }
    let Some(origin) = parts.headers.get(header::ORIGIN).and_then(|v| v.to_str().ok()) else {
        return true;
    };
    let host = host(parts);
    let origin_host = origin.split_once("://").map(|(_, rest)| rest);
    origin_host.is_some() && origin_host == host
}

async fn signed_in(parts: &Parts, state: &AppState, role: Role, level: Level) -> Result<Session, ApiError> {
    let unauthenticated = || {
        ApiError(UseError::new(Kind::Unauthenticated, "sign_in_required", "please sign in: there is no valid session"))
    };
    let token = token(&parts.headers).ok_or_else(unauthenticated)?;
    let device = DeviceInfo::of(&parts.headers);
    let session = session::find(state, token, &device).await?.ok_or_else(unauthenticated)?;
    if !same_origin(parts) {
        return Err(foreign_origin());
    }
    if session.role != role {
        return Err(ApiError(UseError::new(
            Kind::Forbidden,
            "wrong_role",
            format!("this needs a sign-in as {}", role.code()),
        )));
    }
    session.require(level)?;
    Ok(session)
}

macro_rules! signed_in_as {
    ($($name:ident: $role:ident, $level:ident;)+) => {$(
        impl FromRequestParts<AppState> for $name {
            type Rejection = ApiError;
            async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
                signed_in(parts, state, Role::$role, Level::$level).await.map(Self)
            }
        }
    )+};
}

signed_in_as! {
    Account: Citizen, L1;
    Citizen: Citizen, L2;
    RealName: Citizen, L3;
    Staff: Staff, L1;
}

impl FromRequestParts<AppState> for Network {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        Ok(Self(address(parts, state.settings.account.trusted_proxies).map(network_of)))
    }
}

impl FromRequestParts<AppState> for Device {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        let mut device = DeviceInfo::of(&parts.headers);
        device.network = address(parts, state.settings.account.trusted_proxies).map(network_of);
        Ok(Self(device))
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
