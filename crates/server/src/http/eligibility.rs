//! Applying for marks: may one, what is missing, the application itself, and how a paper comes.

use super::AppState;
use super::auth::{Citizen, RealName};
use super::error::{Answer, Problem};
use super::staff::idempotency_key;
use crate::usecase::application::CaseView;
use crate::usecase::eligibility::{self, EligibilityView};
use crate::usecase::error::UseError;
use crate::usecase::mark_case;
use crate::usecase::paper_order::{self, Delivery, DeliveryDefaults, OfficeView};
use crate::usecase::view::Text;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use luzheng_domain::case::kind::mark::PaperReason;
use luzheng_domain::region::{Division, divisions_under};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// An application for the mark.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkApplication {
    /// How the mark is to come on paper as well; `null`: electronic only.
    pub paper: Option<Delivery>,
}

/// An order of the mark on paper.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaperApplication {
    /// `wanted`, `lost` or `damaged`.
    pub reason: String,
    /// How it is to come.
    pub delivery: Delivery,
}

/// Offices where papers are picked up.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfficeList {
    /// The nearest first.
    pub items: Vec<OfficeView>,
}

/// For which place.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct NearQuery {
    /// Six digits.
    pub division: Option<String>,
}

/// Below which division.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct UnderQuery {
    /// Six digits; the provinces when left out.
    pub under: Option<String>,
}

/// A division to choose.
#[derive(Debug, Serialize, ToSchema)]
pub struct DivisionChoice {
    /// Six digits.
    pub code: String,
    /// Its own name.
    pub name: Text,
}

/// Divisions to choose from.
#[derive(Debug, Serialize, ToSchema)]
pub struct DivisionList {
    /// In the order of their codes.
    pub items: Vec<DivisionChoice>,
}

fn read_division(text: Option<&str>) -> Result<Option<Division>, UseError> {
    let read = |text: &str| {
        text.parse().map_err(|_| UseError::invalid("bad_division", "a division has six digits, such as 320500"))
    };
    text.map(read).transpose()
}

/// Whether the mark of a vehicle may be applied for: every condition, met or not, with its clause.
#[utoipa::path(get, operation_id = "eligibility", path = "/api/v1/citizen/vehicles/{id}/eligibility", tag = "citizen", params(("id" = Uuid, Path, description = "the vehicle")),
    responses((status = 200, body = EligibilityView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn eligibility(
    State(state): State<AppState>,
    Citizen(session): Citizen,
    Path(id): Path<Uuid>,
) -> Answer<Json<EligibilityView>> {
    Ok(Json(eligibility::view(&state, &session, id).await?))
}

/// Applies for the mark of an exempt vehicle. When nothing is missing it is granted in this call; otherwise no case is opened (`not_eligible`).
#[utoipa::path(post, operation_id = "apply_for_mark", path = "/api/v1/citizen/vehicles/{id}/applications", tag = "citizen",
    params(("id" = Uuid, Path, description = "the vehicle"), ("Idempotency-Key" = Option<String>, Header, description = "same key, same answer")),
    request_body = MarkApplication, responses((status = 201, body = CaseView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn apply(
    State(state): State<AppState>,
    RealName(session): RealName,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    Json(body): Json<MarkApplication>,
) -> Answer<(StatusCode, Json<CaseView>)> {
    let key = idempotency_key(&headers);
    let made = mark_case::apply(&state, &session, id, body.paper.as_ref(), key.as_deref()).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Orders the mark on paper, also again after it was lost or damaged: the electronic one counts all the while.
#[utoipa::path(post, operation_id = "order_paper", path = "/api/v1/citizen/vehicles/{id}/papers", tag = "citizen",
    params(("id" = Uuid, Path, description = "the vehicle"), ("Idempotency-Key" = Option<String>, Header, description = "same key, same answer")),
    request_body = PaperApplication, responses((status = 201, body = CaseView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn order_paper(
    State(state): State<AppState>,
    RealName(session): RealName,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    Json(body): Json<PaperApplication>,
) -> Answer<(StatusCode, Json<CaseView>)> {
    let reason = PaperReason::from_code(&body.reason)
        .ok_or_else(|| UseError::invalid("unknown_reason", "wanted, lost or damaged is needed"))?;
    let key = idempotency_key(&headers);
    let made = mark_case::order_paper(&state, &session, id, reason, &body.delivery, key.as_deref()).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// What the form of a delivery begins with.
#[utoipa::path(get, operation_id = "delivery_defaults", path = "/api/v1/citizen/vehicles/{id}/delivery-defaults", tag = "citizen", params(("id" = Uuid, Path, description = "the vehicle")),
    responses((status = 200, body = DeliveryDefaults), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn defaults(
    State(state): State<AppState>,
    Citizen(session): Citizen,
    Path(id): Path<Uuid>,
) -> Answer<Json<DeliveryDefaults>> {
    Ok(Json(paper_order::defaults(&state, &session, id).await?))
}

/// Where a paper can be picked up.
#[utoipa::path(get, operation_id = "pickup_offices", path = "/api/v1/citizen/pickup-offices", tag = "citizen", params(NearQuery),
    responses((status = 200, body = OfficeList), (status = 400, body = Problem), (status = 401, body = Problem)))]
pub async fn offices(
    State(state): State<AppState>,
    _: Citizen,
    Query(query): Query<NearQuery>,
) -> Answer<Json<OfficeList>> {
    Ok(Json(OfficeList { items: paper_order::near(&state, read_division(query.division.as_deref())?)? }))
}

/// The divisions below one, for choosing an address.
#[utoipa::path(get, operation_id = "divisions", path = "/api/v1/divisions", tag = "anyone", params(UnderQuery),
    responses((status = 200, body = DivisionList), (status = 400, body = Problem)))]
pub async fn divisions(State(state): State<AppState>, Query(query): Query<UnderQuery>) -> Answer<Json<DivisionList>> {
    let under = read_division(query.under.as_deref())?;
    let choice = |row: &luzheng_domain::region::DivisionRow| DivisionChoice {
        code: row.division.to_string(),
        name: row.name.clone().into(),
    };
    Ok(Json(DivisionList { items: divisions_under(under, state.clock.today()).map(choice).collect() }))
}
