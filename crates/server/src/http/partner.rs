//! What partners ask: verdicts on one or ten thousand codes, a licence at the counter, and about themselves.

use super::AppState;
use super::auth::partner::PartnerCall;
use super::error::{Answer, ApiError, Problem};
use crate::usecase::error::{Kind, UseError};
use crate::usecase::partner::licence::{self, Checked, PickUp};
use crate::usecase::partner::log::How;
use crate::usecase::partner::quota::{self, Quota};
use crate::usecase::partner::verify::{self, Request};
use crate::usecase::partner::view::{self, CheckPage, Me};
use crate::usecase::partner::{Call, Client};
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, StreamExt};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::sync::Arc;
use tokio::sync::mpsc;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Largest body of a request with many codes, in bytes.
pub const MAX_BATCH_BODY: usize = verify::MAX_BODY;
/// Pieces of an answer that wait for a slow reader.
const WAITING_PIECES: usize = 4;

/// One code of a request.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CredentialCode)]
pub struct ItemShape {
    /// Anything by which the asker knows it again, at most 64 characters.
    pub id: Option<String>,
    /// The scanned or pasted text.
    pub code: String,
    /// The plate on the vehicle in front of the checker.
    pub expected_plate: Option<String>,
    /// Judge as of this instant instead of now.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<jiff::Timestamp>,
}

/// Codes to be judged.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CodesToCheck)]
pub struct BatchShape {
    /// 1 to 10,000 of them.
    pub items: Vec<ItemShape>,
    /// For what, e.g. `claim`; the person concerned is told.
    pub purpose: String,
}

/// Why an item has no verdict.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CheckedCodeError)]
pub struct ItemErrorShape {
    /// `bad_item`, or `scope` when the client lacks the scope for this kind of credential.
    pub code: String,
    /// What is wrong, or which scope is needed.
    pub detail: String,
}

/// The verdict on one code.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CheckedCode)]
pub struct LineShape {
    /// As asked.
    pub id: Option<String>,
    /// The verdict, as from `/api/v1/verify`; absent with an error.
    pub report: Option<serde_json::Value>,
    /// The credential was issued outside the client's regions: only the verdict is told.
    pub outside_region: Option<bool>,
    /// Why there is no verdict.
    pub error: Option<ItemErrorShape>,
}

/// How many of each.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CheckedCounts)]
pub struct CountsShape {
    /// Valid.
    pub valid: u32,
    /// Ask for attention.
    pub attention: u32,
    /// Not valid.
    pub not_valid: u32,
    /// Could not be read.
    pub unreadable: u32,
    /// Cannot be told now.
    pub cannot_tell: u32,
    /// Without a verdict.
    pub refused: u32,
}

/// How old the status behind an answer is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CheckedStatus)]
pub struct StatusShape {
    /// When the oldest list among those used was signed.
    pub as_of: String,
    /// Its age in seconds.
    pub age_s: i64,
}

/// The verdicts on all codes, in the order asked.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CheckedCodes)]
pub struct AnswerShape {
    /// One for each item.
    pub items: Vec<LineShape>,
    /// How many of each verdict.
    pub counts: CountsShape,
    /// The oldest status that a verdict stands on; none when no list was needed.
    pub status: Option<StatusShape>,
    /// The check's id in the own log.
    pub check: String,
}

/// Where a page begins.
#[derive(Debug, Deserialize, IntoParams)]
pub struct After {
    /// The `next` of the page before.
    pub after: Option<Uuid>,
}

