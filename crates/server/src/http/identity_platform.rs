//! To the government identity platform and back. Both ends are addresses that the browser itself opens, so whatever happens they answer with a
//! redirect: to where the person wanted to go, or to the sign-in page with a stable code.

use super::AppState;
use super::auth::{Device, cookie, token, with_session};
use crate::usecase::error::{Kind, UseError, Used};
use crate::usecase::identity_platform::{self, ATTEMPT_S, Answer, Arrived, Purpose};
use crate::usecase::session;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use utoipa::IntoParams;

/// The cookie that holds the handle of the way that was begun. It must come along from the platform's site, so it is `Lax`; it opens nothing by itself.
const COOKIE: &str = "lz_identity";
/// The path that the cookie is sent to.
const COOKIE_PATH: &str = "/api/v1/session/identity-platform";

/// For what, and where to go afterwards.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Start {
    /// `sign_in`, `reauthenticate` or `raise`.
    #[param(inline)]
    pub purpose: Purpose,
    /// A path of this site.
    #[serde(rename = "return")]
    #[param(rename = "return")]
    pub return_to: Option<String>,
}

/// What the platform says in the address.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Callback {
    /// The code to be exchanged.
    pub code: Option<String>,
    /// The state that was sent.
    pub state: Option<String>,
    /// Why there is no code.
    pub error: Option<String>,
    /// Who answers (RFC 9207).
    pub iss: Option<String>,
}

fn set_handle(response: &mut Response, handle: &str, max_age: i64, state: &AppState) {
    let secure = if state.settings.secure_cookies { "; Secure" } else { "" };
    let text = format!("{COOKIE}={handle}; Path={COOKIE_PATH}; HttpOnly; SameSite=Lax; Max-Age={max_age}{secure}");
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// To the sign-in page with a code. The codes are our own words, so nothing in them needs escaping.
fn problem(error: &UseError) -> Response {
    // As for every other failure, what our own parts said to each other is for the log.
    if matches!(error.kind, Kind::Unavailable | Kind::Broken) {
        tracing::error!(code = error.code, %error, "no sign-in through the identity platform");
    }
    Redirect::to(&format!("/sign-in?problem={}", error.code)).into_response()
}

/// Goes to the identity platform.
#[utoipa::path(get, operation_id = "start_identity_platform", path = "/api/v1/session/identity-platform/start", tag = "session", params(Start),
    responses((status = 303, description = "to the platform, or to /sign-in?problem=CODE: platform_absent, platform_down, sign_in_required")))]
pub async fn start(
    State(state): State<AppState>,
    Device(device): Device,
    headers: HeaderMap,
    query: Result<Query<Start>, QueryRejection>,
) -> Response {
    let begun = async {
        let Query(query) =
            query.map_err(|_| UseError::invalid("bad_request", "purpose is sign_in, reauthenticate or raise"))?;
        let session = match token(&headers) {
            Some(token) if query.purpose != Purpose::SignIn => session::find(&state, token, &device).await?,
            _ => None,
        };
        identity_platform::start(&state, query.purpose, query.return_to.as_deref(), session.as_ref(), &device).await
    };
    match begun.await {
        Ok(started) => {
            let mut response = Redirect::to(&started.address).into_response();
            set_handle(&mut response, &started.handle, ATTEMPT_S, &state);
            response
        }
        Err(error) => problem(&error),
    }
}

/// Comes back from the identity platform.
#[utoipa::path(get, operation_id = "finish_identity_platform", path = "/api/v1/session/identity-platform/callback", tag = "session", params(Callback),
    responses((status = 303, description = "to where the person wanted to go, with a session; or to /sign-in?problem=CODE: platform_absent, platform_state, \
platform_declined, platform_refused, platform_down, platform_untrusted, platform_stale, platform_level, platform_other_person, identity_mismatch, \
already_linked, sign_in_required")))]
pub async fn callback(
    State(state): State<AppState>,
    Device(device): Device,
    headers: HeaderMap,
    query: Result<Query<Callback>, QueryRejection>,
) -> Response {
    let arrived: Used<Arrived> = async {
        let Query(Callback { code, state: sent, error, iss }) =
            query.map_err(|_| UseError::invalid("bad_request", "this is no answer of an identity platform"))?;
        let answer = Answer { code, state: sent, error, issuer: iss };
        identity_platform::finish(&state, cookie(&headers, COOKIE), &answer, &device).await
    }
    .await;
    let mut response = match arrived {
        Ok(arrived) => {
            let onward = Redirect::to(&arrived.return_to).into_response();
            with_session(onward, &arrived.token, &arrived.device, &state)
        }
        Err(error) => problem(&error),
    };
    set_handle(&mut response, "", 0, &state);
    response
}

#[cfg(test)]
mod tests {
    use super::COOKIE_PATH;
    use crate::usecase::identity_platform::CALLBACK;

    #[test]
    fn the_cookie_goes_where_the_platform_sends_the_browser() {
        assert!(CALLBACK.starts_with(&format!("{COOKIE_PATH}/")));
    }
}
