//! A register event arrives: recorded once, decided by the rules, carried out on the vehicle and its mark, all in one transaction.

use super::credential::Act;
use super::error::{Kind, UseError, Used};
use super::{journal, view::Text};
use crate::app::App;
use crate::chance;
use crate::clock::china_date;
use jiff::Timestamp;
use jiff::civil::Date;
use luzheng_domain::credential::{CredentialKind, Reason};
use luzheng_domain::region::rollout;
use luzheng_domain::vehicle::event::{self, CurrentMark, Event, EventType, MarkStep, Outcome as Decided, SubjectRef};
use luzheng_domain::vehicle::notice::{NoticeFacts, NoticeKind, Recipient};
use luzheng_domain::vehicle::{MarkEffect, Plate, PlateType, Vehicle, YearMonth};
use luzheng_store::Tx;
use luzheng_store::credential::{By, Credential, CredentialState, Reservation};
use luzheng_store::event::{EventOutcome, EventSeen, NewEvent, Settled};
use luzheng_store::notice::NewNotice;
use luzheng_store::status::{StatusIndex, StatusValue};
use luzheng_store::vehicle::{Source, StoredVehicle};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// How often a write is tried again when the engine says it may.
const TRIES: u32 = 8;
/// Most parked events taken up at once.
const UNPARK_BATCH: u32 = 200;
/// Who acts when an event does.
const FEED: &str = "feed";
/// How the cause of a fact begins that came with a register export. An export says how things are, not since when: an event is never "late" against it.
pub const IMPORT: &str = "import";

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Its facts are in, and what follows from them is ordered.
    Applied,
    /// The same event was here before; nothing changed.
    Seen,
    /// Its subject is not known yet; it is tried again when it is.
    Parked,
    /// Older than what is known: recorded, the present state stays.
    Late,
    /// The rules refuse it; recorded with the reason.
    Refused,
}

impl From<EventOutcome> for Outcome {
    fn from(outcome: EventOutcome) -> Self {
        match outcome {
            EventOutcome::Applied => Self::Applied,
            EventOutcome::Parked => Self::Parked,
            EventOutcome::Late => Self::Late,
            EventOutcome::Refused => Self::Refused,
        }
    }
}

/// The answer to an event.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EventReceipt {
    /// What became of it.
    pub outcome: Outcome,
    /// For one that was seen before: what became of it then.
    pub first_outcome: Option<Outcome>,
    /// The vehicle, when it is known.
    pub vehicle: Option<Uuid>,
    /// Why, when it was refused, parked or late.
    pub detail: Option<String>,
}

/// The published JSON Schema of a type of event.
pub fn event_schema(event_type: &str) -> Option<&'static str> {
    let (word, corrected) = match event_type.strip_suffix(".corrected") {
        Some(word) => (word, true),
        None => (event_type, false),
    };
    EventType::ALL.into_iter().find(|t| t.code() == word).map(|t| t.schema(corrected))
}

/// A subject as a look-up text for parked events.
fn subject_key(subject: &SubjectRef) -> String {
    match subject {
        SubjectRef::Vin(vin) => format!("vin:{vin}"),
        SubjectRef::Plate(plate) => plate_key(plate),
    }
}

fn plate_key(plate: &Plate) -> String {
    format!("plate:{}:{}", plate.number, plate.plate_type.code())
}

/// The content of an event in one spelling, so that a repetition with other white space or key order is the same event.
fn canonical(json: &str) -> Used<Vec<u8>> {
    let value: serde_json::Value =
        serde_json::from_str(json).map_err(|e| UseError::invalid("not_json", format!("the event is not JSON: {e}")))?;
    Ok(value.to_string().into_bytes())
}

/// Takes one event: applied exactly once, whoever sends it how often.
///
/// # Errors
/// `Invalid` when it cannot be read (nothing is recorded then); `Conflict` when its id came with other content; the store.
pub async fn apply_event(app: &App, json: &str) -> Used<EventReceipt> {
    let event = Event::parse(json.as_bytes()).map_err(|e| UseError::invalid(e.code(), e.to_string()))?;
    let body = canonical(json)?;
    let mut tries = 0;
    loop {
        tries += 1;
        match try_event(app, &event, &body).await {
            // After a commit whose end is unknown the next try finds the event recorded, or does it.
            Err(error) if tries < TRIES && (error.retryable() || is_race(&error)) => {
                tokio::task::yield_now().await;
            }
            other => return other,
        }
    }
}

