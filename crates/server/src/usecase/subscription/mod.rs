//! Partners are told of changes of vehicles: which, for what, where to; and what became of what was said. `docs/webhooks.md` is for them.

pub mod deliver;
pub mod keys;
pub mod view;

use super::credential::read_plate;
use super::error::{Kind, UseError, Used};
use super::journal;
use super::look::{Looker, Part, Way};
use super::partner::{Call, Purpose, Scope};
use super::watch::{self, Caller};
use crate::app::App;
use crate::chance;
use jiff::Timestamp;
use luzheng_domain::mask;
use luzheng_store::Tx;
use luzheng_store::look::Look;
use luzheng_store::session::Repeated;
use luzheng_store::subscription::{self as stored, Change, NewSubscription, Subscription};
use luzheng_store::vehicle::StoredVehicle;
use std::collections::HashSet;
use std::future::Future;
use std::pin::Pin;
use uuid::Uuid;
use view::{Named, NewSubscriptionBody, RefusedSubject, SubscriptionView, WebhookPage, WebhookView};

/// Most vehicles of one subscription: more need a second one.
pub const MAX_SUBJECTS: usize = 1_000;
/// Most subscriptions of one partner that are not over.
pub const MAX_SUBSCRIPTIONS: usize = 100;
/// Longest reference, in characters.
pub const MAX_REFERENCE: usize = 64;
/// The purposes that go on, so that being told of changes fits them.
const LASTING: [Purpose; 4] = [Purpose::Underwriting, Purpose::Pledge, Purpose::FleetCheck, Purpose::PublicDuty];

/// A message ready to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Hook {
    /// Where to.
    pub url: String,
    /// `webhook-id`.
    pub id: String,
    /// `webhook-timestamp`, seconds since 1970.
    pub timestamp: i64,
    /// `webhook-signature`.
    pub signature: String,
    /// The body.
    pub body: String,
}

impl std::fmt::Debug for Hook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hook").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What became of one try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// The other side took it.
    Taken,
    /// The endpoint says that it is no more.
    Gone,
    /// Not this time; why, without any address in it.
    Later(String),
}

/// A try under way.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Sent> + Send + 'a>>;

/// What takes messages to partners.
pub trait Sender: Send + Sync + std::fmt::Debug {
    /// Whether it would call an address.
    ///
    /// # Errors
    /// Why not.
    fn accepts(&self, url: &str) -> Result<(), &'static str>;

    /// Makes one try.
    fn send<'a>(&'a self, hook: &'a Hook) -> Sending<'a>;
}

fn checked(app: &App, call: &Call, new: &NewSubscriptionBody) -> Used<(Purpose, Vec<Change>)> {
    let purpose = Purpose::read(new.purpose.as_deref())?;
    if !LASTING.contains(&purpose) {
        let known = LASTING.map(Purpose::code).join(", ");
        let why = format!("being told of changes does not go with this purpose; it goes with {known}");
        return Err(UseError::invalid("purpose_not_lasting", why));
    }
    let reference = new.reference.trim();
    if reference.is_empty() || reference.chars().count() > MAX_REFERENCE || reference.chars().any(char::is_control) {
        let why =
            format!("reference, such as the number of a contract, is 1 to {MAX_REFERENCE} characters on one line");
        return Err(UseError::invalid("reference_needed", why));
    }
    let mut events = Vec::new();
    for word in &new.events {
        let event = Change::from_code(word).ok_or_else(|| {
            let known = Change::ALL.map(Change::code).join(", ");
            let word: String = word.chars().take(40).collect();
            UseError::invalid("unknown_event", format!("“{word}” is no event; the events are {known}"))
        })?;
        if !events.contains(&event) {
            events.push(event);
        }
    }
    if events.is_empty() || new.subjects.is_empty() || new.subjects.len() > MAX_SUBJECTS {
        let why = format!("name at least one event and 1 to {MAX_SUBJECTS} vehicles");
        return Err(UseError::invalid("bad_request", why));
    }
    app.webhooks.accepts(&new.url).map_err(|why| UseError::invalid("bad_url", why))?;
    watch::may_look_up(app, Caller::Partner(call.client.id))?;
    Ok((purpose, events))
}

