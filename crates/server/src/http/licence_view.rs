//! The citizen's own licence, photo and points.

use super::AppState;
use super::auth::Citizen;
use super::error::{Answer, Problem};
use crate::usecase::licence_view::{self, LicenceView, PointsView};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

/// The own licence with state, points, and what can be done. 404 `no_licence` when the person is no driver.
#[utoipa::path(get, path = "/api/v1/citizen/licence", tag = "citizen",
    responses((status = 200, body = LicenceView), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn licence(State(state): State<AppState>, Citizen(session): Citizen) -> Answer<Json<LicenceView>> {
    Ok(Json(licence_view::licence(&state, &session).await?))
}

/// The photo on the own licence.
#[utoipa::path(get, operation_id = "licence_photo", path = "/api/v1/citizen/licence/photo", tag = "citizen",
    responses((status = 200, content_type = "image/jpeg", body = Vec<u8>), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn photo(State(state): State<AppState>, Citizen(session): Citizen) -> Answer<Response> {
    let bytes = licence_view::photo(&state, &session).await?;
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// The own points with their history, and what clears them.
#[utoipa::path(get, path = "/api/v1/citizen/licence/points", tag = "citizen",
    responses((status = 200, body = PointsView), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn points(State(state): State<AppState>, Citizen(session): Citizen) -> Answer<Json<PointsView>> {
    Ok(Json(licence_view::points(&state, &session).await?))
}
