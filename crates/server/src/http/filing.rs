//! Vehicles of others: filings, managers, consents; and who may file no more.

use super::AppState;
use super::auth::{Citizen, RealName, Staff};
use super::error::{Answer, Problem};
use super::staff::idempotency_key;
use crate::usecase::filing::{self, Appointment, Ask, Asked, Bar, BarView, Consent, Filing, FilingList, Scan};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use std::sync::Arc;
use utoipa::ToSchema;
use uuid::Uuid;

/// The owner's code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FilingCode {
    /// 6 digits.
    pub code: String,
}

/// What the person filed or manages, and what others have of theirs.
#[utoipa::path(get, path = "/api/v1/citizen/filings", operation_id = "filings", tag = "filings", responses((status = 200, body = FilingList), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub async fn filings(State(state): State<AppState>, Citizen(session): Citizen) -> Answer<Json<FilingList>> {
    Ok(Json(filing::filings(&state, &session).await?))
}

/// Asks to file a vehicle. The answer is the same whether or not there is such a vehicle; its owner gets a code and a notice.
#[utoipa::path(post, path = "/api/v1/citizen/filings", operation_id = "ask_filing", tag = "filings", request_body = Ask,
    params(("Idempotency-Key" = Option<String>, Header, description = "same key, same answer")),
    responses((status = 202, body = Asked), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem, description = "plate_type_excluded, own_vehicle, already_shared, filed_vehicles_full, filing_barred, not_a_person"), (status = 429, body = Problem)))]
pub async fn ask(
    State(state): State<AppState>,
    RealName(session): RealName,
    headers: HeaderMap,
    Json(asked): Json<Ask>,
) -> Answer<(StatusCode, Json<Asked>)> {
    let key = idempotency_key(&headers);
    let (answer, message) = filing::ask(&state, &session, &asked, key.as_deref()).await?;
    if let Some(message) = message {
        let app = Arc::clone(&state);
        tokio::spawn(async move { message.send(&app).await });
    }
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

/// Gives the owner's code.
#[utoipa::path(post, path = "/api/v1/citizen/filings/{id}/confirm", operation_id = "confirm_filing", tag = "filings", params(("id" = Uuid, Path, description = "the filing")), request_body = FilingCode,
    responses((status = 200, body = Filing), (status = 401, body = Problem), (status = 403, body = Problem, description = "wrong_code, with tries_left"), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "code_spent"), (status = 422, body = Problem, description = "filers_full, filed_vehicles_full and others")))]
pub async fn confirm(
    State(state): State<AppState>,
    RealName(session): RealName,
    Path(id): Path<Uuid>,
    Json(given): Json<FilingCode>,
) -> Answer<Json<Filing>> {
    Ok(Json(filing::confirm(&state, &session, id, &given.code).await?))
}

/// Agrees: the owner to a filing, the appointed manager to managing.
#[utoipa::path(post, path = "/api/v1/citizen/filings/{id}/agree", operation_id = "agree_filing", tag = "filings", params(("id" = Uuid, Path, description = "the filing")),
    responses((status = 200, body = Filing), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn agree(
    State(state): State<AppState>,
    RealName(session): RealName,
    Path(id): Path<Uuid>,
) -> Answer<Json<Filing>> {
    Ok(Json(filing::agree(&state, &session, id).await?))
}

/// Refuses: the owner a filing, the appointed manager to manage.
#[utoipa::path(post, path = "/api/v1/citizen/filings/{id}/refuse", operation_id = "refuse_filing", tag = "filings", params(("id" = Uuid, Path, description = "the filing")),
    responses((status = 200, body = Filing), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn refuse(
    State(state): State<AppState>,
    RealName(session): RealName,
    Path(id): Path<Uuid>,
) -> Answer<Json<Filing>> {
    Ok(Json(filing::refuse(&state, &session, id).await?))
}

/// Ends a filing or a management, or takes a request back.
#[utoipa::path(post, path = "/api/v1/citizen/filings/{id}/end", operation_id = "end_filing", tag = "filings", params(("id" = Uuid, Path, description = "the filing")),
    responses((status = 200, body = Filing), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn end(
    State(state): State<AppState>,
    RealName(session): RealName,
    Path(id): Path<Uuid>,
) -> Answer<Json<Filing>> {
    Ok(Json(filing::end(&state, &session, id).await?))
}

/// A consent for somebody to scan from the owner's screen: once, within two minutes.
#[utoipa::path(post, path = "/api/v1/citizen/vehicles/{id}/consent", operation_id = "show_consent", tag = "filings", params(("id" = Uuid, Path, description = "the vehicle")),
    responses((status = 200, body = Consent), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn consent(
    State(state): State<AppState>,
    RealName(session): RealName,
    Path(id): Path<Uuid>,
) -> Answer<Json<Consent>> {
    Ok(Json(filing::consent(&state, &session, id).await?))
}

/// Files the vehicle whose owner's screen was scanned.
#[utoipa::path(post, path = "/api/v1/citizen/filings/scan", operation_id = "scan_consent", tag = "filings", request_body = Scan,
    responses((status = 200, body = Filing), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem, description = "no_consent"), (status = 422, body = Problem)))]
pub async fn scan(
    State(state): State<AppState>,
    RealName(session): RealName,
    Json(scanned): Json<Scan>,
) -> Answer<Json<Filing>> {
    Ok(Json(filing::scan(&state, &session, &scanned).await?))
}

/// Appoints a manager, who has to accept.
#[utoipa::path(post, path = "/api/v1/citizen/vehicles/{id}/managers", operation_id = "appoint_manager", tag = "filings", params(("id" = Uuid, Path, description = "the vehicle")), request_body = Appointment,
    responses((status = 202, body = Filing), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem, description = "person_not_found, managers_full, managed_vehicles_full, already_shared, own_vehicle"), (status = 429, body = Problem)))]
pub async fn appoint(
    State(state): State<AppState>,
    RealName(session): RealName,
    Path(id): Path<Uuid>,
    Json(new): Json<Appointment>,
) -> Answer<(StatusCode, Json<Filing>)> {
    Ok((StatusCode::ACCEPTED, Json(filing::appoint(&state, &session, id, &new).await?)))
}

/// Bars somebody who gave false material from filing, and ends what they filed.
#[utoipa::path(post, path = "/api/v1/staff/filing-bars", operation_id = "bar_filing", tag = "staff", request_body = Bar,
    responses((status = 200, body = BarView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn bar(State(state): State<AppState>, Staff(session): Staff, Json(new): Json<Bar>) -> Answer<Json<BarView>> {
    Ok(Json(filing::bar(&state, &session, &new).await?))
}
