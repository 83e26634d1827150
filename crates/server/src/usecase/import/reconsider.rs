//! What a register's changed facts mean for a mark or a licence that is current.
//!
//! An import says how things are, not what happened. Where its facts bear on the mark of a vehicle, a job compares the facts the mark
//! was issued on with those of now and decides by the same rules as for events; an electronic licence is held against the register as it
//! is now. Who has none gets none here: that is `issue bulk`.

use super::run::ACTOR;
use crate::app::App;
use crate::clock::china_date;
use crate::usecase::error::{UseError, Used};
use crate::usecase::licence::{Cause, issue};
use crate::usecase::notice;
use crate::usecase::places::Places;
use crate::usecase::vehicle::{carry_out, current_mark};
use jiff::civil::Date;
use luzheng_domain::credential::{CredentialKind, Reason};
use luzheng_domain::driver::event::{CurrentLicence, FaceFacts, LicenceDecision};
use luzheng_domain::driver::notice::{DriverNotice, NoticeFacts as DriverFacts};
use luzheng_domain::driver::{Licence, LicenceEffect};
use luzheng_domain::vehicle::event::{
    CurrentMark, Event, EventData, EventKey, MarkDecision, Outcome, SubjectRef, may_issue,
};
use luzheng_domain::vehicle::notice::NoticeKind;
use luzheng_domain::vehicle::{MarkEffect, Vehicle};
use luzheng_store::credential::Credential;
use uuid::Uuid;

/// Whether a change of facts can mean anything for the vehicle's mark.
pub fn bears_on_the_mark(before: &Vehicle, after: &Vehicle) -> bool {
    before.plate != after.plate
        || before.owner != after.owner
        || before.status.mark_effect() != after.status.mark_effect()
        || before.valid_until != after.valid_until
        || before.vehicle_type != after.vehicle_type
        || before.division != after.division
}

/// What is to happen to a mark whose vehicle the register now describes otherwise. `before` are the facts before the import.
pub fn decide(before: &Vehicle, after: &Vehicle, mark: &CurrentMark, today: Date) -> MarkDecision {
    let (was, _) = before.status.mark_effect();
    let (is, reason) = after.status.mark_effect();
    let reason = reason.unwrap_or(Reason::Changed);
    match is {
        MarkEffect::Revoke => return MarkDecision::Revoke { reason },
        // Another owner or plate waits until the suspension is lifted: the next import or event decides then.
        MarkEffect::Suspend => return MarkDecision::Suspend { reason },
        MarkEffect::None => {}
    }
    if before.owner != after.owner {
        return match may_issue(after, today) {
            Ok(()) => MarkDecision::RevokeAndIssue { revoke: Reason::Transferred, issue: Reason::Transferred },
            Err(_) => MarkDecision::Revoke { reason: Reason::Transferred },
        };
    }
    if mark.plate != after.plate {
        return replace(after, Reason::PlateChanged, true, today);
    }
    if let Some(month) = after.valid_until.filter(|month| *month > mark.valid_until) {
        // Renewed in time, the old mark runs to its own end and its print stays good until then.
        let in_time = mark.valid_until.last_day() >= today;
        return match may_issue(after, today) {
            Ok(()) => MarkDecision::Supersede { reason: Reason::Renewed, flag_old: !in_time },
            // The old mark says nothing wrong; a new one follows when what keeps it back is gone.
            Err(because) => MarkDecision::Nothing { because: Some(because).filter(|_| month.last_day() >= today) },
        };
    }
    let says_too_much = after.valid_until.is_none_or(|month| month < mark.valid_until);
    if says_too_much || before.vehicle_type != after.vehicle_type || before.division != after.division {
        return replace(after, Reason::Changed, true, today);
    }
    if was == MarkEffect::Suspend && mark.suspended {
        return MarkDecision::Restore { reason: Reason::Restored };
    }
    MarkDecision::Nothing { because: None }
}

/// A new mark in the place of one that is wrong; where none may be issued, the wrong one is revoked all the same.
fn replace(after: &Vehicle, reason: Reason, flag_old: bool, today: Date) -> MarkDecision {
    match may_issue(after, today) {
        Ok(()) => MarkDecision::Supersede { reason, flag_old },
        Err(_) => MarkDecision::Revoke { reason },
    }
}

/// Does one job: `reference` is `version before:version after` for a vehicle, and begins with `OF_LICENCE` for a driver.
///
/// # Errors
/// The store; a job that names no versions.
pub async fn reconsider(app: &App, subject: Uuid, reference: &str) -> Used<()> {
    match reference.strip_prefix(OF_LICENCE) {
        Some(cause) => reconsider_licence(app, subject, cause).await,
        None => reconsider_mark(app, subject, reference).await,
    }
}

