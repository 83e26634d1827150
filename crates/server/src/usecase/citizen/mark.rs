//! Marks on the screen of somebody who may show them, and their live codes.

use super::relation::{Power, Related, related};
use super::vehicle::shown_since;
use super::{division_text, month, reason_text};
use crate::app::App;
use crate::chance;
use crate::clock::china_date;
use crate::usecase::credential::{Life, life};
use crate::usecase::desk::Desk;
use crate::usecase::error::{UseError, Used};
use crate::usecase::issue::Unsigned;
use crate::usecase::session::Session;
use crate::usecase::view::{LiveCode, MarkView};
use jiff::{SignedDuration, Timestamp};
use luzheng_credential::kind::inspection_mark::MarkMode;
use luzheng_credential::kind::{LIVE_SECONDS, Live, Sealed};
use luzheng_credential::qr::text;
use luzheng_credential::seal;
use luzheng_credential::trust::KeyUse;
use luzheng_domain::credential::CredentialKind;
use luzheng_domain::region::Division;
use luzheng_domain::vehicle::{PlateType, VehicleType};
use luzheng_store::Tx;
use luzheng_store::credential::{Credential, CredentialState};
use luzheng_store::vehicle::StoredVehicle;
use uuid::Uuid;

/// After how many seconds the app asks for the next live code.
pub const RENEW_AFTER_S: u32 = 30;

/// A mark of a vehicle for which the person has a power.
///
/// # Errors
/// `not_found`, also for what was before the person's time; `not_for_this_relation`; the store.
pub async fn related_mark(tx: &mut Tx, session: &Session, id: Uuid, power: Power) -> Used<(Credential, Related)> {
    let missing = || UseError::not_found("mark of yours");
    let credential =
        tx.find_credential(id).await?.filter(|c| c.kind == CredentialKind::InspectionMark).ok_or_else(missing)?;
    let related = related(tx, session, credential.subject).await?.ok_or_else(missing)?;
    if let CredentialState::Ended { at, .. } = &credential.state
        && shown_since(tx, &related).await?.is_some_and(|since| *at < since)
    {
        return Err(missing());
    }
    related.relation.require(power)?;
    Ok((credential, related))
}

/// One mark with its static code. A suspended mark or one that is over has no code to show.
///
/// # Errors
/// Not the person's to see; the store.
pub async fn mark(app: &App, session: &Session, id: Uuid) -> Used<MarkView> {
    let mut tx = app.store.read().await?;
    let (credential, Related { stored, .. }) = related_mark(&mut tx, session, id, Power::Look).await?;
    let plate_type =
        PlateType::from_code(&credential.class).map_err(|e| UseError::broken("broken_row", e.to_string()))?;
    let authority = Division::new(credential.authority)
        .ok_or_else(|| UseError::broken("broken_row", "the authority is no division"))?;
    let Life { word: state, reason, .. } = life(&credential);
    let message =
        if state == "current" { tx.find_signed(credential.subject, id).await?.map(|s| s.message) } else { None };
    let until = month(credential.valid_until, id)?;
    let vehicle_type: VehicleType = stored.facts.vehicle_type;
    Ok(MarkView {
        id,
        vehicle_id: stored.id,
        plate_number: credential.subject_name.clone(),
        plate_type: credential.class.clone(),
        plate_type_name: plate_type.name().into(),
        plate_colour: plate_type.colour().code().into(),
        vehicle_type_name: vehicle_type.name().into(),
        valid_until: until.to_string(),
        last_day: until.last_day(),
        authority: authority.to_string(),
        authority_name: division_text(authority),
        issued_at: credential.signed_at,
        state: state.into(),
        reason: reason.map(|r| r.code().into()),
        reason_text: reason.map(reason_text),
        code: message.as_deref().map(|m| text::primary(&app.settings.code_host, m)),
        compact: message.as_deref().map(text::compact),
    })
}

/// Signs a live code for a credential that counts now; the journal records it.
///
/// # Errors
/// Suspended, ended, expired or not signed yet; keys or the store unavailable.
pub async fn make_live(app: &App, credential: &Credential, stored: &StoredVehicle, actor: &str) -> Used<LiveCode> {
    match &credential.state {
        CredentialState::Ended { reason, .. } => {
            return Err(UseError::refused("mark_ended", format!("this mark is over: {}", reason.text().en)));
        }
        CredentialState::Suspended { reason, .. } => {
            return Err(UseError::refused("mark_suspended", format!("this mark is suspended: {}", reason.text().en)));
        }
        CredentialState::Current if credential.signed_at.is_none() => {
            return Err(UseError::refused("mark_issuing", "this mark is still being issued; try again in a moment"));
        }
        CredentialState::Current => {}
    }
    let now = app.clock.now();
    if month(credential.valid_until, credential.id)?.last_day() < china_date(now) {
        return Err(UseError::refused("mark_expired", "this mark has expired"));
    }
    let unsigned = Unsigned {
        subject: credential.subject,
        id: credential.id,
        plate_number: credential.subject_name.clone(),
        class: credential.class.clone(),
        valid_until: credential.valid_until,
        authority: credential.authority,
        status: credential.status,
        digest: app.store.vault().subject_digest(stored.facts.vin.as_str()),
    };
    let sealed = match app.key_table().reader_at(now) {
        Some(reader) => {
            let bytes = seal::seal(&reader.key, seal::INFO_INSPECTION_MARK, stored.facts.vin.as_str().as_bytes())
                .map_err(|e| UseError::unavailable("seal", "the sealed part could not be made", e))?;
            Some(Sealed { reader_key: reader.number, bytes })
        }
        None => None,
    };
    let nonce = chance::bytes::<8>();
    let desk = Desk::open(app, KeyUse::Live, std::iter::once(credential.authority), now)?;
    // Recorded before it is signed and shown, so that no code can exist without its record.
    let mut tx = app.store.write().await?;
    let detail = serde_json::json!({"credential": credential.id, "nonce": hex::encode(nonce)});
    crate::usecase::journal::note(&mut tx, now, actor, "live_code.made", Some(credential.subject), &detail).await?;
    tx.commit().await?;
    let issued = desk.sign(unsigned.mark(MarkMode::Live(Live { nonce, sealed }), now)?)?;
    let issued_at = Timestamp::from_second(now.as_second()).unwrap_or(now);
    Ok(LiveCode {
        code: issued.text(&app.settings.code_host),
        issued_at,
        expires_at: issued_at.checked_add(SignedDuration::from_secs(LIVE_SECONDS)).unwrap_or(issued_at),
        renew_after_s: RENEW_AFTER_S,
    })
}

/// A live code of a mark that the person may show.
///
/// # Errors
/// Not the person's, and as [`make_live`].
pub async fn live(app: &App, session: &Session, id: Uuid) -> Used<LiveCode> {
    let mut tx = app.store.read().await?;
    let (credential, Related { stored, .. }) = related_mark(&mut tx, session, id, Power::Show).await?;
    drop(tx);
    make_live(app, &credential, &stored, &session.actor()).await
}
