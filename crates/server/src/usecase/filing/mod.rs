//! Vehicles of others: 备案非本人机动车, 管理人. Asking, consenting by code, in the app or by a scanned screen, and ending, by either side or by the
//! register.
//!
//! A request for a vehicle that is not there, or that cannot be filed, is kept and answered like any other: nobody learns from an answer which
//! vehicles there are.

mod answer;
mod ask;
mod bar;
mod manager;
mod register;
mod scan;
mod tell;
mod view;

pub use answer::{agree, end, refuse};
pub use ask::{Ask, Asked, CodeMessage, ask, confirm};
pub use bar::{Bar, BarView, bar};
pub use manager::{Appointment, appoint};
pub(crate) use register::ended_by_register;
pub use scan::{Consent, Scan, consent, scan};
pub(crate) use tell::{also_told, tell_member, who_by_phone, words};
pub use view::{Filing, FilingLimits, FilingList, FilingVehicle, FilingsLeft, filings};

use super::error::{Kind, UseError, Used};
use super::view::Text;
use crate::clock::china_date;
use jiff::{SignedDuration, Timestamp};
use luzheng_domain::vehicle::UnitRole;
use luzheng_domain::vehicle::filing::{
    EndReason, FilingBar, FilingKind, FilingState, FilingStep, vehicle_may_be_filed,
};
use luzheng_domain::vehicle::sharing::SharingRules;
use luzheng_store::Tx;
use luzheng_store::filing::{self as stored, Full, Share};
use luzheng_store::vehicle::StoredVehicle;
use uuid::Uuid;

/// How long a code counts.
pub const CODE_LIFETIME: SignedDuration = SignedDuration::from_mins(30);
/// How long a request waits for the owner, and an appointment for the manager.
pub const REQUEST_LIFETIME: SignedDuration = SignedDuration::from_hours(72);
/// How long a consent on the owner's screen can be scanned.
pub const CONSENT_LIFETIME: SignedDuration = SignedDuration::from_mins(2);
/// Digits of a code.
const CODE_DIGITS: u32 = 6;
/// So many wrong codes spend the right one.
pub const MAX_TRIES: u32 = 5;
/// How many requests a person makes within a day.
pub const ASKS_A_DAY: u32 = 5;
/// How many requests a vehicle's owner is troubled with within a day.
pub const VEHICLE_ASKS_A_DAY: u32 = 3;

/// A day, as the limits count it.
const DAY: SignedDuration = SignedDuration::from_hours(24);

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_add(by).unwrap_or(now)
}

fn earlier(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_sub(by).unwrap_or(now)
}

fn missing() -> UseError {
    UseError::not_found("filing of yours")
}

fn barred(bar: FilingBar) -> UseError {
    UseError::refused(bar.code(), bar.text().en)
}

fn rules(now: Timestamp) -> SharingRules {
    SharingRules::on(china_date(now))
}

fn kind_of(filing: &stored::Filing) -> Used<FilingKind> {
    FilingKind::from_code(&filing.kind)
        .ok_or_else(|| UseError::broken("broken_row", format!("filing {} is a {:?}", filing.id, filing.kind)))
}

/// Where a filing stands now: what the row says, and what time has done since.
fn state_of(filing: &stored::Filing, now: Timestamp) -> Used<FilingState> {
    let state = FilingState::from_code(&filing.state)
        .ok_or_else(|| UseError::broken("broken_row", format!("filing {} is {:?}", filing.id, filing.state)))?;
    let step = if state.is_waiting() && now >= filing.expires_at {
        FilingStep::Lapsed
    } else if filing.tries >= MAX_TRIES || now >= filing.code_expires_at {
        FilingStep::CodeSpent
    } else {
        return Ok(state);
    };
    Ok(state.after(step).unwrap_or(state))
}

/// Locks what a step needs, always in this order: the vehicle, the person, the filing. Answers with the filing and its vehicle as they are then.
async fn lock(tx: &mut Tx, found: &stored::Filing) -> Used<(stored::Filing, Option<StoredVehicle>)> {
    let vehicle = match found.vehicle {
        Some(vehicle) => tx.lock_vehicle(vehicle).await?,
        None => None,
    };
    tx.lock_owner(found.person).await?;
    let filing = tx.lock_filing(found.id).await?.ok_or_else(missing)?;
    // A request of the former owner's time is none of the present one's.
    let vehicle = vehicle.filter(|stored| Some(stored.facts.owner) == filing.owner);
    Ok((filing, vehicle))
}

const fn share_of(filing: &stored::Filing, vehicle: Uuid) -> Share {
    Share { vehicle, person: filing.person, filing: filing.id }
}

