//! Notices on their way out: who wants to be told by which way, and each delivery made once.

use super::channel::{Address, Attempt, ChannelKind, Message, Sent, Subscription};
use super::error::{Kind, UseError, Used};
use super::notice_code::Codes;
use super::session::Session;
use crate::app::App;
use crate::chance;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as B64;
use futures_util::StreamExt as _;
use jiff::{SignedDuration, Timestamp};
use luzheng_store::channel::{ChannelSetting, Delivery, NewDelivery, PushSubscription};
use luzheng_store::{Store, Tx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What stands before a browser's id in the name of a delivery's way.
const PUSH_PREFIX: &str = "push:";
/// Where the key by which push services know us lies, sealed.
const PUSH_KEY: &str = "push_key";

/// The key by which push services know us (RFC 8292), made when there is none. It is one for all processes of a system: browsers subscribe with it.
///
/// # Errors
/// The store, or no key can be made.
pub async fn push_key<E: std::fmt::Display>(store: &Store, make: impl Fn() -> Result<Vec<u8>, E>) -> Used<Vec<u8>> {
    let open = |sealed: Vec<u8>| store.vault().open("meta", "value", PUSH_KEY.as_bytes(), &sealed);
    let found = store.read().await?.meta(PUSH_KEY).await?;
    if let Some(sealed) = found {
        return Ok(open(sealed)?);
    }
    let mut tx = store.write().await?;
    // Another process may have made it meanwhile.
    if let Some(sealed) = tx.meta(PUSH_KEY).await? {
        return Ok(open(sealed)?);
    }
    let made = make().map_err(|e| UseError::broken("push_key", e.to_string()))?;
    tx.put_meta(PUSH_KEY, &store.vault().seal("meta", "value", PUSH_KEY.as_bytes(), &made)?).await?;
    tx.commit().await?;
    // On an engine with many writers the last one wins: what is there now counts for all.
    match store.read().await?.meta(PUSH_KEY).await? {
        Some(sealed) => Ok(open(sealed)?),
        None => Ok(made),
    }
}

/// How long a worker may hold a delivery, in seconds; afterwards another takes it up.
const LEASE_S: i64 = 180;
/// Deliveries claimed at once.
const BATCH: u32 = 64;
/// Deliveries on their way at the same time.
const AT_ONCE: usize = 8;
/// After so many attempts a delivery is given up.
pub const MAX_ATTEMPTS: u32 = 10;
/// The wait after the first failed attempt, in seconds; it doubles with each.
const FIRST_WAIT_S: i64 = 30;
/// The longest wait between attempts, in seconds.
const LONGEST_WAIT_S: i64 = 6 * 3_600;

/// By which ways a person is told.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChannelsView {
    /// Always: the notices in the app.
    pub in_app: bool,
    /// By text message to the phone that the register knows.
    pub sms: bool,
    /// By mail to this address.
    pub email: Option<String>,
    /// How many browsers get a push.
    pub push_devices: u32,
}

/// The ways a person chooses. What the answer has besides is not theirs to set and is ignored.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct NewChannels {
    /// By text message.
    pub sms: bool,
    /// By mail to this address; absent or null: not.
    pub email: Option<String>,
}

/// A browser that wants to be told (`PushSubscription.toJSON()`, with its keys side by side).
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSubscription {
    /// Where its push service takes messages.
    pub endpoint: String,
    /// Its public key, base64url.
    pub p256dh: String,
    /// Its secret, base64url.
    pub auth: String,
}

fn owner(session: &Session) -> Used<Uuid> {
    session.owner.ok_or_else(|| {
        UseError::new(Kind::Forbidden, "no_register_record", "this account is not linked to anybody in the register")
    })
}

/// By which ways the signed-in person is told.
///
/// # Errors
/// The store.
pub async fn channels(app: &App, session: &Session) -> Used<ChannelsView> {
    let owner = owner(session)?;
    let mut tx = app.store.read().await?;
    view(&mut tx, owner).await
}

