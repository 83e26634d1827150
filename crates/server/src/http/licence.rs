//! The citizen's own licence: the live code, the device that holds it, and proofs for somebody far away.

use super::AppState;
use super::auth::{Citizen, RealName};
use super::error::{Answer, Problem};
use crate::usecase::licence::holding::{self, Challenge, Held, NewDevice};
use crate::usecase::licence::live::{self, LicenceLive};
use crate::usecase::licence::proof::{self, NewProof, Proof, ProofLink, ProofView};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Which device asks.
#[derive(Debug, Deserialize, IntoParams)]
pub struct OfDevice {
    /// Its public key: a compressed point of P-256 in base64url.
    pub key: String,
}

/// The proofs of a person.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProofList {
    /// The newest first.
    pub items: Vec<Proof>,
}

/// What the link carries after its `#`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenProof {
    /// The token.
    pub token: String,
}

/// A live code of one's own licence: dead after 60 s, to be renewed after 30, with the state and the points as of now.
#[utoipa::path(post, operation_id = "licence_live", path = "/api/v1/citizen/licence/live", tag = "licence",
    responses((status = 200, body = LicenceLive), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem, description = "licence_stopped, licence_withdrawn, licence_expired, no_electronic_licence")))]
pub async fn live(State(state): State<AppState>, RealName(session): RealName) -> Answer<Json<LicenceLive>> {
    Ok(Json(live::live(&state, &session).await?))
}

/// A challenge that the device's key is to sign, to be answered within two minutes.
#[utoipa::path(post, path = "/api/v1/citizen/licence/device/challenge", tag = "licence",
    responses((status = 200, body = Challenge), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn challenge(State(state): State<AppState>, RealName(session): RealName) -> Answer<Json<Challenge>> {
    Ok(Json(holding::challenge(&state, &session).await?))
}

/// Binds the licence to a device. Another device that held it holds it no more.
#[utoipa::path(post, path = "/api/v1/citizen/licence/device", tag = "licence", request_body = NewDevice,
    responses((status = 200, body = Held), (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
pub async fn bind(
    State(state): State<AppState>,
    RealName(session): RealName,
    Json(device): Json<NewDevice>,
) -> Answer<Json<Held>> {
    Ok(Json(holding::bind(&state, &session, &device).await?))
}

/// What this device holds now; after a re-issue the newly signed message.
#[utoipa::path(get, path = "/api/v1/citizen/licence/device", tag = "licence", params(OfDevice),
    responses((status = 200, body = Held), (status = 401, body = Problem), (status = 404, body = Problem, description = "not_this_device")))]
pub async fn held(
    State(state): State<AppState>,
    Citizen(session): Citizen,
    Query(device): Query<OfDevice>,
) -> Answer<Json<Held>> {
    Ok(Json(holding::held(&state, &session, &device.key).await?))
}

/// Ends what the device holds.
#[utoipa::path(post, path = "/api/v1/citizen/licence/device/end", tag = "licence",
    responses((status = 204, description = "no device holds the licence now"), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn end(State(state): State<AppState>, Citizen(session): Citizen) -> Answer<StatusCode> {
    holding::give_up(&state, &session).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One's own proofs with who opened them when, the newest first.
#[utoipa::path(get, path = "/api/v1/citizen/proofs", tag = "licence",
    responses((status = 200, body = ProofList), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn proofs(State(state): State<AppState>, Citizen(session): Citizen) -> Answer<Json<ProofList>> {
    Ok(Json(ProofList { items: proof::list(&state, &session).await? }))
}

/// Makes a proof for one named purpose. The link is told once and never again.
#[utoipa::path(post, path = "/api/v1/citizen/proofs", tag = "licence", request_body = NewProof,
    responses((status = 201, body = ProofLink), (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
pub async fn make_proof(
    State(state): State<AppState>,
    RealName(session): RealName,
    Json(new): Json<NewProof>,
) -> Answer<Response> {
    let made = proof::make(&state, &session, &new).await?;
    Ok((StatusCode::CREATED, Json(made)).into_response())
}

/// Takes a proof back; doing it again changes nothing.
#[utoipa::path(post, path = "/api/v1/citizen/proofs/{id}/revoke", tag = "licence", params(("id" = Uuid, Path, description = "the proof")),
    responses((status = 200, body = Proof), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn revoke_proof(
    State(state): State<AppState>,
    Citizen(session): Citizen,
    Path(id): Path<Uuid>,
) -> Answer<Json<Proof>> {
    Ok(Json(proof::revoke(&state, &session, id).await?))
}

/// Opens a proof: the licence as of now with a live code. The holder sees that it was opened.
#[utoipa::path(post, path = "/api/v1/proofs/open", tag = "licence", request_body = OpenProof,
    responses((status = 200, body = ProofView), (status = 404, body = Problem, description = "no_proof"),
        (status = 410, body = Problem, description = "proof_expired, proof_revoked"), (status = 429, body = Problem)))]
pub async fn open_proof(State(state): State<AppState>, Json(open): Json<OpenProof>) -> Answer<Json<ProofView>> {
    Ok(Json(proof::open(&state, &open.token).await?))
}
