//! A mark as a page to print.

use super::AppState;
use super::auth::Citizen;
use super::error::{Answer, Problem};
use crate::paper::{Language, Page};
use crate::usecase::print;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// The sizes that are printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PrintSize {
    /// A page of A4.
    #[default]
    A4,
    /// A card of 85.6 × 54 mm, to be cut from a page of A4.
    Card,
}

/// The languages that are printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PrintLanguage {
    /// 中文.
    #[default]
    Zh,
    /// English.
    En,
}

impl From<PrintSize> for Page {
    fn from(size: PrintSize) -> Self {
        match size {
            PrintSize::A4 => Self::A4,
            PrintSize::Card => Self::CardSheet,
        }
    }
}

impl From<PrintLanguage> for Language {
    fn from(language: PrintLanguage) -> Self {
        match language {
            PrintLanguage::Zh => Self::Chinese,
            PrintLanguage::En => Self::English,
        }
    }
}

/// What page is wanted.
#[derive(Debug, Deserialize, IntoParams)]
pub struct Wanted {
    /// `a4` or `card`; `a4` when it is not said.
    #[serde(default)]
    #[param(inline)]
    pub size: PrintSize,
    /// `zh` or `en`; `zh` when it is not said.
    #[serde(default)]
    #[param(inline)]
    pub lang: PrintLanguage,
}

/// A PDF to be saved under a name, which may have Chinese characters (RFC 6266 section 4.3), and never to be cached.
pub(super) fn attachment(plate: &str, pdf: Vec<u8>) -> Response {
    let encoded: String = plate.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let ascii: String = plate.chars().filter(char::is_ascii_alphanumeric).collect();
    let disposition = format!("attachment; filename=\"luzheng-{ascii}.pdf\"; filename*=UTF-8''luzheng-{encoded}.pdf");
    let headers = [
        (header::CONTENT_TYPE, "application/pdf".to_owned()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    (headers, pdf).into_response()
}

/// A mark as a page for printing: PDF/A-3a and PDF/UA-1, the code 30 mm wide, the signed message attached.
#[utoipa::path(get, operation_id = "print_mark", path = "/api/v1/citizen/marks/{id}/print.pdf", tag = "citizen", params(("id" = Uuid, Path, description = "the credential"), Wanted),
    responses((status = 200, content_type = "application/pdf", description = "the page"), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 403, body = Problem, description = "not_for_this_relation"), (status = 404, body = Problem),
        (status = 422, body = Problem, description = "mark_suspended, mark_ended, mark_expired, mark_issuing, never_printed, page_by_hand")))]
pub async fn mark(
    State(state): State<AppState>,
    Citizen(session): Citizen,
    Path(id): Path<Uuid>,
    Query(wanted): Query<Wanted>,
) -> Answer<Response> {
    let printed = print::mark(&state, &session, id, wanted.size.into(), wanted.lang.into()).await?;
    Ok(attachment(&printed.plate, printed.bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_chinese_characters_is_encoded() {
        let response = attachment("苏E00001", vec![1]);
        let said = response.headers()[header::CONTENT_DISPOSITION].to_str().unwrap();
        assert_eq!(
            said,
            "attachment; filename=\"luzheng-E00001.pdf\"; filename*=UTF-8''luzheng-%E8%8B%8F%45%30%30%30%30%31.pdf"
        );
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    }
}
