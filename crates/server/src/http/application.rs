//! The holder's photos and applications. Everything here is the signed-in person's own, or it is not found.

use super::AppState;
use super::auth::{Citizen, RealName};
use super::error::{Answer, Problem};
use super::staff::idempotency_key;
use crate::photo::FILE_MAX;
use crate::usecase::application::{self, Application, CaseView, PhotoChoice, PhotoOrigin, Upload, UploadView};
use crate::usecase::error::UseError;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use jiff::civil::Date;
use luzheng_domain::case::CaseKind;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Largest body of an uploaded photo, in bytes: the file itself. One byte more is read, so that the refusal can say why.
pub const MAX_PHOTO_BODY: usize = FILE_MAX + 1;

/// Where an uploaded photo comes from.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct PhotoQuery {
    /// `camera` or `album`.
    pub origin: String,
    /// The day it was taken; an album's photo needs it.
    #[param(value_type = Option<String>, format = Date)]
    pub taken_on: Option<Date>,
}

/// What is applied for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApplication {
    /// `stored`, or the id of an uploaded photo.
    pub photo: String,
    /// From the roadside: reviewed before others, once a day.
    #[serde(default)]
    pub urgent: bool,
    /// `first` or `photo_replacement`.
    pub kind: String,
}

/// The applications of a person.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseList {
    /// Newest first.
    pub items: Vec<CaseView>,
}

/// Another photo for an application.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnotherPhoto {
    /// An uploaded photo.
    pub photo: Uuid,
}

/// Sends a photo in: it is looked at by the same rules as in the browser, written anew without its metadata, and kept for a day until an
/// application uses it. At most 8 MiB.
#[utoipa::path(post, path = "/api/v1/citizen/licence/photos", tag = "citizen", params(PhotoQuery),
    request_body(content_type = "image/jpeg", description = "JPEG, PNG or WebP"),
    responses((status = 200, body = UploadView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn upload(
    State(state): State<AppState>,
    RealName(session): RealName,
    Query(query): Query<PhotoQuery>,
    body: Bytes,
) -> Answer<Json<UploadView>> {
    let origin = match query.origin.as_str() {
        "camera" => PhotoOrigin::Camera,
        "album" => PhotoOrigin::Album,
        other => {
            return Err(UseError::invalid("unknown_origin", format!("“{other}” is neither camera nor album")).into());
        }
    };
    let upload = Upload { bytes: body.to_vec(), origin, taken_on: query.taken_on };
    Ok(Json(application::upload(&state, &session, upload).await?))
}

/// Applies for the electronic licence, or for another photo on it. With the stored photo it is there at once.
#[utoipa::path(post, path = "/api/v1/citizen/licence/applications", tag = "citizen", params(("Idempotency-Key" = Option<String>, Header, description = "same key, same answer")),
    request_body = NewApplication, responses((status = 201, body = CaseView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
pub async fn apply(
    State(state): State<AppState>,
    RealName(session): RealName,
    headers: HeaderMap,
    Json(body): Json<NewApplication>,
) -> Answer<(StatusCode, Json<CaseView>)> {
    let kind = CaseKind::from_code(&body.kind).ok_or_else(|| {
        UseError::invalid("unknown_kind", format!("“{}” is neither first nor photo_replacement", body.kind))
    })?;
    let photo = match body.photo.as_str() {
        "stored" => PhotoChoice::Stored,
        id => PhotoChoice::New(
            id.parse()
                .map_err(|_| UseError::invalid("unknown_photo", "photo is “stored” or the id of an uploaded photo"))?,
        ),
    };
    let asked = Application { kind, photo, urgent: body.urgent, idempotency_key: idempotency_key(&headers) };
    let made = application::apply(&state, &session, &asked).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Own applications, newest first.
#[utoipa::path(get, path = "/api/v1/citizen/cases", tag = "citizen", responses((status = 200, body = CaseList), (status = 401, body = Problem)))]
pub async fn cases(State(state): State<AppState>, Citizen(session): Citizen) -> Answer<Json<CaseList>> {
    Ok(Json(CaseList { items: application::cases(&state, &session).await? }))
}

/// One own application.
#[utoipa::path(get, path = "/api/v1/citizen/cases/{id}", tag = "citizen", params(("id" = Uuid, Path, description = "the application")),
    responses((status = 200, body = CaseView), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn case(
    State(state): State<AppState>,
    Citizen(session): Citizen,
    Path(id): Path<Uuid>,
) -> Answer<Json<CaseView>> {
    Ok(Json(application::find(&state, &session, id).await?))
}

/// Gives an application up.
#[utoipa::path(post, path = "/api/v1/citizen/cases/{id}/withdraw", tag = "citizen", params(("id" = Uuid, Path, description = "the application")),
    responses((status = 200, body = CaseView), (status = 401, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn withdraw(
    State(state): State<AppState>,
    Citizen(session): Citizen,
    Path(id): Path<Uuid>,
) -> Answer<Json<CaseView>> {
    Ok(Json(application::withdraw(&state, &session, id).await?))
}

/// Sends another photo after one was not accepted.
#[utoipa::path(post, path = "/api/v1/citizen/cases/{id}/resubmit", tag = "citizen", params(("id" = Uuid, Path, description = "the application")),
    request_body = AnotherPhoto, responses((status = 200, body = CaseView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn resubmit(
    State(state): State<AppState>,
    RealName(session): RealName,
    Path(id): Path<Uuid>,
    Json(body): Json<AnotherPhoto>,
) -> Answer<Json<CaseView>> {
    Ok(Json(application::resubmit(&state, &session, id, body.photo).await?))
}
