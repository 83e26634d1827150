//! Units (单位用户): organisations whose vehicles several people look after. First filed at the counter; afterwards the administrator adds and removes
//! operators. Members act for the organisation's own record: its vehicles stay its own.

mod members;
mod staff;

pub use members::{NewMember, add, remove};
pub use staff::{CounterPerson, NewUnit, UnitFiled, file};

use super::citizen::owner;
use super::citizen::relation::{Related, Relation};
use super::citizen::vehicle::view as vehicle_view;
use super::error::{Kind, UseError, Used};
use super::session::Session;
use super::view::{Text, VehicleView};
use crate::app::App;
use crate::clock::china_date;
use jiff::Timestamp;
use luzheng_domain::account::Act;
use luzheng_domain::mask;
use luzheng_domain::vehicle::UnitRole;
use luzheng_domain::vehicle::sharing::SharingRules;
use luzheng_domain::vehicle::unit::{UnitBar, may_join};
use luzheng_store::Tx;
use luzheng_store::unit::{Member, MemberPlaces, UnitFull};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Vehicles of a unit on a page.
const VEHICLE_PAGE: u32 = 50;

/// Somebody who acts for a unit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnitMember {
    /// The membership.
    pub id: Uuid,
    /// The name, masked.
    pub name_masked: String,
    /// `legal_person`, `administrator` or `operator`.
    pub role: String,
    /// The role in words.
    pub role_text: Text,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
    /// Whether the signed-in person can end it.
    pub can_end: bool,
}

/// The limits of a unit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnitLimits {
    /// Accounts of a unit, all roles together.
    pub members: u32,
    /// Units of a person, those as legal representative not counted.
    pub units_per_person: u32,
}

/// A unit that the signed-in person acts for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Unit {
    /// The unit.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its social credit code, masked.
    pub number_masked: String,
    /// As what the person acts: `legal_person`, `administrator` or `operator`.
    pub role: String,
    /// The role in words.
    pub role_text: Text,
    /// Everybody who acts for it.
    pub members: Vec<UnitMember>,
    /// How many vehicles it has.
    pub vehicles: u64,
    /// The limits.
    pub limits: UnitLimits,
}

/// A page of a unit's vehicles.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnitVehicles {
    /// The vehicles.
    pub items: Vec<VehicleView>,
    /// Where the next page begins (`after`).
    pub next: Option<Uuid>,
}

fn rules(now: Timestamp) -> SharingRules {
    SharingRules::on(china_date(now))
}

fn role_of(member: &Member) -> Used<UnitRole> {
    UnitRole::from_code(&member.role)
        .ok_or_else(|| UseError::broken("broken_row", format!("member {} is {:?}", member.id, member.role)))
}

fn refused(bar: UnitBar) -> UseError {
    UseError::refused(bar.code(), bar.text().en)
}

const fn runs(role: UnitRole) -> bool {
    matches!(role, UnitRole::LegalPerson | UnitRole::Administrator)
}

/// As what the signed-in person acts for a unit.
async fn acting(tx: &mut Tx, session: &Session, unit: Uuid) -> Used<Member> {
    let person = owner(session)?;
    tx.find_member(unit, person).await?.ok_or_else(|| UseError::not_found("unit of yours"))
}

/// Whether somebody can end a membership: those who run the unit its operators', and operators their own. Who runs it is changed at the counter.
fn can_end(by: &Member, by_role: UnitRole, member: &Member, role: UnitRole) -> bool {
    role == UnitRole::Operator && (runs(by_role) || by.id == member.id)
}

