//! Enrolled devices: enrolling one, signing in on it, who is signed in.

use super::AppState;
use super::auth::bound::Bound;
use super::auth::{Device, no_session_cookie, session_cookie_for, token};
use super::error::{Answer, Problem};
use crate::usecase::bound::enrol::{self, Enrolled, EnrolmentCode, Jwk};
use crate::usecase::bound::sign_in::{self, AnswerToChallenge, Challenge};
use crate::usecase::bound::{self, BoundMe};
use crate::usecase::demo::officer::enrolment;
use crate::usecase::error::UseError;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A device that is to be enrolled.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ToEnrol {
    /// The code that was handed over.
    pub code: String,
    /// The public key that the device made; its private part never leaves the device.
    pub public_key: Jwk,
    /// What the device is called, at most 40 characters.
    pub device_name: String,
}

/// A device that wants to sign in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WhichDevice {
    /// The device.
    pub device_id: Uuid,
}

/// A person of the demonstration.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DemoHolder {
    /// The person's word in the cast (`officer-suzhou`), or the id of the account as the list of sign-ins has it.
    pub person: String,
}

/// Enrols a device with a code that was handed over. Each code is good for one device.
#[utoipa::path(post, operation_id = "bound_enrol", path = "/api/v1/bound/enrol", tag = "bound", request_body = ToEnrol,
    responses((status = 201, body = Enrolled), (status = 400, body = Problem, description = "bad_device_key, private_key_sent, bad_base64"), (status = 403, body = Problem, description = "wrong_code"),
        (status = 422, body = Problem, description = "too_many_devices"), (status = 429, body = Problem, description = "locked")))]
pub async fn enrol(
    State(state): State<AppState>,
    Device(device): Device,
    Json(body): Json<ToEnrol>,
) -> Answer<(StatusCode, Json<Enrolled>)> {
    let ToEnrol { code, public_key, device_name } = body;
    let enrolled = enrol::enrol(&state, &code, &public_key, &device_name, device.network.as_deref()).await?;
    Ok((StatusCode::CREATED, Json(enrolled)))
}

/// A challenge for a device to sign in with. The answer is the same for devices that there are not.
#[utoipa::path(post, operation_id = "bound_challenge", path = "/api/v1/bound/challenge", tag = "bound", request_body = WhichDevice,
    responses((status = 200, body = Challenge), (status = 429, body = Problem)))]
pub async fn challenge(
    State(state): State<AppState>,
    Device(device): Device,
    Json(body): Json<WhichDevice>,
) -> Answer<Json<Challenge>> {
    Ok(Json(sign_in::challenge(&state, body.device_id, &device).await?))
}

/// Signs in on an enrolled device. Every later call carries the cookie and a proof of the device's key: the header `DPoP` (RFC 9449) whose payload
/// has `sid`, the session's id, in place of `ath`.
#[utoipa::path(post, operation_id = "bound_sign_in", path = "/api/v1/bound/sign-in", tag = "bound", request_body = AnswerToChallenge,
    responses((status = 200, body = BoundMe), (status = 401, body = Problem, description = "device_refused, device_ended"), (status = 410, body = Problem, description = "challenge_gone")))]
pub async fn sign_in(
    State(state): State<AppState>,
    headers: HeaderMap,
    Json(body): Json<AnswerToChallenge>,
) -> Answer<Response> {
    let host = headers.get(header::HOST).and_then(|v| v.to_str().ok());
    let host = host.ok_or_else(|| UseError::invalid("host_needed", "the call does not say which host it asks"))?;
    let (token, me) = sign_in::sign_in(&state, host, &body).await?;
    let mut response = Json(me).into_response();
    let cookie = session_cookie_for(&token, state.settings.bound.lifetime_s, &state);
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    Ok(response)
}

/// Ends the session on this device. It needs no proof: going away always works.
#[utoipa::path(post, operation_id = "bound_sign_out", path = "/api/v1/bound/sign-out", tag = "bound", responses((status = 204, description = "signed out")))]
pub async fn sign_out(State(state): State<AppState>, headers: HeaderMap) -> Answer<Response> {
    if let Some(token) = token(&headers) {
        bound::sign_out(&state, token).await?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    if let Ok(value) = HeaderValue::from_str(&no_session_cookie(&state)) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    Ok(response)
}

/// Who is signed in on this device.
#[utoipa::path(get, operation_id = "bound_me", path = "/api/v1/bound/me", tag = "bound", responses((status = 200, body = BoundMe), (status = 401, body = Problem, description = "sign_in_required, device_proof, device_clock")))]
pub async fn me(State(state): State<AppState>, Bound(bound): Bound) -> Answer<Json<BoundMe>> {
    Ok(Json(bound::me(&state, &bound).await?))
}

/// A code for a fictional officer or partner's member, with which the app enrols itself in one tap.
#[utoipa::path(post, operation_id = "demo_enrolment", path = "/api/v1/demo/enrolments", tag = "demo", request_body = DemoHolder,
    responses((status = 200, body = EnrolmentCode), (status = 404, body = Problem, description = "not a demonstration, or nobody who has a device")))]
pub async fn demo_enrolment(
    State(state): State<AppState>,
    Json(body): Json<DemoHolder>,
) -> Answer<Json<EnrolmentCode>> {
    Ok(Json(enrolment(&state, &body.person).await?))
}
