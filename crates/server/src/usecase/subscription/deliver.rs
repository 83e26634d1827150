//! Webhooks are sent: in order for each vehicle, each at least once under one id, tried again for three days, then dead. A subscription whose
//! endpoint took nothing for so long is paused.

use super::keys::{self, Keys};
use super::{Hook, Sent};
use crate::app::App;
use crate::chance;
use crate::usecase::error::Used;
use crate::usecase::journal;
use crate::usecase::look::{Looker, Part, Way};
use crate::usecase::partner::{Client, Scope};
use futures_util::StreamExt as _;
use jiff::{SignedDuration, Timestamp};
use luzheng_store::Tx;
use luzheng_store::look::Look;
use luzheng_store::subscription::{Subscription, Webhook};
use luzheng_store::vehicle::StoredVehicle;
use serde_json::{Value, json};
use std::sync::Arc;

/// How long a worker may hold a webhook, in seconds; afterwards another takes it up.
const LEASE_S: i64 = 120;
/// Webhooks claimed at once.
const BATCH: u32 = 64;
/// Webhooks on their way at the same time.
const AT_ONCE: usize = 8;
/// How long to wait after each failed try, in seconds: ten tries within three days.
const WAITS_S: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 43_200, 57_600, 86_400];
/// The longest error that is kept, in characters.
const MAX_ERROR: usize = 120;

/// Why nothing is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Withheld {
    /// The partner is one no more.
    Partner,
    /// The partner may not be told of changes any more.
    Scope,
    /// The vehicle is registered outside the partner's regions now.
    Region,
    /// The subscription is over, or the vehicle is no more in it.
    Over,
}

impl Withheld {
    const fn code(self) -> &'static str {
        match self {
            Self::Partner => "partner_ended",
            Self::Scope => "insufficient_scope",
            Self::Region => "outside_region",
            Self::Over => "subscription_ended",
        }
    }
}

/// One webhook, with what is needed to send it, or why it is not sent.
struct Errand {
    webhook: Webhook,
    vehicle: Option<StoredVehicle>,
    told: Option<(Arc<Client>, Subscription)>,
    hook: Result<Hook, Withheld>,
}

/// The id by which a partner knows that a webhook came before: of subscription, vehicle and place.
pub(crate) fn message_id(webhook: &Webhook) -> String {
    let mut named = webhook.subscription.as_bytes().to_vec();
    named.extend_from_slice(webhook.vehicle.as_bytes());
    named.extend_from_slice(&webhook.seq.to_be_bytes());
    format!("msg_{}", hex::encode(&journal::sha256(&named)[..16]))
}

/// What is said, the same bytes at every try.
fn body(webhook: &Webhook, plate: Option<(&str, &str)>) -> Used<String> {
    let mut data: Value = serde_json::from_str(&webhook.detail)
        .map_err(|e| crate::usecase::error::UseError::broken("webhook", e.to_string()))?;
    data["subscription"] = json!(webhook.subscription);
    data["seq"] = json!(webhook.seq);
    if let Some((number, plate_type)) = plate {
        data["plate_number"] = json!(number);
        data["plate_type"] = json!(plate_type);
    }
    let kind = if webhook.kind == "test" { "test".to_owned() } else { format!("vehicle.{}", webhook.kind) };
    Ok(json!({"type": kind, "timestamp": webhook.created_at, "data": data}).to_string())
}

async fn errand(app: &App, tx: &mut Tx, keys: &Keys, webhook: Webhook, now: Timestamp) -> Used<Errand> {
    let (client, id) = (webhook.client, webhook.subscription);
    let over = |webhook: Webhook, why| Errand { webhook, vehicle: None, told: None, hook: Err(why) };
    let Some(subscription) = tx.find_subscription(client, id).await?.filter(|s| s.state != "ended") else {
        return Ok(over(webhook, Withheld::Over));
    };
    let registry = app.partners.registry();
    let Some(partner) = registry.find(client) else { return Ok(over(webhook, Withheld::Partner)) };
    if !partner.scopes.contains(Scope::Subscriptions) {
        return Ok(over(webhook, Withheld::Scope));
    }
    let subject = tx.find_subject(webhook.vehicle, client, id).await?;
    let vehicle = tx.find_vehicle(webhook.vehicle).await?;
    if !webhook.vehicle.is_nil() {
        let Some((_, vehicle)) = subject.as_ref().zip(vehicle.as_ref()) else {
            return Ok(over(webhook, Withheld::Over));
        };
        if !partner.covers(vehicle.facts.division) {
            return Ok(over(webhook, Withheld::Region));
        }
    }
    let plate = subject.as_ref().map(|s| (s.plate_number.as_str(), s.plate_type.as_str()));
    let (id, timestamp, body) = (message_id(&webhook), now.as_second(), body(&webhook, plate)?);
    let signature = keys.sign(&id, timestamp, &body);
    let hook = Hook { url: subscription.url.clone(), id, timestamp, signature, body };
    Ok(Errand { webhook, vehicle, told: Some((Arc::clone(partner), subscription)), hook: Ok(hook) })
}

