//! What an event of the register means for a driver, and how it is carried out: the licence's facts, the photo, the electronic licence
//! with its holding, and the notices, in the transaction that recorded the event.

use super::error::Used;
use super::event::{Decided, FEED, cause, is_late};
use super::licence::{Cause, issue};
use super::notice;
use super::places::Places;
use crate::chance;
use crate::clock::china_date;
use crate::photo::{self, PhotoRefused, Portrait};
use jiff::Timestamp;
use jiff::civil::Date;
use luzheng_domain::credential::{CredentialKind, Reason};
use luzheng_domain::driver::event::{self, Corrected, Event, EventData, EventType, LicenceDecision, Outcome, Photo};
use luzheng_domain::driver::{Licence, LicenceNumber};
use luzheng_store::driver::{StoredDriver, owner_of};
use luzheng_store::event::EventOutcome;
use luzheng_store::photo::{NewPhoto, PhotoOrigin, PhotoState};
use luzheng_store::vehicle::Source;
use luzheng_store::{Tx, Vault};
use uuid::Uuid;

/// How many of a driver's applied events are looked at to tell whether one is overtaken.
const LOOK_BACK: u32 = 200;
/// What the journal says about a register's photo that cannot be used.
const PHOTO_NOTE: &str = "photo";

/// A subject as a look-up text for parked events: a keyed digest, since the licence number is the holder's identity number.
pub(crate) fn subject_key(vault: &Vault, number: &LicenceNumber) -> String {
    format!("licence:{}", hex::encode(vault.index("event subject", number.as_str().as_bytes())))
}

/// An event about a driver with its photo, when it has one, already taken in: pictures are not decoded inside a transaction.
pub(crate) struct Arrived {
    pub(crate) event: Event,
    photo: Option<Result<Portrait, PhotoRefused>>,
}

impl Arrived {
    /// Takes the photo of an event in.
    pub(crate) async fn prepare(event: Event) -> Self {
        let Some(photo) = photo_of(&event).cloned() else { return Self { event, photo: None } };
        let taken = tokio::task::spawn_blocking(move || photo::accept_register_photo(photo.bytes())).await;
        let photo = taken.unwrap_or_else(|error| Err(PhotoRefused::Broken(error.to_string())));
        Self { event, photo: Some(photo) }
    }
}

fn photo_of(event: &Event) -> Option<&Photo> {
    match &event.data {
        EventData::LicenceIssued(issued) => issued.photo.as_ref(),
        EventData::PhotoChanged(photo) => Some(photo),
        EventData::Corrected(correction) => match &correction.what {
            Corrected::Facts { photo, .. } => photo.as_ref(),
            Corrected::Photo(photo) => Some(photo),
            _ => None,
        },
        _ => None,
    }
}

/// Which events speak about the same thing, so that the later one has the last word. Penalties, fines, reductions, educations, medicals
/// and reviews each stand for themselves: none of them is ever late.
#[derive(PartialEq, Eq)]
enum Subject {
    Facts,
    State,
    Photo,
}

fn subject(event_type: EventType) -> Option<Subject> {
    match event_type {
        EventType::LicenceIssued | EventType::LicenceChanged => Some(Subject::Facts),
        EventType::StatusChanged | EventType::Deferred => Some(Subject::State),
        EventType::PhotoChanged => Some(Subject::Photo),
        EventType::PointsEntered
        | EventType::FinePaid
        | EventType::PointsAnnulled
        | EventType::PointsReduced
        | EventType::EducationPassed
        | EventType::MedicalSubmitted
        | EventType::Reviewed => None,
    }
}

/// What is known already about the same thing from later on, as a sentence; the event is late then.
async fn overtaken(tx: &mut Tx, event: &Event, known: &StoredDriver) -> Used<Option<String>> {
    let Some(of) = subject(event.event_type()).filter(|_| event.corrects().is_none()) else { return Ok(None) };
    if of == Subject::Photo {
        // A photo is no fact of the licence, so the licence is not newer for it; but it says of which day it is.
        let current = tx.current_photo(known.id).await?.filter(|photo| photo.origin == PhotoOrigin::Register);
        let day = current.and_then(|photo| photo.taken_on).filter(|day| *day > event.occurred_on());
        return Ok(day.map(|day| format!("a photo of {day} is known already")));
    }
    if !is_late(event.occurred_at, false, known.true_from, "") {
        return Ok(None);
    }
    let later = tx.events_about(known.id, LOOK_BACK).await?.into_iter().find(|other| {
        let same = EventType::ALL.iter().find(|t| t.code() == other.event_type).and_then(|t| subject(*t));
        other.outcome == EventOutcome::Applied && other.occurred_at > event.occurred_at && same.as_ref() == Some(&of)
    });
    Ok(later.map(|other| format!("something about the same that happened at {} is known already", other.occurred_at)))
}

