//! What an event of the register means for a vehicle and its mark, and how it is carried out.

use super::error::{UseError, Used};
use super::event::{Decided, FEED, cause, is_late};
use super::notice;
use super::places::Places;
use super::standing;
use super::state_at::{self, past};
use crate::app::App;
use crate::chance;
use crate::clock::china_date;
use jiff::Timestamp;
use jiff::civil::Date;
use luzheng_domain::credential::{CredentialKind, Reason};
use luzheng_domain::region::rollout;
use luzheng_domain::vehicle::event::{self, CurrentMark, Event, EventType, MarkStep, Outcome, SubjectRef};
use luzheng_domain::vehicle::{MarkEffect, Plate, PlateType, Vehicle, YearMonth};
use luzheng_store::Tx;
use luzheng_store::credential::{By, Credential, CredentialState, Reservation};
use luzheng_store::event::EventOutcome;
use luzheng_store::status::{StatusIndex, StatusValue};
use luzheng_store::vehicle::{Source, StoredVehicle};
use uuid::Uuid;

/// A subject as a look-up text for parked events.
pub(crate) fn subject_key(subject: &SubjectRef) -> String {
    match subject {
        SubjectRef::Vin(vin) => format!("vin:{vin}"),
        SubjectRef::Plate(plate) => plate_key(plate),
    }
}

fn plate_key(plate: &Plate) -> String {
    format!("plate:{}:{}", plate.number, plate.plate_type.code())
}

/// The texts under which events about a vehicle wait for it.
pub(crate) fn subject_keys(facts: &Vehicle) -> [String; 2] {
    [format!("vin:{}", facts.vin), plate_key(&facts.plate)]
}

/// How many places in status lists an event will need, as things stand: one when a mark is issued, none otherwise.
///
/// # Errors
/// The store.
pub(crate) async fn places_wanted(app: &App, tx: &mut Tx, event: &Event, today: Date) -> Used<u32> {
    let before = match &event.subject {
        SubjectRef::Vin(vin) => tx.find_vehicle_by_vin(vin).await?,
        SubjectRef::Plate(plate) => tx.find_vehicle_by_plate(plate).await?,
    };
    if let Some(record) = event.record() {
        return standing::places_wanted(tx, event, record, before.as_ref(), today).await;
    }
    let (event, _) = standing::as_it_counts(tx, event, before.as_ref()).await?;
    let Ok(decided) = event::apply(before.as_ref().map(|b| &b.facts), &event, app.rules, today) else { return Ok(0) };
    let current = match &before {
        Some(before) => tx.find_current_credential(before.id, CredentialKind::InspectionMark).await?,
        None => None,
    };
    let mark = current.as_ref().map(current_mark).transpose()?;
    let steps = decided.mark.steps(mark.as_ref(), &decided.after, today);
    Ok(u32::from(steps.iter().any(|step| matches!(step, MarkStep::Issue { .. }))))
}

/// Decides a recorded event and carries the decision out, in the transaction that recorded it.
///
/// # Errors
/// The store; too few places.
pub(crate) async fn decide(
    app: &App,
    tx: &mut Tx,
    event: &Event,
    places: &mut Places,
    now: Timestamp,
) -> Used<Decided> {
    let before = match &event.subject {
        SubjectRef::Vin(vin) => tx.lock_vehicle_by_vin(vin).await?,
        // An event names the plate as it was when it happened; meanwhile another vehicle may carry it.
        SubjectRef::Plate(plate) => match state_at::carried_then(tx, plate, event.occurred_at, now).await? {
            Some(vehicle) => tx.lock_vehicle(vehicle).await?,
            None => tx.lock_vehicle_by_plate(plate).await?,
        },
    };
    let vehicle = before.as_ref().map(|b| b.id);
    if before.is_none() && event.type_code() != EventType::Registered.code() {
        return Ok(Decided::not_applied(EventOutcome::Parked, None, "no vehicle of this subject is known yet"));
    }
    if let (Some(record), Some(known)) = (event.record(), &before) {
        return standing::decide(tx, event, record, known, places, now).await;
    }
    if let Some(known) = &before {
        let corrects = event.corrects().is_some();
        let (since, cause) = last_stated(tx, known).await?;
        let late = is_late(event.occurred_at, corrects, since, &cause) || past::overtaken(tx, known.id, event).await?;
        if late || corrects {
            return past::decide(app, tx, event, known, places, now).await;
        }
    }
    let today = china_date(now);
    let (counts, own_letter) = standing::as_it_counts(tx, event, before.as_ref()).await?;
    let decided = match event::apply(before.as_ref().map(|b| &b.facts), &counts, app.rules, today) {
        Ok(decided) => decided,
        Err(refused) => {
            if let Some(known) = &before {
                past::refused_of(tx, event, known, &refused, now).await?;
            }
            let detail = format!("{}: {refused}", refused.code());
            // What may pass by itself waits; what the rules will never allow is refused for good.
            let outcome = if refused.may_pass() { EventOutcome::Parked } else { EventOutcome::Refused };
            return Ok(Decided::not_applied(outcome, vehicle, detail));
        }
    };
    let stored = write_facts(tx, event, before.as_ref(), &decided, now).await?;
    // Before anybody is told anything: a new owner's news are not for the managers of the one before.
    super::filing::ended_by_register(tx, before.as_ref(), &stored, now).await?;
    carry_out(tx, event, before.as_ref(), &stored, &decided, places, now).await?;
    if let Some(own) = own_letter {
        standing::remember_letter(tx, &stored, own, now).await?;
    }
    for key in subject_keys(&stored.facts) {
        if before.is_none() || before.as_ref().is_some_and(|b| b.facts.plate != stored.facts.plate) {
            tx.enqueue(&[super::job(super::UNPARK, stored.id, key, now)]).await?;
        }
    }
    Ok(Decided::applied(stored.id, decided.paper_mark.map(|number| ("paper_mark", number))))
}

