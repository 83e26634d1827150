//! What a citizen does: applies for the mark, orders it on paper, gives the paper up.

use super::view::{find, view_of};
use super::{Act, Log, append, load, open};
use crate::app::App;
use crate::chance;
use crate::clock::china_date;
use crate::usecase::application::CaseView;
use crate::usecase::citizen::{Power, owner, related_vehicle};
use crate::usecase::error::{Kind, UseError, Used};
use crate::usecase::paper_order::{self, Checked, Delivery};
use crate::usecase::places::Places;
use crate::usecase::session::{Level, Session};
use crate::usecase::vehicle::{carry_out, write_facts};
use crate::usecase::{eligibility, journal};
use jiff::Timestamp;
use jiff::civil::Date;
use luzheng_domain::case::Actor;
use luzheng_domain::case::kind::mark::{MarkAction, MarkService, PaperReason};
use luzheng_domain::case::kind::notice::PaperNotice;
use luzheng_domain::credential::CredentialKind;
use luzheng_domain::vehicle::eligibility::{Check, Readiness, paper_missing};
use luzheng_domain::vehicle::event::{self, Event, EventData, EventKey, MarkGranted, SubjectRef};
use luzheng_store::Tx;
use luzheng_store::credential::CredentialState;
use luzheng_store::session::Repeated;
use luzheng_store::vehicle::StoredVehicle;
use uuid::Uuid;

/// The source of events that come from applications here: part of the cause of the facts and marks that follow.
pub const SOURCE: &str = "luzheng";

/// Whether this very call was made before; then which case it made.
async fn made_before(
    tx: &mut Tx,
    session: &Session,
    key: Option<&str>,
    content: &str,
    now: Timestamp,
) -> Used<Option<Uuid>> {
    let Some(key) = key else { return Ok(None) };
    match tx.begin_once(&session.actor(), key, journal::sha256(content.as_bytes()), now).await? {
        Repeated::No | Repeated::Yes(None) => Ok(None),
        Repeated::Yes(Some(bytes)) => Ok(Uuid::from_slice(&bytes).ok()),
        Repeated::Differs => Err(UseError::new(
            Kind::Conflict,
            "idempotency_key_reused",
            "this idempotency key was used for another call",
        )),
    }
}

/// The vehicle, locked, when the person may do this with it.
async fn lock(tx: &mut Tx, session: &Session, vehicle: Uuid, powers: &[Power]) -> Used<StoredVehicle> {
    let stored = tx.lock_vehicle(vehicle).await?.ok_or_else(|| UseError::not_found("vehicle of yours"))?;
    let (_, relation) = related_vehicle(tx, session, vehicle).await?;
    powers.iter().try_for_each(|power| relation.require(*power))?;
    Ok(stored)
}

/// Everything that is missing, in one sentence.
fn missing<'c>(checks: impl Iterator<Item = &'c Check<'c>>) -> String {
    checks.map(|check| check.text.en.as_ref()).collect::<Vec<_>>().join(" ")
}

/// Whether the mark would be granted now; otherwise everything that is missing.
async fn admit(app: &App, tx: &mut Tx, session: &Session, vehicle: &StoredVehicle, today: Date) -> Used<()> {
    if let Some(case) = eligibility::open_application(tx, vehicle.id).await? {
        let sentence = format!("the application {case} is under way");
        return Err(UseError::new(Kind::Conflict, "case_open", sentence));
    }
    let standing = tx.standing(vehicle.id).await?;
    let found = eligibility::asked(app, session, vehicle, &standing, today)?;
    let headline = found.readiness.text(found.service).en;
    match found.readiness {
        Readiness::Ready => Ok(()),
        Readiness::Missing => {
            Err(UseError::refused("not_eligible", format!("{headline}. {}", missing(found.missing()))))
        }
        other => Err(UseError::refused(other.code(), format!("{headline}."))),
    }
}

/// Whether no paper of the vehicle is under way.
async fn no_paper_open(tx: &mut Tx, vehicle: Uuid) -> Used<()> {
    match tx.open_paper(vehicle).await? {
        None => Ok(()),
        Some(paper) => {
            let sentence = format!("a paper of this vehicle is under way in the case {}", paper.case);
            Err(UseError::new(Kind::Conflict, "paper_under_way", sentence))
        }
    }
}

