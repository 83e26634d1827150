//! Subscriptions and webhooks as partners send and see them.

use super::deliver::message_id;
use crate::usecase::partner::Purpose;
use crate::usecase::view::Text;
use jiff::Timestamp;
use luzheng_store::subscription::{Subject, Subscription, Webhook};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A vehicle by its plate.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SubscriptionSubject)]
pub struct Named {
    /// The plate that it carries now.
    pub plate_number: String,
    /// Its kind (GA/T 16.7).
    pub plate_type: String,
}

/// A subscription to be made.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewChangeSubscription)]
pub struct NewSubscriptionBody {
    /// The vehicles, 1 to 1,000. The subscription follows the vehicle, not the plate, and ends for it when it gets another owner.
    pub subjects: Vec<Named>,
    /// `mark_changed`, `validity_changed`, `status_changed`, `plate_changed`, `transferred`.
    pub events: Vec<String>,
    /// Where webhooks go: https, an address outside.
    pub url: String,
    /// What for: the code of a purpose that lasts (`underwriting`, `pledge`, `fleet_check`, `public_duty`). The owners are told.
    pub purpose: Option<String>,
    /// The partner's own words for it, such as the number of a contract.
    pub reference: String,
}

/// A vehicle that was not taken.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RefusedSubject {
    /// As it was named.
    pub plate_number: String,
    /// As it was named.
    pub plate_type: String,
    /// `bad_plate`, `unknown_plate`, `outside_region` or `named_twice`.
    pub code: String,
}

/// A vehicle of a subscription.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SubscribedVehicle)]
pub struct SubjectView {
    /// The plate under which it was named.
    pub plate_number: String,
    /// Its kind.
    pub plate_type: String,
    /// How much was said of it: the `seq` of the last webhook.
    pub seq: u64,
    /// When it was ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Timestamp>,
    /// Why: `transferred`, `outside_region`, `subscription_ended`.
    pub why: Option<String>,
}

/// How many webhooks stand in each state.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = WebhookCounts)]
pub struct Counts {
    /// To be said.
    pub waiting: u64,
    /// Taken.
    pub sent: u64,
    /// Given up after three days.
    pub dead: u64,
    /// Not said: the partner may not know any more.
    pub withheld: u64,
}

/// A subscription.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ChangeSubscription)]
pub struct SubscriptionView {
    /// Its id.
    pub id: Uuid,
    /// `active`, `paused` or `ended`.
    pub state: String,
    /// Why it is paused (`endpoint_failing`, `endpoint_gone`) or ended (`by_partner`, `partner_ended`, `insufficient_scope`, `paused_too_long`).
    pub why: Option<String>,
    /// What to do now, when it is paused.
    pub notice: Option<Text>,
    /// Since when no webhook was taken; null: the last one was.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub failing_since: Option<Timestamp>,
    /// Where webhooks go.
    pub url: String,
    /// Of which changes.
    pub events: Vec<String>,
    /// What for: a code.
    pub purpose: String,
    /// What for, in words.
    pub purpose_text: Text,
    /// The partner's own words.
    pub reference: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// How many webhooks stand in each state.
    pub webhooks: Counts,
    /// Its vehicles; not in a list of subscriptions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subjects: Option<Vec<SubjectView>>,
    /// What was named and not taken, when it is made.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<RefusedSubject>,
}

/// One webhook.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = WebhookState)]
pub struct WebhookView {
    /// Its `webhook-id`.
    pub id: String,
    /// The change, or `test`.
    pub event: String,
    /// The plate of the vehicle; absent for a trial.
    pub plate_number: Option<String>,
    /// The place among what is said of this vehicle.
    pub seq: u64,
    /// `waiting`, `sent`, `dead` or `withheld`.
    pub state: String,
    /// How often it was tried.
    pub attempts: u32,
    /// Why the last try failed, or why it is withheld.
    pub error: Option<String>,
    /// When it changed.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it is tried next, while it waits.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_try_at: Option<Timestamp>,
    /// When it was settled.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub settled_at: Option<Timestamp>,
}

/// Webhooks, at most a hundred.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WebhookPage {
    /// The newest first.
    pub items: Vec<WebhookView>,
}

impl SubscriptionView {
    pub(super) fn of(
        found: Subscription,
        [waiting, sent, dead, withheld]: [u64; 4],
        subjects: Option<Vec<Subject>>,
        refused: Vec<RefusedSubject>,
    ) -> Self {
        let notice = (found.state == "paused").then(|| {
            Text::new(
                "接收地址长时间无法送达，已暂停发送。修复后请恢复订阅；暂停过久将自动终止。",
                "The endpoint took nothing for too long, so sending is paused. Resume when it works again; paused for too long, the subscription ends.",
            )
        });
        let view = |subject: Subject| SubjectView {
            plate_number: subject.plate_number,
            plate_type: subject.plate_type,
            seq: subject.seq,
            ended_at: subject.ended_at,
            why: subject.why,
        };
        let words = Purpose::from_code(&found.purpose).map(Purpose::text);
        Self {
            id: found.id,
            state: found.state,
            why: found.why,
            notice,
            failing_since: found.failing_since,
            url: found.url,
            events: found.events.iter().map(|event| event.code().to_owned()).collect(),
            purpose_text: words.unwrap_or_else(|| Text::new(&found.purpose, &found.purpose)),
            purpose: found.purpose,
            reference: found.reference,
            created_at: found.created_at,
            webhooks: Counts { waiting, sent, dead, withheld },
            subjects: subjects.map(|all| all.into_iter().map(view).collect()),
            refused,
        }
    }
}

impl WebhookView {
    pub(super) fn of(webhook: &Webhook, subject: Option<&Subject>) -> Self {
        Self {
            id: message_id(webhook),
            event: webhook.kind.clone(),
            plate_number: subject.map(|subject| subject.plate_number.clone()),
            seq: webhook.seq,
            state: webhook.state.clone(),
            attempts: webhook.attempts,
            error: webhook.error.clone(),
            created_at: webhook.created_at,
            next_try_at: (webhook.state == "waiting").then_some(webhook.due_at),
            settled_at: webhook.settled_at,
        }
    }
}
