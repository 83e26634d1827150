//! Operators of a unit: added and removed by who runs it; each can leave.

use super::{Unit, acting, can_end, join, not_yours, role_of, runs, view};
use crate::app::App;
use crate::chance;
use crate::usecase::error::{UseError, Used};
use crate::usecase::filing::{tell_member, who_by_phone};
use crate::usecase::journal;
use crate::usecase::session::Session;
use luzheng_domain::account::Act;
use luzheng_domain::vehicle::UnitRole;
use luzheng_domain::vehicle::filing_notice::SharingNotice;
use luzheng_store::unit::Member;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Who is to act for a unit.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMember {
    /// The phone they sign in with.
    pub phone: String,
    /// Their name, as in the register.
    pub name: String,
}

/// Adds an operator. They are told, and can leave at any time.
///
/// # Errors
/// Not a unit of the person's, or not theirs to change; `person_not_found`; the rules or the places do not allow it; the store.
pub async fn add(app: &App, session: &Session, unit: Uuid, new: &NewMember) -> Used<Unit> {
    let now = app.clock.now();
    session.require_for(Act::ChangeUnit, now)?;
    let mut read = app.store.read().await?;
    let by = acting(&mut read, session, unit).await?;
    drop(read);
    if !runs(role_of(&by)?) {
        return Err(not_yours());
    }
    let person = who_by_phone(app, session, &new.phone, &new.name).await?;
    let mut tx = app.store.write().await?;
    tx.lock_unit(unit).await?;
    // As it is now that nobody else can change it.
    let by = acting(&mut tx, session, unit).await?;
    if !runs(role_of(&by)?) {
        return Err(not_yours());
    }
    let role = UnitRole::Operator;
    let member = Member { unit, id: chance::new_id(now), person, role: role.code().into(), since: now, ended_at: None };
    join(&mut tx, &member, role, now).await?;
    tell_member(&mut tx, SharingNotice::UnitJoined, &member, now).await?;
    let detail = serde_json::json!({"member": member.id, "role": role.code()});
    journal::note(&mut tx, now, &session.actor(), "unit.member_added", Some(unit), &detail).await?;
    let shown = view(&mut tx, &by, now).await?;
    tx.commit().await?;
    Ok(shown)
}

/// Ends an operator's membership: by who runs the unit, or by the operator. Answers with the unit as it is for whoever is still in it.
///
/// # Errors
/// Not a unit of the person's, or not theirs to change; no such member; the store.
pub async fn remove(app: &App, session: &Session, unit: Uuid, id: Uuid) -> Used<Unit> {
    let now = app.clock.now();
    session.require_for(Act::ActForUnit, now)?;
    let mut tx = app.store.write().await?;
    tx.lock_unit(unit).await?;
    let by = acting(&mut tx, session, unit).await?;
    let by_role = role_of(&by)?;
    let members = tx.members_of_unit(unit).await?;
    let member = members.into_iter().find(|m| m.id == id).ok_or_else(|| UseError::not_found("member of this unit"))?;
    if !can_end(&by, by_role, &member, role_of(&member)?) {
        return Err(not_yours());
    }
    // Leaving needs no more than being signed in; removing somebody else is a change of the unit.
    if by.id != member.id {
        session.require_for(Act::ChangeUnit, now)?;
    }
    tx.lock_owner(member.person).await?;
    if tx.end_member(&member, now).await? {
        tell_member(&mut tx, SharingNotice::UnitLeft, &member, now).await?;
        let detail = serde_json::json!({"member": member.id, "role": member.role});
        journal::note(&mut tx, now, &session.actor(), "unit.member_ended", Some(unit), &detail).await?;
    }
    let mut shown = view(&mut tx, &by, now).await?;
    if by.id == member.id {
        // Whoever left sees nothing of the others any more.
        shown.members.clear();
    }
    tx.commit().await?;
    Ok(shown)
}
