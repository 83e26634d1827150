//! The register feed: events and imports, with the feed's token.

use super::AppState;
use super::auth::Feed;
use super::error::{Answer, Problem};
use crate::usecase::error::UseError;
use crate::usecase::event::{self, EventReceipt, Outcome};
use crate::usecase::import::{Register, from_body};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// Largest body of the feed, in bytes: larger registers go in through the command line.
pub const MAX_FEED_BODY: usize = 64 * 1024 * 1024;

/// What became of the lines of a feed body.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct FeedSummary {
    /// Applied now.
    pub applied: u64,
    /// Seen before.
    pub seen: u64,
    /// Parked until their subject is known.
    pub parked: u64,
    /// Recorded as late: older than what is known.
    pub late: u64,
    /// Refused by the rules, recorded with the reason.
    pub refused: u64,
    /// Not readable, or the same id with other content; by line.
    pub rejects: Vec<FeedReject>,
}

/// One line that did not go in.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeedReject {
    /// Line number, from 1.
    pub line: u64,
    /// Stable code.
    pub code: String,
    /// What is wrong.
    pub message: String,
}

/// Takes one event (JSON), or many (NDJSON, one a line).
///
/// For one event: 201 applied (also when it is recorded as late), 200 seen before, 202 parked, 409 same id with other content, 422 refused by the rules.
/// For many: 200 with the counts; lines that did not go in are named.
#[utoipa::path(post, path = "/api/v1/events", tag = "feed", request_body(content = String, content_type = "application/x-ndjson"),
    responses((status = 201, body = EventReceipt), (status = 200, body = EventReceipt), (status = 202, body = EventReceipt), (status = 400, body = Problem), (status = 401, body = Problem), (status = 409, body = Problem), (status = 422, body = EventReceipt)))]
pub async fn events(State(state): State<AppState>, _: Feed, headers: HeaderMap, body: Bytes) -> Answer<Response> {
    let text =
        std::str::from_utf8(&body).map_err(|e| UseError::invalid("not_utf8", format!("the body is not UTF-8: {e}")))?;
    let ndjson = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).is_some_and(|t| t.contains("ndjson"));
    if ndjson {
        return many(&state, text).await;
    }
    let receipt = event::apply_event(&state, text.trim()).await?;
    let status = match receipt.outcome {
        Outcome::Applied | Outcome::Late => StatusCode::CREATED,
        Outcome::Seen => StatusCode::OK,
        Outcome::Parked => StatusCode::ACCEPTED,
        Outcome::Refused => StatusCode::UNPROCESSABLE_ENTITY,
    };
    Ok((status, Json(receipt)).into_response())
}

async fn many(state: &AppState, text: &str) -> Answer<Response> {
    let mut summary = FeedSummary::default();
    for (number, line) in (1u64..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        match event::apply_event(state, line.trim()).await {
            Ok(receipt) => match receipt.outcome {
                Outcome::Applied => summary.applied += 1,
                Outcome::Seen => summary.seen += 1,
                Outcome::Parked => summary.parked += 1,
                Outcome::Late => summary.late += 1,
                Outcome::Refused => summary.refused += 1,
            },
            Err(error)
                if matches!(
                    error.kind,
                    crate::usecase::error::Kind::Invalid | crate::usecase::error::Kind::Conflict
                ) =>
            {
                summary.rejects.push(FeedReject { line: number, code: error.code.into(), message: error.message });
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Json(summary).into_response())
}

/// Takes a register export (CSV, NDJSON or XLSX, also gzipped), as `luzheng import vehicles` does.
#[utoipa::path(post, path = "/api/v1/imports/vehicles", tag = "feed", request_body(content = String, content_type = "text/csv"),
    responses((status = 200, description = "counts and rejects", body = serde_json::Value), (status = 400, body = Problem), (status = 401, body = Problem)))]
pub async fn import_vehicles(State(state): State<AppState>, _: Feed, body: Bytes) -> Answer<Json<serde_json::Value>> {
    Ok(Json(from_body(&state, Register::Vehicles, body.to_vec()).await?))
}

/// Takes a register export of drivers (CSV, NDJSON or XLSX, also gzipped), as `luzheng import drivers` does. Photos come in with events or
/// from the command line.
#[utoipa::path(post, path = "/api/v1/imports/drivers", tag = "feed", request_body(content = String, content_type = "text/csv"),
    responses((status = 200, description = "counts and rejects", body = serde_json::Value), (status = 400, body = Problem), (status = 401, body = Problem)))]
pub async fn import_drivers(State(state): State<AppState>, _: Feed, body: Bytes) -> Answer<Json<serde_json::Value>> {
    Ok(Json(from_body(&state, Register::Drivers, body.to_vec()).await?))
}

/// The JSON Schema of one type of event.
#[utoipa::path(get, path = "/api/v1/events/schemas/{type}", tag = "anyone", params(("type" = String, Path, description = "such as vehicle.inspected")),
    responses((status = 200, description = "JSON Schema", body = serde_json::Value), (status = 404, body = Problem)))]
pub async fn event_schema(Path(event_type): Path<String>) -> Answer<Response> {
    let schema = event::event_schema(&event_type).ok_or_else(|| UseError::not_found("type of event"))?;
    Ok(([(header::CONTENT_TYPE, "application/schema+json")], schema).into_response())
}