/// How the cause of a fact begins that came with an application here.
pub(crate) const GRANTED_HERE: &str = "luzheng/case-";

/// Since when what the register said last is so, and its cause. A mark granted here makes nothing late that the register reports of the time
/// before: that a vehicle was stolen an hour ago counts, whoever applied meanwhile.
async fn last_stated(tx: &mut Tx, known: &StoredVehicle) -> Used<(Timestamp, String)> {
    let ours = |fact: &&StoredVehicle| fact.cause.starts_with(GRANTED_HERE);
    if !ours(&known) {
        return Ok((known.true_from, known.cause.clone()));
    }
    let history = tx.vehicle_history(known.id).await?;
    let stated = history.iter().rev().find(|fact| !ours(fact)).unwrap_or(known);
    Ok((stated.true_from, stated.cause.clone()))
}

/// Writes the new facts, the owner first.
pub(crate) async fn write_facts(
    tx: &mut Tx,
    event: &Event,
    before: Option<&StoredVehicle>,
    decided: &Outcome,
    now: Timestamp,
) -> Used<StoredVehicle> {
    let mut facts = decided.after.clone();
    if let Some(details) = &decided.new_owner {
        facts.owner = tx.put_owner(chance::new_id(now), details, event.occurred_at, now).await?.id();
    }
    let cause = cause(&event.key);
    let source = Source { true_from: event.occurred_at, known_from: now, cause: &cause };
    let (id, version) = match before {
        Some(known) => {
            if known.facts == facts {
                past::applied(tx, event, known, known, now).await?;
                return Ok(known.clone());
            }
            (known.id, tx.append_vehicle_fact(known, &facts, &source).await?)
        }
        None => {
            let id = chance::new_id(now);
            tx.insert_vehicle(id, &facts, &source).await?;
            (id, 1)
        }
    };
    let stored = StoredVehicle { id, version, true_from: event.occurred_at, known_from: now, cause, facts };
    if let Some(known) = before {
        past::applied(tx, event, known, &stored, now).await?;
    }
    Ok(stored)
}

/// The reservation of a mark for a vehicle as it is now.
pub fn reservation(
    vehicle: Uuid,
    facts: &Vehicle,
    valid_until: YearMonth,
    status: StatusIndex,
    reason: Reason,
    cause: &str,
    now: Timestamp,
) -> Reservation {
    Reservation {
        id: chance::new_id(now),
        subject: vehicle,
        kind: CredentialKind::InspectionMark,
        subject_name: facts.plate.number.to_string(),
        class: facts.plate.plate_type.code().into(),
        valid_until: valid_until.yyyymm(),
        expires_on: valid_until.last_day(),
        authority: facts.division.code(),
        status,
        reason,
        cause: cause.into(),
        true_from: now,
        reserved_at: now,
        replaces: None,
        photo: None,
    }
}

