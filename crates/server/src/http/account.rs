//! Signing in by phone and one-time code, who one is, and where one is signed in.

use super::AppState;
use super::auth::{Account, Device, RealName, Staff, no_session_cookie, with_session};
use super::error::{Answer, Problem};
use crate::usecase::account::code::{self, CodeSent};
use crate::usecase::account::identity::{self, CounterCodeMade};
use crate::usecase::account::sessions::{self, AccountView, SessionView, SignInWays};
use crate::usecase::account::{self, DeviceInfo};
use crate::usecase::error::UseError;
use crate::usecase::session::{self, Session};
use crate::usecase::view::Me;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Where to send a code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ToPhone {
    /// A mobile phone number; foreign ones with `+` and their country.
    pub phone: String,
}

/// A phone with the code it got.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PhoneCode {
    /// The phone.
    pub phone: String,
    /// The 6 digits.
    pub code: String,
    /// What this device is to be called in the list of sessions; at most 40 characters are kept.
    pub device_name: Option<String>,
}

/// A new phone with the code it got.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPhone {
    /// The phone.
    pub phone: String,
    /// The 6 digits.
    pub code: String,
}

/// Proving again who one is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Again {
    /// The 6 digits.
    pub code: Option<String>,
    /// One tap, for people of a demonstration.
    #[serde(default)]
    pub demo: bool,
}

/// Who somebody is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// The name as on the identity card.
    pub name: String,
    /// The identity number.
    pub id_number: String,
}

/// A code from the counter.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CounterCode {
    /// The 8 digits.
    pub code: String,
}

/// Somebody signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignedIn {
    /// Who.
    pub me: Me,
    /// Whether it is the first time on this device; the person is told by a notice, too.
    pub new_device: bool,
}

/// Where somebody is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionList {
    /// The newest first.
    pub items: Vec<SessionView>,
}

/// How many sessions ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ended {
    /// How many.
    pub ended: u64,
}

/// The person after something changed: the session is read anew.
async fn me_again(state: &AppState, headers: &HeaderMap, session: Session) -> Answer<Me> {
    let device = DeviceInfo::of(headers);
    let now = match super::auth::token(headers) {
        Some(token) => session::find(state, token, &device).await?.unwrap_or(session),
        None => session,
    };
    Ok(account::me(state, &now).await?)
}

/// The answer to a session with a new token.
async fn renewed(state: &AppState, session: &Session, token: &str, device: &DeviceInfo) -> Answer<Response> {
    let me = account::me(state, session).await?;
    Ok(with_session(Json(me).into_response(), token, device, state))
}

/// The ways to sign in.
#[utoipa::path(get, operation_id = "sign_in_ways", path = "/api/v1/session/ways", tag = "session", responses((status = 200, body = SignInWays)))]
pub async fn ways(State(state): State<AppState>, headers: HeaderMap) -> Json<SignInWays> {
    let host = headers.get(header::HOST).and_then(|v| v.to_str().ok());
    Json(sessions::ways(&state, host))
}

/// Sends a one-time code. The answer is the same for every phone, known or not.
#[utoipa::path(post, operation_id = "ask_code", path = "/api/v1/session/code", tag = "session", request_body = ToPhone,
    responses((status = 202, body = CodeSent), (status = 400, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem), (status = 503, body = Problem)))]
pub async fn ask_code(
    State(state): State<AppState>,
    Device(device): Device,
    Json(to): Json<ToPhone>,
) -> Answer<(StatusCode, Json<CodeSent>)> {
    Ok((StatusCode::ACCEPTED, Json(code::ask(&state, &to.phone, &device).await?)))
}

/// Signs in with a one-time code.
#[utoipa::path(post, operation_id = "confirm_code", path = "/api/v1/session/code/confirm", tag = "session", request_body = PhoneCode,
    responses((status = 200, body = SignedIn), (status = 400, body = Problem), (status = 403, body = Problem, description = "wrong code"), (status = 429, body = Problem, description = "locked")))]
pub async fn confirm_code(
    State(state): State<AppState>,
    Device(device): Device,
    Json(given): Json<PhoneCode>,
) -> Answer<Response> {
    let device = device.named(given.device_name.as_deref());
    let begun = code::sign_in(&state, &given.phone, &given.code, &device).await?;
    let signed_in = SignedIn { me: account::me(&state, &begun.session).await?, new_device: begun.new_device };
    Ok(with_session(Json(signed_in).into_response(), &begun.token, &device, &state))
}

/// Sends a code to the account's own phone, to prove again who one is.
#[utoipa::path(post, operation_id = "ask_code_again", path = "/api/v1/session/reauthenticate/code", tag = "session",
    responses((status = 202, body = CodeSent), (status = 401, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem), (status = 503, body = Problem)))]
pub async fn ask_code_again(
    State(state): State<AppState>,
    Account(session): Account,
    Device(device): Device,
) -> Answer<(StatusCode, Json<CodeSent>)> {
    Ok((StatusCode::ACCEPTED, Json(code::ask_again(&state, &session, &device).await?)))
}

