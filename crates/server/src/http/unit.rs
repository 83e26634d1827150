//! Units and who acts for them.

use super::AppState;
use super::auth::{RealName, Staff};
use super::citizen::After;
use super::error::{Answer, Problem};
use crate::usecase::unit::{self, NewMember, NewUnit, Unit, UnitFiled, UnitVehicles};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// The units of a person.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnitList {
    /// The units.
    pub items: Vec<Unit>,
}

/// The units the person acts for.
#[utoipa::path(get, path = "/api/v1/citizen/units", operation_id = "units", tag = "units", responses((status = 200, body = UnitList), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub async fn units(State(state): State<AppState>, RealName(session): RealName) -> Answer<Json<UnitList>> {
    Ok(Json(UnitList { items: unit::units(&state, &session).await? }))
}

/// Adds an operator to a unit.
#[utoipa::path(post, path = "/api/v1/citizen/units/{id}/members", operation_id = "add_unit_member", tag = "units", params(("id" = Uuid, Path, description = "the unit")), request_body = NewMember,
    responses((status = 200, body = Unit), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem, description = "person_not_found, unit_full, too_many_units, member_already"), (status = 429, body = Problem)))]
pub async fn add_member(
    State(state): State<AppState>,
    RealName(session): RealName,
    Path(id): Path<Uuid>,
    Json(new): Json<NewMember>,
) -> Answer<Json<Unit>> {
    Ok(Json(unit::add(&state, &session, id, &new).await?))
}

/// Ends an operator's membership; operators can end their own.
#[utoipa::path(post, path = "/api/v1/citizen/units/{id}/members/{member}/end", operation_id = "end_unit_member", tag = "units",
    params(("id" = Uuid, Path, description = "the unit"), ("member" = Uuid, Path, description = "the membership")),
    responses((status = 200, body = Unit), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn end_member(
    State(state): State<AppState>,
    RealName(session): RealName,
    Path((id, member)): Path<(Uuid, Uuid)>,
) -> Answer<Json<Unit>> {
    Ok(Json(unit::remove(&state, &session, id, member).await?))
}

/// A page of a unit's vehicles.
#[utoipa::path(get, path = "/api/v1/citizen/units/{id}/vehicles", operation_id = "unit_vehicles", tag = "units", params(("id" = Uuid, Path, description = "the unit"), After),
    responses((status = 200, body = UnitVehicles), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn vehicles(
    State(state): State<AppState>,
    RealName(session): RealName,
    Path(id): Path<Uuid>,
    Query(query): Query<After>,
) -> Answer<Json<UnitVehicles>> {
    Ok(Json(unit::vehicles(&state, &session, id, query.after).await?))
}

/// Files a unit at the counter, or changes who runs it.
#[utoipa::path(post, path = "/api/v1/staff/units", operation_id = "file_unit", tag = "staff", request_body = NewUnit,
    responses((status = 200, body = UnitFiled), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 422, body = Problem, description = "unit_not_known, identity_mismatch, same_person, too_many_units")))]
pub async fn file(
    State(state): State<AppState>,
    Staff(session): Staff,
    Json(new): Json<NewUnit>,
) -> Answer<(StatusCode, Json<UnitFiled>)> {
    Ok((StatusCode::OK, Json(unit::file(&state, &session, &new).await?)))
}
