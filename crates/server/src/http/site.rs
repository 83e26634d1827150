//! The front end's files out of the binary, with the headers that keep them safe and fresh.

use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

/// The built app (`web/app/dist`). When it was not built, every page says so.
#[derive(RustEmbed)]
#[folder = "../../web/app/dist"]
#[exclude = ".*"]
#[allow_missing = true]
struct Files;

/// The built desk of staff (`web/desk/dist`), served below `/desk/`.
#[derive(RustEmbed)]
#[folder = "../../web/desk/dist"]
#[exclude = ".*"]
#[allow_missing = true]
struct DeskFiles;

/// What pages may load and do. `wasm-unsafe-eval` is for the scanner's WebAssembly; nothing inline, nothing foreign.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
     media-src 'self' blob:; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Serves a file, or the page of the app (or of the desk, below `/desk`) for any path that is one of its screens (`/V` among them).
pub async fn page(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path.starts_with("api/") || path.starts_with("status/") || path.starts_with(".well-known/") {
        return super::error::problem(StatusCode::NOT_FOUND, "not_found", format!("there is nothing at /{path}"));
    }
    match path.strip_prefix("desk").filter(|rest| rest.is_empty() || rest.starts_with('/')) {
        Some(rest) => file_or_page(rest.trim_start_matches('/'), DeskFiles::get),
        None => file_or_page(path, Files::get),
    }
}

fn file_or_page(path: &str, get: fn(&str) -> Option<EmbeddedFile>) -> Response {
    if let Some(file) = get(path) {
        // Names under assets/ carry a digest of their content: they never change.
        let cache = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
        return answer(path, file.data, cache);
    }
    let last = path.rsplit('/').next().unwrap_or("");
    if last.contains('.') {
        return (StatusCode::NOT_FOUND, "not found").into_response();
    }
    match get("index.html") {
        Some(file) => answer("index.html", file.data, "no-cache"),
        None => (
            StatusCode::SERVICE_UNAVAILABLE,
            "The front end was not built into this binary: run `make demo`, or `scripts/web.sh` before `cargo build`.\n",
        )
            .into_response(),
    }
}

fn answer(path: &str, data: std::borrow::Cow<'static, [u8]>, cache: &'static str) -> Response {
    let mut response = match data {
        std::borrow::Cow::Borrowed(bytes) => bytes.into_response(),
        std::borrow::Cow::Owned(bytes) => bytes.into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    response
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or("") {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "wasm" => "application/wasm",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
