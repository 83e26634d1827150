//! The demonstration's one-tap sign-ins. Outside `luzheng demo` they are not there.

use super::AppState;
use super::auth::{Device, no_session_cookie, token, with_session};
use super::error::{Answer, Problem};
use crate::usecase::demo::account::walk_ins;
use crate::usecase::view::{Me, Text};
use crate::usecase::{account, session};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// One fictional person who can be signed in with a tap.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignIn {
    /// The account.
    pub id: Uuid,
    /// `citizen`, `officer`, `insurer` or `staff`.
    pub role: String,
    /// The name.
    pub name: Text,
    /// What is interesting about them.
    pub case: Text,
    /// Their plates.
    pub vehicles: Vec<String>,
}

/// One fictional person who signs in by phone, as everybody does outside a demonstration. The code lies in the outbox.
#[derive(Debug, Serialize, ToSchema)]
pub struct ByPhone {
    /// The name.
    pub name: Text,
    /// The phone.
    pub phone: String,
    /// The identity number, which agrees with the register.
    pub id_number: String,
    /// What is interesting about them.
    pub case: Text,
}

/// Everybody who can be signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignIns {
    /// The people.
    pub items: Vec<SignIn>,
    /// Those who sign in by phone.
    pub by_phone: Vec<ByPhone>,
}

/// Whom to sign in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Who {
    /// The account.
    pub id: Uuid,
}

/// The demonstration's people.
#[utoipa::path(get, path = "/api/v1/demo/sign-ins", tag = "demo", responses((status = 200, body = SignIns), (status = 404, body = Problem, description = "not a demonstration")))]
pub async fn sign_ins(State(state): State<AppState>) -> Answer<Json<SignIns>> {
    let items = session::demo_people(&state)
        .await?
        .into_iter()
        .map(|p| SignIn { id: p.id, role: p.role.code().into(), name: p.name, case: p.case, vehicles: p.vehicles })
        .collect();
    let by_phone = walk_ins()?
        .into_iter()
        .map(|p| ByPhone { name: p.name, phone: p.phone, id_number: p.id_number, case: p.case })
        .collect();
    Ok(Json(SignIns { items, by_phone }))
}

/// Signs a fictional person in.
#[utoipa::path(post, path = "/api/v1/demo/sign-in", tag = "demo", request_body = Who, responses((status = 200, body = Me), (status = 404, body = Problem)))]
pub async fn sign_in(State(state): State<AppState>, Device(device): Device, Json(who): Json<Who>) -> Answer<Response> {
    let begun = session::sign_in_demo_on(&state, who.id, &device).await?;
    let me = account::me(&state, &begun.session).await?;
    Ok(with_session(Json(me).into_response(), &begun.token, &device, &state))
}

/// Ends the session.
#[utoipa::path(post, path = "/api/v1/session/sign-out", tag = "citizen", responses((status = 204, description = "signed out")))]
pub async fn sign_out(State(state): State<AppState>, headers: HeaderMap) -> Answer<Response> {
    if let Some(token) = token(&headers) {
        session::sign_out(&state, token).await?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    if let Ok(value) = HeaderValue::from_str(&no_session_cookie(&state)) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    Ok(response)
}
