//! Partners receive proofs that drivers made, and ask how those licences stood.

use super::AppState;
use super::auth::partner::PartnerCall;
use super::error::{Answer, Problem};
use crate::usecase::received_proof::state::{self, Answers, Questions};
use crate::usecase::received_proof::{self, NewReceived, Page, Received};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

/// Where a page begins.
#[derive(Debug, Deserialize, IntoParams)]
pub struct After {
    /// The `next` of the page before.
    pub after: Option<Uuid>,
}

/// Receives a proof: what it shows now is kept as signed evidence, also after its end; its holder sees by whom, for what and until when. The same
/// proof for the same case is received once, however often it is sent.
#[utoipa::path(post, operation_id = "receive_proof", path = "/api/v1/partner/proofs", tag = "partner", request_body = NewReceived,
    responses((status = 201, body = Received),
        (status = 400, body = Problem, description = "purpose_needed, unknown_purpose, case_reference, bad_link"),
        (status = 401, body = Problem), (status = 403, body = Problem, description = "insufficient_scope"),
        (status = 404, body = Problem, description = "no_proof"),
        (status = 410, body = Problem, description = "proof_expired, proof_revoked"),
        (status = 429, body = Problem, description = "proof_too_often")))]
pub async fn receive(
    State(state): State<AppState>,
    PartnerCall(call): PartnerCall,
    Json(new): Json<NewReceived>,
) -> Answer<Response> {
    Ok((StatusCode::CREATED, Json(received_proof::receive(&state, &call, &new).await?)).into_response())
}

/// What was received, newest first.
#[utoipa::path(get, operation_id = "received_proofs", path = "/api/v1/partner/proofs", tag = "partner", params(After),
    responses((status = 200, body = Page), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub async fn list(
    State(state): State<AppState>,
    PartnerCall(call): PartnerCall,
    Query(page): Query<After>,
) -> Answer<Json<Page>> {
    Ok(Json(received_proof::list(&state, &call, page.after).await?))
}

/// One received proof with its evidence.
#[utoipa::path(get, operation_id = "received_proof", path = "/api/v1/partner/proofs/{id}", tag = "partner",
    params(("id" = Uuid, Path, description = "Its id")),
    responses((status = 200, body = Received), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn one(
    State(state): State<AppState>,
    PartnerCall(call): PartnerCall,
    Path(id): Path<Uuid>,
) -> Answer<Json<Received>> {
    Ok(Json(received_proof::get(&state, &call, id).await?))
}

/// How licences stood at moments, each on the basis of a proof that was received, while that proof was open.
#[utoipa::path(post, operation_id = "partner_licence_states", path = "/api/v1/partner/licence-states", tag = "partner",
    request_body = Questions,
    responses((status = 200, body = Answers), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 429, body = Problem)))]
pub async fn licence_states(
    State(state): State<AppState>,
    PartnerCall(call): PartnerCall,
    Json(asked): Json<Questions>,
) -> Answer<Json<Answers>> {
    Ok(Json(state::states(&state, &call, &asked).await?))
}