/// The vehicles that a partner may be told of, and those it may not, with the reason.
async fn subjects(
    app: &App,
    tx: &mut Tx,
    call: &Call,
    named: &[Named],
) -> Used<(Vec<(StoredVehicle, String, String)>, Vec<RefusedSubject>)> {
    let (mut found, mut refused, mut known) = (Vec::new(), Vec::new(), HashSet::new());
    for one in named {
        let refuse = |code: &str| RefusedSubject {
            plate_number: one.plate_number.chars().take(16).collect(),
            plate_type: one.plate_type.chars().take(16).collect(),
            code: code.into(),
        };
        let Ok(plate) = read_plate(&one.plate_number, &one.plate_type) else {
            refused.push(refuse("bad_plate"));
            continue;
        };
        let vehicle = tx.find_vehicle_by_plate(&plate).await?;
        watch::looked_up(app, Caller::Partner(call.client.id), vehicle.is_some(), plate.number.as_str());
        match vehicle {
            None => refused.push(refuse("unknown_plate")),
            Some(vehicle) if !call.client.covers(vehicle.facts.division) => refused.push(refuse("outside_region")),
            Some(vehicle) if !known.insert(vehicle.id) => refused.push(refuse("named_twice")),
            Some(vehicle) => {
                found.push((vehicle, plate.number.as_str().to_owned(), plate.plate_type.code().to_owned()));
            }
        }
    }
    Ok((found, refused))
}

/// Begins to tell a partner of changes.
///
/// # Errors
/// `insufficient_scope`, `purpose_needed`, `unknown_purpose`, `purpose_not_lasting`, `reference_needed`, `unknown_event`, `bad_url`, `bad_request`,
/// `too_many_subscriptions`, `too_many_vehicles`, `no_subject` when none of the vehicles can be told of, `idempotency_key_reused`; the store.
pub async fn begin(app: &App, call: &Call, new: &NewSubscriptionBody, key: Option<&str>) -> Used<SubscriptionView> {
    call.client.require(Scope::Subscriptions)?;
    let (purpose, events) = checked(app, call, new)?;
    let (now, actor, client) = (app.clock.now(), call.client.actor(), call.client.id);
    let mut tx = app.store.write().await?;
    if let Some(key) = key {
        let content = serde_json::to_vec(new).map_err(|e| UseError::broken("subscription", e.to_string()))?;
        match tx.begin_once(&actor, key, journal::sha256(&content), now).await? {
            Repeated::No => {}
            Repeated::Yes(made) => {
                let made = made.and_then(|id| Uuid::from_slice(&id).ok());
                let made = made.ok_or_else(|| UseError::not_found("subscription of this key"))?;
                return full(&mut tx, client, made, Vec::new()).await;
            }
            Repeated::Differs => {
                let why = "this idempotency key was used for another call";
                return Err(UseError::new(Kind::Conflict, "idempotency_key_reused", why));
            }
        }
    }
    let open = tx.subscriptions_of(client).await?.iter().filter(|s| s.state != "ended").count();
    if open >= MAX_SUBSCRIPTIONS {
        let why = format!("{MAX_SUBSCRIPTIONS} subscriptions are open already; end one first");
        return Err(UseError::refused("too_many_subscriptions", why));
    }
    let (found, refused) = subjects(app, &mut tx, call, &new.subjects).await?;
    if found.is_empty() {
        return Err(UseError::refused("no_subject", "none of these vehicles is known here and within your regions"));
    }
    if tx.subject_count(client).await? + found.len() as u64 > u64::from(app.settings.webhook.vehicles) {
        let why = format!("your subscriptions may be about {} vehicles", app.settings.webhook.vehicles);
        return Err(UseError::refused("too_many_vehicles", why));
    }
    let id = chance::new_id(now);
    let reference = new.reference.trim();
    let row =
        NewSubscription { client, id, url: &new.url, events: &events, purpose: purpose.code(), reference, at: now };
    tx.put_subscription(&row).await?;
    let rows: Vec<(Uuid, String, String)> =
        found.iter().map(|(v, number, kind)| (v.id, number.clone(), kind.clone())).collect();
    tx.add_subjects(client, id, &rows, now).await?;
    tell_owners(&mut tx, call, purpose, &found, now).await?;
    let detail = serde_json::json!({
        "subscription": id, "purpose": purpose.code(), "vehicles": found.len(), "refused": refused.len(),
        "events": events.iter().map(|event| event.code()).collect::<Vec<_>>(),
    });
    journal::note(&mut tx, now, &actor, "subscription.made", None, &detail).await?;
    if let Some(key) = key {
        tx.put_response(&actor, key, id.as_bytes()).await?;
    }
    let view = full(&mut tx, client, id, refused).await?;
    tx.commit().await?;
    Ok(view)
}