async fn view(tx: &mut Tx, owner: Uuid) -> Used<ChannelsView> {
    let setting = tx.channel_setting(owner).await?;
    let devices = tx.push_subscriptions(owner).await?.len();
    Ok(ChannelsView {
        in_app: true,
        sms: setting.sms,
        email: setting.email,
        push_devices: u32::try_from(devices).unwrap_or(u32::MAX),
    })
}

/// Chooses the ways.
///
/// # Errors
/// `channel_not_offered` for a way this system does not have, `bad_email`, `no_phone`; the store.
pub async fn set_channels(app: &App, session: &Session, new: &NewChannels) -> Used<ChannelsView> {
    let owner = owner(session)?;
    let now = app.clock.now();
    let offered = |kind: ChannelKind| {
        app.ways.of(kind).ok_or_else(|| {
            UseError::refused("channel_not_offered", format!("this office does not send notices by {}", kind.code()))
        })
    };
    let email = new.email.as_deref().map(str::trim).filter(|text| !text.is_empty());
    if let Some(email) = email
        && !offered(ChannelKind::Email)?.accepts(&Address::Mail(email.to_owned()))
    {
        return Err(UseError::invalid("bad_email", "no mail can be sent to this address"));
    }
    let mut tx = app.store.write().await?;
    if new.sms {
        let phone = super::account::phone_of(&mut tx, owner).await?;
        let way = offered(ChannelKind::Sms)?;
        if !phone.is_some_and(|phone| way.accepts(&Address::Phone(phone))) {
            return Err(UseError::refused("no_phone", "the register knows no phone of yours; have it added first"));
        }
    }
    let setting = ChannelSetting { sms: new.sms, email: email.map(str::to_owned) };
    tx.put_channel_setting(owner, &setting, now).await?;
    let detail = serde_json::json!({"sms": new.sms, "email": setting.email.is_some()});
    super::journal::note(&mut tx, now, &session.actor(), "channels.chosen", Some(owner), &detail).await?;
    let view = view(&mut tx, owner).await?;
    tx.commit().await?;
    Ok(view)
}

/// Adds a browser. Doing it again changes nothing.
///
/// # Errors
/// `bad_subscription` when nothing could be sent there; the store.
pub async fn subscribe(app: &App, session: &Session, new: &NewSubscription) -> Used<()> {
    let owner = owner(session)?;
    let bad = || UseError::invalid("bad_subscription", "this is no push subscription that we could send to");
    let decode = |text: &str| B64.decode(text.trim_end_matches('=')).map_err(|_| bad());
    let to = Subscription {
        endpoint: new.endpoint.clone(),
        p256dh: decode(&new.p256dh)?.try_into().map_err(|_| bad())?,
        auth: decode(&new.auth)?.try_into().map_err(|_| bad())?,
    };
    let way = app.ways.of(ChannelKind::Push).ok_or_else(bad)?;
    if !way.accepts(&Address::Push(to.clone())) {
        return Err(bad());
    }
    let now = app.clock.now();
    let Subscription { endpoint, p256dh, auth } = to;
    let new = PushSubscription { id: chance::new_id(now), endpoint, p256dh, auth, created_at: now };
    let mut tx = app.store.write().await?;
    tx.put_push_subscription(owner, &new).await?;
    super::journal::note(&mut tx, now, &session.actor(), "push.subscribed", Some(owner), &serde_json::json!({}))
        .await?;
    Ok(tx.commit().await?)
}

/// Ends a browser's subscription; one that is not there is ended already.
///
/// # Errors
/// The store.
pub async fn unsubscribe(app: &App, session: &Session, endpoint: &str) -> Used<()> {
    let owner = owner(session)?;
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    if tx.end_push_subscription(owner, endpoint).await? {
        let detail = serde_json::json!({"by": "holder"});
        super::journal::note(&mut tx, now, &session.actor(), "push.ended", Some(owner), &detail).await?;
    }
    Ok(tx.commit().await?)
}

