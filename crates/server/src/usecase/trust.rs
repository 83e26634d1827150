//! What is published: the signed trust list, the root file, the status lists. Verification reads only this, whoever asks.

use super::error::{Kind, UseError, Used};
use super::{key, status};
use crate::app::App;
use jiff::{SignedDuration, Timestamp};
use luzheng_credential::sign::Signer;
use luzheng_credential::status_list::{StatusBook, open_jwt};
use luzheng_credential::trust::{self, TrustKey, TrustList, TrustPayload};
use luzheng_store::key::{KeyState, StoredTrustList};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How long a trust list may be used, in hours. It is signed anew long before.
const TRUST_HOURS: i64 = 30 * 24;
/// A trust list older than this is signed anew.
const TRUST_REFRESH_HOURS: i64 = 24;

/// One status list as it is served.
#[derive(Debug, Clone)]
pub struct PublishedList {
    /// Publication number.
    pub seq: i64,
    /// When it was signed.
    pub iat: Timestamp,
    /// As a JWT.
    pub jwt: Arc<[u8]>,
    /// As a CWT.
    pub cwt: Arc<[u8]>,
}

/// Everything that is published now.
#[derive(Debug, Default)]
pub struct Published {
    /// The trust list as served.
    pub trust_json: Vec<u8>,
    /// The same, opened with the pinned roots.
    pub trust: Option<TrustList>,
    /// The root file.
    pub root_json: Vec<u8>,
    /// The status lists as served.
    pub lists: BTreeMap<u32, PublishedList>,
    /// The same, in memory.
    pub book: StatusBook,
}

fn not_yet(what: &str) -> UseError {
    UseError::new(Kind::Unavailable, "not_published", format!("the {what} is not published yet"))
}

/// The signed trust list.
///
/// # Errors
/// None is published.
pub fn current_list(app: &App) -> Used<Vec<u8>> {
    let published = app.published();
    if published.trust.is_none() { Err(not_yet("trust list")) } else { Ok(published.trust_json.clone()) }
}

/// The root file that verifiers pin.
///
/// # Errors
/// None is known.
pub fn root_file(app: &App) -> Used<Vec<u8>> {
    let published = app.published();
    if published.root_json.is_empty() { Err(not_yet("root")) } else { Ok(published.root_json.clone()) }
}

/// A status list as JWT and CWT.
///
/// # Errors
/// There is no such list.
pub fn status_tokens(app: &App, list: u32) -> Used<PublishedList> {
    let published = app.published();
    published.lists.get(&list).cloned().ok_or_else(|| UseError::not_found("status list"))
}

/// The addresses of every published status list, by number: what a reader fetches to be ready for any code off-line.
pub fn status_addresses(app: &App) -> Vec<String> {
    let published = app.published();
    let Some(trust) = published.trust.as_ref() else { return Vec::new() };
    published.lists.keys().map(|list| trust.status_address(*list)).collect()
}

fn later(now: Timestamp, hours: i64) -> Timestamp {
    now.checked_add(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MAX)
}

