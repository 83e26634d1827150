//! What a citizen sees of their own: vehicles with what is due and why, marks, live codes, notices.

use super::credential::{Life, life};
use super::desk::Desk;
use super::error::{Kind, UseError, Used};
use super::issue::Unsigned;
use super::session::Session;
use super::view::{
    ClauseView, InspectionView, LiveCode, MarkSummary, MarkView, Me, NoticePage, NoticeView, PastMark, StatusLetter,
    Text, VehicleView,
};
use crate::app::App;
use crate::chance;
use crate::clock::china_date;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use luzheng_credential::kind::inspection_mark::MarkMode;
use luzheng_credential::kind::{LIVE_SECONDS, Live, Sealed};
use luzheng_credential::qr::text;
use luzheng_credential::seal;
use luzheng_credential::trust::KeyUse;
use luzheng_domain::credential::{CredentialKind, Reason};
use luzheng_domain::mask;
use luzheng_domain::region::{Division, division_name};
use luzheng_domain::vehicle::inspection::CycleFacts;
use luzheng_domain::vehicle::{MarkEffect, PlateType, VehicleType, YearMonth};
use luzheng_store::Tx;
use luzheng_store::credential::{Credential, CredentialState};
use luzheng_store::vehicle::StoredVehicle;
use uuid::Uuid;

/// After how many seconds the app asks for the next live code.
pub const RENEW_AFTER_S: u32 = 30;
/// Notices on a page.
const NOTICE_PAGE: u32 = 50;

fn owner(session: &Session) -> Used<Uuid> {
    session.owner.ok_or_else(|| {
        UseError::new(Kind::Forbidden, "no_register_record", "this account is not linked to anybody in the register")
    })
}

/// The signed-in person.
///
/// # Errors
/// The store.
pub async fn me(app: &App, session: &Session) -> Used<Me> {
    let mut tx = app.store.read().await?;
    let (mut id_number_masked, mut phone_masked, mut unread) = (None, None, 0);
    if let Some(owner) = session.owner {
        if let Some(found) = tx.find_owner(owner).await? {
            id_number_masked = Some(found.details.number.masked());
            phone_masked = found.details.phone.as_deref().map(mask::phone);
        }
        unread = tx.unread_notices(owner).await?;
    }
    Ok(Me {
        id: session.person,
        role: session.role.code().into(),
        name: session.name.clone(),
        id_number_masked,
        phone_masked,
        unread_notices: unread,
    })
}

/// The name of a division in both languages; its number when it has none.
pub fn division_text(division: Division) -> Text {
    division_name(division).map_or_else(|| Text::new(division.to_string(), division.to_string()), Text::from)
}

/// A reason in both languages.
pub fn reason_text(reason: Reason) -> Text {
    reason.text().into()
}

fn month(yyyymm: u32, id: Uuid) -> Used<YearMonth> {
    YearMonth::from_yyyymm(yyyymm)
        .ok_or_else(|| UseError::broken("broken_row", format!("credential {id}: {yyyymm} is no month")))
}

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

