//! A licence comes into being, changes its state, is issued anew, ends: always together with the holding on the holder's device, in the
//! transaction of whatever caused it. The holder does nothing.

use super::holding;
use super::{Cause, Places, face_name, is_of_the_register, term, term_number};
use crate::chance;
use crate::clock::china_date;
use crate::usecase::error::{UseError, Used};
use crate::usecase::journal;
use jiff::civil::Date;
use luzheng_credential::kind::driving_licence::LicenceTerm;
use luzheng_domain::credential::{CredentialKind, Reason};
use luzheng_domain::driver::event::{CurrentLicence, LicenceDecision, LicenceStep, ShownState};
use luzheng_domain::driver::{Licence, LicenceEffect};
use luzheng_store::Tx;
use luzheng_store::credential::{Credential, CredentialState, Reservation};
use luzheng_store::driver::StoredDriver;
use luzheng_store::status::{StatusIndex, StatusValue};
use uuid::Uuid;

const KIND: CredentialKind = CredentialKind::DrivingLicence;

/// The last day of a status entry for a licence without end.
const NEVER: Date = Date::constant(9999, 12, 31);

/// Issues a licence to a driver who applied, or for whom one is migrated; one that is current already is superseded by it, with its
/// holding. What the register's state does to it is done to it at once.
///
/// # Errors
/// `licence_withdrawn` when the register knows the licence as revoked, annulled or cancelled; the store.
pub async fn issue_to(
    tx: &mut Tx,
    driver: &StoredDriver,
    photo: Uuid,
    reason: Reason,
    cause: &Cause<'_>,
    places: &mut Places,
) -> Used<Uuid> {
    let effect = driver.facts.effective_status(china_date(cause.now)).effect();
    if let LicenceEffect::Withdrawn(why) = effect {
        return Err(UseError::refused("licence_withdrawn", format!("no licence is issued: {}", why.text().en)));
    }
    let old = tx.lock_current_credential(driver.id, KIND).await?;
    let new = replace(tx, driver, old.as_ref(), Some(photo), reason, cause, places).await?;
    set_effect(tx, driver, effect, cause).await?;
    Ok(new)
}

/// Carries a decision of the domain out on a driver's current licence and its holding. Without a current licence nothing is done: only
/// somebody who applied has one.
///
/// `driver` is the driver as known from now on, already written and locked in this transaction.
///
/// # Errors
/// `no_status_place` when `places` are too few; the store.
pub async fn carry_out(
    tx: &mut Tx,
    driver: &StoredDriver,
    decision: &LicenceDecision,
    cause: &Cause<'_>,
    places: &mut Places,
) -> Used<()> {
    let Some(mut current) = tx.lock_current_credential(driver.id, KIND).await? else { return Ok(()) };
    let state = shown_state(tx, &current).await?;
    let steps = decision.steps(Some(&CurrentLicence { state }));
    for step in &steps {
        match *step {
            // Ending the old and reserving the new belong together; `Issue` follows and does both.
            LicenceStep::Supersede { .. } => {}
            LicenceStep::Issue { reason } => {
                let new = replace(tx, driver, Some(&current), None, reason, cause, places).await?;
                current = reserved(tx, new).await?;
            }
            LicenceStep::Red { reason } => {
                set_state(tx, &current, Some((StatusValue::Suspended, reason)), cause).await?
            }
            LicenceStep::Stop { reason } => {
                set_state(tx, &current, Some((StatusValue::Stopped, reason)), cause).await?
            }
            LicenceStep::Lift { reason } => lift(tx, &current, reason, cause).await?,
            LicenceStep::Withdraw { reason } => withdraw(tx, &current, reason, cause).await?,
        }
    }
    if !steps.is_empty() {
        note(tx, driver.id, decision, &current, cause).await?;
    }
    Ok(())
}

async fn note(
    tx: &mut Tx,
    driver: Uuid,
    decision: &LicenceDecision,
    current: &Credential,
    cause: &Cause<'_>,
) -> Used<()> {
    let detail = serde_json::json!({
        "credential": current.id, "decision": decision.code(), "reason": decision.reason(), "cause": cause.cause,
    });
    journal::note(tx, cause.now, cause.actor, "licence.decided", Some(driver), &detail).await
}

