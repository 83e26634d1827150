//! The nation in a pocket: packs and deltas for anyone, shards for officers on duty.

use super::AppState;
use super::auth::bound::Officer;
use super::error::{Answer, ApiError, Problem, problem};
use super::verifier::polled;
use crate::usecase::error::UseError;
use crate::usecase::pack::{self, PackCatalogue, Served, ShardView};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::io::SeekFrom;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;
use utoipa::ToSchema;

/// The type of packs and deltas. Answers of `application/vnd.luzheng.…` are not compressed: they are already.
const PACK_TYPE: &str = "application/vnd.luzheng.pack";
/// The type of shards.
const SHARD_TYPE: &str = "application/vnd.luzheng.shard";
/// How long a file may be kept that never changes under its name, in seconds: as long as a pack is good.
const IMMUTABLE: &str = "public, max-age=604800, immutable";
/// For how many seconds it may be kept which one is the newest.
const NEWEST_S: u32 = 60;

/// The shards that the asking officer may have.
#[derive(Debug, Serialize, ToSchema)]
pub struct Shards {
    /// By province.
    pub items: Vec<ShardView>,
}

/// The newest pack, and the deltas that lead to it.
#[utoipa::path(get, operation_id = "pack", path = "/pack", tag = "anyone",
    responses((status = 200, body = PackCatalogue), (status = 304, description = "unchanged"), (status = 404, body = Problem, description = "no_pack")))]
pub async fn catalogue(State(state): State<AppState>, headers: HeaderMap) -> Answer<Response> {
    let catalogue = pack::catalogue(&state).await?;
    let json =
        serde_json::to_vec(&catalogue).map_err(|error| ApiError(UseError::broken("catalogue", error.to_string())))?;
    Ok(polled(&headers, json, "application/json", NEWEST_S))
}

/// A pack or a delta. Under its name it never changes; parts of it can be asked for (`Range`).
#[utoipa::path(get, operation_id = "pack_file", path = "/pack/{name}", tag = "anyone", params(("name" = String, Path, description = "as `GET /pack` says")),
    responses((status = 200, description = "docs/pack-format.md", content_type = "application/vnd.luzheng.pack", body = Vec<u8>), (status = 206, description = "the part that was asked for"),
        (status = 304, description = "unchanged"), (status = 404, body = Problem), (status = 416, body = Problem, description = "bad_range")))]
pub async fn file(State(state): State<AppState>, Path(name): Path<String>, headers: HeaderMap) -> Answer<Response> {
    let served = pack::file(&state, &name).await?;
    let mut response = send(&headers, &served, PACK_TYPE).await?;
    let out = response.headers_mut();
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(IMMUTABLE));
    out.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    Ok(response)
}

/// The shards of the provinces in which the officer is on duty.
#[utoipa::path(get, operation_id = "officer_shards", path = "/api/v1/officer/shards", tag = "officer",
    responses((status = 200, body = Shards), (status = 401, body = Problem), (status = 403, body = Problem, description = "off_duty")))]
pub async fn shards(State(state): State<AppState>, Officer(call): Officer) -> Answer<Json<Shards>> {
    Ok(Json(Shards { items: pack::shards_for(&state, &call).await? }))
}

/// The shard of a province in which the officer is on duty; it is noted who took it.
#[utoipa::path(get, operation_id = "officer_shard", path = "/api/v1/officer/shards/{province}", tag = "officer",
    params(("province" = u32, Path, description = "the first two digits of the province's division code")),
    responses((status = 200, description = "docs/pack-format.md", content_type = "application/vnd.luzheng.shard", body = Vec<u8>), (status = 206, description = "the part that was asked for"),
        (status = 304, description = "unchanged"), (status = 401, body = Problem), (status = 403, body = Problem, description = "off_duty, outside_duty"), (status = 404, body = Problem),
        (status = 416, body = Problem, description = "bad_range")))]
pub async fn shard(
    State(state): State<AppState>,
    Officer(call): Officer,
    Path(province): Path<u32>,
    headers: HeaderMap,
) -> Answer<Response> {
    // The rest of a file whose beginning was noted is not noted again.
    let continued =
        headers.get(header::RANGE).is_some_and(|range| range.to_str().is_ok_and(|r| !r.starts_with("bytes=0-")));
    let served = pack::shard_for(&state, &call, province, !continued).await?;
    let mut response = send(&headers, &served, SHARD_TYPE).await?;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    Ok(response)
}

/// What is asked for of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Whole,
    /// From the first to the last byte, both included.
    Bytes(u64, u64),
    Beyond,
}

