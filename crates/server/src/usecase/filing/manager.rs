//! Managers: appointed by the owner, accepted by themselves.

use super::tell::{tell, who_by_phone};
use super::view::{Filing, Side, view};
use super::{REQUEST_LIFETIME, barred, later, rules, state_of};
use crate::app::App;
use crate::chance;
use crate::usecase::citizen::{Power, related_vehicle};
use crate::usecase::error::Used;
use crate::usecase::journal;
use crate::usecase::session::Session;
use luzheng_domain::account::Act;
use luzheng_domain::vehicle::filing::{FilingBar, FilingKind, FilingRelation, FilingState, another_manager};
use luzheng_domain::vehicle::filing_notice::SharingNotice;
use luzheng_store::filing as stored;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Who is to manage a vehicle.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Appointment {
    /// The phone they sign in with.
    pub phone: String,
    /// Their name, as in the register.
    pub name: String,
}

/// Appoints a manager, who has to accept.
///
/// # Errors
/// Not the person's to share; `person_not_found`; the owner, a manager, or somebody asked already; no place; the store.
pub async fn appoint(app: &App, session: &Session, vehicle: Uuid, new: &Appointment) -> Used<Filing> {
    let now = app.clock.now();
    session.require_for(Act::Delegate, now)?;
    let mut read = app.store.read().await?;
    related_vehicle(&mut read, session, vehicle).await?.1.require(Power::Share)?;
    drop(read);
    let person = who_by_phone(app, session, &new.phone, &new.name).await?;
    let mut tx = app.store.write().await?;
    // Locked, so that two calls at once cannot both be the last that is allowed.
    tx.lock_vehicle(vehicle).await?;
    let (found, relation) = related_vehicle(&mut tx, session, vehicle).await?;
    relation.require(Power::Share)?;
    if found.facts.owner == person {
        return Err(barred(FilingBar::OwnVehicle));
    }
    let (mut of_vehicle, of_person) = (0, tx.shares_of_person(person, FilingKind::Management.code()).await?.len());
    for other in tx.open_filings_of_vehicle(vehicle).await? {
        let state = state_of(&other, now)?;
        if other.kind == FilingKind::Management.code() && (state.is_active() || state.is_waiting()) {
            if other.person == person {
                return Err(barred(FilingBar::Already));
            }
            of_vehicle += 1;
        }
    }
    another_manager(&rules(now), u32::try_from(of_person).unwrap_or(u32::MAX), of_vehicle).map_err(barred)?;
    let filing = stored::Filing {
        person,
        id: chance::new_id(now),
        kind: FilingKind::Management.code().into(),
        relation: FilingRelation::Manager.code().into(),
        vehicle: Some(found.id),
        owner: Some(found.facts.owner),
        plate_number: found.facts.plate.number.to_string(),
        plate_type: found.facts.plate.plate_type.code().into(),
        state: FilingState::WaitingManager.code().into(),
        code_digest: None,
        tries: 0,
        code_expires_at: now,
        expires_at: later(now, REQUEST_LIFETIME),
        created_at: now,
        active_from: None,
        ended_at: None,
        end_reason: None,
    };
    tx.put_filing(&filing).await?;
    tell(&mut tx, person, SharingNotice::ManagerAsked, &filing, None, now).await?;
    let detail = serde_json::json!({"filing": filing.id});
    journal::note(&mut tx, now, &session.actor(), "manager.appointed", Some(found.id), &detail).await?;
    let shown = view(&mut tx, &filing, Side::Owner, now).await?;
    tx.commit().await?;
    Ok(shown)
}