/// Whether a current licence no longer says what the register says: then a new one takes its place.
pub(crate) fn differs(credential: &Credential, licence: &Licence) -> Option<Reason> {
    if credential.class != licence.classes.to_string() {
        Some(Reason::ClassChanged)
    } else if credential.subject_name != face_name(licence) {
        Some(Reason::NameChanged)
    } else if credential.valid_until != term_number(licence.valid_until) {
        Some(Reason::ValidityChanged)
    } else if credential.authority != licence.division.code() {
        Some(Reason::IssuerChanged)
    } else {
        None
    }
}

/// The state in which a current licence is shown to readers now.
pub(crate) async fn shown_state(tx: &mut Tx, credential: &Credential) -> Used<ShownState> {
    Ok(match (&credential.state, tx.status_value(credential.status).await?) {
        (CredentialState::Suspended { .. }, Some(StatusValue::Stopped)) => ShownState::Stopped,
        (CredentialState::Suspended { .. }, _) => ShownState::Red,
        _ => ShownState::Normal,
    })
}

/// The last day on which a status entry of a licence counts.
pub(crate) fn expires_on(credential: &Credential) -> Used<Date> {
    Ok(match term(credential.valid_until)? {
        LicenceTerm::Until(day) => day,
        LicenceTerm::LongTerm => NEVER,
    })
}

/// The reservation of a licence for a driver as known now.
pub(crate) fn new_for(
    driver: &StoredDriver,
    photo: Option<Uuid>,
    status: StatusIndex,
    reason: Reason,
    cause: &Cause<'_>,
) -> Reservation {
    let licence = &driver.facts;
    Reservation {
        id: chance::new_id(cause.now),
        subject: driver.id,
        kind: KIND,
        subject_name: face_name(licence),
        class: licence.classes.to_string(),
        valid_until: term_number(licence.valid_until),
        expires_on: licence.valid_until.unwrap_or(NEVER),
        authority: licence.division.code(),
        status,
        reason,
        cause: cause.cause.into(),
        true_from: cause.true_at,
        reserved_at: cause.now,
        replaces: None,
        photo,
    }
}

async fn reserved(tx: &mut Tx, id: Uuid) -> Used<Credential> {
    tx.find_credential(id)
        .await?
        .ok_or_else(|| UseError::broken("no_credential", format!("credential {id} is not there")))
}

/// A new licence in the place of the old one, if there is one, and a new holding for the same device. What staff had suspended by hand
/// stays suspended.
async fn replace(
    tx: &mut Tx,
    driver: &StoredDriver,
    old: Option<&Credential>,
    photo: Option<Uuid>,
    reason: Reason,
    cause: &Cause<'_>,
    places: &mut Places,
) -> Used<Uuid> {
    let photo = match photo {
        Some(photo) => Some(photo),
        None => tx.current_photo(driver.id).await?.map(|p| p.id).or_else(|| old.and_then(|old| old.photo)),
    };
    let mut new = new_for(driver, photo, places.next()?, reason, cause);
    new.replaces = old.map(|old| old.id);
    if let Some(old) = old {
        // One that has run out by itself gets no flag; its entry has returned to 0 anyway.
        tx.end_credential(old, StatusValue::Superseded, &cause.by(reason)).await?;
    }
    tx.reserve_credential(&new).await?;
    let fresh = reserved(tx, new.id).await?;
    holding::renew(tx, driver, &fresh, reason, cause, places).await?;
    let by_hand = old.and_then(|old| match old.state {
        CredentialState::Suspended { reason, .. } if !is_of_the_register(reason) => Some(reason),
        _ => None,
    });
    if let Some(by_hand) = by_hand {
        set_state(tx, &fresh, Some((StatusValue::Stopped, by_hand)), cause).await?;
    }
    let detail = serde_json::json!({
        "credential": new.id, "replaces": new.replaces, "reason": reason.code(), "cause": cause.cause,
    });
    journal::note(tx, cause.now, cause.actor, "licence.issued", Some(driver.id), &detail).await?;
    Ok(new.id)
}