/// How many places in status lists an event will need, as things stand: for a successor and its holding when a current licence is
/// superseded, none otherwise.
///
/// # Errors
/// The store.
pub(crate) async fn places_wanted(tx: &mut Tx, arrived: &Arrived, today: Date) -> Used<u32> {
    let Some(before) = tx.find_driver_by_number(&arrived.event.subject).await? else { return Ok(0) };
    match event::apply(Some(&before.facts), &arrived.event, today) {
        Ok(Outcome { decision: LicenceDecision::Supersede { .. }, .. }) => {
            let current = tx.find_current_credential(before.id, CredentialKind::DrivingLicence).await?;
            Ok(if current.is_some() { Places::FOR_LICENCE } else { 0 })
        }
        _ => Ok(0),
    }
}

/// Decides a recorded event and carries the decision out, in the transaction that recorded it.
///
/// # Errors
/// The store; too few places.
pub(crate) async fn decide(tx: &mut Tx, arrived: &Arrived, places: &mut Places, now: Timestamp) -> Used<Decided> {
    let event = &arrived.event;
    let before = tx.lock_driver_by_number(&event.subject).await?;
    let driver = before.as_ref().map(|b| b.id);
    if before.is_none() && event.type_code() != EventType::LicenceIssued.code() {
        return Ok(Decided::not_applied(EventOutcome::Parked, None, "no driver of this number is known yet"));
    }
    if let Some(known) = &before
        && let Some(detail) = overtaken(tx, event, known).await?
    {
        return Ok(Decided::not_applied(EventOutcome::Late, driver, detail));
    }
    let refused = match &arrived.photo {
        Some(Err(refused)) => Some(refused),
        _ => None,
    };
    if let Some(refused) = refused
        && event.event_type() == EventType::PhotoChanged
    {
        let detail = format!("{}: {refused}", refused.code());
        return Ok(Decided::not_applied(EventOutcome::Refused, driver, detail));
    }
    let today = china_date(now);
    let mut outcome = match event::apply(before.as_ref().map(|b| &b.facts), event, today) {
        Ok(outcome) => outcome,
        Err(refused) => {
            let detail = format!("{}: {refused}", refused.code());
            let outcome = if refused.may_pass() { EventOutcome::Parked } else { EventOutcome::Refused };
            return Ok(Decided::not_applied(outcome, driver, detail));
        }
    };
    let stored = write_facts(tx, event, before.as_ref(), &outcome.after, now).await?;
    keep_photo(tx, arrived, &stored, &mut outcome, now).await?;
    let has_one = tx.find_current_credential(stored.id, CredentialKind::DrivingLicence).await?.is_some();
    let key = cause(&event.key);
    let why = Cause { actor: FEED, cause: &key, true_at: event.occurred_at, now };
    issue::carry_out(tx, &stored, &outcome.decision, &why, places).await?;
    tell(tx, &key, &stored, &outcome, has_one, now).await?;
    take_up_waiting(tx, event, &stored, before.is_none(), now).await?;
    Ok(Decided::applied(stored.id, refused.map(|refused| (PHOTO_NOTE, refused.code().to_owned()))))
}

/// Writes the new facts, the owner first: the person as known everywhere by the same number.
async fn write_facts(
    tx: &mut Tx,
    event: &Event,
    before: Option<&StoredDriver>,
    after: &Licence,
    now: Timestamp,
) -> Used<StoredDriver> {
    let cause = cause(&event.key);
    let Some(known) = before else {
        let owner = put_person(tx, after, event.occurred_at, now).await?;
        let id = chance::new_id(now);
        let source = Source { true_from: event.occurred_at, known_from: now, cause: &cause };
        tx.insert_driver(id, owner, after, &source).await?;
        return Ok(StoredDriver {
            id,
            version: 1,
            true_from: event.occurred_at,
            known_from: now,
            cause,
            owner,
            applied_on: None,
            facts: after.clone(),
        });
    };
    if known.facts == *after {
        return Ok(known.clone());
    }
    if known.facts.name != after.name || known.facts.phone != after.phone {
        put_person(tx, after, event.occurred_at, now).await?;
    }
    // A penalty that is told late still counts from its own day; the account as a whole is as new as the newest thing in it.
    let true_from = event.occurred_at.max(known.true_from);
    let source = Source { true_from, known_from: now, cause: &cause };
    let version = tx.append_driver_fact(known, after, &source).await?;
    Ok(StoredDriver { version, true_from, known_from: now, cause, facts: after.clone(), ..known.clone() })
}