/// Proves again who one is. The session gets a new cookie, and the old one is dead.
#[utoipa::path(post, operation_id = "reauthenticate", path = "/api/v1/session/reauthenticate", tag = "session", request_body = Again,
    responses((status = 200, body = Me), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn reauthenticate(
    State(state): State<AppState>,
    Account(session): Account,
    Device(device): Device,
    Json(again): Json<Again>,
) -> Answer<Response> {
    let token = match (&again.code, again.demo) {
        (_, true) => code::reauthenticate_demo(&state, &session, &device).await?,
        (Some(given), false) => code::reauthenticate(&state, &session, given, &device).await?,
        (None, false) => return Err(UseError::invalid("no_code", "give the code that was sent").into()),
    };
    renewed(&state, &session, &token, &device).await
}

/// Compares name, identity number and phone with the register.
#[utoipa::path(post, operation_id = "confirm_identity", path = "/api/v1/citizen/identity", tag = "account", request_body = Identity,
    responses((status = 200, body = Me), (status = 400, body = Problem), (status = 401, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn confirm_identity(
    State(state): State<AppState>,
    Account(session): Account,
    Device(device): Device,
    headers: HeaderMap,
    Json(given): Json<Identity>,
) -> Answer<Json<Me>> {
    identity::confirm(&state, &session, &given.name, &given.id_number, &device).await?;
    Ok(Json(me_again(&state, &headers, session).await?))
}

/// Enters the code given face to face at a counter.
#[utoipa::path(post, operation_id = "confirm_counter_code", path = "/api/v1/citizen/identity/counter", tag = "account", request_body = CounterCode,
    responses((status = 200, body = Me), (status = 401, body = Problem), (status = 403, body = Problem), (status = 409, body = Problem), (status = 429, body = Problem)))]
pub async fn confirm_counter_code(
    State(state): State<AppState>,
    Account(session): Account,
    Device(device): Device,
    headers: HeaderMap,
    Json(given): Json<CounterCode>,
) -> Answer<Json<Me>> {
    identity::counter(&state, &session, &given.code, &device).await?;
    Ok(Json(me_again(&state, &headers, session).await?))
}

/// Makes a code for a person whose document was seen at the counter.
#[utoipa::path(post, operation_id = "make_counter_code", path = "/api/v1/staff/counter-codes", tag = "staff", request_body = Identity,
    responses((status = 200, body = CounterCodeMade), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub async fn make_counter_code(
    State(state): State<AppState>,
    Staff(session): Staff,
    Json(given): Json<Identity>,
) -> Answer<Json<CounterCodeMade>> {
    Ok(Json(identity::counter_code(&state, &session, &given.name, &given.id_number).await?))
}

/// Where the person is signed in.
#[utoipa::path(get, operation_id = "sessions", path = "/api/v1/citizen/sessions", tag = "account", responses((status = 200, body = SessionList), (status = 401, body = Problem)))]
pub async fn list(State(state): State<AppState>, Account(session): Account) -> Answer<Json<SessionList>> {
    Ok(Json(SessionList { items: sessions::sessions(&state, &session).await? }))
}

/// Signs out in one place.
#[utoipa::path(post, operation_id = "end_session", path = "/api/v1/citizen/sessions/{id}/end", tag = "account", params(("id" = Uuid, Path, description = "the session")),
    responses((status = 204, description = "ended"), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn end(
    State(state): State<AppState>,
    Account(session): Account,
    Device(device): Device,
    Path(id): Path<Uuid>,
) -> Answer<StatusCode> {
    sessions::end(&state, &session, id, &device).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Signs out everywhere else.
#[utoipa::path(post, operation_id = "end_other_sessions", path = "/api/v1/citizen/sessions/end-others", tag = "account", responses((status = 200, body = Ended), (status = 401, body = Problem)))]
pub async fn end_others(
    State(state): State<AppState>,
    Account(session): Account,
    Device(device): Device,
) -> Answer<Json<Ended>> {
    Ok(Json(Ended { ended: sessions::end_others(&state, &session, &device).await? }))
}

/// Signs out everywhere, here too.
#[utoipa::path(post, operation_id = "end_all_sessions", path = "/api/v1/citizen/sessions/end-all", tag = "account", responses((status = 204, description = "ended"), (status = 401, body = Problem)))]
pub async fn end_all(
    State(state): State<AppState>,
    Account(session): Account,
    Device(device): Device,
) -> Answer<Response> {
    sessions::end_all(&state, &session, &device).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    if let Ok(value) = HeaderValue::from_str(&no_session_cookie(&state)) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    Ok(response)
}

/// Sends a code to a phone that is to become the account's.
#[utoipa::path(post, operation_id = "ask_new_phone", path = "/api/v1/citizen/phone/code", tag = "account", request_body = ToPhone,
    responses((status = 202, body = CodeSent), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn ask_new_phone(
    State(state): State<AppState>,
    RealName(session): RealName,
    Device(device): Device,
    Json(to): Json<ToPhone>,
) -> Answer<(StatusCode, Json<CodeSent>)> {
    Ok((StatusCode::ACCEPTED, Json(sessions::ask_new_phone(&state, &session, &to.phone, &device).await?)))
}

/// Changes the phone by the code that the new one got.
#[utoipa::path(post, operation_id = "change_phone", path = "/api/v1/citizen/phone", tag = "account", request_body = NewPhone,
    responses((status = 200, body = Me), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem), (status = 429, body = Problem)))]
pub async fn change_phone(
    State(state): State<AppState>,
    RealName(session): RealName,
    Device(device): Device,
    Json(new): Json<NewPhone>,
) -> Answer<Json<Me>> {
    sessions::change_phone(&state, &session, &new.phone, &new.code, &device).await?;
    Ok(Json(account::me(&state, &session).await?))
}

/// The account: level, what each level allows, what happened lately.
#[utoipa::path(get, operation_id = "account", path = "/api/v1/citizen/account", tag = "account", responses((status = 200, body = AccountView), (status = 401, body = Problem)))]
pub async fn account_view(State(state): State<AppState>, Account(session): Account) -> Answer<Json<AccountView>> {
    Ok(Json(sessions::account(&state, &session).await?))
}
