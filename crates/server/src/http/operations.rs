//! What operators and load balancers ask: alive, ready, how much; and what the app asks first.

use super::AppState;
use super::error::{Problem, problem};
use crate::usecase::health;
use crate::usecase::view::Text;
use axum::Json;
use axum::extract::{MatchedPath, Query, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};

/// Longest time a call may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The process is alive.
#[utoipa::path(get, path = "/healthz", tag = "operations", responses((status = 200, description = "alive", body = String)))]
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// For what readiness is asked.
#[derive(Debug, Deserialize, IntoParams)]
pub struct ReadyFor {
    /// `verification`: only what verifying codes needs, which goes on while the database is away. Without it: everything.
    pub r#for: Option<String>,
}

/// The process can do its work: the database answers, a trust list is published. With `?for=verification` the database is not asked: a balancer
/// that sends verification here keeps doing so while the database is away.
#[utoipa::path(get, path = "/readyz", tag = "operations", params(ReadyFor), responses((status = 200, description = "ready", body = String), (status = 503, body = Problem, description = "not ready: database_away, no_trust_list, trust_list_expired")))]
pub async fn readyz(State(state): State<AppState>, Query(asked): Query<ReadyFor>) -> Response {
    let ready = match asked.r#for.as_deref() {
        Some("verification") => health::ready_to_verify(&state),
        _ => health::ready(&state).await,
    };
    match ready {
        Ok(()) => "ready\n".into_response(),
        Err(error) => unavailable(error.code, error.message),
    }
}

/// A 503 that says when to come back.
fn unavailable(code: &str, detail: impl Into<String>) -> Response {
    let mut response = problem(StatusCode::SERVICE_UNAVAILABLE, code, detail);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    response
}

/// Ends a call that takes too long.
pub async fn in_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(TIMEOUT, next.run(request)).await {
        Ok(response) => response,
        Err(_) => unavailable("took_too_long", "this took too long; please try again shortly"),
    }
}

/// Counters for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "operations", responses((status = 200, description = "Prometheus text", body = String)))]
pub async fn metrics(State(state): State<AppState>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], state.metrics.render()).into_response()
}

/// What the app needs to know before anything else.
#[derive(Debug, Serialize, ToSchema)]
pub struct Meta {
    /// The system's name.
    pub name: Text,
    /// Version of the server.
    pub version: String,
    /// Whether this is a demonstration with fictional people.
    pub demo: bool,
    /// Host written into codes.
    pub code_host: String,
    /// The server's clock.
    #[schema(value_type = String, format = DateTime)]
    pub server_time: Timestamp,
}

/// Name, version, and the server's clock.
#[utoipa::path(get, path = "/api/v1/meta", tag = "anyone", responses((status = 200, body = Meta)))]
pub async fn meta(State(state): State<AppState>) -> Json<Meta> {
    Json(Meta {
        name: Text::new("路证", "Luzheng"),
        version: env!("CARGO_PKG_VERSION").into(),
        demo: state.settings.demo,
        code_host: state.settings.code_host.clone(),
        server_time: state.clock.now(),
    })
}

/// A known path with another method.
pub async fn method_not_allowed() -> Response {
    problem(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "this address does not answer that method")
}

/// Counts requests by route, method and status; never by a value a caller chose.
pub async fn count(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or_else(|| "site".to_owned(), |p| p.as_str().to_owned());
    let method = request.method().to_string();
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    metrics::counter!("luzheng_http_requests_total", "route" => route, "method" => method, "status" => status)
        .increment(1);
    response
}

/// A panic becomes a 500 with a code; what it said goes to the log.
pub fn panicked(cause: Box<dyn std::any::Any + Send>) -> Response {
    let said = cause
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| cause.downcast_ref::<&str>().map(|s| (*s).to_owned()))
        .unwrap_or_default();
    tracing::error!(said, "a handler panicked");
    problem(StatusCode::INTERNAL_SERVER_ERROR, "broken", "something is wrong on our side; it has been recorded")
}
