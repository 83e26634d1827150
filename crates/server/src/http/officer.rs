//! Officers on the road. Everything here needs an officer, from an enrolled device or a terminal of the police; looking needs duty.

use super::AppState;
use super::auth::bound::{AnyOfficer, Officer};
use super::error::{Answer, Problem};
use crate::usecase::bound::{self, BoundMe};
use crate::usecase::officer::duty;
use crate::usecase::officer::look_up::{self, LookUp, LookedUp};
use crate::usecase::officer::offline::{self, HandedIn, Item};
use crate::usecase::officer::procedure::{self, AdviceTable, ProcedureList};
use crate::usecase::officer::reader_key::{self, ReaderKeys};
use crate::usecase::officer::verify::{self, Scanned, Verified};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Largest body with looks made off-line, in bytes.
pub const MAX_LOOKS_BODY: usize = 256 * 1024;

/// Looks made off-line.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfflineLooks {
    /// At most 200.
    pub items: Vec<Item>,
}

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

/// Judges a scanned code, opens its sealed part, and says how vehicle or driver stand and what applies. The look is in the journal, and the person
/// whose data are seen is told of it.
#[utoipa::path(post, operation_id = "officer_verify", path = "/api/v1/officer/verify", tag = "officer", request_body = Scanned,
    responses((status = 200, body = Verified), (status = 400, body = Problem, description = "purpose_needed, unknown_purpose"), (status = 401, body = Problem),
        (status = 403, body = Problem, description = "off_duty"), (status = 429, body = Problem, description = "too_often, too_many_look_ups"), (status = 503, body = Problem)))]
pub async fn verify(
    State(state): State<AppState>,
    Officer(call): Officer,
    Json(body): Json<Scanned>,
) -> Answer<Json<Verified>> {
    Ok(Json(verify::verify(&state, &call, &body).await?))
}

/// Looks a vehicle or a person up when nothing is shown. That nothing was found is an answer, not an error.
#[utoipa::path(post, operation_id = "officer_look_up", path = "/api/v1/officer/look-ups", tag = "officer", request_body = LookUp,
    responses((status = 200, body = LookedUp), (status = 400, body = Problem, description = "purpose_needed, unknown_purpose, field_needed, bad_plate, bad_plate_type, bad_vin, bad_id_number, bad_licence_number"),
        (status = 401, body = Problem), (status = 403, body = Problem, description = "off_duty"), (status = 429, body = Problem, description = "too_often, too_many_look_ups"), (status = 503, body = Problem)))]
pub async fn look_up(
    State(state): State<AppState>,
    Officer(call): Officer,
    Json(body): Json<LookUp>,
) -> Answer<Json<LookedUp>> {
    Ok(Json(look_up::look_up(&state, &call, &body).await?))
}

/// The photo of the driver whom one of the officer's own looks of the last half hour showed.
#[utoipa::path(get, operation_id = "officer_photo", path = "/api/v1/officer/look-ups/{id}/photo", tag = "officer", params(("id" = Uuid, Path, description = "the look")),
    responses((status = 200, content_type = "image/jpeg", body = Vec<u8>), (status = 401, body = Problem), (status = 403, body = Problem, description = "off_duty"), (status = 404, body = Problem), (status = 410, body = Problem, description = "look_gone")))]
pub async fn photo(State(state): State<AppState>, Officer(call): Officer, Path(id): Path<Uuid>) -> Answer<Response> {
    let mut response = look_up::photo(&state, &call, id).await?.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Written procedures, for the device to keep.
#[utoipa::path(get, operation_id = "officer_procedures", path = "/api/v1/officer/procedures", tag = "officer", responses((status = 200, body = ProcedureList), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub async fn procedures(_: AnyOfficer) -> Json<ProcedureList> {
    Json(procedure::procedures())
}

/// The rows of advice, for the device to keep: it comes to the same answers with no network.
#[utoipa::path(get, operation_id = "officer_advice", path = "/api/v1/officer/advice", tag = "officer", responses((status = 200, body = AdviceTable), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub async fn advice(_: AnyOfficer) -> Json<AdviceTable> {
    Json(procedure::advice())
}

/// Reader keys, wrapped for the device that asks (`docs/officer-keys.md`).
#[utoipa::path(get, operation_id = "officer_reader_keys", path = "/api/v1/officer/reader-keys", tag = "officer", responses((status = 200, body = ReaderKeys), (status = 401, body = Problem), (status = 403, body = Problem, description = "off_duty, needs_device")))]
pub async fn reader_keys(State(state): State<AppState>, Officer(call): Officer) -> Answer<Json<ReaderKeys>> {
    Ok(Json(reader_key::keys(&state, &call).await?))
}

/// Takes looks that were made off-line: each once by its id, also off duty, since the duty may have ended before the network was back.
#[utoipa::path(post, operation_id = "officer_looks", path = "/api/v1/officer/looks", tag = "officer", request_body = OfflineLooks,
    responses((status = 200, body = HandedIn), (status = 400, body = Problem, description = "too_many_items"), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub async fn looks(
    State(state): State<AppState>,
    AnyOfficer(call): AnyOfficer,
    Json(body): Json<OfflineLooks>,
) -> Answer<Json<HandedIn>> {
    Ok(Json(offline::hand_in(&state, &call, &body.items).await?))
}
