//! The live code of a licence: made at the moment it is shown, from the register's facts as of that moment, dead after a minute.

use super::{is_of_the_register, own_driver, term};
use crate::app::App;
use crate::chance;
use crate::clock::china_date;
use crate::usecase::citizen::RENEW_AFTER_S;
use crate::usecase::desk::Desk;
use crate::usecase::error::{UseError, Used};
use crate::usecase::journal;
use crate::usecase::look::{self, Part, Viewer};
use crate::usecase::session::Session;
use crate::usecase::view::StatusLetter;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use luzheng_credential::kind::driving_licence::{LicenceMode, LicenceTerm};
use luzheng_credential::kind::{Claims, DrivingLicence, LIVE_SECONDS, Live, Sealed, StatusRef};
use luzheng_credential::qr::message;
use luzheng_credential::seal;
use luzheng_credential::sign::{Algorithm, KeyId, SIGNATURE_LEN};
use luzheng_credential::trust::KeyUse;
use luzheng_domain::credential::{CredentialKind, Reason};
use luzheng_domain::driver::{CodeColour, Licence, LicenceEffect};
use luzheng_store::credential::{Credential, CredentialState};
use luzheng_store::driver::StoredDriver;
use serde::Serialize;
use utoipa::ToSchema;

/// A live code of a licence, with the state and the points as of now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LicenceLive {
    /// The code.
    pub code: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub issued_at: Timestamp,
    /// From when on it is dead.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// After how many seconds to ask for the next.
    pub renew_after_s: u32,
    /// `normal` or `red`; in any other state no code is made.
    pub state: String,
    /// `black` or `red`: how the code is to be drawn.
    pub colour: String,
    /// Points in the running cycle.
    pub points: u32,
    /// The state's letters, the most severe first.
    pub status: Vec<StatusLetter>,
}

/// How a licence stands now, for everything that shows it.
#[derive(Debug, Clone)]
pub struct Standing {
    /// What the state does to the licence.
    pub effect: LicenceEffect,
    /// The state's letters, the most severe first.
    pub letters: Vec<StatusLetter>,
    /// Points in the running cycle.
    pub points: u32,
}

impl Standing {
    /// How a licence stands on a day, by its register's letters and what follows from them by law.
    pub fn of(licence: &Licence, today: Date) -> Self {
        let status = licence.effective_status(today);
        Self {
            effect: status.effect(),
            letters: status
                .letters()
                .map(|l| StatusLetter { letter: l.letter().to_string(), name: l.name().into() })
                .collect(),
            points: licence.points.sum_on(licence.first_issued_on, today),
        }
    }

    /// Whether it is shown red.
    pub const fn is_red(&self) -> bool {
        !matches!(self.effect, LicenceEffect::Normal)
    }
}

/// Whether a licence may be shown now: not one that is out of use, withdrawn or past its end.
///
/// # Errors
/// `licence_stopped`, `licence_withdrawn`, `licence_expired`.
pub(crate) fn may_be_shown(credential: &Credential, standing: &Standing, today: Date) -> Used<LicenceTerm> {
    let refused =
        |code, what: &str, why: Reason| UseError::refused(code, format!("this licence {what}: {}", why.text().en));
    match (&credential.state, standing.effect) {
        (_, LicenceEffect::Withdrawn(reason)) => return Err(refused("licence_withdrawn", "is withdrawn", reason)),
        (CredentialState::Ended { reason, .. }, _) => {
            return Err(refused("licence_withdrawn", "is withdrawn", *reason));
        }
        (_, LicenceEffect::Stopped(reason)) => return Err(refused("licence_stopped", "does not count now", reason)),
        (CredentialState::Suspended { reason, .. }, _) if !is_of_the_register(*reason) => {
            return Err(refused("licence_stopped", "does not count now", *reason));
        }
        _ => {}
    }
    match term(credential.valid_until)? {
        LicenceTerm::Until(day) if day < today => {
            Err(UseError::refused("licence_expired", format!("this licence was valid until {day}")))
        }
        term => Ok(term),
    }
}

