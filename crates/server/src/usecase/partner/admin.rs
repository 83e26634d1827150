//! Registering partners and changing what they may: an operator's work, on the command line. Every change is in the journal.

use super::jwk::{self, Brought, MAX_KEYS};
use super::registry;
use super::scope::{ClientKind, Regions, Scopes};
use crate::app::App;
use crate::chance;
use crate::usecase::bound::enrol::{EnrolmentCode, make_code};
use crate::usecase::bound::{HolderKind, end_devices_of};
use crate::usecase::error::{Kind, UseError, Used};
use crate::usecase::journal;
use jiff::Timestamp;
use luzheng_credential::sign::KeyId;
use luzheng_store::Tx;
use luzheng_store::partner::{PartnerClient, PartnerKey, PartnerMember};
use uuid::Uuid;

pub use super::listing::{KeyView, MemberView, PartnerView, list, meant};

/// Longest name of a firm or a member, in characters.
pub const MAX_NAME: usize = 80;
/// Most people of one partner.
pub const MAX_MEMBERS: usize = 200;
/// The largest quota that can be given, in codes.
pub const MAX_LIMIT: u32 = 100_000_000;

/// A partner to be registered.
#[derive(Debug, Clone)]
pub struct NewPartner {
    /// The firm's name.
    pub name: String,
    /// In English; empty: the same.
    pub name_en: String,
    /// What kind of firm or office.
    pub kind: ClientKind,
    /// What it may ask.
    pub scopes: Scopes,
    /// Where.
    pub regions: Regions,
    /// Most codes a day; none: the standard.
    pub day_limit: Option<u32>,
    /// Most codes a minute; none: the standard.
    pub minute_limit: Option<u32>,
}

/// What is to be changed; absent: it stays.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// What it may ask.
    pub scopes: Option<Scopes>,
    /// Where.
    pub regions: Option<Regions>,
    /// Most codes a day.
    pub day_limit: Option<u32>,
    /// Most codes a minute.
    pub minute_limit: Option<u32>,
}

fn name(text: &str, what: &str) -> Used<String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > MAX_NAME || text.chars().any(char::is_control) {
        return Err(UseError::invalid("bad_name", format!("{what} has 1 to {MAX_NAME} characters")));
    }
    Ok(text.to_owned())
}

fn limit(given: u32) -> Used<u32> {
    if (1..=MAX_LIMIT).contains(&given) {
        Ok(given)
    } else {
        Err(UseError::invalid("bad_quota", format!("a quota is between 1 and {MAX_LIMIT} codes")))
    }
}

fn some(scopes: Scopes) -> Used<Scopes> {
    if scopes.is_empty() { Err(UseError::invalid("bad_scope", "give at least one scope")) } else { Ok(scopes) }
}

/// A partner that was not ended.
async fn open(tx: &mut Tx, id: Uuid) -> Used<PartnerClient> {
    let found = tx.partners().await?.into_iter().find(|client| client.id == id);
    let found = found.ok_or_else(|| UseError::not_found("partner"))?;
    if found.ended_at.is_some() {
        return Err(UseError::new(Kind::Gone, "partner_ended", "this partner was ended; register it anew"));
    }
    Ok(found)
}

async fn note(tx: &mut Tx, now: Timestamp, actor: &str, act: &str, id: Uuid, detail: serde_json::Value) -> Used<()> {
    journal::note(tx, now, actor, act, Some(id), &detail).await
}

fn rights(client: &PartnerClient) -> serde_json::Value {
    serde_json::json!({
        "scopes": client.scopes, "regions": client.regions, "day": client.day_limit, "minute": client.minute_limit,
    })
}

/// Registers a partner. It has no key yet.
///
/// # Errors
/// `bad_name`, `bad_scope`, `bad_quota`; the store.
pub async fn register(app: &App, new: &NewPartner, actor: &str) -> Used<Uuid> {
    register_as(app, chance::new_id(app.clock.now()), new, actor).await
}