/// What the demonstration would have sent, newest first.
///
/// # Errors
/// This is no demonstration.
pub fn outbox(app: &App) -> Used<Vec<Sent>> {
    let outbox = app.ways.outbox.as_ref().ok_or_else(|| UseError::not_found("page: this is no demonstration"))?;
    Ok(outbox.newest_first())
}

/// The ways by which somebody is told, as deliveries name them: `sms`, `email`, and `push:` with the browser's id for each browser.
async fn wanted(tx: &mut Tx, owner: Uuid) -> Used<Vec<String>> {
    let setting = tx.channel_setting(owner).await?;
    let mut ways: Vec<String> =
        tx.push_subscriptions(owner).await?.iter().map(|s| format!("{PUSH_PREFIX}{}", s.id)).collect();
    if setting.sms {
        ways.push(ChannelKind::Sms.code().into());
    }
    if setting.email.is_some() {
        ways.push(ChannelKind::Email.code().into());
    }
    Ok(ways)
}

/// Orders the deliveries of a new notice, in the transaction that gives it. Answers how many.
///
/// # Errors
/// The store.
pub(crate) async fn order(tx: &mut Tx, owner: Uuid, notice: Uuid, now: Timestamp) -> Used<usize> {
    let ways = wanted(tx, owner).await?;
    for channel in &ways {
        tx.add_delivery(&NewDelivery { owner, notice, channel, due_at: now, created_at: now }).await?;
    }
    Ok(ways.len())
}

/// What is needed to make one attempt, or why none is made.
struct Errand {
    delivery: Delivery,
    address: Result<Address, &'static str>,
    message: Option<Message>,
}

/// Where a delivery goes now. The person may have changed their mind since the notice was given.
async fn address(tx: &mut Tx, delivery: &Delivery) -> Used<Result<Address, &'static str>> {
    let owner = delivery.owner;
    if let Some(id) = delivery.channel.strip_prefix(PUSH_PREFIX) {
        let found = tx.push_subscriptions(owner).await?.into_iter().find(|s| s.id.to_string() == id);
        return Ok(found
            .ok_or("the browser is no longer subscribed")
            .map(|s| Address::Push(Subscription { endpoint: s.endpoint, p256dh: s.p256dh, auth: s.auth })));
    }
    let setting = tx.channel_setting(owner).await?;
    Ok(match ChannelKind::from_code(&delivery.channel) {
        Some(ChannelKind::Sms) if setting.sms => {
            let phone = super::account::phone_of(tx, owner).await?;
            phone.map(Address::Phone).ok_or("there is no phone")
        }
        Some(ChannelKind::Email) => setting.email.map(Address::Mail).ok_or("no longer wanted"),
        Some(_) => Err("no longer wanted"),
        None => Err("nobody knows this way"),
    })
}

async fn errand(tx: &mut Tx, codes: &Codes, host: &str, delivery: Delivery, now: Timestamp) -> Used<Errand> {
    let address = address(tx, &delivery).await?;
    let message = tx.find_notice(delivery.owner, delivery.notice).await?.map(|notice| {
        let (title, body) = super::notice::words(&notice.kind, &notice.params);
        let check = Some(codes.check(delivery.owner, &notice, host));
        Message { notice: notice.id, kind: notice.kind, title, body, check, now }
    });
    Ok(Errand { delivery, address, message })
}

fn kind_of(channel: &str) -> Option<ChannelKind> {
    if channel.starts_with(PUSH_PREFIX) { Some(ChannelKind::Push) } else { ChannelKind::from_code(channel) }
}

async fn attempt(app: &App, errand: &Errand) -> Attempt {
    let (to, message) = match (&errand.address, &errand.message) {
        (Ok(to), Some(message)) => (to, message),
        (Err(why), _) => return Attempt::Refused((*why).to_owned()),
        (_, None) => return Attempt::Refused("the notice is not there".into()),
    };
    match kind_of(&errand.delivery.channel).and_then(|kind| app.ways.of(kind)) {
        Some(way) => way.deliver(to, message).await,
        None => Attempt::Refused("this office does not send by this way".into()),
    }
}