/// What a code of this credential says.
pub(crate) fn claims(
    app: &App,
    driver: &StoredDriver,
    credential: &Credential,
    status: luzheng_store::status::StatusIndex,
    mode: LicenceMode,
    iat: Timestamp,
) -> Used<DrivingLicence> {
    Ok(DrivingLicence {
        iat: iat.as_second(),
        mode,
        name: credential.subject_name.clone(),
        classes: credential.class.clone(),
        valid_until: term(credential.valid_until).map_err(|e| e.about(credential.id))?,
        status: StatusRef { list: status.list, index: status.index },
        authority: credential.authority,
        subject_digest: app.store.vault().subject_digest(driver.facts.number.as_str()),
    })
}

/// Size of a message with these claims, in bytes. All algorithms' headers that licences are signed with are no longer than SM2's.
fn size(claims: &DrivingLicence) -> Used<usize> {
    let encoded = Claims::from(claims.clone())
        .encode()
        .map_err(|e| UseError::broken("not_issued", format!("not signed: {e}")))?;
    let header = message::protected_header(Algorithm::Sm2, KeyId::new([0; 8]));
    Ok(message::assemble(&header, &encoded, &[0; SIGNATURE_LEN]).len())
}

/// Adds the part for officers: licence number and full name with a comma between them. A name that does not fit is cut at its end; the number
/// always fits.
fn add_sealed(
    app: &App,
    driver: &StoredDriver,
    nonce: [u8; 8],
    licence: &mut DrivingLicence,
    red: Option<bool>,
) -> Used<()> {
    let at = Timestamp::from_second(licence.iat).unwrap_or_default();
    let Some(reader) = app.key_table().reader_at(at).cloned() else { return Ok(()) };
    let mut plain = format!("{},{}", driver.facts.number.as_str(), driver.facts.name);
    loop {
        let stand_in = Sealed { reader_key: reader.number, bytes: vec![0; plain.len() + seal::OVERHEAD] };
        licence.mode = LicenceMode::Live { live: Live { nonce, sealed: Some(stand_in) }, red };
        if plain.len() <= seal::PLAINTEXT_MAX && size(licence)? <= licence.ceiling() {
            break;
        }
        if plain.pop().is_none() {
            licence.mode = LicenceMode::Live { live: Live { nonce, sealed: None }, red };
            return Ok(());
        }
    }
    let bytes = seal::seal(&reader.key, seal::INFO_DRIVING_LICENCE, plain.as_bytes())
        .map_err(|e| UseError::unavailable("seal", "the sealed part could not be made", e))?;
    let sealed = Some(Sealed { reader_key: reader.number, bytes });
    licence.mode = LicenceMode::Live { live: Live { nonce, sealed }, red };
    Ok(())
}

/// Signs a live code for a licence; the journal records it before it is signed.
///
/// # Errors
/// Out of use, withdrawn, run out or not applied for; keys or the store unavailable.
pub async fn make_live(app: &App, driver: &StoredDriver, credential: &Credential, actor: &str) -> Used<LicenceLive> {
    let now = app.clock.now();
    let today = china_date(now);
    let standing = Standing::of(&driver.facts, today);
    may_be_shown(credential, &standing, today)?;
    let red = standing.is_red().then_some(true);
    let nonce = chance::bytes::<8>();
    let mode = LicenceMode::Live { live: Live { nonce, sealed: None }, red };
    let mut licence = claims(app, driver, credential, credential.status, mode, now)?;
    add_sealed(app, driver, nonce, &mut licence, red)?;
    let desk = Desk::open(app, KeyUse::Live, std::iter::once(credential.authority), now)?;
    // Recorded before it is signed and shown, so that no code can exist without its record.
    let mut tx = app.store.write().await?;
    let detail = serde_json::json!({
        "credential": credential.id, "nonce": hex::encode(nonce), "kind": CredentialKind::DrivingLicence.code(),
        "red": standing.is_red(),
    });
    journal::note(&mut tx, now, actor, "live_code.made", Some(driver.id), &detail).await?;
    tx.commit().await?;
    let issued = desk.sign(licence).map_err(|e| e.about(credential.id))?;
    let issued_at = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let colour = if standing.is_red() { CodeColour::Red } else { CodeColour::Black };
    Ok(LicenceLive {
        code: issued.text(&app.settings.code_host),
        issued_at,
        expires_at: issued_at.checked_add(SignedDuration::from_secs(LIVE_SECONDS)).unwrap_or(issued_at),
        renew_after_s: RENEW_AFTER_S,
        state: standing.effect.code().into(),
        colour: colour.code().into(),
        points: standing.points,
        status: standing.letters,
    })
}

