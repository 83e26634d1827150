//! Violations, insurance and tax of a vehicle: what an event about them means, and the state letter that follows from open violations.

use super::error::Used;
use super::event::{Decided, IMPORT, cause};
use super::places::Places;
use super::state_at::past;
use super::vehicle::{GRANTED_HERE, carry_out, current_mark, subject_keys};
use crate::clock::china_date;
use jiff::Timestamp;
use jiff::civil::Date;
use luzheng_domain::credential::CredentialKind;
use luzheng_domain::vehicle::event::{
    Event, EventData, EventRefused, MarkStep, Record, RecordOutcome, ViolationChange, apply_record,
    stated_with_violations,
};
use luzheng_domain::vehicle::notice::NoticeKind;
use luzheng_domain::vehicle::standing::Standing;
use luzheng_store::Tx;
use luzheng_store::event::EventOutcome;
use luzheng_store::vehicle::{Source, StoredVehicle};
use std::borrow::Cow;

/// What a record means for a vehicle as it is known, with the standing from which it was decided.
async fn decided(
    tx: &mut Tx,
    event: &Event,
    record: &Record,
    before: &StoredVehicle,
    today: Date,
) -> Used<(Standing, Result<RecordOutcome, EventRefused>)> {
    let standing = tx.standing(before.id).await?;
    let named = match record.violation_number() {
        Some(number) => tx.find_violation(before.id, number).await?,
        None => None,
    };
    let found = apply_record(&before.facts, &standing, named.as_ref(), record, event.occurred_on(), today);
    Ok((standing, found))
}

/// Whether a record will let a mark be issued that was withheld.
async fn issues(tx: &mut Tx, before: &StoredVehicle, found: &RecordOutcome, today: Date) -> Used<bool> {
    let current = tx.find_current_credential(before.id, CredentialKind::InspectionMark).await?;
    let mark = current.as_ref().map(current_mark).transpose()?;
    let steps = found.outcome.mark.steps(mark.as_ref(), &found.outcome.after, today);
    Ok(steps.iter().any(|step| matches!(step, MarkStep::Issue { .. })))
}

/// How many places a record will need.
///
/// # Errors
/// The store.
pub(crate) async fn places_wanted(
    tx: &mut Tx,
    event: &Event,
    record: &Record,
    before: Option<&StoredVehicle>,
    today: Date,
) -> Used<u32> {
    let Some(before) = before else { return Ok(0) };
    match decided(tx, event, record, before, today).await?.1 {
        Ok(found) => Ok(u32::from(issues(tx, before, &found, today).await?)),
        Err(_) => Ok(0),
    }
}

/// Decides a record and carries the decision out, in the transaction that recorded it. `before` is locked.
///
/// # Errors
/// The store; too few places.
pub(crate) async fn decide(
    tx: &mut Tx,
    event: &Event,
    record: &Record,
    before: &StoredVehicle,
    places: &mut Places,
    now: Timestamp,
) -> Used<Decided> {
    let today = china_date(now);
    let (standing, found) = decided(tx, event, record, before, today).await?;
    let mut found = match found {
        Ok(found) => found,
        Err(refused) => return Ok(not_applied(&refused, before)),
    };
    let named = cause(&event.key);
    match &found.violation {
        ViolationChange::None => {}
        ViolationChange::Put(recorded) => tx.put_violation(before.id, recorded, &named, now).await?,
        ViolationChange::Void { number } => tx.void_violation(before.id, number, now).await?,
    }
    let kept = |standing: &Standing| (standing.insurance.clone(), standing.tax, standing.letter_by_violations);
    if kept(&standing) != kept(&found.standing) {
        tx.put_standing(before.id, &found.standing, now).await?;
    }
    if issues(tx, before, &found, today).await? {
        found.outcome.notices.push(NoticeKind::MarkIssued);
    }
    let stored = write_facts(tx, before, &found, &named, now).await?;
    past::recorded(tx, event, record, before, &stored, now).await?;
    carry_out(tx, event, Some(before), &stored, &found.outcome, places, now).await?;
    if let ViolationChange::Put(_) = found.violation {
        // What was said about it before it was known waits.
        for key in subject_keys(&stored.facts) {
            tx.enqueue(&[super::job(super::UNPARK, stored.id, key, now)]).await?;
        }
    }
    Ok(Decided::applied(stored.id, None))
}

fn not_applied(refused: &EventRefused, before: &StoredVehicle) -> Decided {
    let outcome = if refused.may_pass() { EventOutcome::Parked } else { EventOutcome::Refused };
    Decided::not_applied(outcome, Some(before.id), format!("{}: {refused}", refused.code()))
}

/// Writes facts that follow from a record. Since when the register of vehicles says what it says stays as it was: an export or an event of that
/// register is not older only because another register spoke meanwhile.
async fn write_facts(
    tx: &mut Tx,
    before: &StoredVehicle,
    found: &RecordOutcome,
    named: &str,
    now: Timestamp,
) -> Used<StoredVehicle> {
    let facts = found.outcome.after.clone();
    if facts == before.facts {
        return Ok(before.clone());
    }
    let kept = [IMPORT, GRANTED_HERE].into_iter().find(|beginning| before.cause.starts_with(beginning));
    let cause = kept.map_or_else(|| named.to_owned(), |beginning| format!("{beginning}+{named}"));
    let source = Source { true_from: before.true_from, known_from: now, cause: &cause };
    let version = tx.append_vehicle_fact(before, &facts, &source).await?;
    Ok(StoredVehicle { id: before.id, version, true_from: before.true_from, known_from: now, cause, facts })
}

/// An event that states the letters of a vehicle as it counts: while violations are open, G is among them. The second value is whether G is there
/// only because of them; `None` when the event states no letters.
///
/// # Errors
/// The store.
pub(crate) async fn as_it_counts<'e>(
    tx: &mut Tx,
    event: &'e Event,
    vehicle: Option<&StoredVehicle>,
) -> Used<(Cow<'e, Event>, Option<bool>)> {
    let stated = match &event.data {
        EventData::StatusChanged(status) => Some(*status),
        EventData::Corrected(correction) => correction.status,
        _ => None,
    };
    let (Some(stated), Some(vehicle)) = (stated, vehicle) else { return Ok((Cow::Borrowed(event), None)) };
    let (status, own) = stated_with_violations(stated, tx.has_open_violations(vehicle.id).await?);
    if status == stated {
        return Ok((Cow::Borrowed(event), Some(own)));
    }
    let mut counts = event.clone();
    match &mut counts.data {
        EventData::StatusChanged(letters) => *letters = status,
        EventData::Corrected(correction) => correction.status = Some(status),
        _ => {}
    }
    Ok((Cow::Owned(counts), Some(own)))
}

/// Remembers whose the letter G is after the letters were stated.
///
/// # Errors
/// The store.
pub(crate) async fn remember_letter(tx: &mut Tx, vehicle: &StoredVehicle, own: bool, now: Timestamp) -> Used<()> {
    let standing = tx.standing(vehicle.id).await?;
    if standing.letter_by_violations != own {
        tx.put_standing(vehicle.id, &Standing { letter_by_violations: own, ..standing }, now).await?;
    }
    Ok(())
}
