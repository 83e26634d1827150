//! Consent by the owner's screen: a token that somebody scans within two minutes, once.

use super::ask::{relation, told_begun};
use super::view::{Filing, Side, view};
use super::{CONSENT_LIFETIME, barred, begin, later};
use crate::app::App;
use crate::chance;
use crate::usecase::citizen::{Power, owner, related_vehicle};
use crate::usecase::error::{Kind, UseError, Used};
use crate::usecase::journal;
use crate::usecase::session::Session;
use jiff::Timestamp;
use luzheng_domain::account::Act;
use luzheng_domain::vehicle::OwnerKind;
use luzheng_domain::vehicle::filing::{
    FilingBar, FilingKind, FilingRelation, FilingState, FilingStep, vehicle_may_be_filed,
};
use luzheng_store::filing as stored;
use luzheng_store::vehicle::StoredVehicle;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Length of a token as text: 32 bytes in hexadecimal digits.
const TOKEN_LEN: usize = 64;

/// What the owner's screen shows for somebody to scan.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Consent {
    /// The whole address, for the code on the screen; the token stands after its `#`, which browsers send to nobody.
    pub link: String,
    /// The token alone.
    pub token: String,
    /// From when on it is dead.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// What was scanned.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Scan {
    /// The token from the owner's screen.
    pub token: String,
    /// What the person is to the owner.
    pub relation: String,
}

/// Makes a consent for somebody to scan from the screen.
///
/// # Errors
/// Not the person's to share; the vehicle cannot be filed; the store.
pub async fn consent(app: &App, session: &Session, vehicle: Uuid) -> Used<Consent> {
    let now = app.clock.now();
    session.require_for(Act::Delegate, now)?;
    let mut tx = app.store.write().await?;
    let (stored, relation) = related_vehicle(&mut tx, session, vehicle).await?;
    relation.require(Power::Share)?;
    let kind = super::owner_kind(&mut tx, stored.facts.owner).await?;
    vehicle_may_be_filed(&super::rules(now), &stored.facts, kind).map_err(barred)?;
    let (token, expires_at) = (chance::token(), later(now, CONSENT_LIFETIME));
    let hash = journal::sha256(token.as_bytes());
    tx.put_filing_consent(hash, stored.id, stored.facts.owner, expires_at, now).await?;
    let detail = serde_json::json!({});
    journal::note(&mut tx, now, &session.actor(), "filing.consent_shown", Some(stored.id), &detail).await?;
    tx.commit().await?;
    Ok(Consent { link: format!("https://{}/file#{token}", app.settings.code_host), token, expires_at })
}

fn no_consent() -> UseError {
    UseError::new(Kind::NotFound, "no_consent", "this code counts no more; ask the owner to show a new one")
}

fn new_filing(person: Uuid, vehicle: &StoredVehicle, relation: FilingRelation, now: Timestamp) -> stored::Filing {
    stored::Filing {
        person,
        id: chance::new_id(now),
        kind: FilingKind::Filing.code().into(),
        relation: relation.code().into(),
        vehicle: Some(vehicle.id),
        owner: Some(vehicle.facts.owner),
        plate_number: vehicle.facts.plate.number.to_string(),
        plate_type: vehicle.facts.plate.plate_type.code().into(),
        state: FilingState::WaitingOwner.code().into(),
        code_digest: None,
        tries: 0,
        code_expires_at: now,
        expires_at: later(now, CONSENT_LIFETIME),
        created_at: now,
        active_from: None,
        ended_at: None,
        end_reason: None,
    }
}

/// Files the vehicle whose owner's screen was scanned. The token is used up only when it succeeds.
///
/// # Errors
/// `no_consent`; the person may not file; the rules or the places do not allow it; the store.
pub async fn scan(app: &App, session: &Session, scanned: &Scan) -> Used<Filing> {
    let now = app.clock.now();
    session.require_for(Act::FileVehicle, now)?;
    let (person, relation) = (owner(session)?, relation(&scanned.relation)?);
    if scanned.token.len() != TOKEN_LEN || !scanned.token.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(no_consent());
    }
    let hash = journal::sha256(scanned.token.as_bytes());
    let mut tx = app.store.write().await?;
    let (vehicle, consenting) = tx.find_filing_consent(hash, now).await?.ok_or_else(no_consent)?;
    let stored = tx.lock_vehicle(vehicle).await?.filter(|v| v.facts.owner == consenting).ok_or_else(no_consent)?;
    tx.lock_owner(person).await?;
    if super::owner_kind(&mut tx, person).await? != OwnerKind::Individual {
        return Err(barred(FilingBar::NotAPerson));
    }
    if !tx.use_filing_consent(hash).await? {
        return Err(no_consent());
    }
    let mut filing = new_filing(person, &stored, relation, now);
    tx.put_filing(&filing).await?;
    begin(&mut tx, &mut filing, &stored, FilingStep::Agreed, now).await?;
    told_begun(&mut tx, &filing, now).await?;
    let detail = serde_json::json!({"filing": filing.id, "by": "screen"});
    journal::note(&mut tx, now, &session.actor(), "filing.begun", Some(stored.id), &detail).await?;
    let shown = view(&mut tx, &filing, Side::Filer, now).await?;
    tx.commit().await?;
    Ok(shown)
}