/// Two events about one new plate or owner at once: the loser looks again and finds what the winner made.
fn is_race(error: &UseError) -> bool {
    error.kind == Kind::Conflict && error.code == "conflict"
}

async fn try_event(app: &App, event: &Event, body: &[u8]) -> Used<EventReceipt> {
    let now = app.clock.now();
    // Taken before the transaction: a place in a list that is not used afterwards stays 0 and harms nobody.
    let status = app.store.allocate_status(1, now).await?.first().copied();
    let mut tx = app.store.write().await?;
    let new = NewEvent {
        source: &event.key.source,
        id: &event.key.id,
        digest: journal::sha256(body),
        event_type: event.type_code(),
        subject: &subject_key(&event.subject),
        occurred_at: event.occurred_at,
        received_at: now,
        body,
    };
    match tx.record_event(&new).await? {
        EventSeen::New => {}
        EventSeen::Same(first) => {
            let stored = tx.find_event(&event.key.source, &event.key.id).await?;
            let (vehicle, detail) = stored.map_or((None, None), |s| (s.vehicle, s.detail));
            return Ok(EventReceipt { outcome: Outcome::Seen, first_outcome: Some(first.into()), vehicle, detail });
        }
        EventSeen::Different => {
            return Err(UseError::new(
                Kind::Conflict,
                "event_differs",
                format!("event {} of {} was received before with other content", event.key.id, event.key.source),
            ));
        }
    }
    let receipt = settle(app, &mut tx, event, status, now).await?;
    tx.commit().await?;
    metrics::counter!("luzheng_events_total", "type" => event.type_code(), "outcome" => outcome_code(receipt.outcome))
        .increment(1);
    Ok(receipt)
}

fn outcome_code(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Applied => "applied",
        Outcome::Seen => "seen",
        Outcome::Parked => "parked",
        Outcome::Late => "late",
        Outcome::Refused => "refused",
    }
}

/// Decides a recorded event and carries the decision out, in the transaction that recorded it.
async fn settle(
    app: &App,
    tx: &mut Tx,
    event: &Event,
    status: Option<StatusIndex>,
    now: Timestamp,
) -> Used<EventReceipt> {
    let before = match &event.subject {
        SubjectRef::Vin(vin) => tx.lock_vehicle_by_vin(vin).await?,
        SubjectRef::Plate(plate) => tx.lock_vehicle_by_plate(plate).await?,
    };
    let vehicle = before.as_ref().map(|b| b.id);
    if before.is_none() && event.type_code() != EventType::Registered.code() {
        let detail = "no vehicle of this subject is known yet";
        return settled(tx, event, EventOutcome::Parked, None, Some(detail), now, None).await;
    }
    if let Some(known) = &before
        && event.occurred_at < known.true_from
        && event.corrects().is_none()
        && !known.cause.starts_with(IMPORT)
    {
        let detail = format!("something that happened at {} is known already", known.true_from);
        return settled(tx, event, EventOutcome::Late, vehicle, Some(&detail), now, None).await;
    }
    let today = china_date(now);
    let decided = match event::apply(before.as_ref().map(|b| &b.facts), event, app.rules, today) {
        Ok(decided) => decided,
        Err(refused) => {
            let detail = format!("{}: {refused}", refused.code());
            // What may pass by itself waits; what the rules will never allow is refused for good.
            let outcome = if refused.may_pass() { EventOutcome::Parked } else { EventOutcome::Refused };
            return settled(tx, event, outcome, vehicle, Some(&detail), now, None).await;
        }
    };
    let stored = write_facts(tx, event, before.as_ref(), &decided, now).await?;
    carry_out(tx, event, before.as_ref(), &stored, &decided, status, now).await?;
    for key in [format!("vin:{}", stored.facts.vin), plate_key(&stored.facts.plate)] {
        if before.is_none() || before.as_ref().is_some_and(|b| b.facts.plate != stored.facts.plate) {
            tx.enqueue(&[super::job(super::UNPARK, stored.id, key, now)]).await?;
        }
    }
    settled(tx, event, EventOutcome::Applied, Some(stored.id), None, now, decided.paper_mark.as_deref()).await
}

