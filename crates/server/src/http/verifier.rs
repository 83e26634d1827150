//! What anyone may have: a verdict, the trust list, the root, the status lists. None of it asks who is asking.

use super::AppState;
use super::auth::Network;
use super::error::{Answer, ApiError, Problem};
use crate::usecase::error::UseError;
use crate::usecase::watch::{Caller, Coordinates, Place, checked};
use crate::usecase::{trust, verify};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use luzheng_credential::verify::Verdict;
use metrics::Counter;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;
use utoipa::ToSchema;

/// A code to be judged.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The scanned or pasted text.
    pub code: String,
    /// The plate on the vehicle in front of the checker.
    pub expected_plate: Option<String>,
    /// Judge as of this instant instead of now.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Timestamp>,
    /// Roughly where the checker is, if they want to say: it helps to find copies of codes. Rounded to a tenth of a degree before anything else,
    /// kept in memory for an hour or two, and never needed.
    #[schema(value_type = Option<Coordinates>)]
    pub place: Option<Place>,
}

/// Counts a verdict. The counters are found once.
fn count(verdict: Verdict) {
    static COUNTERS: LazyLock<[Counter; 5]> = LazyLock::new(|| {
        [Verdict::Valid, Verdict::Attention, Verdict::NotValid, Verdict::Unreadable, Verdict::CannotTell]
            .map(|verdict| metrics::counter!("luzheng_verdicts_total", "verdict" => verdict.code()))
    });
    COUNTERS[verdict as usize].increment(1);
}

/// A verdict on one code. Whatever the code is, the answer is 200 with a verdict; only a request that is no question at all is refused.
#[utoipa::path(post, path = "/api/v1/verify", tag = "anyone", request_body = Question,
    responses((status = 200, description = "the verdict: `valid`, `attention`, `not_valid`, `unreadable` or `cannot_tell`, with every check by name", body = serde_json::Value), (status = 400, body = Problem)))]
pub async fn verify(State(state): State<AppState>, Network(network): Network, body: Bytes) -> Answer<Response> {
    let question: Question = serde_json::from_slice(&body).map_err(|e| {
        ApiError(UseError::invalid(
            "bad_request",
            format!("the body is not a question {{code, expected_plate?, at?, place?}}: {e}"),
        ))
    })?;
    let report = verify::online(&state, &question.code, question.expected_plate.as_deref(), question.at);
    // A question about another time is no sighting of the code.
    if question.at.is_none() {
        checked(&state, &report, question.place.unwrap_or_default(), Caller::Anyone(network.as_deref()));
    }
    count(report.verdict());
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], report.to_json()).into_response())
}

fn etag(bytes: &[u8]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    format!("\"{}\"", hex::encode(&digest.as_ref()[..12]))
}

/// Answers with bytes, or 304 when the caller has them already.
pub(super) fn polled(headers: &HeaderMap, bytes: Vec<u8>, content_type: &'static str, max_age: u32) -> Response {
    let tag = etag(&bytes);
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|list| list.split(',').any(|t| t.trim().trim_start_matches("W/") == tag || t.trim() == "*"));
    let mut response = if known { StatusCode::NOT_MODIFIED.into_response() } else { bytes.into_response() };
    let out = response.headers_mut();
    if !known {
        out.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    if let Ok(value) = HeaderValue::from_str(&tag) {
        out.insert(header::ETAG, value);
    }
    if let Ok(value) = HeaderValue::from_str(&format!("public, max-age={max_age}")) {
        out.insert(header::CACHE_CONTROL, value);
    }
    out.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    out.insert(header::VARY, HeaderValue::from_static("accept, accept-encoding"));
    response
}

/// The signed trust list (JWS, JSON serialisation).
#[utoipa::path(get, path = "/.well-known/luzheng/trust", tag = "anyone", responses((status = 200, description = "the trust list", body = serde_json::Value), (status = 304, description = "unchanged"), (status = 503, body = Problem)))]
pub async fn trust(State(state): State<AppState>, headers: HeaderMap) -> Answer<Response> {
    Ok(polled(&headers, trust::current_list(&state)?, "application/jose+json", 60))
}

/// The root keys to pin. Whoever needs certainty gets them by another way and compares.
#[utoipa::path(get, path = "/.well-known/luzheng/root", tag = "anyone", responses((status = 200, description = "the root keys", body = serde_json::Value), (status = 304, description = "unchanged")))]
pub async fn root(State(state): State<AppState>, headers: HeaderMap) -> Answer<Response> {
    Ok(polled(&headers, trust::root_file(&state)?, "application/json", 3600))
}

/// Where the status lists are.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatusLists {
    /// Their addresses (Token Status List draft, section 9: aggregation).
    pub status_lists: Vec<String>,
}

/// The addresses of all status lists, for readers that prepare themselves for having no network.
#[utoipa::path(get, path = "/status", tag = "anyone", responses((status = 200, body = StatusLists)))]
pub async fn status_lists(State(state): State<AppState>) -> Json<StatusLists> {
    Json(StatusLists { status_lists: trust::status_addresses(&state) })
}

/// A status list: JWT by default, CWT when `Accept: application/statuslist+cwt`.
#[utoipa::path(get, path = "/status/{list}", tag = "anyone", params(("list" = u32, Path, description = "number of the list")),
    responses((status = 200, description = "a Token Status List", body = String, content_type = "application/statuslist+jwt"), (status = 304, description = "unchanged"), (status = 404, body = Problem), (status = 406, body = Problem)))]
pub async fn status_list(State(state): State<AppState>, Path(list): Path<u32>, headers: HeaderMap) -> Answer<Response> {
    let accept = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or("*/*");
    let found = trust::status_tokens(&state, list)?;
    let cwt_wanted = accept.contains("application/statuslist+cwt");
    let jwt_wanted =
        accept.contains("application/statuslist+jwt") || accept.contains("*/*") || accept.contains("application/*");
    match (jwt_wanted, cwt_wanted) {
        (true, _) => Ok(polled(&headers, found.jwt.to_vec(), "application/statuslist+jwt", 60)),
        (false, true) => Ok(polled(&headers, found.cwt.to_vec(), "application/statuslist+cwt", 60)),
        (false, false) => Ok(super::error::problem(
            StatusCode::NOT_ACCEPTABLE,
            "not_acceptable",
            "a status list comes as application/statuslist+jwt or application/statuslist+cwt",
        )),
    }
}