/// Applies for the mark of a vehicle that is exempt from inspection: complete, it is granted when this returns.
///
/// # Errors
/// Not the person's to apply for; `assurance_needed`; `case_open`; `paper_under_way`; `not_eligible` naming everything that is missing, `not_yet`,
/// `done`, `not_for_this_vehicle`; a delivery that makes no sense; the store.
pub async fn apply(
    app: &App,
    session: &Session,
    vehicle: Uuid,
    paper: Option<&Delivery>,
    key: Option<&str>,
) -> Used<CaseView> {
    session.require(Level::L3)?;
    let now = app.clock.now();
    let who = session.actor();
    let mut places = Places::for_kind(app, CredentialKind::InspectionMark, 1, now).await?;
    let mut tx = app.store.write().await?;
    let delivery = match paper {
        Some(delivery) => Some(delivery.check(app, &mut tx, session, now).await?),
        None => None,
    };
    let content = format!("mark {vehicle} {:?}", delivery.as_ref().map(Checked::content));
    if let Some(before) = made_before(&mut tx, session, key, &content, now).await? {
        return find(app, &mut tx, session, before).await;
    }
    let powers: &[Power] = if paper.is_some() { &[Power::Apply, Power::Paper] } else { &[Power::Apply] };
    let stored = lock(&mut tx, session, vehicle, powers).await?;
    admit(app, &mut tx, session, &stored, china_date(now)).await?;
    if delivery.is_some() {
        no_paper_open(&mut tx, vehicle).await?;
    }
    let id = chance::new_id(now);
    let submitted = MarkAction::Submitted {
        service: MarkService::ExemptMark,
        way: delivery.as_ref().map(|delivery| delivery.way),
        reason: None,
    };
    let (holder, system) = (Act { by: Actor::Holder, who: &who, now }, Act { by: Actor::System, who: "system", now });
    let mut log = open(&mut tx, vehicle, owner(session)?, id, submitted, &holder).await?;
    let detail = serde_json::json!({"case": id, "kind": MarkService::ExemptMark.code(), "paper": delivery.as_ref().map(|d| d.way.code())});
    journal::note(&mut tx, now, &who, "mark_case.submitted", Some(vehicle), &detail).await?;
    append(&mut tx, &mut log, MarkAction::Accepted, &system).await?;
    grant(app, &mut tx, &stored, &mut log, &mut places, &system).await?;
    if let Some(delivery) = &delivery {
        order(app, &mut tx, &mut log, delivery, &system).await?;
    }
    if let Some(key) = key {
        tx.put_response(&who, key, id.as_bytes()).await?;
    }
    let view = view_of(app, &mut tx, &log).await?;
    tx.commit().await?;
    metrics::counter!("luzheng_mark_cases_total", "kind" => MarkService::ExemptMark.code()).increment(1);
    Ok(view)
}

/// Grants the mark: the validity advances, the new mark takes the place of the old one, the owner is told. As an event `vehicle.mark_granted` does.
async fn grant(
    app: &App,
    tx: &mut Tx,
    vehicle: &StoredVehicle,
    log: &mut Log,
    places: &mut Places,
    act: &Act<'_>,
) -> Used<()> {
    let (now, today) = (act.now, china_date(act.now));
    let granted = Event {
        key: EventKey { source: SOURCE.into(), id: format!("case-{}", log.stored.id) },
        occurred_at: now,
        subject: SubjectRef::Vin(vehicle.facts.vin.clone()),
        data: EventData::MarkGranted(MarkGranted {
            granted_on: Some(today),
            paper_mark: None,
            valid_until: None,
            insurance_until: None,
        }),
        warnings: Vec::new(),
    };
    let decided = event::apply(Some(&vehicle.facts), &granted, app.rules, today)
        .map_err(|refused| UseError::refused(refused.code(), refused.to_string()))?;
    if !decided.mark.issues() {
        let why = decided.mark.reason().map_or("the rules give no mark", |reason| reason.code());
        return Err(UseError::refused("not_eligible", format!("no mark can be issued: {why}")));
    }
    let stored = write_facts(tx, &granted, Some(vehicle), &decided, now).await?;
    carry_out(tx, &granted, Some(vehicle), &stored, &decided, places, now).await?;
    append(tx, log, MarkAction::Granted, act).await?;
    let until = stored.facts.valid_until.map(|month| month.to_string());
    let detail = serde_json::json!({"case": log.stored.id, "valid_until": until});
    journal::note(tx, now, act.who, "mark_case.granted", Some(vehicle.id), &detail).await
}