/// How long to wait after the try with this number, from 1: a tenth more or less, so that not all come back at once. `None`: that was the last.
fn wait(attempts: u32, chance: u16) -> Option<SignedDuration> {
    let seconds = *WAITS_S.get(usize::try_from(attempts.max(1)).ok()? - 1)?;
    let tenth = seconds * 1_000 / 10;
    let shift = tenth * 2 * i64::from(chance) / i64::from(u16::MAX) - tenth;
    Some(SignedDuration::from_millis(seconds * 1_000 + shift))
}

/// Records what became of a try. Only the holder of the lease records anything.
async fn settle(tx: &mut Tx, errand: &Errand, sent: Sent, now: Timestamp) -> Used<()> {
    let webhook = &errand.webhook;
    let short = |text: &str| text.chars().take(MAX_ERROR).collect::<String>();
    let outcome = match sent {
        Sent::Taken => {
            if tx.settle_webhook(webhook, "sent", None, now).await? {
                tell_owner(tx, errand, now).await?;
            }
            "sent"
        }
        Sent::Gone => {
            tx.put_webhook_off(webhook, "answered 410", now, now).await?;
            pause(tx, errand, "endpoint_gone", now).await?;
            "gone"
        }
        Sent::Later(why) => match wait(webhook.attempts, u16::from_be_bytes(chance::bytes::<2>())) {
            Some(wait) => {
                let again = now.checked_add(wait).unwrap_or(Timestamp::MAX);
                tx.put_webhook_off(webhook, &short(&why), again, now).await?;
                "later"
            }
            None => {
                if tx.settle_webhook(webhook, "dead", Some(&short(&why)), now).await? {
                    pause(tx, errand, "endpoint_failing", now).await?;
                }
                "dead"
            }
        },
    };
    metrics::counter!("luzheng_webhooks_total", "outcome" => outcome).increment(1);
    Ok(())
}

async fn pause(tx: &mut Tx, errand: &Errand, why: &str, now: Timestamp) -> Used<()> {
    let (client, id) = (errand.webhook.client, errand.webhook.subscription);
    if tx.set_subscription_state(client, id, "paused", Some(why), now).await? {
        let detail = json!({"subscription": id, "why": why});
        journal::note(tx, now, "system", "subscription.paused", None, &detail).await?;
    }
    Ok(())
}

/// Nothing is said, and no more will be.
async fn withhold(tx: &mut Tx, webhook: &Webhook, why: Withheld, now: Timestamp) -> Used<()> {
    let (client, id) = (webhook.client, webhook.subscription);
    if !tx.settle_webhook(webhook, "withheld", Some(why.code()), now).await? {
        return Ok(());
    }
    match why {
        Withheld::Region => tx.end_subject(webhook.vehicle, client, id, why.code(), now).await?,
        Withheld::Over => {}
        Withheld::Partner | Withheld::Scope => {
            tx.set_subscription_state(client, id, "ended", Some(why.code()), now).await?;
        }
    }
    metrics::counter!("luzheng_webhooks_total", "outcome" => "withheld").increment(1);
    Ok(())
}

