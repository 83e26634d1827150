//! The staff desk's by-hand acts on a credential: each with a reason, each in the journal.

use super::AppState;
use super::auth::Staff;
use super::error::{Answer, Problem};
use crate::usecase::account;
use crate::usecase::credential::{self, Act, Request};
use crate::usecase::look::{Purpose, Viewer};
use crate::usecase::view::{CredentialView, Me};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Why it is done.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ByHand {
    /// Reason code.
    pub reason: String,
    /// In own words, at most 500 characters.
    pub note: Option<String>,
}

/// Longest idempotency key.
const MAX_KEY: usize = 200;

/// The caller's idempotency key, when there is a usable one.
pub(super) fn idempotency_key(headers: &HeaderMap) -> Option<String> {
    headers
        .get("idempotency-key")
        .and_then(|v| v.to_str().ok())
        .filter(|k| !k.is_empty() && k.len() <= MAX_KEY)
        .map(str::to_owned)
}

/// The signed-in member of staff.
#[utoipa::path(get, operation_id = "staff_me", path = "/api/v1/staff/me", tag = "staff", responses((status = 200, body = Me), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub async fn me(State(state): State<AppState>, Staff(session): Staff) -> Answer<Json<Me>> {
    Ok(Json(account::me(&state, &session).await?))
}

/// What something is looked up for.
#[derive(Debug, Deserialize, IntoParams)]
pub struct LookedUpFor {
    /// A code from the list of purposes (`/api/v1/staff/look-purposes`). The person whose data it is sees it.
    pub purpose: Option<String>,
}

/// One credential with its history. The person whose it is sees that it was looked up, when and what for.
#[utoipa::path(get, path = "/api/v1/staff/credentials/{id}", tag = "staff", params(("id" = Uuid, Path, description = "the credential"), LookedUpFor),
    responses((status = 200, body = CredentialView), (status = 400, body = Problem, description = "purpose_needed, unknown_purpose"),
        (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn credential(
    State(state): State<AppState>,
    Staff(session): Staff,
    Path(id): Path<Uuid>,
    Query(looked_up): Query<LookedUpFor>,
) -> Answer<Json<CredentialView>> {
    let purpose = Purpose::of_staff(looked_up.purpose.as_deref())?;
    Ok(Json(credential::get(&state, id, Viewer::Staff(&session, purpose)).await?))
}

async fn act(
    state: AppState,
    session: crate::usecase::session::Session,
    id: Uuid,
    act: Act,
    headers: HeaderMap,
    body: ByHand,
) -> Answer<Json<CredentialView>> {
    let request = Request {
        act,
        reason: body.reason,
        note: body.note,
        actor: session.actor(),
        idempotency_key: idempotency_key(&headers),
    };
    Ok(Json(credential::by_hand(&state, id, request).await?))
}

/// Suspends a credential.
#[utoipa::path(post, path = "/api/v1/staff/credentials/{id}/suspend", tag = "staff", params(("id" = Uuid, Path, description = "the credential"), ("Idempotency-Key" = Option<String>, Header, description = "same key, same answer")),
    request_body = ByHand, responses((status = 200, body = CredentialView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn suspend(
    State(state): State<AppState>,
    Staff(session): Staff,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    Json(body): Json<ByHand>,
) -> Answer<Json<CredentialView>> {
    act(state, session, id, Act::Suspend, headers, body).await
}

/// Restores a suspended credential.
#[utoipa::path(post, path = "/api/v1/staff/credentials/{id}/restore", tag = "staff", params(("id" = Uuid, Path, description = "the credential"), ("Idempotency-Key" = Option<String>, Header, description = "same key, same answer")),
    request_body = ByHand, responses((status = 200, body = CredentialView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn restore(
    State(state): State<AppState>,
    Staff(session): Staff,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    Json(body): Json<ByHand>,
) -> Answer<Json<CredentialView>> {
    act(state, session, id, Act::Restore, headers, body).await
}

/// Revokes a credential for good.
#[utoipa::path(post, path = "/api/v1/staff/credentials/{id}/revoke", tag = "staff", params(("id" = Uuid, Path, description = "the credential"), ("Idempotency-Key" = Option<String>, Header, description = "same key, same answer")),
    request_body = ByHand, responses((status = 200, body = CredentialView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn revoke(
    State(state): State<AppState>,
    Staff(session): Staff,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    Json(body): Json<ByHand>,
) -> Answer<Json<CredentialView>> {
    act(state, session, id, Act::Revoke, headers, body).await
}
