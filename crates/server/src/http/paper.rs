//! The office's desk for marks on paper: making, sending, handing out.

use super::AppState;
use super::auth::Staff;
use super::error::{Answer, Problem};
use super::print::attachment;
use crate::usecase::error::UseError;
use crate::usecase::paper_order::{self, PaperOrder, PaperPage, Step};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Which orders.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct StateQuery {
    /// `ordered` when it is not said; `produced`, `dispatched`, `ready`, `delivered`, `collected`, `returned` or `cancelled`.
    pub state: Option<String>,
    /// The `next` of the page before.
    pub after: Option<Uuid>,
}

/// What belongs to a step.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepBody {
    /// With `dispatched`: who carries it.
    pub carrier: Option<String>,
    /// With `dispatched`: the parcel's number.
    pub tracking_number: Option<String>,
    /// With `returned`: `refused`, `not_collected` or `undeliverable`.
    pub reason: Option<String>,
}

/// Orders of papers in a state, with how many are in each.
#[utoipa::path(get, operation_id = "papers", path = "/api/v1/staff/papers", tag = "staff", params(StateQuery),
    responses((status = 200, body = PaperPage), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub async fn papers(
    State(state): State<AppState>,
    Staff(session): Staff,
    Query(query): Query<StateQuery>,
) -> Answer<Json<PaperPage>> {
    let wanted = query.state.as_deref().unwrap_or("ordered");
    Ok(Json(paper_order::list(&state, &session, wanted, query.after).await?))
}

/// Takes a step: `produced`, `dispatched`, `ready`, `delivered`, `collected` or `returned`.
#[utoipa::path(post, operation_id = "paper_step", path = "/api/v1/staff/papers/{id}/{step}", tag = "staff",
    params(("id" = Uuid, Path, description = "the order"), ("step" = String, Path, description = "the step")), request_body = StepBody,
    responses((status = 200, body = PaperOrder), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn step(
    State(state): State<AppState>,
    Staff(session): Staff,
    Path((id, word)): Path<(Uuid, String)>,
    Json(body): Json<StepBody>,
) -> Answer<Json<PaperOrder>> {
    let StepBody { carrier, tracking_number, reason } = body;
    let step = Step::read(&word, carrier.as_deref(), tracking_number.as_deref(), reason.as_deref())
        .map_err(|error| if error.code == "unknown_step" { UseError::not_found("step of an order") } else { error })?;
    Ok(Json(paper_order::act(&state, &session, id, &step).await?))
}

/// Takes the last step back, until `undo_until`.
#[utoipa::path(post, operation_id = "undo_paper_step", path = "/api/v1/staff/papers/{id}/undo", tag = "staff", params(("id" = Uuid, Path, description = "the order")),
    responses((status = 200, body = PaperOrder), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn undo(
    State(state): State<AppState>,
    Staff(session): Staff,
    Path(id): Path<Uuid>,
) -> Answer<Json<PaperOrder>> {
    Ok(Json(paper_order::undo(&state, &session, id).await?))
}

/// The sheet to print: the mark as PDF, A4.
#[utoipa::path(get, operation_id = "paper_sheet", path = "/api/v1/staff/papers/{id}/sheet.pdf", tag = "staff", params(("id" = Uuid, Path, description = "the order")),
    responses((status = 200, content_type = "application/pdf", description = "the sheet"), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn sheet(State(state): State<AppState>, Staff(session): Staff, Path(id): Path<Uuid>) -> Answer<Response> {
    let printed = paper_order::sheet(&state, &session, id).await?;
    Ok(attachment(&printed.plate, printed.bytes))
}
