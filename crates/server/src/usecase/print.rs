//! A mark on paper: who may print it, when, and the page. Only what counts now is printed: a mark that is suspended, over, expired or not signed
//! yet has no page, and a driving licence never has one, since nothing of it counts on paper.

use super::citizen::mark::related_mark;
use super::citizen::{Power, division_text, month};
use super::error::{UseError, Used};
use super::journal;
use super::session::Session;
use crate::app::App;
use crate::clock::china_date;
use crate::paper::{self, Language, Mark, Page, PaperError};
use jiff::Timestamp;
use luzheng_credential::qr::text;
use luzheng_domain::credential::CredentialKind;
use luzheng_domain::region::Division;
use luzheng_domain::text::Text;
use luzheng_domain::vehicle::{Plate, PlateType};
use luzheng_store::Tx;
use luzheng_store::credential::{Credential, CredentialState};
use uuid::Uuid;

/// A page ready to be printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printed {
    /// The PDF, or the picture.
    pub bytes: Vec<u8>,
    /// The plate as it is in the file's name: `luzheng-苏A12345.pdf`.
    pub plate: String,
}

impl From<PaperError> for UseError {
    fn from(error: PaperError) -> Self {
        match error {
            PaperError::MissingGlyph { .. } | PaperError::DoesNotFit { .. } | PaperError::CodeTooLarge { .. } => {
                UseError::refused("page_by_hand", format!("this page cannot be made by itself: {error}"))
            }
            PaperError::NeverPrinted(_) => UseError::refused("never_printed", error.to_string()),
            other => UseError::broken("paper", other.to_string()),
        }
    }
}

/// Whether a mark counts now, so that it may be shown on paper.
///
/// # Errors
/// `never_printed`, `mark_ended`, `mark_suspended`, `mark_issuing`, `mark_expired`.
fn must_count(credential: &Credential, now: Timestamp) -> Used<()> {
    if credential.kind != CredentialKind::InspectionMark {
        return Err(PaperError::NeverPrinted(credential.kind).into());
    }
    match &credential.state {
        CredentialState::Ended { reason, .. } => {
            Err(UseError::refused("mark_ended", format!("this mark is over: {}", reason.text().en)))
        }
        CredentialState::Suspended { reason, .. } => {
            Err(UseError::refused("mark_suspended", format!("this mark is suspended: {}", reason.text().en)))
        }
        CredentialState::Current if credential.signed_at.is_none() => {
            Err(UseError::refused("mark_issuing", "this mark is still being issued; try again in a moment"))
        }
        CredentialState::Current if month(credential.valid_until, credential.id)?.last_day() < china_date(now) => {
            Err(UseError::refused("mark_expired", "this mark has expired"))
        }
        CredentialState::Current => Ok(()),
    }
}

/// Everything that stands on a mark's page.
struct Facts {
    plate: Plate,
    authority: Text,
    code: String,
    message: Vec<u8>,
    key: String,
}

async fn facts(app: &App, tx: &mut Tx, credential: &Credential) -> Used<Facts> {
    let broken = |e: String| UseError::broken("broken_row", format!("credential {}: {e}", credential.id));
    let plate_type = PlateType::from_code(&credential.class).map_err(|e| broken(e.to_string()))?;
    let number = credential.subject_name.parse().map_err(|_| broken("its plate is none".into()))?;
    let authority = Division::new(credential.authority).map(division_text);
    let authority = authority.ok_or_else(|| broken("the authority is no division".into()))?;
    let signed = tx.find_signed(credential.subject, credential.id).await?;
    let message = signed.ok_or_else(|| broken("there is no signed message".into()))?.message;
    Ok(Facts {
        plate: Plate { number, plate_type },
        authority: Text::made(authority.zh, authority.en),
        code: text::primary(&app.settings.code_host, &message),
        message,
        key: credential.kid.map(hex::encode).unwrap_or_default(),
    })
}

/// What is made of a mark that counts now: a page, or a picture.
async fn made(
    app: &App,
    tx: &mut Tx,
    credential: &Credential,
    draw: impl FnOnce(&Mark<'_>) -> Result<Vec<u8>, PaperError> + Send + 'static,
) -> Used<Printed> {
    must_count(credential, app.clock.now())?;
    let facts = facts(app, tx, credential).await?;
    let (valid_until, demo) = (month(credential.valid_until, credential.id)?, app.settings.demo);
    let issued_on = china_date(credential.signed_at.unwrap_or(credential.reserved_at));
    // Fonts and pixels are work of some milliseconds: not on the threads that answer calls.
    let made = tokio::task::spawn_blocking(move || {
        let Facts { plate, authority, code, message, key } = &facts;
        let mark = Mark { plate, valid_until, authority, issued_on, code_text: code, message, key, demo };
        draw(&mark).map(|bytes| Printed { bytes, plate: plate.number.to_string() })
    });
    Ok(made.await.map_err(|e| UseError::broken("paper", e.to_string()))??)
}

/// The page of a mark for somebody who may print it. That it was printed is in the journal.
///
/// # Errors
/// Not the person's to print; it does not count now; `page_by_hand` when a character is in no font; the store.
pub async fn mark(app: &App, session: &Session, id: Uuid, page: Page, language: Language) -> Used<Printed> {
    let mut tx = app.store.read().await?;
    if let Some(found) = tx.find_credential(id).await?
        && found.kind == CredentialKind::DrivingLicence
        && session.owner.is_some()
        && tx.find_driver(found.subject).await?.map(|driver| driver.owner) == session.owner
    {
        return Err(PaperError::NeverPrinted(found.kind).into());
    }
    let (credential, _) = related_mark(&mut tx, session, id, Power::Print).await?;
    let printed = made(app, &mut tx, &credential, move |mark| paper::pdf(mark, page, language)).await?;
    drop(tx);
    // Recorded before it is given out; the page itself is made outside, so that nothing waits for it.
    let now = app.clock.now();
    let detail = serde_json::json!({"credential": id, "page": page.code(), "language": language.tag()});
    let mut tx = app.store.write().await?;
    journal::note(&mut tx, now, &session.actor(), "mark.printed", Some(credential.subject), &detail).await?;
    tx.commit().await?;
    Ok(printed)
}

async fn current(tx: &mut Tx, vehicle: Uuid) -> Used<Credential> {
    let found = tx.find_current_credential(vehicle, CredentialKind::InspectionMark).await?;
    found.ok_or_else(|| UseError::refused("no_mark", "this vehicle has no mark to print"))
}

/// The page of a vehicle's current mark, for the staff who produce the paper and for operators. The caller records who and why.
///
/// # Errors
/// `no_mark`; it does not count now; `page_by_hand`; the store.
pub async fn of_vehicle(app: &App, vehicle: Uuid, page: Page, language: Language) -> Used<Printed> {
    let mut tx = app.store.read().await?;
    let credential = current(&mut tx, vehicle).await?;
    made(app, &mut tx, &credential, move |mark| paper::pdf(mark, page, language)).await
}

/// The card of a vehicle's current mark as a PNG picture, `dpi` pixels per inch. The caller records who and why.
///
/// # Errors
/// As [`of_vehicle`].
pub async fn picture_of_vehicle(app: &App, vehicle: Uuid, language: Language, dpi: u16) -> Used<Printed> {
    let mut tx = app.store.read().await?;
    let credential = current(&mut tx, vehicle).await?;
    made(app, &mut tx, &credential, move |mark| paper::png(mark, language, dpi)).await
}
