//! The review desk: photos that wait, one at a time, and the decision.

use super::AppState;
use super::auth::Staff;
use super::error::{Answer, Problem};
use crate::usecase::error::UseError;
use crate::usecase::review::{self, QueueView, ReasonView, ReviewView};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use luzheng_domain::case::{PhotoDecision, RejectionReason};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Why a photo is not accepted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rejection {
    /// A code from the list of reasons.
    pub reason: String,
    /// In own words, at most 500 characters; for the office only.
    pub note: Option<String>,
}

/// The reasons for not accepting a photo.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReasonList {
    /// In the order of their keys.
    pub items: Vec<ReasonView>,
}

/// How the queue stands, and what the person has in hand.
#[utoipa::path(get, path = "/api/v1/staff/reviews", tag = "staff", responses((status = 200, body = QueueView), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub async fn queue(State(state): State<AppState>, Staff(session): Staff) -> Answer<Json<QueueView>> {
    Ok(Json(review::queue(&state, &session).await?))
}

/// Takes the next photo into one's hands: urgent ones first, then the oldest.
#[utoipa::path(post, path = "/api/v1/staff/reviews/next", tag = "staff", responses((status = 200, body = ReviewView), (status = 204, description = "nothing waits"), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub async fn next(State(state): State<AppState>, Staff(session): Staff) -> Answer<Response> {
    Ok(match review::next(&state, &session).await? {
        Some(found) => Json(found).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

/// A photo in one's hands, without the picture.
#[utoipa::path(get, path = "/api/v1/staff/reviews/{id}", tag = "staff", params(("id" = Uuid, Path, description = "the review")),
    responses((status = 200, body = ReviewView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn one(
    State(state): State<AppState>,
    Staff(session): Staff,
    Path(id): Path<Uuid>,
) -> Answer<Json<ReviewView>> {
    Ok(Json(review::find(&state, &session, id).await?))
}

/// The picture. That it was seen is in the journal.
#[utoipa::path(get, operation_id = "review_photo", path = "/api/v1/staff/reviews/{id}/photo", tag = "staff", params(("id" = Uuid, Path, description = "the review")),
    responses((status = 200, content_type = "image/jpeg", description = "the photo"), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn photo(State(state): State<AppState>, Staff(session): Staff, Path(id): Path<Uuid>) -> Answer<Response> {
    let jpeg = review::photo(&state, &session, id).await?;
    Ok(([(header::CONTENT_TYPE, "image/jpeg"), (header::CACHE_CONTROL, "no-store")], jpeg).into_response())
}

/// Approves the photo; it takes effect when it can no longer be taken back.
#[utoipa::path(post, path = "/api/v1/staff/reviews/{id}/approve", tag = "staff", params(("id" = Uuid, Path, description = "the review")),
    responses((status = 200, body = ReviewView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn approve(
    State(state): State<AppState>,
    Staff(session): Staff,
    Path(id): Path<Uuid>,
) -> Answer<Json<ReviewView>> {
    Ok(Json(review::decide(&state, &session, id, PhotoDecision::Approved, None).await?))
}

/// Rejects the photo for a reason from the list.
#[utoipa::path(post, path = "/api/v1/staff/reviews/{id}/reject", tag = "staff", params(("id" = Uuid, Path, description = "the review")),
    request_body = Rejection, responses((status = 200, body = ReviewView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn reject(
    State(state): State<AppState>,
    Staff(session): Staff,
    Path(id): Path<Uuid>,
    Json(body): Json<Rejection>,
) -> Answer<Json<ReviewView>> {
    let reason = RejectionReason::from_code(&body.reason).ok_or_else(|| {
        UseError::invalid("unknown_reason", format!("“{}” is not in the list of reasons", body.reason))
    })?;
    let decision = PhotoDecision::Rejected(reason);
    Ok(Json(review::decide(&state, &session, id, decision, body.note.as_deref()).await?))
}

/// Puts the photo back into the queue.
#[utoipa::path(post, path = "/api/v1/staff/reviews/{id}/release", tag = "staff", params(("id" = Uuid, Path, description = "the review")),
    responses((status = 204, description = "back in the queue"), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn release(State(state): State<AppState>, Staff(session): Staff, Path(id): Path<Uuid>) -> Answer<StatusCode> {
    review::release(&state, &session, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes the decision back, until `undo_until`.
#[utoipa::path(post, path = "/api/v1/staff/reviews/{id}/undo", tag = "staff", params(("id" = Uuid, Path, description = "the review")),
    responses((status = 200, body = ReviewView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn undo(
    State(state): State<AppState>,
    Staff(session): Staff,
    Path(id): Path<Uuid>,
) -> Answer<Json<ReviewView>> {
    Ok(Json(review::undo(&state, &session, id).await?))
}

/// The reasons for not accepting a photo, with their keys at the desk.
#[utoipa::path(get, path = "/api/v1/staff/review-reasons", tag = "staff", responses((status = 200, body = ReasonList), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub async fn reasons(_: Staff) -> Json<ReasonList> {
    Json(ReasonList { items: review::reasons() })
}
