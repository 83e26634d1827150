//! The licence on the holder's own device: bound to a key that stays there, signed by the issuer once, shown off-line with the device's
//! signature around it. One device at a time; a re-issue binds the same device anew without anybody doing anything.

use super::device::{self, DevicePoint};
use super::live::{self, Standing};
use super::{Cause, Places, own_driver, term};
use crate::app::App;
use crate::chance;
use crate::clock::china_date;
use crate::usecase::error::{Kind, UseError, Used};
use crate::usecase::issue::Order;
use crate::usecase::session::Session;
use crate::usecase::{self, journal};
use jiff::Timestamp;
use jiff::civil::Date;
use luzheng_credential::kind::Claims;
use luzheng_credential::kind::driving_licence::{LicenceMode, LicenceTerm};
use luzheng_domain::credential::{CredentialKind, Reason};
use luzheng_store::Tx;
use luzheng_store::credential::Credential;
use luzheng_store::driver::StoredDriver;
use luzheng_store::holding::{Holding, NewHolding};
use luzheng_store::status::StatusValue;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Longest name of a device, in characters.
pub const MAX_DEVICE_NAME: usize = 40;

/// Something for the device's key to sign.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Challenge {
    /// The bytes to sign, in base64url.
    pub challenge: String,
    /// Until when it may be answered.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// A device that is to hold the licence.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDevice {
    /// Its public key in base64url: a raw P-256 point or a SubjectPublicKeyInfo.
    pub public_key: String,
    /// What its owner calls it.
    pub name: String,
    /// The challenge as it was given.
    pub challenge: String,
    /// ES256 over the bytes of the challenge, r and s, in base64url.
    pub signature: String,
}

/// What a device holds.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Held {
    /// The holding. Another id than before: it was issued anew.
    pub id: Uuid,
    /// The issuer's signed message in base64url; absent for the moment in which it is being signed.
    pub message: Option<String>,
    /// When it was signed; while it is not, when the device was bound.
    #[schema(value_type = String, format = DateTime)]
    pub issued_at: Timestamp,
    /// The last day of validity; absent for a long-term licence.
    #[schema(value_type = Option<String>, format = Date)]
    pub valid_until: Option<Date>,
    /// `current`, `red` or `stopped`.
    pub state: String,
    /// The classes.
    pub classes: String,
    /// The name as a stranger sees it.
    pub name_masked: String,
}

/// A challenge for the signed-in driver.
///
/// # Errors
/// The person is no driver; the store.
pub async fn challenge(app: &App, session: &Session) -> Used<Challenge> {
    let mut tx = app.store.read().await?;
    own_driver(&mut tx, session).await?;
    let (bytes, expires_at) = device::challenge(app, session.person, app.clock.now())?;
    Ok(Challenge { challenge: device::to_text(&bytes), expires_at })
}

fn device_name(name: &str) -> Used<&str> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > MAX_DEVICE_NAME || name.chars().any(char::is_control) {
        let sentence = format!("a device has a name of 1 to {MAX_DEVICE_NAME} characters");
        return Err(UseError::invalid("bad_device_name", sentence));
    }
    Ok(name)
}

/// Binds the licence to a device that has proved its key. Any other device holds it no more; the same one stays as it is.
///
/// # Errors
/// A key, challenge or signature that is wrong; no licence that may be shown; the store.
pub async fn bind(app: &App, session: &Session, new: &NewDevice) -> Used<Held> {
    let now = app.clock.now();
    let name = device_name(&new.name)?;
    let key = device::read_key(&device::from_text(&new.public_key, "public_key")?)?;
    let challenge = device::from_text(&new.challenge, "challenge")?;
    let signature = device::from_text(&new.signature, "signature")?;
    device::check_answer(app, session.person, &challenge, &key, &signature, now)?;
    let mut places = Places::for_kind(app, CredentialKind::DrivingLicence, 1, now).await?;
    let mut tx = app.store.write().await?;
    let driver = own_driver(&mut tx, session).await?;
    let driver = tx.lock_driver(driver.id).await?.unwrap_or(driver);
    let credential = live::shown_credential(&mut tx, &driver).await?;
    let today = china_date(now);
    live::may_be_shown(&credential, &Standing::of(&driver.facts, today), today)?;
    let old = tx.lock_current_holding(driver.id).await?;
    if let Some(old) = &old
        && old.device_key == key
        && old.credential == credential.id
    {
        return held_now(&mut tx, old, &credential).await;
    }
    let actor = session.actor();
    let cause = Cause { actor: &actor, cause: "device", true_at: now, now };
    if let Some(old) = &old {
        tx.end_holding(old, StatusValue::Invalid, Reason::DeviceReplaced, now).await?;
    }
    let id = reserve(&mut tx, &driver, &credential, (key, name), now, &mut places, now).await?;
    let detail = serde_json::json!({"holding": id, "credential": credential.id, "replaces": old.map(|old| old.id)});
    journal::note(&mut tx, now, cause.actor, "licence.device_bound", Some(driver.id), &detail).await?;
    let made = tx.find_holding(id).await?.ok_or_else(|| UseError::broken("no_holding", "the holding is not there"))?;
    let held = held_now(&mut tx, &made, &credential).await?;
    tx.commit().await?;
    Ok(held)
}