/// The owner of the vehicle sees that a partner was told.
async fn tell_owner(tx: &mut Tx, errand: &Errand, now: Timestamp) -> Used<()> {
    let (Some(vehicle), Some((partner, subscription))) = (&errand.vehicle, &errand.told) else { return Ok(()) };
    // Of a transfer the new owner needs no trace; what was told was of the time before.
    if errand.webhook.kind == "transferred" {
        return Ok(());
    }
    let look = Look {
        id: chance::new_id(now),
        at: now,
        by_role: Looker::Partner.code().into(),
        purpose: subscription.purpose.clone(),
        about: "vehicle".into(),
        subject: vehicle.id,
        what: Part::Change.code().into(),
        how: Way::PartnerService.code().into(),
        label: luzheng_domain::mask::plate(vehicle.facts.plate.number.as_str()),
        recipient: Some(partner.name.zh.clone()),
    };
    Ok(tx.add_look(vehicle.facts.owner, &look).await?)
}

/// Sends what is due, a batch at a time; answers how many were tried. A worker that dies between sending and recording makes another send the same
/// bytes again under the same id.
///
/// # Errors
/// The store; a webhook that fails does not hold up those of others.
pub async fn deliver(app: &App) -> Used<usize> {
    // Who may be told is in memory; before it was read, nobody is.
    if app.partners.registry().as_of.is_none() {
        crate::usecase::partner::registry::refresh(app).await?;
    }
    let now = app.clock.now();
    let claimed = claim(app, now).await?;
    if claimed.is_empty() {
        return Ok(0);
    }
    let mut read = app.store.read().await?;
    let keys = Keys::of(&mut read, app.settings.webhook, now).await?;
    let mut errands = Vec::with_capacity(claimed.len());
    for webhook in claimed {
        errands.push(errand(app, &mut read, &keys, webhook, now).await?);
    }
    drop(read);
    let made: Vec<(Errand, Option<Sent>)> = futures_util::stream::iter(errands)
        .map(|errand| async move {
            let sent = match &errand.hook {
                Ok(hook) => Some(app.webhooks.send(hook).await),
                Err(_) => None,
            };
            (errand, sent)
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    let count = made.len();
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    for (errand, sent) in made {
        match (sent, &errand.hook) {
            (Some(sent), _) => settle(&mut tx, &errand, sent, now).await?,
            (None, Err(why)) => withhold(&mut tx, &errand.webhook, *why, now).await?,
            (None, Ok(_)) => {}
        }
    }
    tx.commit().await?;
    Ok(count)
}

/// Claims what is due. When there is something and no key yet, one is made first.
async fn claim(app: &App, now: Timestamp) -> Used<Vec<Webhook>> {
    let until = now.checked_add(SignedDuration::from_secs(LEASE_S)).unwrap_or(Timestamp::MAX);
    let mut tx = app.store.write().await?;
    let claimed = tx.claim_webhooks(now, chance::new_id(now), until, BATCH).await?;
    if claimed.is_empty() {
        return Ok(claimed);
    }
    tx.commit().await?;
    keys::keep(app).await?;
    Ok(claimed)
}

/// Keeps keys fresh, ends what was paused for long, forgets what was settled long ago.
///
/// # Errors
/// The store.
pub async fn sweep(app: &App) -> Used<()> {
    keys::keep(app).await?;
    let now = app.clock.now();
    let ago = |days: u32| now.checked_sub(SignedDuration::from_hours(24 * i64::from(days))).unwrap_or(Timestamp::MIN);
    let mut tx = app.store.write().await?;
    for (client, id) in tx.paused_since_before(ago(app.settings.webhook.paused_days)).await? {
        tx.set_subscription_state(client, id, "ended", Some("paused_too_long"), now).await?;
    }
    tx.forget_webhooks(ago(app.settings.retention.webhook_days)).await?;
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_tries_within_three_days_a_tenth_apart() {
        let sum: i64 = WAITS_S.iter().sum();
        assert!((60 * 3_600..=72 * 3_600).contains(&sum), "{sum}");
        assert_eq!(wait(1, 0), Some(SignedDuration::from_millis(4_500)));
        assert_eq!(wait(1, u16::MAX), Some(SignedDuration::from_millis(5_500)));
        assert_eq!(wait(9, u16::MAX), Some(SignedDuration::from_secs(95_040)));
        assert_eq!(wait(10, 7), None, "the tenth try is the last");
        let longest: i64 = (1..10).filter_map(|n| wait(n, u16::MAX)).map(|w| w.as_secs()).sum();
        assert!(longest <= 80 * 3_600);
    }
}