/// Reads `Range` (RFC 9110 section 14): one range of bytes. Several ranges, or anything else, is as if nothing had been said.
fn part(range: Option<&str>, size: u64) -> Part {
    let Some((from, to)) = range.and_then(|range| range.strip_prefix("bytes=")).and_then(|range| range.split_once('-'))
    else {
        return Part::Whole;
    };
    let Some(last) = size.checked_sub(1) else { return Part::Whole };
    let number = |text: &str| if text.bytes().all(|b| b.is_ascii_digit()) { text.parse::<u64>().ok() } else { None };
    match (number(from), number(to)) {
        (Some(from), Some(to)) if from <= to && from <= last => Part::Bytes(from, to.min(last)),
        (Some(from), None) if to.is_empty() && from <= last => Part::Bytes(from, last),
        (Some(from), to_number) if from > last && (to.is_empty() || to_number.is_some_and(|to| from <= to)) => {
            Part::Beyond
        }
        (None, Some(count)) if from.is_empty() && count > 0 => Part::Bytes(size.saturating_sub(count), last),
        (None, Some(0)) if from.is_empty() => Part::Beyond,
        _ => Part::Whole,
    }
}

/// Answers with a file or a part of it, a stretch at a time, or with 304.
async fn send(headers: &HeaderMap, served: &Served, content_type: &'static str) -> Answer<Response> {
    let lost = |error: std::io::Error| ApiError(UseError::unavailable("disk", "the file cannot be read", error));
    let tag = format!("\"{}\"", served.name);
    let asked = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let known = asked(header::IF_NONE_MATCH)
        .is_some_and(|list| list.split(',').any(|t| t.trim().trim_start_matches("W/") == tag || t.trim() == "*"));
    let mut file = tokio::fs::File::open(&served.path).await.map_err(lost)?;
    let size = file.metadata().await.map_err(lost)?.len();
    // A part of another file is no use to the caller: If-Range says which one the rest is wanted of.
    let same = asked(header::IF_RANGE).is_none_or(|range| range == tag);
    let (from, length, status) = match part(asked(header::RANGE).filter(|_| same), size) {
        _ if known => (0, 0, StatusCode::NOT_MODIFIED),
        Part::Whole => (0, size, StatusCode::OK),
        Part::Bytes(from, to) => (from, to - from + 1, StatusCode::PARTIAL_CONTENT),
        Part::Beyond => {
            let sentence = "the file has no such part";
            let mut response = problem(StatusCode::RANGE_NOT_SATISFIABLE, "bad_range", sentence);
            put(&mut response, header::CONTENT_RANGE, &format!("bytes */{size}"));
            return Ok(response);
        }
    };
    let mut response = if status == StatusCode::NOT_MODIFIED {
        status.into_response()
    } else {
        file.seek(SeekFrom::Start(from)).await.map_err(lost)?;
        (status, Body::from_stream(ReaderStream::with_capacity(file.take(length), 64 << 10))).into_response()
    };
    put(&mut response, header::ETAG, &tag);
    if status != StatusCode::NOT_MODIFIED {
        put(&mut response, header::CONTENT_TYPE, content_type);
        put(&mut response, header::CONTENT_LENGTH, &length.to_string());
        put(&mut response, header::ACCEPT_RANGES, "bytes");
        put(&mut response, header::CONTENT_DISPOSITION, &format!("attachment; filename=\"{}\"", served.name));
    }
    if status == StatusCode::PARTIAL_CONTENT {
        put(&mut response, header::CONTENT_RANGE, &format!("bytes {from}-{}/{size}", from + length - 1));
    }
    Ok(response)
}

fn put(response: &mut Response, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_of_bytes() {
        let of = |range: &str| part(Some(range), 100);
        assert_eq!(part(None, 100), Part::Whole);
        assert_eq!(of("bytes=0-0"), Part::Bytes(0, 0));
        assert_eq!(of("bytes=10-"), Part::Bytes(10, 99));
        assert_eq!(of("bytes=10-19"), Part::Bytes(10, 19));
        assert_eq!(of("bytes=90-1000"), Part::Bytes(90, 99));
        assert_eq!(of("bytes=-10"), Part::Bytes(90, 99));
        assert_eq!(of("bytes=-1000"), Part::Bytes(0, 99));
        assert_eq!(of("bytes=100-"), Part::Beyond);
        assert_eq!(of("bytes=100-200"), Part::Beyond);
        assert_eq!(of("bytes=-0"), Part::Beyond);
        for nonsense in
            ["", "bytes", "bytes=", "bytes=-", "bytes=5-4", "bytes=1-2,5-6", "bytes=+1-2", "lines=1-2", "bytes=a-b"]
        {
            assert_eq!(of(nonsense), Part::Whole, "{nonsense}");
        }
        assert_eq!(part(Some("bytes=0-"), 0), Part::Whole);
    }
}