/// Brings a driver's current licence into the state that the register's letters ask for.
pub(crate) async fn set_effect(
    tx: &mut Tx,
    driver: &StoredDriver,
    effect: LicenceEffect,
    cause: &Cause<'_>,
) -> Used<()> {
    let Some(current) = tx.lock_current_credential(driver.id, KIND).await? else { return Ok(()) };
    let state = shown_state(tx, &current).await?;
    for step in LicenceDecision::towards(effect).steps(Some(&CurrentLicence { state })) {
        match step {
            LicenceStep::Red { reason } => {
                set_state(tx, &current, Some((StatusValue::Suspended, reason)), cause).await?
            }
            LicenceStep::Stop { reason } => {
                set_state(tx, &current, Some((StatusValue::Stopped, reason)), cause).await?
            }
            LicenceStep::Lift { reason } => lift(tx, &current, reason, cause).await?,
            LicenceStep::Withdraw { reason } => withdraw(tx, &current, reason, cause).await?,
            LicenceStep::Supersede { .. } | LicenceStep::Issue { .. } => {}
        }
    }
    Ok(())
}

/// What bringing a licence into line with the register did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BroughtInto {
    /// It was in line already, or there is none.
    Nothing,
    /// Its state follows the register's now.
    State,
    /// A new one took its place.
    NewLicence(Uuid),
}

/// Brings a driver's current licence into line with the register, whatever happened before: a new one when it no longer says what the
/// register says, otherwise the state that the register's letters ask for. The driver is locked.
///
/// # Errors
/// `no_status_place` when `places` are too few; the store.
pub async fn bring_into_line(
    tx: &mut Tx,
    driver: &StoredDriver,
    cause: &Cause<'_>,
    places: &mut Places,
) -> Used<BroughtInto> {
    let Some(current) = tx.lock_current_credential(driver.id, KIND).await? else { return Ok(BroughtInto::Nothing) };
    let effect = driver.facts.effective_status(china_date(cause.now)).effect();
    let photo = tx.current_photo(driver.id).await?.map(|p| p.id);
    let other_photo = (photo.is_some() && photo != current.photo).then_some(Reason::PhotoChanged);
    let reason = differs(&current, &driver.facts).or(other_photo);
    if let Some(reason) = reason
        && !matches!(effect, LicenceEffect::Withdrawn(_))
    {
        let new = replace(tx, driver, Some(&current), photo, reason, cause, places).await?;
        set_effect(tx, driver, effect, cause).await?;
        return Ok(BroughtInto::NewLicence(new));
    }
    let state = shown_state(tx, &current).await?;
    if LicenceDecision::towards(effect).steps(Some(&CurrentLicence { state })).is_empty() {
        return Ok(BroughtInto::Nothing);
    }
    set_effect(tx, driver, effect, cause).await?;
    Ok(BroughtInto::State)
}

/// Puts a licence and its holding into a state; `None` is in order. A suspension by hand is heavier than red and is left alone.
pub(crate) async fn set_state(
    tx: &mut Tx,
    credential: &Credential,
    to: Option<(StatusValue, Reason)>,
    cause: &Cause<'_>,
) -> Used<()> {
    let credential = &reserved(tx, credential.id).await?;
    if let CredentialState::Suspended { reason, .. } = credential.state {
        if !is_of_the_register(reason) && to.is_some() {
            return Ok(());
        }
        tx.restore_credential(credential, &cause.by(Reason::Restored)).await?;
    }
    if let Some((value, reason)) = to {
        let fresh = reserved(tx, credential.id).await?;
        tx.suspend_credential(&fresh, value, &cause.by(reason)).await?;
    }
    holding::follow(tx, credential, to.map_or(StatusValue::Valid, |(value, _)| value)).await
}

/// Lifts what the register had set; what staff suspended by hand, staff restores.
async fn lift(tx: &mut Tx, credential: &Credential, reason: Reason, cause: &Cause<'_>) -> Used<()> {
    let credential = &reserved(tx, credential.id).await?;
    match credential.state {
        CredentialState::Suspended { reason: because, .. } if is_of_the_register(because) => {
            tx.restore_credential(credential, &cause.by(reason)).await?;
            holding::follow(tx, credential, StatusValue::Valid).await
        }
        _ => Ok(()),
    }
}

async fn withdraw(tx: &mut Tx, credential: &Credential, reason: Reason, cause: &Cause<'_>) -> Used<()> {
    tx.end_credential(credential, StatusValue::Invalid, &cause.by(reason)).await?;
    holding::end_current(tx, credential.subject, StatusValue::Invalid, reason, cause.now).await?;
    Ok(())
}