/// The owners see that a partner is told of changes, and what for.
async fn tell_owners(
    tx: &mut Tx,
    call: &Call,
    purpose: Purpose,
    found: &[(StoredVehicle, String, String)],
    now: Timestamp,
) -> Used<()> {
    let look = |(vehicle, number, _): &(StoredVehicle, String, String)| {
        let look = Look {
            id: chance::new_id(now),
            at: now,
            by_role: Looker::Partner.code().into(),
            purpose: purpose.code().into(),
            about: "vehicle".into(),
            subject: vehicle.id,
            what: Part::Changes.code().into(),
            how: Way::PartnerService.code().into(),
            label: mask::plate(number),
            recipient: Some(call.client.name.zh.clone()),
        };
        (vehicle.facts.owner, look)
    };
    let looks: Vec<(Uuid, Look)> = found.iter().map(look).collect();
    let rows: Vec<(Uuid, &Look)> = looks.iter().map(|(owner, look)| (*owner, look)).collect();
    Ok(tx.add_looks(&rows).await?)
}

async fn of(tx: &mut Tx, client: Uuid, id: Uuid) -> Used<Subscription> {
    tx.find_subscription(client, id).await?.ok_or_else(|| UseError::not_found("subscription"))
}

async fn full(tx: &mut Tx, client: Uuid, id: Uuid, refused: Vec<RefusedSubject>) -> Used<SubscriptionView> {
    let found = of(tx, client, id).await?;
    let counts = tx.webhook_counts(client, id).await?;
    let most = u32::try_from(MAX_SUBJECTS).unwrap_or(u32::MAX);
    let subjects = tx.subjects_of(client, id, most).await?;
    Ok(SubscriptionView::of(found, counts, Some(subjects), refused))
}

/// The subscriptions of a partner, newest first, without their vehicles.
///
/// # Errors
/// `insufficient_scope`; the store.
pub async fn list(app: &App, call: &Call) -> Used<Vec<SubscriptionView>> {
    call.client.require(Scope::Subscriptions)?;
    let mut tx = app.store.read().await?;
    let mut items = Vec::new();
    for found in tx.subscriptions_of(call.client.id).await? {
        let counts = tx.webhook_counts(call.client.id, found.id).await?;
        items.push(SubscriptionView::of(found, counts, None, Vec::new()));
    }
    Ok(items)
}

/// One subscription with its vehicles.
///
/// # Errors
/// `insufficient_scope`; none of the partner's; the store.
pub async fn get(app: &App, call: &Call, id: Uuid) -> Used<SubscriptionView> {
    call.client.require(Scope::Subscriptions)?;
    full(&mut app.store.read().await?, call.client.id, id, Vec::new()).await
}

async fn turn(
    app: &App,
    call: &Call,
    id: Uuid,
    state: &str,
    why: Option<&str>,
    action: &str,
) -> Used<SubscriptionView> {
    call.client.require(Scope::Subscriptions)?;
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    of(&mut tx, call.client.id, id).await?;
    if tx.set_subscription_state(call.client.id, id, state, why, now).await? {
        let detail = serde_json::json!({"subscription": id});
        journal::note(&mut tx, now, &call.client.actor(), action, None, &detail).await?;
    }
    let view = full(&mut tx, call.client.id, id, Vec::new()).await?;
    tx.commit().await?;
    Ok(view)
}