/// Takes a step in a locked filing. What ends or begins with it is the caller's.
async fn step(tx: &mut Tx, filing: &mut stored::Filing, step: FilingStep, now: Timestamp) -> Used<FilingState> {
    let state = state_of(filing, now)?;
    let next = state.after(step).ok_or_else(|| {
        UseError::new(Kind::Conflict, "not_possible_now", format!("this is {} by now", state.text().en))
    })?;
    next.code().clone_into(&mut filing.state);
    match next {
        FilingState::Active => filing.active_from = Some(now),
        FilingState::Ended | FilingState::Refused | FilingState::Lapsed => {
            filing.ended_at = Some(now);
            filing.end_reason = match step {
                FilingStep::Ended(reason) => Some(reason.code().to_owned()),
                _ => None,
            };
        }
        _ => {}
    }
    tx.update_filing(filing).await?;
    Ok(next)
}

/// Lets a locked filing begin, when the rules and the places allow it.
async fn begin(
    tx: &mut Tx,
    filing: &mut stored::Filing,
    vehicle: &StoredVehicle,
    by: FilingStep,
    now: Timestamp,
) -> Used<()> {
    let (kind, rules) = (kind_of(filing)?, rules(now));
    let (per_vehicle, per_person) = match kind {
        FilingKind::Filing => {
            admit(tx, filing.person, vehicle, &rules).await?;
            (rules.filers_per_vehicle, rules.vehicles_per_person)
        }
        FilingKind::Management => (rules.managers_per_vehicle, rules.managed_per_person),
    };
    let taken = tx.take_share(kind.code(), share_of(filing, vehicle.id), per_vehicle, per_person).await?;
    taken.map_err(|full| barred(full_bar(kind, full)))?;
    step(tx, filing, by, now).await?;
    Ok(())
}

const fn full_bar(kind: FilingKind, full: Full) -> FilingBar {
    match (kind, full) {
        (_, Full::Already) => FilingBar::Already,
        (FilingKind::Filing, Full::Person) => FilingBar::TooManyVehicles,
        (FilingKind::Filing, Full::Vehicle) => FilingBar::TooManyFilers,
        (FilingKind::Management, Full::Person) => FilingBar::TooManyManaged,
        (FilingKind::Management, Full::Vehicle) => FilingBar::TooManyManagers,
    }
}

/// Whether a person may file a vehicle at all, places aside.
async fn admit(tx: &mut Tx, person: Uuid, vehicle: &StoredVehicle, rules: &SharingRules) -> Used<()> {
    if vehicle.facts.owner == person {
        return Err(barred(FilingBar::OwnVehicle));
    }
    if tx.filing_barred(person).await? {
        return Err(barred(FilingBar::Barred));
    }
    vehicle_may_be_filed(rules, &vehicle.facts, owner_kind(tx, vehicle.facts.owner).await?).map_err(barred)
}

async fn owner_kind(tx: &mut Tx, owner: Uuid) -> Used<luzheng_domain::vehicle::OwnerKind> {
    let found = tx.find_owner(owner).await?;
    Ok(found.ok_or_else(|| UseError::broken("no_owner", format!("there is no owner {owner}")))?.details.kind)
}

/// Ends a locked filing that counts or waits, and frees its place at once. Answers whether it counted.
async fn finish(tx: &mut Tx, filing: &mut stored::Filing, reason: EndReason, now: Timestamp) -> Used<bool> {
    let state = step(tx, filing, FilingStep::Ended(reason), now).await?;
    if let Some(vehicle) = filing.vehicle {
        tx.free_share(&filing.kind, share_of(filing, vehicle)).await?;
    }
    Ok(state == FilingState::Ended)
}

/// The records a person acts for when they decide who else may have a vehicle: their own, and those of the units they run.
async fn decides_for(tx: &mut Tx, owner: Uuid) -> Used<Vec<Uuid>> {
    let mut records = vec![owner];
    for member in tx.units_of_person(owner).await? {
        if matches!(UnitRole::from_code(&member.role), Some(UnitRole::LegalPerson | UnitRole::Administrator)) {
            records.push(member.unit);
        }
    }
    Ok(records)
}

/// The answer to a request, whatever became of it.
fn asked_text() -> Text {
    Text::new(
        "如该车辆符合备案条件，验证码已发送至所有人登记的手机，30分钟内有效。请向所有人索取验证码，或请其在应用中同意。可备案的车辆：个人车辆或单位非营运车辆，小型汽车或小型新能源汽车号牌，除所有人外备案不超过3人。",
        "If this vehicle can be filed, a code was sent to its owner's registered phone; it counts for 30 minutes. Ask the owner for it, or to agree in the app. \
         Vehicles that can be filed: those of persons, or non-operating ones of units, with small-vehicle plates (also new energy), and at most 3 filers besides the owner.",
    )
}
