//! Who looked at a citizen's data, and what staff may look something up for.

use super::AppState;
use super::auth::{Citizen, Staff};
use super::citizen::After;
use super::error::{Answer, Problem};
use crate::usecase::look::{self, LookPage, PurposeView};
use axum::Json;
use axum::extract::{Query, State};
use serde::Serialize;
use utoipa::ToSchema;

/// The purposes of look-ups.
#[derive(Debug, Serialize, ToSchema)]
pub struct PurposeList {
    /// In the order of a menu.
    pub items: Vec<PurposeView>,
}

/// Who looked at one's data on-line, when and why; the newest first.
#[utoipa::path(get, operation_id = "looks", path = "/api/v1/citizen/looks", tag = "citizen", params(After),
    responses((status = 200, body = LookPage), (status = 401, body = Problem)))]
pub async fn looks(
    State(state): State<AppState>,
    Citizen(session): Citizen,
    Query(query): Query<After>,
) -> Answer<Json<LookPage>> {
    Ok(Json(look::list(&state, &session, query.after).await?))
}

/// What staff may look something up for: the codes of `purpose`.
#[utoipa::path(get, operation_id = "look_purposes", path = "/api/v1/staff/look-purposes", tag = "staff",
    responses((status = 200, body = PurposeList), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub async fn purposes(_: Staff) -> Json<PurposeList> {
    Json(PurposeList { items: look::purposes() })
}