/// A unit as a member sees it.
async fn view(tx: &mut Tx, by: &Member, now: Timestamp) -> Used<Unit> {
    let rules = rules(now);
    let by_role = role_of(by)?;
    let found = tx.find_owner(by.unit).await?;
    let details = found.ok_or_else(|| UseError::broken("no_owner", format!("unit {} has no record", by.unit)))?.details;
    let mut members = Vec::new();
    let mut all =
        tx.members_of_unit(by.unit).await?.into_iter().map(|m| Ok((role_of(&m)?, m))).collect::<Used<Vec<_>>>()?;
    all.sort_by_key(|(role, member)| (*role, member.since, member.id));
    for (role, member) in all {
        let name = tx.find_owner(member.person).await?.map(|person| mask::name(&person.details.name));
        members.push(UnitMember {
            can_end: can_end(by, by_role, &member, role),
            id: member.id,
            name_masked: name.unwrap_or_default(),
            role: role.code().into(),
            role_text: role.text().into(),
            since: member.since,
        });
    }
    Ok(Unit {
        id: by.unit,
        number_masked: details.number.masked(),
        name: details.name,
        role: by_role.code().into(),
        role_text: by_role.text().into(),
        members,
        vehicles: tx.count_vehicles_of_owner(by.unit).await?,
        limits: UnitLimits { members: rules.unit_accounts, units_per_person: rules.units_per_person },
    })
}

/// The units that the signed-in person acts for.
///
/// # Errors
/// `no_register_record`; the store.
pub async fn units(app: &App, session: &Session) -> Used<Vec<Unit>> {
    let now = app.clock.now();
    session.require_for(Act::ActForUnit, now)?;
    let person = owner(session)?;
    let mut tx = app.store.read().await?;
    let mut items = Vec::new();
    for member in tx.units_of_person(person).await? {
        items.push(view(&mut tx, &member, now).await?);
    }
    Ok(items)
}

/// A page of a unit's vehicles.
///
/// # Errors
/// Not a unit of the person's; the store.
pub async fn vehicles(app: &App, session: &Session, unit: Uuid, after: Option<Uuid>) -> Used<UnitVehicles> {
    session.require_for(Act::ActForUnit, app.clock.now())?;
    let mut tx = app.store.read().await?;
    let relation = Relation::Unit(role_of(&acting(&mut tx, session, unit).await?)?);
    let mut found = tx.vehicles_of_owner_after(unit, after, VEHICLE_PAGE + 1).await?;
    let more = found.len() > VEHICLE_PAGE as usize;
    found.truncate(VEHICLE_PAGE as usize);
    let next = if more { found.last().map(|vehicle| vehicle.id) } else { None };
    let mut items = Vec::with_capacity(found.len());
    for stored in found {
        items.push(vehicle_view(app, &mut tx, &Related { stored, relation, since: None }).await?);
    }
    Ok(UnitVehicles { items, next })
}

/// Adds a member to a locked unit, when the rules and the places allow it.
async fn join(tx: &mut Tx, member: &Member, role: UnitRole, now: Timestamp) -> Used<()> {
    let rules = rules(now);
    tx.lock_owner(member.person).await?;
    let mut roles = Vec::new();
    for other in tx.members_of_unit(member.unit).await? {
        if other.person == member.person {
            return Err(refused(UnitBar::Already));
        }
        roles.push(role_of(&other)?);
    }
    let mut counted = 0;
    for other in tx.units_of_person(member.person).await? {
        counted += u32::from(role_of(&other)? != UnitRole::LegalPerson);
    }
    may_join(&rules, role, &roles, counted).map_err(refused)?;
    let places = MemberPlaces {
        accounts: rules.unit_accounts,
        of_role: match role {
            UnitRole::LegalPerson => 1,
            UnitRole::Administrator => rules.unit_administrators,
            UnitRole::Operator => rules.unit_accounts,
        },
        units: (role != UnitRole::LegalPerson).then_some(rules.units_per_person),
    };
    let full = match tx.add_member(member, places).await? {
        Ok(()) => return Ok(()),
        Err(full) => full,
    };
    Err(refused(match full {
        UnitFull::Already => UnitBar::Already,
        UnitFull::Accounts => UnitBar::UnitFull,
        UnitFull::Role if role == UnitRole::LegalPerson => UnitBar::HasLegalPerson,
        UnitFull::Role => UnitBar::HasAdministrator,
        UnitFull::Units => UnitBar::TooManyUnits,
    }))
}

fn not_yours() -> UseError {
    UseError::new(
        Kind::Forbidden,
        "administrator_needed",
        "this is for the unit's administrator or legal representative",
    )
}