/// Tells how the quota stands, in the fields of the IETF draft on rate limits (structured fields; seconds).
fn with_quota(mut response: Response, quota: &Quota) -> Response {
    let policy = format!("\"minute\";q={};w=60, \"day\";q={};w=86400", quota.minute.limit, quota.day.limit);
    let left = format!(
        "\"minute\";r={};t={}, \"day\";r={};t={}",
        quota.minute.left(),
        quota.minute.resets_in_s,
        quota.day.left(),
        quota.day.resets_in_s
    );
    for (name, value) in [("ratelimit-policy", policy), ("ratelimit", left)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// The answer to a refused call; whoever asked too much is told how the quota stands.
pub(super) fn refused(state: &AppState, client: &Client, error: UseError) -> Response {
    let over = error.kind == Kind::TooOften || error.code == "batch_over_quota";
    let response = ApiError(error).into_response();
    if over { with_quota(response, &quota::of(state, client, state.clock.now())) } else { response }
}

/// By which way a call came.
const fn how(call: &Call) -> How {
    if call.member.is_some() { How::Page } else { How::Interface }
}

/// Verdicts on 1 to 10,000 codes, in the order asked. What is wrong with one item never fails the others; a code that stands there twice is judged
/// once. The answer begins before the last code is judged.
#[utoipa::path(post, operation_id = "partner_verify", path = "/api/v1/partner/verify", tag = "partner", request_body = BatchShape,
    responses((status = 200, body = AnswerShape), (status = 400, body = Problem, description = "bad_request, purpose_needed, unknown_purpose, batch_over_quota"),
        (status = 401, body = Problem, description = "invalid_token, sign_in_required"), (status = 403, body = Problem, description = "insufficient_scope"),
        (status = 429, body = Problem, description = "quota_minute, quota_day"), (status = 503, body = Problem)))]
pub async fn verify(State(state): State<AppState>, PartnerCall(call): PartnerCall, body: Bytes) -> Response {
    let begun = verify::may(&call.client).and_then(|()| Request::read(Vec::from(body))).and_then(|request| {
        quota::take(&state, &call.client, request.codes(), state.clock.now()).map(|q| (request, q))
    });
    let (request, quota) = match begun {
        Ok(begun) => begun,
        Err(error) => return refused(&state, &call.client, error),
    };
    let (send, receive) = mpsc::channel(WAITING_PIECES);
    let app = Arc::clone(&state);
    tokio::spawn(async move { verify::run(&app, &call, how(&call), &request, send).await });
    let pieces = stream::unfold(receive, async |mut receive: mpsc::Receiver<Vec<u8>>| {
        receive.recv().await.map(|piece| (Ok::<_, Infallible>(piece), receive))
    });
    // Fused: the compression layer asks once more after the end.
    let mut response = Body::from_stream(pieces.fuse()).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    with_quota(response, &quota)
}

/// One licence at the counter: is it good, for which vehicles, is there a practice period.
#[utoipa::path(post, operation_id = "partner_check_licence", path = "/api/v1/partner/licences/check", tag = "partner", request_body = PickUp,
    responses((status = 200, body = Checked), (status = 400, body = Problem, description = "purpose_needed, unknown_purpose"), (status = 401, body = Problem),
        (status = 403, body = Problem, description = "insufficient_scope"), (status = 422, body = Problem, description = "not_a_licence"), (status = 429, body = Problem)))]
pub async fn check_licence(State(state): State<AppState>, PartnerCall(call): PartnerCall, body: Bytes) -> Response {
    let asked = serde_json::from_slice::<PickUp>(&body)
        .map_err(|e| UseError::invalid("bad_request", format!("the body is not {{code, purpose}}: {e}")));
    let done = match asked {
        Ok(ask) => licence::check(&state, &call, &ask).await,
        Err(error) => Err(error),
    };
    match done {
        Ok((checked, quota)) => with_quota(Json(checked).into_response(), &quota),
        Err(error) => refused(&state, &call.client, error),
    }
}

/// The partner that asks: what it may, where, and how its quota stands. Needs no database.
#[utoipa::path(get, operation_id = "partner_me", path = "/api/v1/partner/me", tag = "partner",
    responses((status = 200, body = Me), (status = 401, body = Problem)))]
pub async fn me(State(state): State<AppState>, PartnerCall(call): PartnerCall) -> Response {
    let me = view::me(&state, &call);
    let quota = me.quota;
    with_quota(Json(me).into_response(), &quota)
}

/// What the partner that asks has checked, the newest first.
#[utoipa::path(get, operation_id = "partner_checks", path = "/api/v1/partner/checks", tag = "partner", params(After),
    responses((status = 200, body = CheckPage), (status = 401, body = Problem), (status = 503, body = Problem)))]
pub async fn checks(
    State(state): State<AppState>,
    PartnerCall(call): PartnerCall,
    Query(page): Query<After>,
) -> Answer<Json<CheckPage>> {
    Ok(Json(view::checks(&state, &call, page.after).await?))
}
