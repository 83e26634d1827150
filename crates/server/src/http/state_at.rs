//! Partners ask how vehicles and licences stood at a moment.

use super::AppState;
use super::auth::partner::PartnerCall;
use super::error::{Answer, Problem};
use crate::usecase::state_at::partner;
use crate::usecase::state_at::view::{Answers, Questions};
use axum::Json;
use axum::extract::State;

/// Largest body of such a call, in bytes: a thousand questions and room.
pub const MAX_BODY: usize = 512 * 1024;

/// How the vehicles that carried plates stood at moments: as known then and as known now. 1 to 1,000 questions; each counts against the quota.
/// What is answered is told to the owner of then.
#[utoipa::path(post, operation_id = "partner_states", path = "/api/v1/partner/states", tag = "partner", request_body = Questions,
    responses((status = 200, body = Answers),
        (status = 400, body = Problem, description = "bad_request, purpose_needed, unknown_purpose, batch_over_quota"),
        (status = 401, body = Problem), (status = 403, body = Problem, description = "insufficient_scope"),
        (status = 429, body = Problem, description = "quota_minute, quota_day, too_many_look_ups")))]
pub async fn states(
    State(state): State<AppState>,
    PartnerCall(call): PartnerCall,
    Json(asked): Json<Questions>,
) -> Answer<Json<Answers>> {
    Ok(Json(partner::states(&state, &call, &asked).await?))
}
