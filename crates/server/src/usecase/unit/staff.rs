//! The first filing of a unit at the counter, and who runs it from then on (ENT: form, credit code certificate, the agent's identity card,
//! authorisation; staff have seen them).

use super::{join, role_of};
use crate::app::App;
use crate::chance;
use crate::usecase::account::identity::{is_person, typed};
use crate::usecase::error::{UseError, Used};
use crate::usecase::filing::tell_member;
use crate::usecase::journal;
use crate::usecase::session::Session;
use jiff::Timestamp;
use luzheng_domain::mask;
use luzheng_domain::vehicle::filing_notice::SharingNotice;
use luzheng_domain::vehicle::{OwnerKind, OwnerNumber, UnitRole};
use luzheng_store::Tx;
use luzheng_store::owner::StoredOwner;
use luzheng_store::unit::Member;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Longest credit code, in characters, before it is even looked at.
const MAX_NUMBER: usize = 60;

/// Somebody whose identity card staff have seen.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CounterPerson {
    /// The name.
    pub name: String,
    /// The identity number.
    pub id_number: String,
}

/// A unit to be filed, or whose administrator or legal representative changes.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUnit {
    /// Its social credit code (or organisation code).
    pub credit_code: String,
    /// Who administers it.
    pub administrator: CounterPerson,
    /// Its legal representative, when they want an account for it; absent or null: as before.
    pub legal_person: Option<CounterPerson>,
}

/// A unit that was filed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnitFiled {
    /// The unit.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its administrator, masked.
    pub administrator_masked: String,
}

async fn organisation(tx: &mut Tx, code: &str) -> Used<StoredOwner> {
    let bad = || UseError::invalid("bad_credit_code", "this is no social credit code; please check it");
    if code.chars().count() > MAX_NUMBER {
        return Err(bad());
    }
    let number = OwnerNumber::parse(code, OwnerKind::Organisation).map_err(|_| bad())?.value;
    tx.find_owner_by_number(&number).await?.filter(|found| found.details.kind == OwnerKind::Organisation).ok_or_else(
        || UseError::refused("unit_not_known", "the register has no vehicle of an organisation with this code"),
    )
}

async fn person(tx: &mut Tx, shown: &CounterPerson) -> Used<StoredOwner> {
    let (name, number) = typed(&shown.name, &shown.id_number)?;
    let found = tx.find_owner_by_number(&number).await?.filter(|found| is_person(&found.details, &name));
    found.ok_or_else(|| UseError::refused("identity_mismatch", "the register has nobody with this name and number"))
}

/// Puts somebody into a role in the place of whoever had it.
async fn put(tx: &mut Tx, unit: Uuid, person: Uuid, role: UnitRole, session: &Session, now: Timestamp) -> Used<()> {
    for member in tx.members_of_unit(unit).await? {
        let same = role_of(&member)? == role;
        if same && member.person == person {
            return Ok(());
        }
        // Whoever had the role leaves it; whoever gets it leaves the one they had.
        if same || member.person == person {
            tx.lock_owner(member.person).await?;
            tx.end_member(&member, now).await?;
            if member.person != person {
                tell_member(tx, SharingNotice::UnitLeft, &member, now).await?;
            }
            let detail = serde_json::json!({"member": member.id, "role": member.role});
            journal::note(tx, now, &session.actor(), "unit.member_ended", Some(unit), &detail).await?;
        }
    }
    let member = Member { unit, id: chance::new_id(now), person, role: role.code().into(), since: now, ended_at: None };
    join(tx, &member, role, now).await?;
    tell_member(tx, SharingNotice::UnitJoined, &member, now).await?;
    let detail = serde_json::json!({"member": member.id, "role": role.code()});
    journal::note(tx, now, &session.actor(), "unit.member_added", Some(unit), &detail).await
}

/// Files a unit, or changes who runs one that is filed.
///
/// # Errors
/// `bad_credit_code`, `unit_not_known`; `bad_name`, `bad_id_number`, `identity_mismatch`; `same_person`; a person is in too many units; the store.
pub async fn file(app: &App, session: &Session, new: &NewUnit) -> Used<UnitFiled> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let unit = organisation(&mut tx, &new.credit_code).await?;
    let administrator = person(&mut tx, &new.administrator).await?;
    let legal = match &new.legal_person {
        Some(shown) => Some(person(&mut tx, shown).await?),
        None => None,
    };
    if legal.as_ref().is_some_and(|legal| legal.id == administrator.id) {
        let sentence = "a legal representative may do all an administrator may; name another administrator";
        return Err(UseError::refused("same_person", sentence));
    }
    let fresh = tx.put_unit(unit.id, &session.actor(), now).await?;
    tx.lock_unit(unit.id).await?;
    if let Some(legal) = legal {
        put(&mut tx, unit.id, legal.id, UnitRole::LegalPerson, session, now).await?;
    }
    put(&mut tx, unit.id, administrator.id, UnitRole::Administrator, session, now).await?;
    let detail = serde_json::json!({"new": fresh});
    journal::note(&mut tx, now, &session.actor(), "unit.filed", Some(unit.id), &detail).await?;
    tx.commit().await?;
    Ok(UnitFiled {
        id: unit.id,
        name: unit.details.name,
        administrator_masked: mask::name(&administrator.details.name),
    })
}