/// The licence that a driver has now, or had last, as long as it was not simply never applied for.
///
/// # Errors
/// `no_electronic_licence` when there never was one; the store.
pub(crate) async fn shown_credential(tx: &mut luzheng_store::Tx, driver: &StoredDriver) -> Used<Credential> {
    if let Some(current) = tx.find_current_credential(driver.id, CredentialKind::DrivingLicence).await? {
        return Ok(current);
    }
    tx.credentials_of(driver.id).await?.into_iter().find(|c| c.kind == CredentialKind::DrivingLicence).ok_or_else(
        || UseError::refused("no_electronic_licence", "there is no electronic licence yet; apply for it first"),
    )
}

/// A live code of one's own licence.
///
/// # Errors
/// No licence, and as [`make_live`].
pub async fn live(app: &App, session: &Session) -> Used<LicenceLive> {
    let mut tx = app.store.read().await?;
    let driver = own_driver(&mut tx, session).await?;
    let credential = shown_credential(&mut tx, &driver).await?;
    drop(tx);
    make_live(app, &driver, &credential, &session.actor()).await
}

/// A driver and the licence that is to be shown, by licence number, for operators.
///
/// # Errors
/// A number that is none, nobody with it, no electronic licence; the store.
pub async fn by_number(app: &App, number: &str) -> Used<(StoredDriver, Credential)> {
    let number = luzheng_domain::driver::LicenceNumber::parse(number)
        .map_err(|e| UseError::invalid("bad_licence_number", e.to_string()))?
        .value;
    let mut tx = app.store.write().await?;
    let driver = tx
        .find_driver_by_number(&number)
        .await?
        .ok_or_else(|| UseError::not_found(&format!("driver with the number {}", number.masked())))?;
    let credential = shown_credential(&mut tx, &driver).await?;
    look::credential_seen(&mut tx, Viewer::Operator, &credential, Part::Code, app.clock.now()).await?;
    tx.commit().await?;
    Ok((driver, credential))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usecase::key::reader::MAX_NUMBER;
    use luzheng_credential::kind::driving_licence::MAX_NAME_CHARS;
    use luzheng_domain::driver::LicenceClass;

    /// The largest claims that a register can ask for: all classes, rare characters around the stars, the last entry of a far list.
    fn largest(mode: LicenceMode) -> DrivingLicence {
        DrivingLicence {
            iat: 1_800_000_000,
            mode,
            name: luzheng_domain::mask::name(&"\u{30edd}".repeat(MAX_NAME_CHARS)),
            classes: LicenceClass::ALL.iter().map(|class| class.code()).collect(),
            valid_until: LicenceTerm::Until("2099-12-31".parse().unwrap()),
            status: StatusRef { list: u32::from(u16::MAX), index: (1 << 20) - 1 },
            authority: 659_012,
            subject_digest: [0xff; 8],
        }
    }

    #[test]
    fn every_licence_fits_its_code_and_the_number_fits_the_sealed_part() {
        let held = largest(LicenceMode::Held { device_key: [2; 33] });
        assert!(size(&held).unwrap() <= held.ceiling(), "{} of {}", size(&held).unwrap(), held.ceiling());
        let live = |sealed: Option<usize>| {
            let sealed = sealed.map(|n| Sealed { reader_key: MAX_NUMBER, bytes: vec![0; n + seal::OVERHEAD] });
            largest(LicenceMode::Live { live: Live { nonce: [0; 8], sealed }, red: Some(true) })
        };
        for code in [live(None), live(Some("11010519491231002X,".len()))] {
            assert!(size(&code).unwrap() <= code.ceiling(), "{} of {}", size(&code).unwrap(), code.ceiling());
        }
    }
}