async fn settled(
    tx: &mut Tx,
    event: &Event,
    outcome: EventOutcome,
    vehicle: Option<Uuid>,
    detail: Option<&str>,
    now: Timestamp,
    paper_mark: Option<&str>,
) -> Used<EventReceipt> {
    // A parked event waits for its subject; it is also looked at every minute, should the order of commits have hidden it.
    let retry_at = now.checked_add(jiff::SignedDuration::from_mins(1)).ok();
    tx.set_event_outcome(&event.key.source, &event.key.id, &Settled { outcome, vehicle, detail, at: now, retry_at })
        .await?;
    let note = serde_json::json!({"source": event.key.source, "id": event.key.id, "type": event.type_code(), "outcome": outcome.code(), "detail": detail, "paper_mark": paper_mark});
    journal::note(tx, now, FEED, "event.received", vehicle, &note).await?;
    Ok(EventReceipt { outcome: outcome.into(), first_outcome: None, vehicle, detail: detail.map(str::to_owned) })
}

fn cause(event: &Event) -> String {
    format!("{}/{}", event.key.source, event.key.id)
}

/// Writes the new facts, the owner first.
async fn write_facts(
    tx: &mut Tx,
    event: &Event,
    before: Option<&StoredVehicle>,
    decided: &Decided,
    now: Timestamp,
) -> Used<StoredVehicle> {
    let mut facts = decided.after.clone();
    if let Some(details) = &decided.new_owner {
        facts.owner = tx.put_owner(chance::new_id(now), details, event.occurred_at, now).await?.id();
    }
    let cause = cause(event);
    let source = Source { true_from: event.occurred_at, known_from: now, cause: &cause };
    let (id, version) = match before {
        Some(known) => {
            if known.facts == facts {
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
    Ok(StoredVehicle { id, version, true_from: event.occurred_at, known_from: now, cause, facts })
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
        plate_number: facts.plate.number.to_string(),
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
    }
}

/// Carries the decision about the mark out: ends, suspends, restores or reserves, orders the signing, and tells the owner.
pub(crate) async fn carry_out(
    tx: &mut Tx,
    event: &Event,
    before: Option<&StoredVehicle>,
    stored: &StoredVehicle,
    decided: &Decided,
    status: Option<StatusIndex>,
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
                tx.suspend_credential(old, &by(reason)).await?;
            }
            (MarkStep::Lift { reason }, Some(old)) => {
                tx.restore_credential(old, &by(reason)).await?;
            }
            (MarkStep::Issue { reason }, _) => reserve(tx, event, stored, replaced, status, reason, now).await?,
            (_, None) => {}
        }
    }
    for kind in &decided.notices {
        let to = match (kind.recipient(), before) {
            (Recipient::FormerOwner, Some(before)) => before.facts.owner,
            _ => stored.facts.owner,
        };
        let params = NoticeParams {
            plate_number: stored.facts.plate.number.to_string(),
            plate_type: stored.facts.plate.plate_type.code().into(),
            valid_until: stored.facts.valid_until,
            reason: decided.mark.reason(),
        };
        let dedupe = format!("{}:{}", cause(event), kind.code());
        add_notice(tx, to, &dedupe, *kind, &params, now).await?;
    }
    Ok(())
}

pub(crate) fn current_mark(credential: &Credential) -> Used<CurrentMark> {
    let broken = |why: String| UseError::broken("broken_row", format!("credential {}: {why}", credential.id));
    let plate_type = PlateType::from_code(&credential.class).map_err(|e| broken(e.to_string()))?;
    Ok(CurrentMark {
        plate: Plate::parse(&credential.plate_number, plate_type).map_err(|e| broken(e.to_string()))?.value,
        valid_until: YearMonth::from_yyyymm(credential.valid_until).ok_or_else(|| broken("no month".into()))?,
        suspended: matches!(credential.state, CredentialState::Suspended { .. }),
    })
}

async fn reserve(
    tx: &mut Tx,
    event: &Event,
    stored: &StoredVehicle,
    replaces: Option<Uuid>,
    status: Option<StatusIndex>,
    reason: Reason,
    now: Timestamp,
) -> Used<()> {
    let status =
        status.ok_or_else(|| UseError::broken("no_status_place", "no place in a status list was handed out"))?;
    let valid_until = stored.facts.valid_until.ok_or_else(|| {
        UseError::broken("no_validity", format!("vehicle {} is to get a mark and has no validity", stored.id))
    })?;
    let mut new = reservation(stored.id, &stored.facts, valid_until, status, reason, &cause(event), now);
    new.replaces = replaces;
    new.true_from = event.occurred_at;
    tx.reserve_credential(&new).await?;
    tx.enqueue(&[super::job(super::ISSUE, stored.id, new.id.to_string(), now)]).await?;
    Ok(())
}

