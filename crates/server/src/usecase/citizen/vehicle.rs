//! Vehicles on the screen of somebody who may see them: what is due and why, the mark, and what was before.

use super::relation::{Power, Related, Relation, related};
use super::{division_text, month, owner, reason_text};
use crate::app::App;
use crate::clock::china_date;
use crate::usecase::credential::{Life, life};
use crate::usecase::error::{UseError, Used};
use crate::usecase::session::Session;
use crate::usecase::view::{ClauseView, InspectionView, MarkSummary, PastMark, StatusLetter, UnitRef, VehicleView};
use jiff::Timestamp;
use jiff::civil::Date;
use luzheng_domain::credential::CredentialKind;
use luzheng_domain::mask;
use luzheng_domain::vehicle::MarkEffect;
use luzheng_domain::vehicle::filing::FilingKind;
use luzheng_domain::vehicle::inspection::CycleFacts;
use luzheng_store::Tx;
use luzheng_store::credential::{Credential, CredentialState};
use luzheng_store::vehicle::StoredVehicle;
use uuid::Uuid;

fn days_between(from: Date, to: Date) -> i32 {
    from.until(to).map_or(0, |span| span.get_days())
}

/// What is due for a vehicle; nothing when it is out of use for good, or no rule covers it.
fn inspection(app: &App, stored: &StoredVehicle, today: Date) -> Option<InspectionView> {
    let facts = &stored.facts;
    if matches!(facts.status.mark_effect().0, MarkEffect::Revoke) {
        return None;
    }
    let answer = app.rules.answer(&CycleFacts::from(facts), today).ok()?;
    let last_day = answer.due.last_day();
    Some(InspectionView {
        state: answer.state.code().into(),
        action: answer.action.code().into(),
        valid_until: facts.valid_until.map(|m| m.to_string()),
        due: answer.due.to_string(),
        last_day,
        days_left: days_between(today, last_day),
        window_opens: answer.window_opens,
        next_valid_until: answer.next_valid_until.to_string(),
        rule: answer.rule.to_string(),
        explanation: answer.explanation().into(),
        clause: ClauseView {
            id: answer.clause.id.to_string(),
            title: answer.clause.title.clone().into(),
            text: answer.clause.text.clone().into(),
            source: answer.clause.source.to_string(),
            in_force_from: answer.clause.in_force_from,
        },
    })
}

fn mark_summary(credential: &Credential) -> Used<Option<MarkSummary>> {
    let Life { word, reason, ended_at } = life(credential);
    if ended_at.is_some() {
        return Ok(None);
    }
    Ok(Some(MarkSummary {
        id: credential.id,
        state: word.into(),
        reason: reason.map(|r| r.code().into()),
        reason_text: reason.map(reason_text),
        valid_until: month(credential.valid_until, credential.id)?.to_string(),
        issued_at: credential.signed_at,
    }))
}

