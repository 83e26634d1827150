//! Where clients get their tokens (RFC 6749 section 4.4, RFC 7523), and what they are told about it beforehand (RFC 8414). Errors have the form
//! that RFC 6749 section 5.2 prescribes, not ours.

use super::AppState;
use crate::usecase::error::{Kind, UseError};
use crate::usecase::partner::scope::Scope;
use crate::usecase::partner::token::{self, Granted, TokenRequest};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use openidconnect::url::form_urlencoded;
use serde::Serialize;
use utoipa::ToSchema;

/// Largest form, in bytes.
pub const MAX_FORM: usize = 16 * 1024;

/// What the form says. Declared for the description; it is read field by field, since one that comes twice is refused.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "the form's shape for the published description")]
pub struct TokenForm {
    /// `client_credentials`.
    grant_type: String,
    /// `urn:ietf:params:oauth:client-assertion-type:jwt-bearer`.
    client_assertion_type: String,
    /// A JWT signed with the client's key: `iss` and `sub` the client id, `aud` our issuer, `exp` at most five minutes away, `jti` new each time.
    client_assertion: String,
    /// Scopes, separated by spaces; without it all that the client has.
    scope: Option<String>,
}

/// Why no token was given (RFC 6749 section 5.2).
#[derive(Debug, Serialize, ToSchema)]
pub struct OauthError {
    /// `invalid_request`, `invalid_client`, `unsupported_grant_type`, `invalid_scope`, `temporarily_unavailable` or `server_error`.
    error: String,
    /// One sentence: what is wrong.
    error_description: String,
}

/// What a client has to know (RFC 8414 section 2).
#[derive(Debug, Serialize, ToSchema)]
pub struct ServerMetadata {
    /// Our issuer identifier: what an assertion names as its audience.
    issuer: String,
    /// Where tokens are asked for.
    token_endpoint: String,
    /// What can be asked for.
    scopes_supported: Vec<Scope>,
    /// None: nobody is redirected anywhere.
    response_types_supported: Vec<String>,
    /// `client_credentials`.
    grant_types_supported: Vec<String>,
    /// `private_key_jwt`.
    token_endpoint_auth_methods_supported: Vec<String>,
    /// `ES256`, `EdDSA`.
    token_endpoint_auth_signing_alg_values_supported: Vec<String>,
}

fn refused(error: UseError) -> Response {
    let (status, code) = match error.kind {
        Kind::Unauthenticated => (StatusCode::UNAUTHORIZED, error.code),
        Kind::Invalid => (StatusCode::BAD_REQUEST, error.code),
        Kind::TooOften => (StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable"),
        Kind::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable"),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "server_error"),
    };
    let error_description = if status.is_server_error() {
        tracing::error!(code = error.code, %error, "no token could be given");
        "this is not available at the moment; please try again shortly".to_owned()
    } else {
        error.message
    };
    let mut response = (status, Json(OauthError { error: code.into(), error_description })).into_response();
    let retry_after = match status {
        StatusCode::TOO_MANY_REQUESTS => Some(error.retry_after_s.unwrap_or(60)),
        StatusCode::SERVICE_UNAVAILABLE => Some(error.retry_after_s.unwrap_or(5)),
        _ => None,
    };
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn form(headers: &HeaderMap, body: &[u8]) -> Result<TokenRequest, UseError> {
    let wrong = |why: &str| UseError::invalid("invalid_request", why);
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
        return Err(wrong("send the form as application/x-www-form-urlencoded"));
    }
    if body.len() > MAX_FORM {
        return Err(wrong("the form is too large"));
    }
    let mut request = TokenRequest::default();
    for (name, value) in form_urlencoded::parse(body) {
        let place = match &*name {
            "grant_type" => &mut request.grant_type,
            "client_assertion_type" => &mut request.client_assertion_type,
            "client_assertion" => &mut request.client_assertion,
            "client_id" => &mut request.client_id,
            "scope" => &mut request.scope,
            "client_secret" => return Err(wrong("there are no shared secrets here: sign an assertion with your key")),
            // Unknown parameters are ignored (RFC 6749 section 3.2).
            _ => continue,
        };
        if place.replace(value.into_owned()).is_some() {
            return Err(wrong("a parameter stands in the form twice"));
        }
    }
    Ok(request)
}

/// An access token for a client that signs an assertion with its own key (private_key_jwt). Good for 15 minutes.
#[utoipa::path(post, operation_id = "oauth_token", path = "/oauth/token", tag = "partner",
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = Granted), (status = 400, body = OauthError), (status = 401, body = OauthError),
        (status = 429, body = OauthError), (status = 503, body = OauthError)))]
pub async fn token(State(state): State<AppState>, headers: HeaderMap, body: Bytes) -> Response {
    let granted = match form(&headers, &body) {
        Ok(request) => token::issue(&state, &request).await,
        Err(error) => Err(error),
    };
    match granted {
        Ok(granted) => {
            let mut response = Json(granted).into_response();
            response.headers_mut().insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
            response
        }
        Err(error) => refused(error),
    }
}

/// What a client has to know to ask for a token (RFC 8414).
#[utoipa::path(get, operation_id = "oauth_metadata", path = "/.well-known/oauth-authorization-server", tag = "partner",
    responses((status = 200, body = ServerMetadata)))]
pub async fn metadata(State(state): State<AppState>) -> Json<ServerMetadata> {
    let issuer = state.settings.sign_in.site_url.clone();
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    Json(ServerMetadata {
        token_endpoint: format!("{issuer}/oauth/token"),
        issuer,
        scopes_supported: Scope::ALL.to_vec(),
        response_types_supported: Vec::new(),
        grant_types_supported: words(&["client_credentials"]),
        token_endpoint_auth_methods_supported: words(&["private_key_jwt"]),
        token_endpoint_auth_signing_alg_values_supported: words(&["ES256", "EdDSA"]),
    })
}