async fn reserve(
    tx: &mut Tx,
    driver: &StoredDriver,
    credential: &Credential,
    (device_key, name): (DevicePoint, &str),
    bound_at: Timestamp,
    places: &mut Places,
    now: Timestamp,
) -> Used<Uuid> {
    let id = chance::new_id(now);
    let value = tx.status_value(credential.status).await?.unwrap_or(StatusValue::Valid);
    tx.reserve_holding(&NewHolding {
        id,
        subject: driver.id,
        credential: credential.id,
        device_key,
        name,
        status: places.next()?,
        value,
        expires_on: super::issue::expires_on(credential)?,
        bound_at,
    })
    .await?;
    tx.enqueue(&[usecase::job(usecase::HOLD, driver.id, id.to_string(), now)]).await?;
    Ok(id)
}

/// Binds the device of the current holding, if there is one, to the licence that has just taken the old one's place.
pub(crate) async fn renew(
    tx: &mut Tx,
    driver: &StoredDriver,
    credential: &Credential,
    reason: Reason,
    cause: &Cause<'_>,
    places: &mut Places,
) -> Used<()> {
    let Some(old) = tx.lock_current_holding(driver.id).await? else { return Ok(()) };
    tx.end_holding(&old, StatusValue::Superseded, reason, cause.now).await?;
    // One that has run out cannot be signed any more; when it is renewed, the device is bound again.
    if super::issue::expires_on(credential)? < china_date(cause.now) {
        return Ok(());
    }
    reserve(tx, driver, credential, (old.device_key, &old.name), old.bound_at, places, cause.now).await.map(drop)
}

/// Gives the current holding the state that its licence has got.
pub(crate) async fn follow(tx: &mut Tx, credential: &Credential, value: StatusValue) -> Used<()> {
    tx.flag_holding(credential, value).await?;
    Ok(())
}

/// Ends the current holding, if there is one.
pub(crate) async fn end_current(
    tx: &mut Tx,
    driver: Uuid,
    flag: StatusValue,
    reason: Reason,
    now: Timestamp,
) -> Used<Option<Holding>> {
    let Some(held) = tx.lock_current_holding(driver).await? else { return Ok(None) };
    tx.end_holding(&held, flag, reason, now).await?;
    Ok(Some(held))
}

async fn held_now(tx: &mut Tx, holding: &Holding, credential: &Credential) -> Used<Held> {
    let signed = tx.find_signed(holding.subject, holding.id).await?;
    let state = match holding.value {
        StatusValue::Valid => "current",
        StatusValue::Suspended => "red",
        _ => "stopped",
    };
    Ok(Held {
        id: holding.id,
        issued_at: signed.as_ref().map_or(holding.bound_at, |s| s.signed_at),
        message: signed.map(|s| device::to_text(&s.message)),
        valid_until: match term(credential.valid_until)? {
            LicenceTerm::Until(day) => Some(day),
            LicenceTerm::LongTerm => None,
        },
        state: state.into(),
        classes: credential.class.clone(),
        name_masked: credential.subject_name.clone(),
    })
}

/// What the device with this key holds now.
///
/// # Errors
/// `not_this_device` when it holds nothing; the store.
pub async fn held(app: &App, session: &Session, key: &str) -> Used<Held> {
    let key = device::read_key(&device::from_text(key, "key")?)?;
    let mut tx = app.store.read().await?;
    let driver = own_driver(&mut tx, session).await?;
    let elsewhere = || UseError::new(Kind::NotFound, "not_this_device", "this device does not hold the licence");
    let held = tx.find_current_holding(driver.id).await?.filter(|h| h.device_key == key).ok_or_else(elsewhere)?;
    let credential = tx.find_credential(held.credential).await?.ok_or_else(elsewhere)?;
    held_now(&mut tx, &held, &credential).await
}

/// Ends what the device holds; without a device nothing changes.
///
/// # Errors
/// The person is no driver; the store.
pub async fn give_up(app: &App, session: &Session) -> Used<()> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let driver = own_driver(&mut tx, session).await?;
    tx.lock_driver(driver.id).await?;
    let Some(held) = end_current(&mut tx, driver.id, StatusValue::Invalid, Reason::DeviceGivenUp, now).await? else {
        return Ok(());
    };
    let detail = serde_json::json!({"holding": held.id});
    journal::note(&mut tx, now, &session.actor(), "licence.device_given_up", Some(driver.id), &detail).await?;
    tx.commit().await?;
    Ok(())
}

/// What is to be signed for a holding; `None` when nothing is left to sign: it ended, is signed, or has run out meanwhile.
pub(crate) async fn order(app: &App, tx: &mut Tx, holding: &Holding, now: Timestamp) -> Used<Option<Order>> {
    if holding.ended.is_some() || holding.signed.is_some() || holding.expires_on < china_date(now) {
        return Ok(None);
    }
    let broken = |what: &str| UseError::broken("no_subject", format!("holding {} has no {what}", holding.id));
    let credential = tx.find_credential(holding.credential).await?.ok_or_else(|| broken("credential"))?;
    let driver = tx.find_driver(holding.subject).await?.ok_or_else(|| broken("driver"))?;
    let mode = LicenceMode::Held { device_key: holding.device_key };
    let claims = live::claims(app, &driver, &credential, holding.status, mode, now)?;
    Ok(Some(Order { subject: holding.subject, id: holding.id, claims: Claims::from(claims), since: holding.bound_at }))
}
