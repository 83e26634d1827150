//! What is published: the signed trust list, the root file, the status lists. Verification reads only this, whoever asks.

use super::error::{Kind, UseError, Used};
use super::key;
use crate::app::App;
use crate::clock::china_date;
use jiff::{SignedDuration, Timestamp};
use luzheng_credential::sign::{KeyId, Signer};
use luzheng_credential::status_list::{ListClaims, StatusBook, StatusList, StatusValue, open_jwt, sign_cwt, sign_jwt};
use luzheng_credential::trust::{self, KeyUse, TrustKey, TrustList, TrustPayload};
use luzheng_store::key::{KeyState, StoredTrustList};
use luzheng_store::status::{self as stored, DirtyMark, Publication};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How long a trust list may be used, in hours. It is signed anew long before.
const TRUST_HOURS: i64 = 30 * 24;
/// A trust list older than this is signed anew.
const TRUST_REFRESH_HOURS: i64 = 24;
/// How long a status list may be used, in hours (`qr-format.md`: 7 days).
const STATUS_HOURS: i64 = 7 * 24;
/// A status list older than this is published anew though nothing changed, so that its age says something.
const STATUS_REFRESH_MINUTES: i64 = 15;
/// What readers are told to keep a status list for, in seconds.
const STATUS_TTL: u32 = 900;
/// Most changes one publication takes in.
const MAX_DIRTY: u32 = 100_000;

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
        publish_status(app, true).await?;
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

/// Publishes every status list that changed, or is older than a quarter of an hour, or all when `everything`. Answers which.
///
/// # Errors
/// The status key or the store unavailable.
pub async fn publish_status(app: &App, everything: bool) -> Used<Vec<u32>> {
    let now = app.clock.now();
    let today = china_date(now);
    let mut read = app.store.read().await?;
    let marks = read.dirty_marks(MAX_DIRTY).await?;
    let fresh_after = now.checked_sub(SignedDuration::from_mins(STATUS_REFRESH_MINUTES)).unwrap_or(now);
    let published = app.published();
    let mut due: BTreeSet<u32> = marks.iter().map(|m| m.list).collect();
    for stored::StatusListState { list, .. } in read.status_lists().await? {
        if everything || published.lists.get(&list).is_none_or(|l| l.iat < fresh_after) {
            due.insert(list);
        }
    }
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let table = app.key_table();
    let signing = table.pick(KeyUse::Status, 0, now).ok_or_else(|| {
        UseError::new(
            Kind::Unavailable,
            "no_status_key",
            "there is no active key for status lists; run `luzheng keys generate --use status`",
        )
    })?;
    let signer = super::signer(app, signing)?;
    // All values come from the one snapshot in which the marks were read: nothing between them is lost.
    let mut values = Vec::new();
    for list in due {
        values.push((list, read.list_values(list, today).await?));
    }
    drop(read);
    for (list, flagged) in values {
        let mine: Vec<_> = marks.iter().filter(|m| m.list == list).cloned().collect();
        publish_one(app, list, &flagged, &mine, signer.as_ref(), now).await?;
    }
    refresh(app).await?;
    let lists = app.published().lists.keys().copied().collect();
    metrics::counter!("luzheng_status_publications_total").increment(1);
    Ok(lists)
}

async fn publish_one(
    app: &App,
    list: u32,
    flagged: &[(u32, stored::StatusValue)],
    marks: &[DirtyMark],
    signer: &dyn Signer,
    now: Timestamp,
) -> Used<()> {
    let mut entries = StatusList::new();
    for (index, value) in flagged {
        entries.set(*index, StatusValue::from_bits(value.bits()));
    }
    let exp = later(now, STATUS_HOURS);
    let claims = ListClaims { list, iat: now.as_second(), exp: exp.as_second(), ttl: STATUS_TTL };
    let address = app.settings.status_uri.replace("{list}", &list.to_string());
    let failed = |e: luzheng_credential::status_list::StatusError| {
        UseError::broken("status_list", format!("status list {list} could not be signed: {e}"))
    };
    let jwt = sign_jwt(&claims, &address, &entries, signer).map_err(failed)?;
    let cwt = sign_cwt(&claims, &address, &entries, signer).map_err(failed)?;
    let mut tx = app.store.write().await?;
    let seq = tx.next_publication_seq(list).await?;
    tx.put_publication(&Publication { list, seq, iat: now, exp, jwt: jwt.into_bytes(), cwt }).await?;
    tx.clear_dirty(marks).await?;
    let detail = serde_json::json!({"list": list, "seq": seq, "flagged": flagged.len(), "kid": signer.kid()});
    super::journal::note(&mut tx, now, "system", "status.published", None, &detail).await?;
    tx.commit().await?;
    Ok(())
}

/// The identifiers of keys in the published trust list.
pub fn trusted_kids(app: &App) -> Vec<KeyId> {
    app.published().trust.as_ref().map(|t| t.keys().map(|k| k.public_key.kid()).collect()).unwrap_or_default()
}
