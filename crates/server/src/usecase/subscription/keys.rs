//! The keys that webhooks are signed with (Standard Webhooks, `v1a`: Ed25519): public ones that anybody may have, so that no secret is shared with
//! a partner. A new one is made in time, and the older one signs along for a while.

use crate::app::App;
use crate::chance;
use crate::config::WebhookSettings;
use crate::usecase::error::{UseError, Used};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::{SignedDuration, Timestamp};
use luzheng_store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where the keys lie, sealed.
const PLACE: &str = "webhook_keys";
/// Most keys at a time.
const MAX_KEYS: usize = 4;

/// A key as it is kept.
#[derive(Clone, Serialize, Deserialize)]
struct Kept {
    id: String,
    made_at: Timestamp,
    /// PKCS#8, base64.
    key: String,
}

/// The keys that sign now, newest first.
pub struct Keys(Vec<(Kept, Ed25519KeyPair)>);

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = WebhookKey)]
pub struct KeyView {
    /// Its id.
    pub id: String,
    /// `ed25519`.
    pub algorithm: String,
    /// As Standard Webhooks writes it: `whpk_` and base64.
    pub public_key: String,
    /// Since when it signs.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
}

/// The public keys.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = WebhookKeys)]
pub struct KeyList {
    /// The newest first. A webhook carries one signature of each.
    pub keys: Vec<KeyView>,
}

fn broken(why: impl std::fmt::Display) -> UseError {
    UseError::broken("webhook_keys", why.to_string())
}

async fn kept(tx: &mut Tx) -> Used<Vec<Kept>> {
    let Some(sealed) = tx.meta(PLACE).await? else { return Ok(Vec::new()) };
    let plain = tx.vault().open("meta", "value", PLACE.as_bytes(), &sealed)?;
    serde_json::from_slice(&plain).map_err(broken)
}

fn made(now: Timestamp) -> Used<Kept> {
    let pair = Ed25519KeyPair::generate_pkcs8(&aws_lc_rs::rand::SystemRandom::new()).map_err(broken)?;
    let id = hex::encode(chance::bytes::<4>());
    Ok(Kept { id, made_at: now, key: BASE64_STANDARD.encode(pair.as_ref()) })
}

fn days(count: u32) -> SignedDuration {
    SignedDuration::from_hours(24 * i64::from(count))
}

/// Makes a key when there is none or the newest is old, and drops those that have signed along long enough.
///
/// # Errors
/// The store; no key can be made.
pub async fn keep(app: &App) -> Used<()> {
    let (now, settings) = (app.clock.now(), app.settings.webhook);
    let fresh = |keys: &[Kept]| {
        let newest = keys.iter().map(|key| key.made_at).max();
        newest.is_some_and(|made_at| now.duration_since(made_at) < days(settings.key_days))
    };
    let mut tx = app.store.read().await?;
    if fresh(&kept(&mut tx).await?) {
        return Ok(());
    }
    drop(tx);
    let mut tx = app.store.write().await?;
    let mut keys = kept(&mut tx).await?;
    // Another process may have made one meanwhile.
    if fresh(&keys) {
        return Ok(());
    }
    keys.insert(0, made(now)?);
    let last = days(settings.key_days.saturating_add(WebhookSettings::OVERLAP_DAYS));
    keys.retain(|key| now.duration_since(key.made_at) < last);
    keys.truncate(MAX_KEYS);
    let plain = serde_json::to_vec(&keys).map_err(broken)?;
    let sealed = tx.vault().seal("meta", "value", PLACE.as_bytes(), &plain)?;
    tx.put_meta(PLACE, &sealed).await?;
    let detail = serde_json::json!({"keys": keys.iter().map(|key| key.id.as_str()).collect::<Vec<_>>()});
    crate::usecase::journal::note(&mut tx, now, "system", "webhook_key.made", None, &detail).await?;
    Ok(tx.commit().await?)
}

impl Keys {
    /// The keys that sign now.
    ///
    /// # Errors
    /// The store; a key that cannot be read.
    pub async fn of(tx: &mut Tx, settings: WebhookSettings, now: Timestamp) -> Used<Self> {
        let last = days(settings.key_days.saturating_add(WebhookSettings::OVERLAP_DAYS));
        let pair = |key: Kept| {
            let plain = BASE64_STANDARD.decode(&key.key).map_err(broken)?;
            let pair = Ed25519KeyPair::from_pkcs8(&plain).map_err(broken)?;
            Ok((key, pair))
        };
        let keys = kept(tx).await?;
        // The newest signs whatever its age, should the task that makes the next be late.
        let keys = keys.into_iter().enumerate().filter(|(at, key)| *at == 0 || now.duration_since(key.made_at) < last);
        Ok(Self(keys.map(|(_, key)| pair(key)).collect::<Used<_>>()?))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The `webhook-signature` of a message: over `id.timestamp.body`, one of each key.
    pub fn sign(&self, id: &str, timestamp: i64, body: &str) -> String {
        let message = format!("{id}.{timestamp}.{body}");
        let one = |(_, pair): &(Kept, Ed25519KeyPair)| {
            format!("v1a,{}", BASE64_STANDARD.encode(pair.sign(message.as_bytes()).as_ref()))
        };
        self.0.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    /// The public halves.
    pub fn view(&self) -> KeyList {
        let view = |(key, pair): &(Kept, Ed25519KeyPair)| KeyView {
            id: key.id.clone(),
            algorithm: "ed25519".into(),
            public_key: format!("whpk_{}", BASE64_STANDARD.encode(pair.public_key().as_ref())),
            since: key.made_at,
        };
        KeyList { keys: self.0.iter().map(view).collect() }
    }
}

/// The public keys for anybody.
///
/// # Errors
/// The store.
pub async fn published(app: &App) -> Used<KeyList> {
    keep(app).await?;
    let mut tx = app.store.read().await?;
    Ok(Keys::of(&mut tx, app.settings.webhook, app.clock.now()).await?.view())
}