/// As [`register`], under an id that is known beforehand: the demonstration's.
///
/// # Errors
/// As [`register`].
pub async fn register_as(app: &App, id: Uuid, new: &NewPartner, actor: &str) -> Used<Uuid> {
    let now = app.clock.now();
    let firm = name(&new.name, "the name")?;
    let name_en = if new.name_en.trim().is_empty() { firm.clone() } else { name(&new.name_en, "the English name")? };
    let settings = &app.settings.partner;
    let client = PartnerClient {
        id,
        name: firm,
        name_en,
        kind: new.kind.code().into(),
        scopes: some(new.scopes)?.to_string(),
        regions: new.regions.to_string(),
        day_limit: limit(new.day_limit.unwrap_or(settings.day_limit))?,
        minute_limit: limit(new.minute_limit.unwrap_or(settings.minute_limit))?,
        created_at: now,
        ended_at: None,
    };
    let mut tx = app.store.write().await?;
    tx.put_partner(&client).await?;
    note(&mut tx, now, actor, "partner.registered", id, rights(&client)).await?;
    tx.commit().await?;
    registry::refresh(app).await?;
    Ok(id)
}

/// Changes what a partner may. Its tokens permit what is left at once.
///
/// # Errors
/// There is no such partner, or it was ended; `bad_scope`, `bad_quota`; the store.
pub async fn change(app: &App, id: Uuid, change: &Change, actor: &str) -> Used<()> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let mut client = open(&mut tx, id).await?;
    if let Some(scopes) = change.scopes {
        client.scopes = some(scopes)?.to_string();
    }
    if let Some(regions) = &change.regions {
        client.regions = regions.to_string();
    }
    client.day_limit = limit(change.day_limit.unwrap_or(client.day_limit))?;
    client.minute_limit = limit(change.minute_limit.unwrap_or(client.minute_limit))?;
    tx.put_partner(&client).await?;
    note(&mut tx, now, actor, "partner.changed", id, rights(&client)).await?;
    tx.commit().await?;
    registry::refresh(app).await
}

/// Ends a partner for good: its tokens, its keys, its people's devices. Every process knows it within seconds.
///
/// # Errors
/// There is no such partner, or it was ended; the store.
pub async fn end(app: &App, id: Uuid, actor: &str) -> Used<()> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let client = open(&mut tx, id).await?;
    tx.put_partner(&PartnerClient { ended_at: Some(now), ..client }).await?;
    for member in tx.partner_members().await?.into_iter().filter(|m| m.client == id && m.ended_at.is_none()) {
        tx.end_partner_member(id, member.id, now).await?;
        end_devices_of(&mut tx, member.id, "partner ended", actor, now).await?;
    }
    note(&mut tx, now, actor, "partner.ended", id, serde_json::json!({})).await?;
    tx.commit().await?;
    registry::refresh(app).await
}

/// Adds the public keys in a file to a partner's. Answers with their identifiers; one that it has already stays as it is.
///
/// # Errors
/// `bad_key`, `private_key`; `key_ended` for one that was ended before: make a new one; `too_many_keys`; no such partner; the store.
pub async fn add_keys(app: &App, id: Uuid, file: &str, actor: &str) -> Used<Vec<KeyId>> {
    let (now, brought) = (app.clock.now(), jwk::read(file)?);
    let mut tx = app.store.write().await?;
    open(&mut tx, id).await?;
    let had: Vec<PartnerKey> = tx.partner_keys().await?.into_iter().filter(|key| key.client == id).collect();
    let mut count = had.iter().filter(|key| key.ended_at.is_none()).count();
    let mut ids = Vec::new();
    for Brought { kid, public } in brought {
        let key = *public.kid().as_bytes();
        if !ids.contains(&public.kid()) {
            ids.push(public.kid());
            match had.iter().find(|had| had.key == key) {
                Some(had) if had.ended_at.is_some() => {
                    let why = format!("the key {} was ended; bring a new one", public.kid());
                    return Err(UseError::refused("key_ended", why));
                }
                Some(_) => {}
                None => {
                    count += 1;
                    let spki = public.spki().to_vec();
                    let row = PartnerKey { client: id, key, kid, spki, added_at: now, ended_at: None };
                    tx.put_partner_key(&row).await?;
                    let detail = serde_json::json!({"key": public.kid(), "alg": public.algorithm().name()});
                    note(&mut tx, now, actor, "partner.key_added", id, detail).await?;
                }
            }
        }
    }
    if count > MAX_KEYS {
        return Err(UseError::refused(
            "too_many_keys",
            format!("a partner has at most {MAX_KEYS} keys; end an old one"),
        ));
    }
    tx.commit().await?;
    registry::refresh(app).await?;
    Ok(ids)
}

