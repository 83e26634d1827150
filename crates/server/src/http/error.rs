//! The only mapping from failures to HTTP: RFC 9457 `application/problem+json` with our stable codes.

use crate::usecase::error::{Kind, UseError};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// A problem as RFC 9457 section 3 describes it, with our stable `code`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// A URI naming the sort of problem; `about:blank` when the status says it all.
    #[serde(rename = "type")]
    pub kind: String,
    /// The status in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// Our stable code, snake_case.
    pub code: String,
    /// One sentence: what is wrong and where.
    pub detail: String,
    /// After how many seconds the same call may be made again; also in `Retry-After`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u32>,
    /// How many tries are left before it is locked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tries_left: Option<u32>,
}

/// An error on its way out of a handler.
#[derive(Debug)]
pub struct ApiError(pub UseError);

impl<E: Into<UseError>> From<E> for ApiError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// The result of a handler.
pub type Answer<T> = Result<T, ApiError>;

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = match self.0.kind {
            Kind::Invalid => StatusCode::BAD_REQUEST,
            Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
            Kind::Forbidden => StatusCode::FORBIDDEN,
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::Conflict => StatusCode::CONFLICT,
            Kind::Gone => StatusCode::GONE,
            Kind::Refused => StatusCode::UNPROCESSABLE_ENTITY,
            Kind::TooOften => StatusCode::TOO_MANY_REQUESTS,
            Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Kind::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        };
        // What our own parts said to each other is for the log, not for strangers.
        let detail = match self.0.kind {
            Kind::Unavailable => {
                tracing::error!(code = self.0.code, error = %self.0, "unavailable");
                "this is not available at the moment; please try again shortly".to_owned()
            }
            Kind::Broken => {
                tracing::error!(code = self.0.code, error = %self.0, "broken");
                "something is wrong on our side; it has been recorded".to_owned()
            }
            _ => self.0.message,
        };
        let mut response = problem_with(status, self.0.code, detail, self.0.retry_after_s, self.0.tries_left);
        let retry_after = match (self.0.retry_after_s, status) {
            (Some(seconds), _) => Some(seconds),
            (None, StatusCode::SERVICE_UNAVAILABLE) => Some(5),
            (None, StatusCode::TOO_MANY_REQUESTS) => Some(60),
            _ => None,
        };
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// A problem document with a status.
pub fn problem(status: StatusCode, code: &str, detail: impl Into<String>) -> Response {
    problem_with(status, code, detail.into(), None, None)
}

fn problem_with(
    status: StatusCode,
    code: &str,
    detail: String,
    retry_after_s: Option<u32>,
    tries_left: Option<u32>,
) -> Response {
    let body = Problem {
        kind: "about:blank".into(),
        title: status.canonical_reason().unwrap_or("error").into(),
        status: status.as_u16(),
        code: code.into(),
        detail,
        retry_after_s,
        tries_left,
    };
    let json = serde_json::to_vec(&body).unwrap_or_default();
    let mut response = (status, json).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    response
}