/// Ends a subscription. What is still to be said is not said. Doing it again changes nothing.
///
/// # Errors
/// `insufficient_scope`; none of the partner's; the store.
pub async fn end(app: &App, call: &Call, id: Uuid) -> Used<SubscriptionView> {
    turn(app, call, id, "ended", Some("by_partner"), "subscription.ended").await
}

/// Goes on with a subscription that was paused; what waited is due at once, in its order.
///
/// # Errors
/// `insufficient_scope`; none of the partner's; `subscription_ended`; the store.
pub async fn resume(app: &App, call: &Call, id: Uuid) -> Used<SubscriptionView> {
    let view = turn(app, call, id, "active", None, "subscription.resumed").await?;
    if view.state == "ended" {
        return Err(UseError::refused("subscription_ended", "this subscription is over; make a new one"));
    }
    Ok(view)
}

/// Orders a trial: a webhook of the type `test`, sent as any other.
///
/// # Errors
/// `insufficient_scope`; none of the partner's; `subscription_ended`; `too_many_trials`; the store.
pub async fn try_out(app: &App, call: &Call, id: Uuid) -> Used<WebhookView> {
    call.client.require(Scope::Subscriptions)?;
    let (now, client) = (app.clock.now(), call.client.id);
    let mut tx = app.store.write().await?;
    if of(&mut tx, client, id).await?.state == "ended" {
        return Err(UseError::refused("subscription_ended", "this subscription is over; make a new one"));
    }
    let waiting = tx.webhooks_of(client, id, Some("waiting"), stored::MAX_PAGE).await?;
    if waiting.iter().any(|webhook| webhook.vehicle.is_nil()) {
        return Err(UseError::refused("too_many_trials", "a trial is on its way already"));
    }
    let seq = tx.order_trial(client, id, now).await?;
    let made = tx.webhooks_of(client, id, Some("waiting"), stored::MAX_PAGE).await?;
    let made = made.into_iter().find(|webhook| webhook.vehicle.is_nil() && webhook.seq == seq);
    let made = made.ok_or_else(|| UseError::broken("webhook", "the trial is not there"))?;
    tx.commit().await?;
    Ok(WebhookView::of(&made, None))
}

/// What was said or is to be said, newest first, in one state or in all.
///
/// # Errors
/// `insufficient_scope`; none of the partner's; `unknown_state`; the store.
pub async fn webhooks(app: &App, call: &Call, id: Uuid, state: Option<&str>) -> Used<WebhookPage> {
    call.client.require(Scope::Subscriptions)?;
    if state.is_some_and(|state| !["waiting", "sent", "dead", "withheld"].contains(&state)) {
        return Err(UseError::invalid("unknown_state", "state is waiting, sent, dead or withheld"));
    }
    let client = call.client.id;
    let mut tx = app.store.read().await?;
    of(&mut tx, client, id).await?;
    let mut items = Vec::new();
    for webhook in tx.webhooks_of(client, id, state, stored::MAX_PAGE).await? {
        let subject = tx.find_subject(webhook.vehicle, client, id).await?;
        items.push(WebhookView::of(&webhook, subject.as_ref()));
    }
    Ok(WebhookPage { items })
}

/// Says the dead letters once more, in their order; answers how many.
///
/// # Errors
/// `insufficient_scope`; none of the partner's; the store.
pub async fn retry(app: &App, call: &Call, id: Uuid) -> Used<u64> {
    call.client.require(Scope::Subscriptions)?;
    let (now, client) = (app.clock.now(), call.client.id);
    let mut tx = app.store.write().await?;
    if of(&mut tx, client, id).await?.state == "ended" {
        return Err(UseError::refused("subscription_ended", "this subscription is over; make a new one"));
    }
    let count = tx.retry_dead_webhooks(client, id, now).await?;
    let detail = serde_json::json!({"subscription": id, "webhooks": count});
    journal::note(&mut tx, now, &call.client.actor(), "subscription.retried", None, &detail).await?;
    tx.commit().await?;
    Ok(count)
}