/// Carries the decision about the mark out: ends, suspends, restores or reserves, orders the signing, and tells the owner.
pub(crate) async fn carry_out(
    tx: &mut Tx,
    event: &Event,
    before: Option<&StoredVehicle>,
    stored: &StoredVehicle,
    decided: &Outcome,
    places: &mut Places,
    now: Timestamp,
) -> Used<()> {
    let today = china_date(now);
    let current = tx.lock_current_credential(stored.id, CredentialKind::InspectionMark).await?;
    let mark = current.as_ref().map(current_mark).transpose()?;
    let by = |reason| By { actor: FEED, reason, note: None, true_at: event.occurred_at, known_at: now };
    let mut replaced = None;
    for step in decided.mark.steps(mark.as_ref(), &stored.facts, today) {
        match (step, &current) {
            (MarkStep::Supersede { reason, flag }, Some(old)) => {
                // A mark that has run out by itself gets no flag.
                let flag = flag && mark.as_ref().is_some_and(|m| m.valid_until.last_day() >= today);
                let value = if flag { StatusValue::Superseded } else { StatusValue::Valid };
                tx.end_credential(old, value, &by(reason)).await?;
                replaced = Some(old.id);
            }
            (MarkStep::Revoke { reason }, Some(old)) => {
                tx.end_credential(old, StatusValue::Invalid, &by(reason)).await?;
                replaced = Some(old.id);
            }
            (MarkStep::Suspend { reason }, Some(old)) => {
                tx.suspend_credential(old, StatusValue::Suspended, &by(reason)).await?;
            }
            (MarkStep::Lift { reason }, Some(old)) => {
                tx.restore_credential(old, &by(reason)).await?;
            }
            (MarkStep::Issue { reason }, _) => reserve(tx, event, stored, replaced, places, reason, now).await?,
            (_, None) => {}
        }
    }
    notice::of_event(tx, &cause(&event.key), before, stored, decided, now).await
}

/// The mark that is current, as a decision needs it.
pub(crate) fn current_mark(credential: &Credential) -> Used<CurrentMark> {
    let broken = |why: String| UseError::broken("broken_row", format!("credential {}: {why}", credential.id));
    let plate_type = PlateType::from_code(&credential.class).map_err(|e| broken(e.to_string()))?;
    Ok(CurrentMark {
        plate: Plate::parse(&credential.subject_name, plate_type).map_err(|e| broken(e.to_string()))?.value,
        valid_until: YearMonth::from_yyyymm(credential.valid_until).ok_or_else(|| broken("no month".into()))?,
        suspended: matches!(credential.state, CredentialState::Suspended { .. }),
    })
}

async fn reserve(
    tx: &mut Tx,
    event: &Event,
    stored: &StoredVehicle,
    replaces: Option<Uuid>,
    places: &mut Places,
    reason: Reason,
    now: Timestamp,
) -> Used<()> {
    let status = places.next()?;
    let valid_until = stored.facts.valid_until.ok_or_else(|| {
        UseError::broken("no_validity", format!("vehicle {} is to get a mark and has no validity", stored.id))
    })?;
    let mut new = reservation(stored.id, &stored.facts, valid_until, status, reason, &cause(&event.key), now);
    new.replaces = replaces;
    new.true_from = event.occurred_at;
    tx.reserve_credential(&new).await?;
    tx.enqueue(&[super::job(super::ISSUE, stored.id, new.id.to_string(), now)]).await?;
    Ok(())
}

/// Whether a vehicle already in the register gets a mark in bulk, and until when.
///
/// # Errors
/// The reason why not.
pub fn bulk_decision(facts: &Vehicle, today: Date) -> Result<YearMonth, Reason> {
    if let (MarkEffect::Suspend | MarkEffect::Revoke, reason) = facts.status.mark_effect() {
        return Err(reason.unwrap_or(Reason::Locked));
    }
    if !rollout::is_open(CredentialKind::InspectionMark, facts.division, today) {
        return Err(Reason::RegionNotOpen);
    }
    // Open violations and accidents bar a *new* validity (L3 Art. 54), not the electronic form of one that runs.
    facts.valid_until.filter(|m| m.last_day() >= today).ok_or(Reason::NotInValidity)
}

/// Supersedes a mark whose key is compromised and reserves its successor.
///
/// # Errors
/// The store.
pub async fn replace_for_key(tx: &mut Tx, old: &Credential, status: StatusIndex, now: Timestamp) -> Used<()> {
    let Some(stored) = tx.find_vehicle(old.subject).await? else { return Ok(()) };
    let Some(locked) = tx.lock_credential(old.id).await? else { return Ok(()) };
    let suspended = match locked.state {
        CredentialState::Ended { .. } => return Ok(()),
        CredentialState::Suspended { reason, .. } => Some(reason),
        CredentialState::Current => None,
    };
    let by = |reason| By { actor: "system", reason, note: None, true_at: now, known_at: now };
    tx.end_credential(&locked, StatusValue::Superseded, &by(Reason::KeyCompromised)).await?;
    let valid_until =
        YearMonth::from_yyyymm(locked.valid_until).ok_or_else(|| UseError::broken("broken_row", "no month"))?;
    // One that has run out needs no successor.
    if valid_until.last_day() < china_date(now) {
        return Ok(());
    }
    let mut new = reservation(stored.id, &stored.facts, valid_until, status, Reason::KeyCompromised, "key", now);
    new.replaces = Some(locked.id);
    tx.reserve_credential(&new).await?;
    if let Some(reason) = suspended
        && let Some(fresh) = tx.find_credential(new.id).await?
    {
        tx.suspend_credential(&fresh, StatusValue::Suspended, &by(reason)).await?;
    }
    Ok(())
}