/// Orders the paper of a case.
async fn order(app: &App, tx: &mut Tx, log: &mut Log, delivery: &Checked, act: &Act<'_>) -> Used<()> {
    append(tx, log, MarkAction::Ordered, act).await?;
    let paper = paper_order::put(tx, log, delivery, act.now).await?;
    paper_order::tell(app, tx, PaperNotice::Ordered, &log.stored, Some(&paper), None, act.now).await?;
    let detail = serde_json::json!({"case": log.stored.id, "paper": paper.id, "way": paper.way});
    journal::note(tx, act.now, act.who, "paper.ordered", Some(log.stored.vehicle), &detail).await
}

/// Orders the mark on paper. That one was lost or damaged needs no proof: the electronic mark counts all the while.
///
/// # Errors
/// Not the person's to order; `assurance_needed`; `paper_under_way`; `not_eligible` naming everything that is missing; a delivery that makes no
/// sense; the store.
pub async fn order_paper(
    app: &App,
    session: &Session,
    vehicle: Uuid,
    reason: PaperReason,
    delivery: &Delivery,
    key: Option<&str>,
) -> Used<CaseView> {
    session.require(Level::L3)?;
    let now = app.clock.now();
    let who = session.actor();
    let mut tx = app.store.write().await?;
    let delivery = delivery.check(app, &mut tx, session, now).await?;
    let content = format!("paper {vehicle} {} {}", reason.code(), delivery.content());
    if let Some(before) = made_before(&mut tx, session, key, &content, now).await? {
        return find(app, &mut tx, session, before).await;
    }
    let stored = lock(&mut tx, session, vehicle, &[Power::Paper]).await?;
    no_paper_open(&mut tx, vehicle).await?;
    let current = tx.find_current_credential(vehicle, CredentialKind::InspectionMark).await?;
    let has_mark = current.is_some_and(|mark| matches!(mark.state, CredentialState::Current));
    let lacking = paper_missing(&stored.facts, has_mark, china_date(now));
    if !lacking.is_empty() {
        return Err(UseError::refused("not_eligible", missing(lacking.iter())));
    }
    let id = chance::new_id(now);
    let (holder, system) = (Act { by: Actor::Holder, who: &who, now }, Act { by: Actor::System, who: "system", now });
    let submitted =
        MarkAction::Submitted { service: MarkService::Paper, way: Some(delivery.way), reason: Some(reason) };
    let mut log = open(&mut tx, vehicle, owner(session)?, id, submitted, &holder).await?;
    let detail = serde_json::json!({"case": id, "kind": MarkService::Paper.code(), "reason": reason.code()});
    journal::note(&mut tx, now, &who, "mark_case.submitted", Some(vehicle), &detail).await?;
    append(&mut tx, &mut log, MarkAction::Accepted, &system).await?;
    order(app, &mut tx, &mut log, &delivery, &system).await?;
    if let Some(key) = key {
        tx.put_response(&who, key, id.as_bytes()).await?;
    }
    let view = view_of(app, &mut tx, &log).await?;
    tx.commit().await?;
    metrics::counter!("luzheng_mark_cases_total", "kind" => MarkService::Paper.code()).increment(1);
    Ok(view)
}

/// Gives a paper up before it is made; the mark stays. `None` when the case is none of a vehicle.
///
/// # Errors
/// Not the person's; `action_not_allowed`; the store.
pub async fn withdraw(app: &App, session: &Session, id: Uuid) -> Used<Option<CaseView>> {
    let now = app.clock.now();
    let who = session.actor();
    let mut tx = app.store.write().await?;
    let Some(found) = tx.find_mark_case(id).await? else { return Ok(None) };
    if Some(found.owner) != session.owner {
        lock(&mut tx, session, found.vehicle, &[Power::Share])
            .await
            .map_err(|_| UseError::not_found("application of yours"))?;
    }
    tx.lock_vehicle(found.vehicle).await?;
    let stored = tx.lock_mark_case(id).await?.ok_or_else(|| UseError::not_found("application of yours"))?;
    let mut log = load(&mut tx, stored).await?;
    if log.state.cancelled {
        return view_of(app, &mut tx, &log).await.map(Some);
    }
    append(&mut tx, &mut log, MarkAction::Withdrawn, &Act { by: Actor::Holder, who: &who, now }).await?;
    paper_order::cancel(&mut tx, &log, now).await?;
    paper_order::tell(app, &mut tx, PaperNotice::Withdrawn, &log.stored, None, None, now).await?;
    journal::note(&mut tx, now, &who, "mark_case.withdrawn", Some(found.vehicle), &serde_json::json!({"case": id}))
        .await?;
    let view = view_of(app, &mut tx, &log).await?;
    tx.commit().await?;
    Ok(Some(view))
}