/// What a stored notice needs to be put into words. No names, numbers of persons or phones.
#[derive(Debug, Serialize, Deserialize)]
struct NoticeParams {
    plate_number: String,
    plate_type: String,
    valid_until: Option<YearMonth>,
    reason: Option<Reason>,
}

async fn add_notice(
    tx: &mut Tx,
    owner: Uuid,
    dedupe: &str,
    kind: NoticeKind,
    params: &NoticeParams,
    now: Timestamp,
) -> Used<()> {
    let params = serde_json::to_string(params).map_err(|e| UseError::broken("notice", e.to_string()))?;
    tx.add_notice(&NewNotice {
        owner,
        id: chance::new_id(now),
        dedupe,
        kind: kind.code(),
        params: &params,
        created_at: now,
    })
    .await?;
    Ok(())
}

/// Tells the owner what staff did by hand.
///
/// # Errors
/// The store.
pub async fn notice_by_hand(
    tx: &mut Tx,
    credential: &Credential,
    act: Act,
    reason: Reason,
    now: Timestamp,
) -> Used<()> {
    let Some(stored) = tx.find_vehicle(credential.subject).await? else { return Ok(()) };
    let kind = match act {
        Act::Suspend => NoticeKind::MarkSuspended,
        Act::Restore => NoticeKind::MarkRestored,
        Act::Revoke => NoticeKind::MarkRevoked,
    };
    let params = NoticeParams {
        plate_number: credential.plate_number.clone(),
        plate_type: credential.class.clone(),
        valid_until: YearMonth::from_yyyymm(credential.valid_until),
        reason: Some(reason),
    };
    let dedupe = format!("{}:{}:{}", act.code(), credential.id, now.as_microsecond());
    add_notice(tx, stored.facts.owner, &dedupe, kind, &params, now).await
}

/// Title and body of a stored notice; a notice that cannot be put into words any more keeps its kind as its title.
pub fn notice_words(kind: &str, params: &str) -> (Text, Text) {
    let bare = || (Text::new(kind, kind), Text::new("", ""));
    let (Some(kind), Ok(params)) = (NoticeKind::from_code(kind), serde_json::from_str::<NoticeParams>(params)) else {
        return bare();
    };
    let Ok(plate_type) = PlateType::from_code(&params.plate_type) else { return bare() };
    let Ok(plate) = Plate::parse(&params.plate_number, plate_type) else { return bare() };
    let notice = kind.notice(&NoticeFacts {
        plate: &plate.value,
        valid_until: params.valid_until,
        reason: params.reason,
        action: None,
    });
    (notice.title.into(), notice.body.into())
}

/// Tries the parked events of a subject again, in the order they happened.
///
/// # Errors
/// The store.
pub async fn unpark(app: &App, subject: &str) -> Used<()> {
    loop {
        let now = app.clock.now();
        let mut tx = app.store.write().await?;
        let parked = tx.parked_events_of(subject, UNPARK_BATCH).await?;
        let Some(stored) = parked.into_iter().next() else { return Ok(()) };
        let text = String::from_utf8(stored.body)
            .map_err(|_| UseError::broken("broken_event", "a parked event is not text"))?;
        let event = Event::parse(text.as_bytes()).map_err(|e| UseError::broken("broken_event", e.to_string()))?;
        drop(tx);
        let status = app.store.allocate_status(1, now).await?.first().copied();
        let mut tx = app.store.write().await?;
        let receipt = settle(app, &mut tx, &event, status, now).await?;
        tx.commit().await?;
        if receipt.outcome == Outcome::Parked {
            return Ok(());
        }
    }
}

/// Tries parked events that are due for another look.
///
/// # Errors
/// The store.
pub async fn unpark_due(app: &App) -> Used<()> {
    let mut tx = app.store.write().await?;
    let due = tx.parked_events_due(app.clock.now(), UNPARK_BATCH).await?;
    drop(tx);
    for stored in due {
        unpark(app, &stored.subject).await?;
    }
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
        tx.suspend_credential(&fresh, &by(reason)).await?;
    }
    Ok(())
}
