//! Officers on the road. Everything here needs an officer, from an enrolled device or a terminal of the police; looking needs duty.

use super::AppState;
use super::auth::bound::AnyOfficer;
use super::error::{Answer, Problem};
use crate::usecase::bound::{self, BoundMe};
use crate::usecase::officer::duty;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

/// A region of duty.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChosenDuty {
    /// A division among those allowed, or below one of them: six digits.
    pub division: String,
}

/// The signed-in officer.
#[utoipa::path(get, operation_id = "officer_me", path = "/api/v1/officer/me", tag = "officer", responses((status = 200, body = BoundMe), (status = 401, body = Problem), (status = 403, body = Problem, description = "wrong_role, needs_device")))]
pub async fn me(State(state): State<AppState>, AnyOfficer(call): AnyOfficer) -> Answer<Json<BoundMe>> {
    Ok(Json(bound::me(&state, call.bound()?).await?))
}

/// Chooses the region of duty, which is noted with every look.
#[utoipa::path(put, operation_id = "officer_duty", path = "/api/v1/officer/duty", tag = "officer", request_body = ChosenDuty,
    responses((status = 200, body = BoundMe), (status = 400, body = Problem, description = "bad_division"), (status = 401, body = Problem), (status = 403, body = Problem, description = "off_duty, outside_duty, needs_device")))]
pub async fn choose_duty(
    State(state): State<AppState>,
    AnyOfficer(call): AnyOfficer,
    Json(body): Json<ChosenDuty>,
) -> Answer<Json<BoundMe>> {
    Ok(Json(duty::choose(&state, &call, &body.division).await?))
}
