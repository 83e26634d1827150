//! Partners subscribe to changes of vehicles, and see what became of their webhooks.

use super::AppState;
use super::auth::partner::PartnerCall;
use super::error::{Answer, Problem};
use crate::usecase::subscription::keys::{self, KeyList};
use crate::usecase::subscription::view::{NewSubscriptionBody, SubscriptionView, WebhookPage, WebhookView};
use crate::usecase::subscription::{self};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Largest body of a new subscription, in bytes.
pub const MAX_BODY: usize = 256 * 1024;
/// Longest idempotency key, in bytes.
const MAX_KEY: usize = 128;

/// The subscriptions of a partner.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubscriptionList {
    /// The newest first.
    pub items: Vec<SubscriptionView>,
}

/// How many dead letters are said once more.
#[derive(Debug, Serialize, ToSchema)]
pub struct Retried {
    /// How many.
    pub webhooks: u64,
}

/// Which webhooks.
#[derive(Debug, Deserialize, IntoParams)]
pub struct InState {
    /// `waiting`, `sent`, `dead` or `withheld`; not given: all.
    pub state: Option<String>,
}

fn key(headers: &HeaderMap) -> Option<&str> {
    headers.get("idempotency-key").and_then(|v| v.to_str().ok()).filter(|key| !key.is_empty() && key.len() <= MAX_KEY)
}

/// Subscribes to changes of up to 1,000 vehicles. Honours `Idempotency-Key`.
#[utoipa::path(post, operation_id = "subscribe_to_changes", path = "/api/v1/partner/subscriptions", tag = "partner",
    request_body = NewSubscriptionBody,
    responses((status = 201, body = SubscriptionView),
        (status = 400, body = Problem, description = "purpose_needed, unknown_purpose, purpose_not_lasting, reference_needed, unknown_event, bad_url, bad_request"),
        (status = 401, body = Problem), (status = 403, body = Problem, description = "insufficient_scope"),
        (status = 409, body = Problem, description = "idempotency_key_reused"),
        (status = 422, body = Problem, description = "no_subject, too_many_subscriptions, too_many_vehicles"),
        (status = 429, body = Problem, description = "too_many_look_ups")))]
pub async fn begin(
    State(state): State<AppState>,
    PartnerCall(call): PartnerCall,
    headers: HeaderMap,
    Json(new): Json<NewSubscriptionBody>,
) -> Answer<Response> {
    let view = subscription::begin(&state, &call, &new, key(&headers)).await?;
    Ok((StatusCode::CREATED, Json(view)).into_response())
}

/// The own subscriptions, without their vehicles.
#[utoipa::path(get, operation_id = "change_subscriptions", path = "/api/v1/partner/subscriptions", tag = "partner",
    responses((status = 200, body = SubscriptionList), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub async fn list(State(state): State<AppState>, PartnerCall(call): PartnerCall) -> Answer<Json<SubscriptionList>> {
    Ok(Json(SubscriptionList { items: subscription::list(&state, &call).await? }))
}

/// One subscription with its vehicles.
#[utoipa::path(get, operation_id = "change_subscription", path = "/api/v1/partner/subscriptions/{id}", tag = "partner",
    params(("id" = Uuid, Path, description = "Its id")),
    responses((status = 200, body = SubscriptionView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn one(
    State(state): State<AppState>,
    PartnerCall(call): PartnerCall,
    Path(id): Path<Uuid>,
) -> Answer<Json<SubscriptionView>> {
    Ok(Json(subscription::get(&state, &call, id).await?))
}

/// Ends a subscription at once: what is still to be said is not said.
#[utoipa::path(delete, operation_id = "end_change_subscription", path = "/api/v1/partner/subscriptions/{id}", tag = "partner",
    params(("id" = Uuid, Path, description = "Its id")),
    responses((status = 200, body = SubscriptionView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn end(
    State(state): State<AppState>,
    PartnerCall(call): PartnerCall,
    Path(id): Path<Uuid>,
) -> Answer<Json<SubscriptionView>> {
    Ok(Json(subscription::end(&state, &call, id).await?))
}

/// Goes on with a subscription that was paused.
#[utoipa::path(post, operation_id = "resume_change_subscription", path = "/api/v1/partner/subscriptions/{id}/resume", tag = "partner",
    params(("id" = Uuid, Path, description = "Its id")),
    responses((status = 200, body = SubscriptionView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem, description = "subscription_ended")))]
pub async fn resume(
    State(state): State<AppState>,
    PartnerCall(call): PartnerCall,
    Path(id): Path<Uuid>,
) -> Answer<Json<SubscriptionView>> {
    Ok(Json(subscription::resume(&state, &call, id).await?))
}

/// Sends a webhook of the type `test`.
#[utoipa::path(post, operation_id = "try_change_subscription", path = "/api/v1/partner/subscriptions/{id}/test", tag = "partner",
    params(("id" = Uuid, Path, description = "Its id")),
    responses((status = 202, body = WebhookView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem, description = "subscription_ended, too_many_trials")))]
pub async fn try_out(
    State(state): State<AppState>,
    PartnerCall(call): PartnerCall,
    Path(id): Path<Uuid>,
) -> Answer<Response> {
    Ok((StatusCode::ACCEPTED, Json(subscription::try_out(&state, &call, id).await?)).into_response())
}

/// What was said or is to be said, newest first: dead letters with `state=dead`.
#[utoipa::path(get, operation_id = "change_webhooks", path = "/api/v1/partner/subscriptions/{id}/webhooks", tag = "partner",
    params(("id" = Uuid, Path, description = "Its id"), InState),
    responses((status = 200, body = WebhookPage), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
pub async fn webhooks(
    State(state): State<AppState>,
    PartnerCall(call): PartnerCall,
    Path(id): Path<Uuid>,
    Query(which): Query<InState>,
) -> Answer<Json<WebhookPage>> {
    Ok(Json(subscription::webhooks(&state, &call, id, which.state.as_deref()).await?))
}

/// Says the dead letters once more, in their order.
#[utoipa::path(post, operation_id = "retry_change_webhooks", path = "/api/v1/partner/subscriptions/{id}/retry", tag = "partner",
    params(("id" = Uuid, Path, description = "Its id")),
    responses((status = 200, body = Retried), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem, description = "subscription_ended")))]
pub async fn retry(
    State(state): State<AppState>,
    PartnerCall(call): PartnerCall,
    Path(id): Path<Uuid>,
) -> Answer<Json<Retried>> {
    Ok(Json(Retried { webhooks: subscription::retry(&state, &call, id).await? }))
}

/// The public keys of webhooks (Standard Webhooks, `v1a`).
#[utoipa::path(get, operation_id = "webhook_keys", path = "/.well-known/luzheng/webhook-keys", tag = "verifier",
    responses((status = 200, body = KeyList), (status = 503, body = Problem)))]
pub async fn webhook_keys(State(state): State<AppState>) -> Answer<Json<KeyList>> {
    Ok(Json(keys::published(&state).await?))
}
