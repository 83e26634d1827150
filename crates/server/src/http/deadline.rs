//! Everything that is due, as a timeline and as a calendar file.

use super::AppState;
use super::auth::Citizen;
use super::error::{Answer, Problem};
use crate::usecase::deadline::{self, DeadlineView, Language};
use axum::Json;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Everything that is due for a person.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeadlineList {
    /// What is due first comes first.
    pub items: Vec<DeadlineView>,
}

/// In which language a calendar file is wanted.
#[derive(Debug, Deserialize, IntoParams)]
pub struct Wanted {
    /// `zh` or `en`; without it `Accept-Language` decides.
    pub lang: Option<String>,
}

/// Everything that is due for the person's vehicles and licence, with the clause that says so.
#[utoipa::path(get, path = "/api/v1/citizen/deadlines", tag = "citizen", responses((status = 200, body = DeadlineList), (status = 401, body = Problem)))]
pub async fn deadlines(State(state): State<AppState>, Citizen(session): Citizen) -> Answer<Json<DeadlineList>> {
    Ok(Json(DeadlineList { items: deadline::timeline(&state, &session).await? }))
}

/// The same as a calendar file (RFC 5545).
#[utoipa::path(get, path = "/api/v1/citizen/deadlines.ics", tag = "citizen", params(Wanted),
    responses((status = 200, content_type = "text/calendar", body = String), (status = 401, body = Problem)))]
pub async fn calendar(
    State(state): State<AppState>,
    Citizen(session): Citizen,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Answer<Response> {
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok());
    let language = Language::wanted(wanted.lang.as_deref().or(accepted));
    let file = deadline::calendar(&state, &session, language).await?;
    let mut response = file.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/calendar; charset=utf-8"));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    headers.insert(header::VARY, HeaderValue::from_static("accept-language"));
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"luzheng-deadlines.ics\""),
    );
    Ok(response)
}
