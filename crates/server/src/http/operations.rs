//! What operators and load balancers ask: alive, ready, how much; and what the app asks first.

use super::AppState;
use super::error::problem;
use crate::usecase::view::Text;
use axum::Json;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// The process is alive.
#[utoipa::path(get, path = "/healthz", tag = "operations", responses((status = 200, description = "alive", body = String)))]
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// The process can do its work: the database answers, keys are open, status lists are fresh.
#[utoipa::path(get, path = "/readyz", tag = "operations", responses((status = 200, description = "ready", body = String), (status = 503, description = "not ready, with the reason")))]
pub async fn readyz(State(state): State<AppState>) -> Response {
    match crate::usecase::health::ready(&state).await {
        Ok(()) => "ready\n".into_response(),
        Err(error) => problem(StatusCode::SERVICE_UNAVAILABLE, error.code, error.message),
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
