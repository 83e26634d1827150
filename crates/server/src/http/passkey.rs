//! Passkeys: one's own, signing in with one, and proving with one again who one is.

use super::AppState;
use super::account::SignedIn;
use super::auth::{Account, Device, with_session};
use super::error::{Answer, Problem};
use crate::usecase::account;
use crate::usecase::passkey::{self, Challenge, MadePasskey, PasskeyView, UsedPasskey};
use crate::usecase::view::Me;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// The passkeys of a person.
#[derive(Debug, Serialize, ToSchema)]
pub struct PasskeyList {
    /// The oldest first.
    pub items: Vec<PasskeyView>,
}

/// One's own passkeys.
#[utoipa::path(get, operation_id = "passkeys", path = "/api/v1/citizen/passkeys", tag = "account",
    responses((status = 200, body = PasskeyList), (status = 401, body = Problem)))]
pub async fn list(State(state): State<AppState>, Account(session): Account) -> Answer<Json<PasskeyList>> {
    Ok(Json(PasskeyList { items: passkey::list(&state, &session).await? }))
}

/// Begins to make a passkey.
#[utoipa::path(post, operation_id = "begin_passkey", path = "/api/v1/citizen/passkeys/begin", tag = "account",
    responses((status = 200, body = Challenge), (status = 401, body = Problem),
        (status = 403, body = Problem, description = "assurance_needed, reauthenticate"), (status = 404, body = Problem, description = "passkeys_absent"),
        (status = 422, body = Problem, description = "too_many_passkeys")))]
pub async fn begin(State(state): State<AppState>, Account(session): Account) -> Answer<Json<Challenge>> {
    Ok(Json(passkey::begin_registration(&state, &session).await?))
}

/// Takes the passkey that was made.
#[utoipa::path(post, operation_id = "finish_passkey", path = "/api/v1/citizen/passkeys/finish", tag = "account", request_body = MadePasskey,
    responses((status = 200, body = PasskeyView), (status = 400, body = Problem, description = "passkey_malformed, passkey_name"),
        (status = 401, body = Problem), (status = 403, body = Problem, description = "passkey_refused, passkey_other_site, passkey_unverified"),
        (status = 409, body = Problem, description = "passkey_known"), (status = 410, body = Problem, description = "challenge_gone"),
        (status = 422, body = Problem, description = "passkey_not_discoverable, too_many_passkeys")))]
pub async fn finish(
    State(state): State<AppState>,
    Account(session): Account,
    Device(device): Device,
    Json(made): Json<MadePasskey>,
) -> Answer<Json<PasskeyView>> {
    Ok(Json(passkey::finish_registration(&state, &session, &device, made).await?))
}

/// Removes a passkey. The code to the phone remains as a way in.
#[utoipa::path(post, operation_id = "end_passkey", path = "/api/v1/citizen/passkeys/{id}/end", tag = "account", params(("id" = Uuid, Path, description = "the passkey")),
    responses((status = 204, description = "removed"), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn end(
    State(state): State<AppState>,
    Account(session): Account,
    Device(device): Device,
    Path(id): Path<Uuid>,
) -> Answer<StatusCode> {
    passkey::end(&state, &session, &device, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Begins a sign-in by passkey.
#[utoipa::path(post, operation_id = "begin_passkey_sign_in", path = "/api/v1/session/passkey/begin", tag = "session",
    responses((status = 200, body = Challenge), (status = 404, body = Problem, description = "passkeys_absent"), (status = 429, body = Problem)))]
pub async fn begin_sign_in(State(state): State<AppState>, Device(device): Device) -> Answer<Json<Challenge>> {
    Ok(Json(passkey::begin_sign_in(&state, &device).await?))
}

/// Signs in by passkey.
#[utoipa::path(post, operation_id = "finish_passkey_sign_in", path = "/api/v1/session/passkey/finish", tag = "session", request_body = UsedPasskey,
    responses((status = 200, body = SignedIn), (status = 400, body = Problem, description = "passkey_malformed"),
        (status = 403, body = Problem, description = "passkey_unknown, passkey_refused, passkey_other_site, passkey_copied, passkey_unverified"),
        (status = 404, body = Problem, description = "passkeys_absent"), (status = 410, body = Problem, description = "challenge_gone")))]
pub async fn sign_in(
    State(state): State<AppState>,
    Device(device): Device,
    Json(used): Json<UsedPasskey>,
) -> Answer<Response> {
    let begun = passkey::sign_in(&state, &device, used).await?;
    let signed_in = SignedIn { me: account::me(&state, &begun.session).await?, new_device: begun.new_device };
    Ok(with_session(Json(signed_in).into_response(), &begun.token, &device, &state))
}

/// Begins to prove again who one is.
#[utoipa::path(post, operation_id = "begin_passkey_again", path = "/api/v1/session/reauthenticate/passkey/begin", tag = "session",
    responses((status = 200, body = Challenge), (status = 401, body = Problem), (status = 404, body = Problem, description = "passkeys_absent"),
        (status = 422, body = Problem, description = "no_passkey")))]
pub async fn begin_again(State(state): State<AppState>, Account(session): Account) -> Answer<Json<Challenge>> {
    Ok(Json(passkey::begin_reauthentication(&state, &session).await?))
}

/// Proves again who one is. The session gets a new cookie, and the old one is dead.
#[utoipa::path(post, operation_id = "finish_passkey_again", path = "/api/v1/session/reauthenticate/passkey/finish", tag = "session", request_body = UsedPasskey,
    responses((status = 200, body = Me), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 410, body = Problem, description = "challenge_gone")))]
pub async fn finish_again(
    State(state): State<AppState>,
    Account(session): Account,
    Device(device): Device,
    Json(used): Json<UsedPasskey>,
) -> Answer<Response> {
    let begun = passkey::reauthenticate(&state, &session, &device, used).await?;
    let me = account::me(&state, &begun.session).await?;
    Ok(with_session(Json(me).into_response(), &begun.token, &device, &state))
}
