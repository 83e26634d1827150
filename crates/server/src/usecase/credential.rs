//! One credential looked at, and the acts of staff by hand: suspend, restore, revoke, each with a reason.

use super::error::{UseError, Used};
use super::licence::{self, hand};
use super::look::{self, Part, Viewer};
use super::view::{CredentialChangeView, CredentialView};
use super::{journal, notice};
use crate::app::App;
use jiff::Timestamp;
use luzheng_domain::credential::{CredentialKind, Reason};
use luzheng_domain::vehicle::{Plate, PlateType, YearMonth};
use luzheng_store::Tx;
use luzheng_store::credential::{By, Credential, CredentialState};
use luzheng_store::session::Repeated;
use luzheng_store::status::StatusValue;
use luzheng_store::vehicle::StoredVehicle;
use uuid::Uuid;

/// Longest note, in characters.
pub const MAX_NOTE: usize = 500;

/// What is done by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// It does not count until it is restored.
    Suspend,
    /// The suspension ends.
    Restore,
    /// It is over for good.
    Revoke,
}

impl Act {
    /// The stable word.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Restore => "restore",
            Self::Revoke => "revoke",
        }
    }
}

/// An act with its reason.
#[derive(Debug, Clone)]
pub struct Request {
    /// What.
    pub act: Act,
    /// Reason code.
    pub reason: String,
    /// In own words.
    pub note: Option<String>,
    /// Who.
    pub actor: String,
    /// Same key, same answer.
    pub idempotency_key: Option<String>,
}

/// Where a credential is in its life, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Life {
    /// `issuing`, `current`, `suspended` or `ended`.
    pub word: &'static str,
    /// Why it is suspended or ended.
    pub reason: Option<Reason>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// Where a credential is in its life. A mark is being issued until it is signed; a licence counts as soon as it is decided.
pub fn life(credential: &Credential) -> Life {
    let (word, reason, ended_at) = match credential.state {
        CredentialState::Ended { at, reason } => ("ended", Some(reason), Some(at)),
        CredentialState::Suspended { reason, .. } => ("suspended", Some(reason), None),
        CredentialState::Current
            if credential.kind == CredentialKind::InspectionMark && credential.signed_at.is_none() =>
        {
            ("issuing", None, None)
        }
        CredentialState::Current => ("current", None, None),
    };
    Life { word, reason, ended_at }
}

/// The end of validity as people read it: a month, a day, or `long-term`.
fn valid_until(credential: &Credential) -> String {
    let number = credential.valid_until;
    match credential.kind {
        CredentialKind::InspectionMark => YearMonth::from_yyyymm(number).map(|m| m.to_string()),
        CredentialKind::DrivingLicence => licence::term(number).ok().map(|term| term.to_string()),
    }
    .unwrap_or_else(|| number.to_string())
}

/// One credential with its history, for somebody of the office who says what for. That it was seen is recorded before it is given out.
///
/// # Errors
/// There is none with this id; the store.
pub async fn get(app: &App, id: Uuid, viewer: Viewer<'_>) -> Used<CredentialView> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let found = tx.find_credential(id).await?.ok_or_else(|| UseError::not_found("credential"))?;
    look::credential_seen(&mut tx, viewer, &found, Part::Credential, now).await?;
    let answer = view(&mut tx, id).await?;
    tx.commit().await?;
    Ok(answer)
}

async fn view(tx: &mut Tx, id: Uuid) -> Used<CredentialView> {
    let found = tx.find_credential(id).await?.ok_or_else(|| UseError::not_found("credential"))?;
    let changes = tx
        .credential_changes(found.subject, id)
        .await?
        .into_iter()
        .map(|c| CredentialChangeView {
            at: c.known_at,
            what: c.what,
            actor: c.actor,
            reason: c.reason.code().into(),
            note: c.note,
        })
        .collect();
    let life = life(&found);
    // A licence counts from the moment its row is there; nothing of it is signed then.
    let issued_at = match found.kind {
        CredentialKind::InspectionMark => found.signed_at,
        CredentialKind::DrivingLicence => Some(found.reserved_at),
    };
    let valid_until = valid_until(&found);
    Ok(CredentialView {
        id,
        kind: found.kind.code().into(),
        subject: found.subject,
        plate_number: found.subject_name,
        plate_type: found.class,
        valid_until,
        authority: format!("{:06}", found.authority),
        state: life.word.into(),
        reason: life.reason.map(|r| r.code().into()),
        status: [found.status.list, found.status.index],
        kid: found.kid.map(hex::encode),
        reserved_at: found.reserved_at,
        issued_at,
        ended_at: life.ended_at,
        changes,
    })
}