async fn reconsider_mark(app: &App, vehicle: Uuid, reference: &str) -> Used<()> {
    let broken =
        || UseError::broken("broken_job", format!("a job about vehicle {vehicle} names no versions: “{reference}”"));
    let (from, to) = reference.split_once(':').ok_or_else(broken)?;
    let (from, to): (u32, u32) = (from.parse().map_err(|_| broken())?, to.parse().map_err(|_| broken())?);
    let now = app.clock.now();
    let mut places = Places::for_kind(app, CredentialKind::InspectionMark, 1, now).await?;
    let mut tx = app.store.write().await?;
    let Some(stored) = tx.lock_vehicle(vehicle).await? else { return Ok(()) };
    let history = tx.vehicle_history(vehicle).await?;
    let before = history.iter().find(|v| v.version == from).ok_or_else(broken)?;
    let imported = history.iter().find(|v| v.version == to).ok_or_else(broken)?;
    let Some(current) = tx.lock_current_credential(vehicle, CredentialKind::InspectionMark).await? else {
        return Ok(());
    };
    let event = as_event(imported.true_from, &imported.cause, to, &stored.facts);
    if current.cause == format!("{}/{}", event.key.source, event.key.id) {
        // Done before; the job came again.
        return Ok(());
    }
    let mark = decide(&before.facts, &stored.facts, &current_mark(&current)?, china_date(now));
    let mut notices = NoticeKind::of(&mark);
    if current_mark(&current)?.suspended {
        notices.retain(|kind| *kind != NoticeKind::MarkSuspended);
    }
    let decided = Outcome { after: stored.facts.clone(), new_owner: None, mark, notices, paper_mark: None };
    carry_out(&mut tx, &event, Some(before), &stored, &decided, &mut places, now).await?;
    tx.commit().await?;
    Ok(())
}

/// The import as the cause of what happens to the mark.
fn as_event(occurred_at: jiff::Timestamp, cause: &str, version: u32, facts: &Vehicle) -> Event {
    Event {
        key: EventKey { source: cause.to_owned(), id: format!("{}:{version}", facts.vin) },
        occurred_at,
        subject: SubjectRef::Vin(facts.vin.clone()),
        data: EventData::StatusChanged(facts.status),
        warnings: Vec::new(),
    }
}

/// Beginning of the reference of a job about a driver; what follows names the import and the version of the driver it made.
pub(super) const OF_LICENCE: &str = "licence:";

/// Whether a change of facts can mean anything for the driver's electronic licence.
pub(super) fn bears_on_the_licence(before: &Licence, after: &Licence, new_photo: bool, today: Date) -> bool {
    let (was, is) = (FaceFacts::of(before, today), FaceFacts::of(after, today));
    LicenceDecision::between(&was, &is, new_photo, false) != LicenceDecision::Nothing
}

/// Brings the electronic licence of a driver into line with the register. A job that comes twice finds it in line.
async fn reconsider_licence(app: &App, driver: Uuid, cause: &str) -> Used<()> {
    let now = app.clock.now();
    let mut places = Places::take(app, now).await?;
    let mut tx = app.store.write().await?;
    let Some(stored) = tx.lock_driver(driver).await? else { return Ok(()) };
    let Some(current) = tx.lock_current_credential(driver, CredentialKind::DrivingLicence).await? else {
        return Ok(());
    };
    let photo = tx.current_photo(driver).await?.map(|photo| photo.id);
    let decision = decide_licence(&current, &stored.facts, photo, china_date(now));
    let state = issue::shown_state(&mut tx, &current).await?;
    if decision.steps(Some(&CurrentLicence { state })).is_empty() {
        return Ok(());
    }
    let why = Cause { actor: ACTOR, cause, true_at: stored.true_from, now };
    issue::carry_out(&mut tx, &stored, &decision, &why, &mut places).await?;
    let facts = DriverFacts { reason: decision.reason(), day: stored.facts.valid_until, ..DriverFacts::default() };
    for kind in DriverNotice::of_decision(&decision) {
        let dedupe = format!("{cause}:{}", kind.code());
        notice::of_driver(&mut tx, stored.owner, &dedupe, kind, &facts, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// What is to happen to a licence that may say something else than the register says now.
fn decide_licence(current: &Credential, facts: &Licence, photo: Option<Uuid>, today: Date) -> LicenceDecision {
    let effect = facts.effective_status(today).effect();
    let other_photo = (photo.is_some() && photo != current.photo).then_some(Reason::PhotoChanged);
    match (effect, issue::differs(current, facts).or(other_photo)) {
        (LicenceEffect::Withdrawn(_), _) | (_, None) => LicenceDecision::towards(effect),
        (_, Some(reason)) => LicenceDecision::Supersede { reason, effect },
    }
}
