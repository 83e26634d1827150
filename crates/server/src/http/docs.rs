//! The interface's description: as OpenAPI, and as a page that can be read without any script or foreign host.

use super::{Api, openapi_json};
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use std::fmt::Write;
use utoipa::OpenApi;

/// The OpenAPI document.
pub async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], openapi_json()).into_response()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The same, for reading.
pub async fn page() -> Html<String> {
    let api = serde_json::to_value(Api::openapi()).unwrap_or_default();
    let mut out = String::from(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>Luzheng API</title>\
         <style>body{font:17px/1.6 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#14213d}h2{margin-top:2.5rem;border-bottom:2px solid #d5dbe6}\
         article{border:1px solid #d5dbe6;border-radius:8px;padding:.6rem 1rem;margin:.8rem 0}code{font-family:ui-monospace,monospace}b.m{display:inline-block;min-width:3.5rem;color:#0b5d4e}\
         table{border-collapse:collapse}td{padding:.1rem .8rem .1rem 0;vertical-align:top}</style><h1>Luzheng 路证 API</h1>\
         <p>Machine-readable: <a href=\"/openapi.json\">/openapi.json</a> (OpenAPI 3.1). Errors are RFC 9457 <code>application/problem+json</code> with a stable <code>code</code>.</p>",
    );
    let mut by_tag: std::collections::BTreeMap<String, String> = std::collections::BTreeMap::new();
    for (path, methods) in api["paths"].as_object().into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            let tag = operation["tags"][0].as_str().unwrap_or("other").to_owned();
            let section = by_tag.entry(tag).or_default();
            let text = |key: &str| escape(operation[key].as_str().unwrap_or(""));
            let _ = write!(
                section,
                "<article><b class=\"m\">{}</b> <code>{}</code><br>{} {}<table>",
                method.to_uppercase(),
                escape(path),
                text("summary"),
                text("description"),
            );
            for (status, response) in operation["responses"].as_object().into_iter().flatten() {
                let _ = write!(
                    section,
                    "<tr><td><code>{}</code></td><td>{}</td></tr>",
                    escape(status),
                    escape(response["description"].as_str().unwrap_or(""))
                );
            }
            section.push_str("</table></article>");
        }
    }
    for (tag, section) in by_tag {
        let _ = write!(out, "<h2>{}</h2>{section}", escape(&tag));
    }
    Html(out)
}