/// Ends a key of a partner, and with it every token that was asked for with it.
///
/// # Errors
/// There is no such partner or key; the store.
pub async fn end_key(app: &App, id: Uuid, key: KeyId, actor: &str) -> Used<()> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    open(&mut tx, id).await?;
    if !tx.end_partner_key(id, *key.as_bytes(), now).await? {
        return Err(UseError::not_found("key of this partner that counts"));
    }
    note(&mut tx, now, actor, "partner.key_ended", id, serde_json::json!({"key": key})).await?;
    tx.commit().await?;
    registry::refresh(app).await
}

/// Adds a person to a partner and makes the code with which their device is enrolled; it is shown once.
///
/// # Errors
/// `bad_name`, `too_many_members`; no such partner; the store.
pub async fn add_member(app: &App, id: Uuid, member: &str, actor: &str) -> Used<(Uuid, EnrolmentCode)> {
    let now = app.clock.now();
    let code = add_member_as(app, id, chance::new_id(now), member, actor).await?;
    let mut tx = app.store.write().await?;
    let made = make_code(&mut tx, HolderKind::PartnerMember, code, actor, now).await?;
    tx.commit().await?;
    Ok((code, made))
}

/// Adds a person to a partner under an id that is known beforehand, without a code: the demonstration's.
///
/// # Errors
/// As [`add_member`].
pub async fn add_member_as(app: &App, id: Uuid, member: Uuid, person: &str, actor: &str) -> Used<Uuid> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    open(&mut tx, id).await?;
    let members = tx.partner_members().await?;
    if members.iter().filter(|m| m.client == id && m.ended_at.is_none()).count() >= MAX_MEMBERS {
        return Err(UseError::refused("too_many_members", format!("a partner has at most {MAX_MEMBERS} people here")));
    }
    let name = name(person, "a member's name")?;
    tx.put_partner_member(&PartnerMember { client: id, id: member, name, added_at: now, ended_at: None }).await?;
    note(&mut tx, now, actor, "partner.member_added", id, serde_json::json!({"member": member})).await?;
    tx.commit().await?;
    registry::refresh(app).await?;
    Ok(member)
}

/// A new code for another device of a person.
///
/// # Errors
/// There is no such person, or they were ended; the store.
pub async fn member_code(app: &App, id: Uuid, member: Uuid, actor: &str) -> Used<EnrolmentCode> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    open(&mut tx, id).await?;
    let known =
        tx.partner_members().await?.into_iter().any(|m| m.client == id && m.id == member && m.ended_at.is_none());
    if !known {
        return Err(UseError::not_found("member of this partner"));
    }
    let code = make_code(&mut tx, HolderKind::PartnerMember, member, actor, now).await?;
    tx.commit().await?;
    Ok(code)
}

/// Ends a person of a partner and their devices.
///
/// # Errors
/// There is no such person, or they were ended; the store.
pub async fn end_member(app: &App, id: Uuid, member: Uuid, actor: &str) -> Used<()> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    if !tx.end_partner_member(id, member, now).await? {
        return Err(UseError::not_found("member of this partner"));
    }
    end_devices_of(&mut tx, member, "member ended", actor, now).await?;
    note(&mut tx, now, actor, "partner.member_ended", id, serde_json::json!({"member": member})).await?;
    tx.commit().await?;
    registry::refresh(app).await
}
