//! The citizen's own vehicles, marks and notices. Everything here is the signed-in person's own, or it is not found.

use super::AppState;
use super::auth::{Account, Citizen, RealName};
use super::error::{Answer, Problem};
use crate::usecase::view::{LiveCode, MarkView, Me, VehicleView};
use crate::usecase::{account, citizen};
use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// The vehicles of a person.
#[derive(Debug, Serialize, ToSchema)]
pub struct VehicleList {
    /// What needs something soonest comes first.
    pub items: Vec<VehicleView>,
}

/// Where a page of notices begins.
#[derive(Debug, Deserialize, IntoParams)]
pub struct After {
    /// The `next` of the page before.
    pub after: Option<Uuid>,
}

/// The signed-in person.
#[utoipa::path(get, path = "/api/v1/citizen/me", tag = "citizen", responses((status = 200, body = Me), (status = 401, body = Problem)))]
pub async fn me(State(state): State<AppState>, Account(session): Account) -> Answer<Json<Me>> {
    Ok(Json(account::me(&state, &session).await?))
}

/// Own vehicles, with what is due and why.
#[utoipa::path(get, path = "/api/v1/citizen/vehicles", tag = "citizen", responses((status = 200, body = VehicleList), (status = 401, body = Problem)))]
pub async fn vehicles(State(state): State<AppState>, Citizen(session): Citizen) -> Answer<Json<VehicleList>> {
    Ok(Json(VehicleList { items: citizen::vehicles(&state, &session).await? }))
}

/// One own vehicle.
#[utoipa::path(get, path = "/api/v1/citizen/vehicles/{id}", tag = "citizen", params(("id" = Uuid, Path, description = "the vehicle")),
    responses((status = 200, body = VehicleView), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn vehicle(
    State(state): State<AppState>,
    Citizen(session): Citizen,
    Path(id): Path<Uuid>,
) -> Answer<Json<VehicleView>> {
    Ok(Json(citizen::vehicle(&state, &session, id).await?))
}

/// One own mark, with its static code.
#[utoipa::path(get, path = "/api/v1/citizen/marks/{id}", tag = "citizen", params(("id" = Uuid, Path, description = "the credential")),
    responses((status = 200, body = MarkView), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn mark(
    State(state): State<AppState>,
    Citizen(session): Citizen,
    Path(id): Path<Uuid>,
) -> Answer<Json<MarkView>> {
    Ok(Json(citizen::mark(&state, &session, id).await?))
}

/// A live code: valid for 60 s, to be renewed after 30.
#[utoipa::path(post, path = "/api/v1/citizen/marks/{id}/live", tag = "citizen", params(("id" = Uuid, Path, description = "the credential")),
    responses((status = 200, body = LiveCode), (status = 401, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn live(
    State(state): State<AppState>,
    RealName(session): RealName,
    Path(id): Path<Uuid>,
) -> Answer<Json<LiveCode>> {
    Ok(Json(citizen::live(&state, &session, id).await?))
}