/// Takes over what the store says is published and is not in memory yet. Nothing unsigned or wrongly signed gets in.
///
/// # Errors
/// The store; a trust list or status list that does not verify.
pub async fn refresh(app: &App) -> Used<()> {
    let roots = key::roots(app).await?;
    let mut tx = app.store.read().await?;
    let Some(stored) = tx.latest_trust_list().await? else { return Ok(()) };
    let before = app.published();
    let known: Vec<(u32, i64)> = before.lists.iter().map(|(n, l)| (*n, l.seq)).collect();
    let same_trust = before.trust_json == stored.bytes;
    let publications = tx.publications_since(&known).await?;
    drop(tx);
    if same_trust && publications.is_empty() {
        return Ok(());
    }
    let text = std::str::from_utf8(&stored.bytes)
        .map_err(|_| UseError::broken("broken_trust_list", "the stored trust list is not text"))?;
    let known_seq = before.trust.as_ref().map_or(0, TrustList::seq);
    let list = TrustList::open(text, &roots, known_seq)
        .map_err(|e| UseError::broken("broken_trust_list", format!("the stored trust list does not verify: {e}")))?;
    let mut lists = before.lists.clone();
    let mut book = before.book.clone();
    for publication in publications {
        let token =
            std::str::from_utf8(&publication.jwt).map_err(|_| UseError::broken("broken_status_list", "not text"))?;
        match open_jwt(token, &list) {
            Ok(signed) => {
                book.take(signed);
            }
            // Signed by a key that has since left the trust list: it is not served, a new one follows.
            Err(error) => {
                tracing::warn!(list = publication.list, %error, "a stored status list does not verify");
                lists.remove(&publication.list);
                continue;
            }
        }
        lists.insert(
            publication.list,
            PublishedList {
                seq: publication.seq,
                iat: publication.iat,
                jwt: publication.jwt.into(),
                cwt: publication.cwt.into(),
            },
        );
    }
    let published =
        Published { trust_json: stored.bytes, trust: Some(list), root_json: roots.to_json().into_bytes(), lists, book };
    if let Ok(mut place) = app.published.write() {
        *place = Arc::new(published);
    }
    Ok(())
}

/// Signs and records a new trust list from the keys in the store.
///
/// # Errors
/// The root key or the store unavailable.
pub async fn publish_trust_list(app: &App) -> Used<()> {
    let root = app.keyring.load(key::ROOT)?;
    let sm2_root = if app.keyring.has(key::ROOT_SM2) { Some(app.keyring.load(key::ROOT_SM2)?) } else { None };
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let seq = tx.next_trust_list_seq().await?;
    let keys = app
        .key_table()
        .keys
        .iter()
        .filter(|k| matches!(k.stored.state, KeyState::Active | KeyState::Retiring))
        .map(|k| TrustKey {
            public_key: k.public_key.clone(),
            key_use: k.key_use,
            regions: k.regions.clone(),
            not_before: k.stored.not_before.as_second(),
            not_after: k.stored.not_after.as_second(),
            certificate: Some(k.stored.certificate.clone()),
        })
        .collect();
    let exp = later(now, TRUST_HOURS);
    let payload = TrustPayload {
        iat: now.as_second(),
        exp: exp.as_second(),
        seq: u64::try_from(seq).unwrap_or_default(),
        status_uri: app.settings.status_uri.clone(),
        keys,
    };
    let signed = trust::sign(&payload, root.as_ref(), sm2_root.as_deref().map(|s| s as &dyn Signer))
        .map_err(|e| UseError::broken("trust_list", format!("the trust list could not be signed: {e}")))?;
    tx.put_trust_list(&StoredTrustList { seq, iat: now, exp, bytes: signed.into_bytes() }).await?;
    super::journal::note(&mut tx, now, "system", "trust_list.signed", None, &serde_json::json!({"seq": seq})).await?;
    tx.commit().await?;
    refresh(app).await
}

/// Publishes everything anew when the configured address of status lists is not the one the trust list names, such as after a move.
///
/// # Errors
/// The root key, the status key or the store unavailable.
pub async fn follow_settings(app: &App) -> Used<()> {
    let configured = app.settings.status_uri.replace("{list}", "1");
    let moved = app.published().trust.as_ref().is_some_and(|t| t.status_address(1) != configured);
    if moved && app.keyring.has(key::ROOT) {
        publish_trust_list(app).await?;
        status::publish(app, true).await?;
    }
    Ok(())
}

/// Signs the trust list anew when it is a day old or does not name a key that is in the store.
///
/// # Errors
/// As [`publish_trust_list`].
pub async fn keep_trust_list_fresh(app: &App) -> Used<()> {
    let now = app.clock.now().as_second();
    let old = app.published().trust.as_ref().is_none_or(|t| t.iat() + TRUST_REFRESH_HOURS * 3600 < now);
    if old { publish_trust_list(app).await } else { Ok(()) }
}
