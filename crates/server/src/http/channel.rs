//! By which ways a citizen wants to be told, and the browsers that get a push.

use super::AppState;
use super::auth::Citizen;
use super::error::{Answer, Problem};
use crate::usecase::notify::{self, ChannelsView, NewChannels, NewSubscription};
use crate::usecase::view::Text;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The key that browsers subscribe with.
#[derive(Debug, Serialize, ToSchema)]
pub struct PushKey {
    /// An uncompressed P-256 point, base64url: `applicationServerKey`.
    pub public_key: String,
}

/// Which browser no longer wants to be told.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// The subscription's endpoint.
    pub endpoint: String,
}

/// A message that the demonstration would have sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct OutboxItem {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// `push`, `sms` or `email`.
    pub channel: String,
    /// To whom, masked.
    pub to: String,
    /// Title.
    pub title: Text,
    /// Body.
    pub body: Text,
}

/// What the demonstration would have sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct OutboxView {
    /// Newest first.
    pub items: Vec<OutboxItem>,
}

/// The key that browsers subscribe with.
#[utoipa::path(get, path = "/api/v1/push/key", tag = "citizen", responses((status = 200, body = PushKey)))]
pub async fn push_key(State(state): State<AppState>) -> Json<PushKey> {
    Json(PushKey { public_key: state.ways.push_key.clone() })
}

/// Adds this browser. Doing it again changes nothing.
#[utoipa::path(post, path = "/api/v1/citizen/push/subscriptions", tag = "citizen", request_body = NewSubscription,
    responses((status = 204, description = "subscribed"), (status = 400, body = Problem), (status = 401, body = Problem), (status = 422, body = Problem)))]
pub async fn subscribe(
    State(state): State<AppState>,
    Citizen(session): Citizen,
    Json(new): Json<NewSubscription>,
) -> Answer<StatusCode> {
    notify::subscribe(&state, &session, &new).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends a browser's subscription; one that is not there is ended already.
#[utoipa::path(post, path = "/api/v1/citizen/push/subscriptions/end", tag = "citizen", request_body = Endpoint,
    responses((status = 204, description = "ended"), (status = 401, body = Problem)))]
pub async fn unsubscribe(
    State(state): State<AppState>,
    Citizen(session): Citizen,
    Json(which): Json<Endpoint>,
) -> Answer<StatusCode> {
    notify::unsubscribe(&state, &session, &which.endpoint).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// By which ways the person is told.
#[utoipa::path(get, path = "/api/v1/citizen/channels", tag = "citizen", responses((status = 200, body = ChannelsView), (status = 401, body = Problem)))]
pub async fn channels(State(state): State<AppState>, Citizen(session): Citizen) -> Answer<Json<ChannelsView>> {
    Ok(Json(notify::channels(&state, &session).await?))
}

/// Chooses the ways.
#[utoipa::path(put, path = "/api/v1/citizen/channels", tag = "citizen", request_body = NewChannels,
    responses((status = 200, body = ChannelsView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 422, body = Problem)))]
pub async fn set_channels(
    State(state): State<AppState>,
    Citizen(session): Citizen,
    Json(new): Json<NewChannels>,
) -> Answer<Json<ChannelsView>> {
    Ok(Json(notify::set_channels(&state, &session, &new).await?))
}

/// What the demonstration would have sent by text message and mail. Outside `luzheng demo` it is not there.
#[utoipa::path(get, path = "/api/v1/demo/outbox", tag = "demo", responses((status = 200, body = OutboxView), (status = 404, body = Problem, description = "not a demonstration")))]
pub async fn outbox(State(state): State<AppState>) -> Answer<Json<OutboxView>> {
    let items = notify::outbox(&state)?
        .into_iter()
        .map(|sent| OutboxItem {
            at: sent.at,
            channel: sent.channel.code().into(),
            to: sent.to,
            title: sent.title,
            body: sent.body,
        })
        .collect();
    Ok(Json(OutboxView { items }))
}