async fn view(app: &App, tx: &mut Tx, stored: &StoredVehicle, since: Option<Timestamp>) -> Used<VehicleView> {
    let today = china_date(app.clock.now());
    let facts = &stored.facts;
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
        vin: facts.vin.to_string(),
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

/// Own vehicles; what needs something soonest comes first.
///
/// # Errors
/// The store.
pub async fn vehicles(app: &App, session: &Session) -> Used<Vec<VehicleView>> {
    let owner = owner(session)?;
    let mut tx = app.store.read().await?;
    let mut out = Vec::new();
    for stored in tx.vehicles_of_owner(owner).await? {
        let since = owned_since(&mut tx, &stored).await?;
        out.push(view(app, &mut tx, &stored, since).await?);
    }
    out.sort_by_key(|v| v.inspection.as_ref().map_or(i32::MAX, |i| i.days_left));
    Ok(out)
}

async fn own_vehicle(tx: &mut Tx, session: &Session, id: Uuid) -> Used<StoredVehicle> {
    let owner = owner(session)?;
    tx.find_vehicle(id).await?.filter(|v| v.facts.owner == owner).ok_or_else(|| UseError::not_found("vehicle of yours"))
}

/// One own vehicle.
///
/// # Errors
/// Not the person's; the store.
pub async fn vehicle(app: &App, session: &Session, id: Uuid) -> Used<VehicleView> {
    let mut tx = app.store.read().await?;
    let stored = own_vehicle(&mut tx, session, id).await?;
    let since = owned_since(&mut tx, &stored).await?;
    view(app, &mut tx, &stored, since).await
}

async fn own_mark(tx: &mut Tx, session: &Session, id: Uuid) -> Used<(Credential, StoredVehicle)> {
    let missing = || UseError::not_found("mark of yours");
    let credential =
        tx.find_credential(id).await?.filter(|c| c.kind == CredentialKind::InspectionMark).ok_or_else(missing)?;
    let stored = own_vehicle(tx, session, credential.subject).await.map_err(|_| missing())?;
    if let CredentialState::Ended { at, .. } = &credential.state
        && owned_since(tx, &stored).await?.is_some_and(|since| *at < since)
    {
        return Err(missing());
    }
    Ok((credential, stored))
}

/// One own mark with its static code. A suspended mark or one that is over has no code to show.
///
/// # Errors
/// Not the person's; the store.
pub async fn mark(app: &App, session: &Session, id: Uuid) -> Used<MarkView> {
    let mut tx = app.store.read().await?;
    let (credential, stored) = own_mark(&mut tx, session, id).await?;
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
    let sealed = match &app.key_table().reader {
        Some(reader) => {
            let bytes = seal::seal(reader, seal::INFO_INSPECTION_MARK, stored.facts.vin.as_str().as_bytes())
                .map_err(|e| UseError::unavailable("seal", "the sealed part could not be made", e))?;
            Some(Sealed { reader_key: super::key::READER_KEY, bytes })
        }
        None => None,
    };
    let nonce = chance::bytes::<8>();
    let desk = Desk::open(app, KeyUse::Live, std::iter::once(credential.authority), now)?;
    // Recorded before it is signed and shown, so that no code can exist without its record.
    let mut tx = app.store.write().await?;
    let detail = serde_json::json!({"credential": credential.id, "nonce": hex::encode(nonce)});
    super::journal::note(&mut tx, now, actor, "live_code.made", Some(credential.subject), &detail).await?;
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

/// A live code of an own mark.
///
/// # Errors
/// Not the person's, and as [`make_live`].
pub async fn live(app: &App, session: &Session, id: Uuid) -> Used<LiveCode> {
    let mut tx = app.store.read().await?;
    let (credential, stored) = own_mark(&mut tx, session, id).await?;
    drop(tx);
    make_live(app, &credential, &stored, &session.actor()).await
}

/// A page of notices, newest first.
///
/// # Errors
/// The store.
pub async fn notices(app: &App, session: &Session, after: Option<Uuid>) -> Used<NoticePage> {
    let owner = owner(session)?;
    let mut tx = app.store.read().await?;
    let found = tx.notices(owner, after, NOTICE_PAGE + 1).await?;
    let more = found.len() > NOTICE_PAGE as usize;
    let items: Vec<NoticeView> = found
        .into_iter()
        .take(NOTICE_PAGE as usize)
        .map(|n| {
            let (title, body) = super::notice::words(&n.kind, &n.params);
            NoticeView { id: n.id, kind: n.kind, title, body, created_at: n.created_at, read_at: n.read_at }
        })
        .collect();
    let next = if more { items.last().map(|n| n.id) } else { None };
    Ok(NoticePage { items, next })
}

/// Marks an own notice as read.
///
/// # Errors
/// Not the person's; the store.
pub async fn read_notice(app: &App, session: &Session, id: Uuid) -> Used<()> {
    let owner = owner(session)?;
    let mut tx = app.store.write().await?;
    if !tx.mark_notice_read(owner, id, app.clock.now()).await? {
        return Err(UseError::not_found("notice of yours"));
    }
    tx.commit().await?;
    Ok(())
}
