//! Partners have accident records examined.

use super::AppState;
use super::auth::partner::PartnerCall;
use super::error::{Answer, Problem};
use crate::usecase::accident::view::Examined;
use crate::usecase::accident::{Ask, for_partner};
use crate::usecase::error::UseError;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;

/// What a record proves that two phones signed at the roadside: both signatures, each step by name, the credentials in it, what does not fit together,
/// and, with the scope `state`, how the vehicles stood at that moment. The record is not kept.
#[utoipa::path(post, operation_id = "partner_examine_accident", path = "/api/v1/partner/accidents/verify", tag = "partner", request_body = Ask,
    responses((status = 200, body = Examined), (status = 400, body = Problem, description = "bad_request, purpose_needed, unknown_purpose, not_a_record"),
        (status = 401, body = Problem), (status = 403, body = Problem, description = "insufficient_scope"), (status = 429, body = Problem)))]
pub async fn examine(
    State(state): State<AppState>,
    PartnerCall(call): PartnerCall,
    body: Bytes,
) -> Answer<Json<Examined>> {
    let ask: Ask = serde_json::from_slice(&body)
        .map_err(|e| UseError::invalid("bad_request", format!("the body is not {{record, purpose}}: {e}")))?;
    Ok(Json(for_partner(&state, &call, &ask).await?))
}
