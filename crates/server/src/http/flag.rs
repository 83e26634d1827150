//! Flags at the desk: what the watch over checks raised, and what staff found.

use super::AppState;
use super::auth::Staff;
use super::error::{Answer, Problem};
use crate::usecase::error::UseError;
use crate::usecase::flag::{self, FlagPage, FlagView, Outcome};
use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Which flags.
#[derive(Debug, Deserialize, IntoParams)]
pub struct WantedFlags {
    /// `open` (the default) or `settled`.
    pub state: Option<String>,
    /// The `next` of the page before.
    pub after: Option<Uuid>,
}

/// What was found.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FlagFinding {
    /// `copied`, `nothing` or `handed_on`.
    pub outcome: String,
    /// In own words, at most 500 characters; for the office only.
    pub note: Option<String>,
}

/// Flags, newest first.
#[utoipa::path(get, path = "/api/v1/staff/flags", tag = "staff", params(WantedFlags),
    responses((status = 200, body = FlagPage), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub async fn flags(
    State(state): State<AppState>,
    Staff(session): Staff,
    Query(wanted): Query<WantedFlags>,
) -> Answer<Json<FlagPage>> {
    let open = match wanted.state.as_deref() {
        None | Some("open") => true,
        Some("settled") => false,
        Some(_) => return Err(UseError::invalid("bad_state", "state is open or settled").into()),
    };
    Ok(Json(flag::list(&state, &session, open, wanted.after).await?))
}

/// Settles a flag. Saying the same again changes nothing.
#[utoipa::path(post, path = "/api/v1/staff/flags/{id}/settle", tag = "staff", params(("id" = Uuid, Path, description = "the flag")),
    request_body = FlagFinding, responses((status = 200, body = FlagView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn settle(
    State(state): State<AppState>,
    Staff(session): Staff,
    Path(id): Path<Uuid>,
    Json(body): Json<FlagFinding>,
) -> Answer<Json<FlagView>> {
    let outcome = Outcome::parse(&body.outcome)?;
    Ok(Json(flag::settle(&state, &session, id, outcome, body.note.as_deref()).await?))
}

/// Opens a settled flag again. Doing it again changes nothing.
#[utoipa::path(post, path = "/api/v1/staff/flags/{id}/reopen", tag = "staff", params(("id" = Uuid, Path, description = "the flag")),
    responses((status = 200, body = FlagView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn reopen(
    State(state): State<AppState>,
    Staff(session): Staff,
    Path(id): Path<Uuid>,
) -> Answer<Json<FlagView>> {
    Ok(Json(flag::reopen(&state, &session, id).await?))
}