fn checked(request: &Request) -> Used<Reason> {
    if request.note.as_ref().is_some_and(|n| n.chars().count() > MAX_NOTE) {
        return Err(UseError::invalid("note_too_long", format!("a note has at most {MAX_NOTE} characters")));
    }
    request.reason.parse::<Reason>().map_err(|_| {
        let known = Reason::ALL.iter().map(|r| r.code()).collect::<Vec<_>>().join(", ");
        UseError::invalid("unknown_reason", format!("“{}” is no reason; the reasons are {known}", request.reason))
    })
}

/// Does it: the change, its status, the notice and the journal entry commit together. The same idempotency key does it once.
///
/// # Errors
/// No such credential; it is not in the state for this act; an unknown reason; the store.
pub async fn by_hand(app: &App, id: Uuid, request: Request) -> Used<CredentialView> {
    let reason = checked(&request)?;
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    if let Some(key) = &request.idempotency_key {
        let content = format!("{id} {} {} {:?}", request.act.code(), request.reason, request.note);
        match tx.begin_once(&request.actor, key, journal::sha256(content.as_bytes()), now).await? {
            Repeated::No => {}
            Repeated::Yes(_) => return view(&mut tx, id).await,
            Repeated::Differs => {
                return Err(UseError::new(
                    super::error::Kind::Conflict,
                    "idempotency_key_reused",
                    "this idempotency key was used for another call",
                ));
            }
        }
    }
    let found = tx.lock_credential(id).await?.ok_or_else(|| UseError::not_found("credential"))?;
    perform(&mut tx, &found, &request, reason, now).await?;
    let detail = serde_json::json!({"credential": id, "reason": reason.code(), "note": request.note});
    journal::note(
        &mut tx,
        now,
        &request.actor,
        &format!("credential.{}", request.act.code()),
        Some(found.subject),
        &detail,
    )
    .await?;
    match found.kind {
        CredentialKind::InspectionMark => notice::by_hand(&mut tx, &found, request.act, reason, now).await?,
        CredentialKind::DrivingLicence => hand::tell(&mut tx, &found, request.act, reason, now).await?,
    }
    let answer = view(&mut tx, id).await?;
    if let Some(key) = &request.idempotency_key {
        tx.put_response(&request.actor, key, id.as_bytes()).await?;
    }
    tx.commit().await?;
    Ok(answer)
}

async fn perform(tx: &mut Tx, found: &Credential, request: &Request, reason: Reason, now: Timestamp) -> Used<()> {
    let by = By { actor: &request.actor, reason, note: request.note.as_deref(), true_at: now, known_at: now };
    let done = match request.act {
        act if found.kind == CredentialKind::DrivingLicence => hand::act(tx, found, act, &by).await?,
        Act::Suspend => tx.suspend_credential(found, StatusValue::Suspended, &by).await?,
        Act::Restore => tx.restore_credential(found, &by).await?,
        Act::Revoke => tx.end_credential(found, StatusValue::Invalid, &by).await?,
    };
    if done {
        return Ok(());
    }
    let (code, sentence) = match (request.act, &found.state) {
        (_, CredentialState::Ended { reason, .. }) => {
            ("already_ended", format!("this credential is over already ({})", reason.code()))
        }
        (Act::Suspend, _) => ("already_suspended", "this credential is suspended already".to_owned()),
        (Act::Restore, _) => ("not_suspended", "this credential is not suspended".to_owned()),
        (Act::Revoke, _) => ("not_revoked", "this credential could not be revoked".to_owned()),
    };
    Err(UseError::refused(code, sentence))
}

/// A vehicle with its current mark, by plate, for an operator who gets its code out. That it was seen is recorded.
///
/// # Errors
/// A plate that cannot be one; no such vehicle; the store.
pub async fn by_plate(
    app: &App,
    number: &str,
    plate_type: &str,
) -> Used<(StoredVehicle, Option<Credential>, Option<Vec<u8>>)> {
    let plate = read_plate(number, plate_type)?;
    let mut tx = app.store.write().await?;
    let stored = tx
        .find_vehicle_by_plate(&plate)
        .await?
        .ok_or_else(|| UseError::not_found(&format!("vehicle {number} of plate type {plate_type}")))?;
    let credential = tx.find_current_credential(stored.id, CredentialKind::InspectionMark).await?;
    let message = match &credential {
        Some(c) => tx.find_signed(c.subject, c.id).await?.map(|s| s.message),
        None => None,
    };
    if let Some(found) = &credential {
        look::credential_seen(&mut tx, Viewer::Operator, found, Part::Code, app.clock.now()).await?;
    }
    tx.commit().await?;
    Ok((stored, credential, message))
}

/// A plate as somebody types it.
///
/// # Errors
/// It cannot be a plate of that type.
pub fn read_plate(number: &str, plate_type: &str) -> Used<Plate> {
    let plate_type =
        PlateType::parse(plate_type).map_err(|e| UseError::invalid("unknown_plate_type", e.to_string()))?;
    Ok(Plate::parse(number, plate_type).map_err(|e| UseError::invalid("bad_plate", e.to_string()))?.value)
}