pub(crate) async fn view(app: &App, tx: &mut Tx, related: &Related) -> Used<VehicleView> {
    let since = shown_since(tx, related).await?;
    let stored = &related.stored;
    let today = china_date(app.clock.now());
    let facts = &stored.facts;
    let owner = match related.relation {
        Relation::Own => None,
        _ => tx.find_owner(facts.owner).await?,
    };
    let mut mark = None;
    let mut past_marks = Vec::new();
    for credential in tx.credentials_of(stored.id).await? {
        if credential.kind != CredentialKind::InspectionMark {
            continue;
        }
        match &credential.state {
            // A former owner's marks are not the present owner's to see.
            CredentialState::Ended { at, .. } if since.is_some_and(|s| *at < s) => {}
            CredentialState::Ended { at, reason } => past_marks.push(PastMark {
                id: credential.id,
                ended_at: *at,
                end_reason: reason.code().into(),
                end_reason_text: reason_text(*reason),
                valid_until: month(credential.valid_until, credential.id)?.to_string(),
            }),
            _ => mark = mark_summary(&credential)?,
        }
    }
    Ok(VehicleView {
        id: stored.id,
        plate_number: facts.plate.number.to_string(),
        plate_type: facts.plate.plate_type.code().into(),
        plate_type_name: facts.plate.plate_type.name().into(),
        plate_colour: facts.plate.plate_type.colour().code().into(),
        relation: related.relation.code().into(),
        powers: related.relation.powers(),
        owner_masked: owner.as_ref().map(|o| mask::name(&o.details.name)),
        unit: owner
            .filter(|_| matches!(related.relation, Relation::Unit(_)))
            .map(|o| UnitRef { id: o.id, name: o.details.name }),
        since: related.since,
        vin: related.relation.may(Power::SeeVin).then(|| facts.vin.to_string()),
        vehicle_type: facts.vehicle_type.code().into(),
        vehicle_type_name: facts.vehicle_type.name().into(),
        use_nature: facts.use_nature.letter().to_string(),
        use_nature_name: facts.use_nature.name().into(),
        seats: facts.seats,
        energy: facts.energy.map(|e| e.name().into()),
        registered_on: facts.registered_on,
        division: facts.division.to_string(),
        division_name: division_text(facts.division),
        insurance_until: facts.insurance_until,
        status: facts
            .status
            .iter()
            .map(|l| StatusLetter { letter: l.letter().to_string(), name: l.name().into() })
            .collect(),
        inspection: inspection(app, stored, today),
        mark,
        past_marks,
    })
}

/// Since when the present owner has had the vehicle, as far as we know.
async fn owned_since(tx: &mut Tx, stored: &StoredVehicle) -> Used<Option<Timestamp>> {
    let history = tx.vehicle_history(stored.id).await?;
    let mut since = None;
    for fact in history.iter().rev() {
        if fact.facts.owner != stored.facts.owner {
            break;
        }
        since = Some(fact.known_from);
    }
    // The first fact is when we learnt of the vehicle, not a change of owner.
    let first_is_ours = history.first().is_some_and(|f| f.facts.owner == stored.facts.owner);
    let changed = history.iter().any(|f| f.facts.owner != stored.facts.owner);
    Ok(if first_is_ours && !changed { None } else { since })
}

/// Since when the past of a vehicle is this person's to see: for a filer since the filing, for everybody else since the present owner has it.
pub(super) async fn shown_since(tx: &mut Tx, related: &Related) -> Used<Option<Timestamp>> {
    match related.relation {
        Relation::Filed => Ok(related.since),
        _ => owned_since(tx, &related.stored).await,
    }
}

/// Own, managed and filed vehicles; what needs something soonest comes first, own ones before others'. A unit's are with the unit.
///
/// # Errors
/// The store.
pub async fn vehicles(app: &App, session: &Session) -> Used<Vec<VehicleView>> {
    let owner = owner(session)?;
    let mut tx = app.store.read().await?;
    let mut out = Vec::new();
    for stored in tx.vehicles_of_owner(owner).await? {
        let related = Related { stored, relation: Relation::Own, since: None };
        out.push(view(app, &mut tx, &related).await?);
    }
    let mut others = Vec::new();
    for kind in [FilingKind::Management, FilingKind::Filing] {
        for share in tx.shares_of_person(owner, kind.code()).await? {
            if !others.contains(&share.vehicle) {
                others.push(share.vehicle);
            }
        }
    }
    for id in others {
        // A unit's user has its vehicles there, also one that is filed besides.
        match related(&mut tx, session, id).await? {
            Some(found) if !matches!(found.relation, Relation::Unit(_)) => out.push(view(app, &mut tx, &found).await?),
            _ => {}
        }
    }
    out.sort_by_key(|v| (v.relation != "own", v.inspection.as_ref().map_or(i32::MAX, |i| i.days_left)));
    Ok(out)
}

/// One vehicle of the signed-in person.
///
/// # Errors
/// They are nothing to it; the store.
pub async fn vehicle(app: &App, session: &Session, id: Uuid) -> Used<VehicleView> {
    let mut tx = app.store.read().await?;
    let found = related(&mut tx, session, id).await?.ok_or_else(|| UseError::not_found("vehicle of yours"))?;
    view(app, &mut tx, &found).await
}