/// How long to wait after the attempt with this number, from 1.
fn wait(attempts: u32) -> SignedDuration {
    let doubled = FIRST_WAIT_S << attempts.saturating_sub(1).min(20);
    SignedDuration::from_secs(doubled.min(LONGEST_WAIT_S))
}

/// Records what became of an attempt. Only the holder of the lease records anything, so a success counts once.
async fn settle(tx: &mut Tx, errand: &Errand, attempt: Attempt, now: Timestamp) -> Used<()> {
    let delivery = &errand.delivery;
    let outcome = match attempt {
        Attempt::Taken => {
            tx.delivery_sent(delivery, now).await?;
            "sent"
        }
        Attempt::Later(why) if delivery.attempts < MAX_ATTEMPTS => {
            let again = now.checked_add(wait(delivery.attempts)).unwrap_or(now);
            tx.delivery_failed(delivery, &why, again).await?;
            "later"
        }
        Attempt::Later(why) | Attempt::Refused(why) => {
            tx.delivery_given_up(delivery, &why, now).await?;
            "given_up"
        }
        Attempt::Gone => {
            if let Ok(Address::Push(to)) = &errand.address
                && tx.end_push_subscription(delivery.owner, &to.endpoint).await?
            {
                let detail = serde_json::json!({"by": "push_service"});
                super::journal::note(tx, now, "system", "push.ended", Some(delivery.owner), &detail).await?;
            }
            tx.delivery_given_up(delivery, "the address is no more", now).await?;
            "gone"
        }
    };
    let channel = kind_of(&delivery.channel).map_or("unknown", ChannelKind::code);
    metrics::counter!("luzheng_deliveries_total", "channel" => channel, "outcome" => outcome).increment(1);
    Ok(())
}

/// Makes the deliveries that are due, a batch at a time; answers how many were attempted. A success is recorded once; a worker that dies between
/// sending and recording makes another send the same message again under the same id.
///
/// # Errors
/// The store; a delivery that fails is tried again later and does not hold up the others.
pub async fn deliver(app: &App) -> Used<usize> {
    let now = app.clock.now();
    let until = now.checked_add(SignedDuration::from_secs(LEASE_S)).unwrap_or(now);
    let mut tx = app.store.write().await?;
    let claimed = tx.claim_deliveries(now, chance::new_id(now), until, BATCH).await?;
    if claimed.is_empty() {
        return Ok(0);
    }
    tx.commit().await?;
    let mut read = app.store.read().await?;
    let codes = Codes::of(&mut read).await?;
    let mut errands = Vec::with_capacity(claimed.len());
    for delivery in claimed {
        errands.push(errand(&mut read, &codes, &app.settings.code_host, delivery, now).await?);
    }
    drop(read);
    let made: Vec<(Errand, Attempt)> = futures_util::stream::iter(errands)
        .map(|errand| async move {
            let attempt = attempt(app, &errand).await;
            (errand, attempt)
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    let count = made.len();
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    for (errand, attempt) in made {
        settle(&mut tx, &errand, attempt, now).await?;
    }
    tx.commit().await?;
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_stay_below_six_hours() {
        let waits: Vec<i64> = (1..=MAX_ATTEMPTS).map(|n| wait(n).as_secs()).collect();
        assert_eq!(waits, [30, 60, 120, 240, 480, 960, 1_920, 3_840, 7_680, 15_360]);
        assert_eq!(wait(u32::MAX).as_secs(), LONGEST_WAIT_S);
        assert_eq!(wait(0).as_secs(), 30);
    }

    #[test]
    fn ways_are_told_by_their_word() {
        assert_eq!(kind_of("sms"), Some(ChannelKind::Sms));
        assert_eq!(kind_of("push:00000000-0000-0000-0000-000000000007"), Some(ChannelKind::Push));
        assert_eq!(kind_of("pigeon"), None);
    }
}