/// The person of a licence among the owners. A phone that only the register of vehicles knows stays.
async fn put_person(tx: &mut Tx, licence: &Licence, true_from: Timestamp, now: Timestamp) -> Used<Uuid> {
    let mut details = owner_of(licence)?;
    if details.phone.is_none() {
        details.phone = tx.find_owner_by_number(&details.number).await?.and_then(|owner| owner.details.phone);
    }
    Ok(tx.put_owner(chance::new_id(now), &details, true_from, now).await?.id())
}

/// Keeps the photo that came along as the licence's. The same picture once more is no change, and nothing follows from it.
async fn keep_photo(
    tx: &mut Tx,
    arrived: &Arrived,
    stored: &StoredDriver,
    outcome: &mut Outcome,
    now: Timestamp,
) -> Used<()> {
    let changed = match &arrived.photo {
        Some(Ok(portrait)) => {
            put_photo(tx, stored.id, portrait, Some(china_date(arrived.event.occurred_at)), now).await?
        }
        _ => false,
    };
    let only_photo = matches!(outcome.decision, LicenceDecision::Supersede { reason: Reason::PhotoChanged, .. });
    if !changed && only_photo {
        outcome.decision = LicenceDecision::Nothing;
        outcome.notices.clear();
    }
    Ok(())
}

/// Makes a photo of the register the licence's. Answers `false` when it is that already.
///
/// # Errors
/// The store.
pub(crate) async fn put_photo(
    tx: &mut Tx,
    driver: Uuid,
    portrait: &Portrait,
    taken_on: Option<Date>,
    now: Timestamp,
) -> Used<bool> {
    let id = match tx.same_photo(driver, &portrait.jpeg).await? {
        Some(known) if known.state == PhotoState::Current => return Ok(false),
        Some(known) => known.id,
        None => {
            let id = chance::new_id(now);
            let (bytes, width, height) = (portrait.jpeg.as_slice(), portrait.width, portrait.height);
            let origin = PhotoOrigin::Register;
            #[rustfmt::skip]
            tx.put_photo(&NewPhoto { driver, id, bytes, width, height, origin, taken_on, checks: "[]", created_at: now }).await?;
            id
        }
    };
    Ok(tx.set_current_photo(driver, id).await?)
}

/// Tells the holder what the event meant. What is only about the electronic licence is told to who has one.
async fn tell(
    tx: &mut Tx,
    cause: &str,
    stored: &StoredDriver,
    outcome: &Outcome,
    has_one: bool,
    now: Timestamp,
) -> Used<()> {
    let facts = outcome.notice_facts();
    for kind in outcome.notices.iter().filter(|kind| has_one || !kind.needs_credential()) {
        notice::of_driver(tx, stored.owner, &format!("{cause}:{}", kind.code()), *kind, &facts, now).await?;
    }
    Ok(())
}

/// What waited for this event is taken up: for the driver, or for the penalty or another statement that a later event speaks about.
async fn take_up_waiting(tx: &mut Tx, event: &Event, stored: &StoredDriver, is_new: bool, now: Timestamp) -> Used<()> {
    let awaited = match event.event_type() {
        EventType::PointsEntered | EventType::PointsReduced | EventType::EducationPassed => true,
        _ => is_new,
    };
    if awaited {
        let key = subject_key(tx.vault(), &stored.facts.number);
        let waits = tx.parked_events_of(&key, 2).await?;
        // The event itself is still recorded as waiting while it is being decided.
        if waits.iter().any(|other| (other.source.as_str(), other.id.as_str()) != (&event.key.source, &event.key.id)) {
            tx.enqueue(&[super::job(super::UNPARK, stored.id, key, now)]).await?;
        }
    }
    Ok(())
}
