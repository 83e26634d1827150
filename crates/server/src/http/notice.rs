//! A citizen's notices, and the question that anyone may ask: is this notice really from you?

use super::AppState;
use super::auth::{Citizen, Device};
use super::error::{Answer, Problem};
use crate::usecase::citizen;
use crate::usecase::notice_code::{self, NoticeCheck};
use crate::usecase::view::NoticePage;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Which notices.
#[derive(Debug, Deserialize, IntoParams)]
pub struct Wanted {
    /// The `next` of the page before.
    pub after: Option<Uuid>,
    /// Only those that were not read.
    #[serde(default)]
    pub unread: bool,
}

/// A code to be checked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeToCheck {
    /// As it was typed: case, blanks, hyphens and full-width characters do not matter, nor O for 0 and I or L for 1.
    pub code: String,
}

/// Notices, newest first.
#[utoipa::path(get, path = "/api/v1/citizen/notices", tag = "citizen", params(Wanted), responses((status = 200, body = NoticePage), (status = 401, body = Problem)))]
pub async fn notices(
    State(state): State<AppState>,
    Citizen(session): Citizen,
    Query(wanted): Query<Wanted>,
) -> Answer<Json<NoticePage>> {
    Ok(Json(citizen::notices(&state, &session, wanted.after, wanted.unread).await?))
}

/// Marks a notice as read. Doing it again changes nothing.
#[utoipa::path(post, path = "/api/v1/citizen/notices/{id}/read", tag = "citizen", params(("id" = Uuid, Path, description = "the notice")),
    responses((status = 204, description = "read"), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn read_notice(
    State(state): State<AppState>,
    Citizen(session): Citizen,
    Path(id): Path<Uuid>,
) -> Answer<StatusCode> {
    citizen::read_notice(&state, &session, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Marks a notice as not read. Doing it again changes nothing.
#[utoipa::path(post, path = "/api/v1/citizen/notices/{id}/unread", tag = "citizen", params(("id" = Uuid, Path, description = "the notice")),
    responses((status = 204, description = "not read"), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn unread_notice(
    State(state): State<AppState>,
    Citizen(session): Citizen,
    Path(id): Path<Uuid>,
) -> Answer<StatusCode> {
    citizen::unread_notice(&state, &session, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Marks all notices as read.
#[utoipa::path(post, operation_id = "read_all_notices", path = "/api/v1/citizen/notices/read-all", tag = "citizen",
    responses((status = 204, description = "all read"), (status = 401, body = Problem)))]
pub async fn read_all(State(state): State<AppState>, Citizen(session): Citizen) -> Answer<StatusCode> {
    citizen::read_all_notices(&state, &session).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whether a notice's code is one of ours: title, time and masks, or that there is no such notice. An unknown code and one that cannot be one get
/// the same answer.
#[utoipa::path(post, operation_id = "check_notice", path = "/api/v1/notices/check", tag = "verifier", request_body = CodeToCheck,
    responses((status = 200, body = NoticeCheck), (status = 400, body = Problem), (status = 429, body = Problem, description = "too_often: ten a minute from one address")))]
pub async fn check(
    State(state): State<AppState>,
    Device(from): Device,
    Json(body): Json<CodeToCheck>,
) -> Answer<Json<NoticeCheck>> {
    state.notice_checks.count(from.network.as_deref(), state.clock.now())?;
    Ok(Json(notice_code::check(&state, &body.code).await?))
}
