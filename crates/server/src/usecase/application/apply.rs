//! What a holder does: applies, sends another photo, gives the application up.

use super::{Act, CaseView, Log, append, enqueue, issue_approved, load, open, view};
use crate::app::App;
use crate::chance;
use crate::clock::{china_date, china_midnight};
use crate::usecase::error::{Kind, UseError, Used};
use crate::usecase::licence::{Places, own_driver};
use crate::usecase::session::Session;
use crate::usecase::{journal, mark_case, notice};
use jiff::Timestamp;
use jiff::civil::Date;
use luzheng_domain::case::{self, Action, CaseKind, PhotoSource, Status};
use luzheng_domain::credential::{CredentialKind, Reason};
use luzheng_domain::driver::notice::{DriverNotice, NoticeFacts};
use luzheng_domain::region;
use luzheng_store::Tx;
use luzheng_store::driver::StoredDriver;
use luzheng_store::photo::{PhotoInfo, PhotoOrigin, PhotoState};
use luzheng_store::review::Look;
use luzheng_store::session::Repeated;
use uuid::Uuid;

/// So many photos can be sent in one application; then the counter is the better place.
pub const MAX_SUBMISSIONS: u32 = 5;

/// Which photo is to be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhotoChoice {
    /// The one that the office has.
    Stored,
    /// One that was just uploaded.
    New(Uuid),
}

/// An application.
#[derive(Debug, Clone)]
pub struct Application {
    /// For what.
    pub kind: CaseKind,
    /// With which photo.
    pub photo: PhotoChoice,
    /// From the roadside.
    pub urgent: bool,
    /// Same key, same answer.
    pub idempotency_key: Option<String>,
}

/// Whether a person's app is closed: they sent a picture in bad faith, and the counter has not taken a photo since (EDL-B).
async fn closed_to_the_app(tx: &mut Tx, driver: &StoredDriver, current: Option<&PhotoInfo>) -> Used<bool> {
    let sent_away = tx
        .cases_of(driver.owner)
        .await?
        .into_iter()
        .filter(|c| c.status == Status::AtCounter.code())
        .filter_map(|c| c.closed_at)
        .max();
    Ok(sent_away
        .is_some_and(|at| !current.is_some_and(|photo| photo.origin == PhotoOrigin::Register && photo.created_at > at)))
}

/// Whether the driver may hand this application in now.
async fn admit(
    tx: &mut Tx,
    driver: &StoredDriver,
    asked: &Application,
    current: Option<&PhotoInfo>,
    now: Timestamp,
) -> Used<()> {
    let today = china_date(now);
    if let Err(reason) = driver.facts.effective_status(today).may_apply() {
        return Err(UseError::refused(reason.code(), reason.text().en));
    }
    let opened_on = region::rollout::opened_on(CredentialKind::DrivingLicence, driver.facts.division);
    if opened_on.is_none_or(|day| day > today) {
        return Err(UseError::refused(Reason::RegionNotOpen.code(), Reason::RegionNotOpen.text().en));
    }
    if closed_to_the_app(tx, driver, current).await? {
        return Err(UseError::refused("counter_only", "this application has to be made at the counter"));
    }
    let has_one = tx.find_current_credential(driver.id, CredentialKind::DrivingLicence).await?.is_some();
    match (asked.kind, has_one) {
        (CaseKind::First, true) => {
            return Err(UseError::refused("already_issued", "there is an electronic licence already"));
        }
        (CaseKind::PhotoReplacement, false) => {
            return Err(UseError::refused(
                "not_issued",
                "there is no electronic licence whose photo could be replaced",
            ));
        }
        _ => {}
    }
    if asked.urgent {
        let midnight = china_midnight(today);
        let used = tx.cases_of(driver.owner).await?.iter().any(|c| c.urgent && c.opened_at >= midnight);
        if used {
            return Err(UseError::new(Kind::TooOften, "urgent_once_a_day", "one application a day can be urgent"));
        }
    }
    Ok(())
}

/// A photo that was uploaded by this driver and is still to be decided about.
async fn pending(tx: &mut Tx, driver: Uuid, id: Uuid) -> Used<Uuid> {
    match tx.photo_info(driver, id).await? {
        Some(photo) if photo.state == PhotoState::Pending => Ok(photo.id),
        Some(_) => Err(UseError::refused("photo_used", "this photo was decided about already; please send another")),
        None => Err(UseError::not_found("photo of yours; it may have been kept for a day without an application")),
    }
}

/// From when on the photo that is the licence's may be replaced.
fn replace_from(current: &PhotoInfo) -> Date {
    let origin = case::PhotoOrigin::from_code(current.origin.code()).unwrap_or(case::PhotoOrigin::Camera);
    case::photo_replace_from(origin, china_date(current.created_at))
}

async fn photo_of(
    tx: &mut Tx,
    driver: &StoredDriver,
    asked: &Application,
    current: Option<&PhotoInfo>,
    today: Date,
) -> Used<(PhotoSource, Uuid)> {
    match (asked.photo, current) {
        (PhotoChoice::Stored, _) if asked.kind == CaseKind::PhotoReplacement => {
            Err(UseError::invalid("photo_needed", "another photo is needed to replace the one that is there"))
        }
        (PhotoChoice::Stored, Some(current)) => Ok((PhotoSource::Stored, current.id)),
        (PhotoChoice::Stored, None) => {
            Err(UseError::refused("photo_needed", "there is no stored photo; please send one"))
        }
        (PhotoChoice::New(_), Some(current)) if replace_from(current) > today => Err(UseError::refused(
            "photo_too_fresh",
            format!("a photo that you sent can be replaced after six months, from {}", replace_from(current)),
        )),
        (PhotoChoice::New(id), _) => Ok((PhotoSource::New, pending(tx, driver.id, id).await?)),
    }
}

/// Whether this very call was made before; then which case it made.
async fn made_before(tx: &mut Tx, session: &Session, asked: &Application, now: Timestamp) -> Used<Option<Uuid>> {
    let Some(key) = &asked.idempotency_key else { return Ok(None) };
    let content = format!("apply {} {:?} {}", asked.kind.code(), asked.photo, asked.urgent);
    match tx.begin_once(&session.actor(), key, journal::sha256(content.as_bytes()), now).await? {
        Repeated::No => Ok(None),
        Repeated::Yes(Some(bytes)) => Ok(Uuid::from_slice(&bytes).ok()),
        Repeated::Yes(None) => Ok(None),
        Repeated::Differs => Err(UseError::new(
            Kind::Conflict,
            "idempotency_key_reused",
            "this idempotency key was used for another call",
        )),
    }
}

/// Hands an application in. With the stored photo the licence is there when this returns; with a new one it waits for a reviewer.
///
/// # Errors
/// The person is no driver; the state of the licence, the place, an earlier case or the photo does not allow it (each with its code); the store.
pub async fn apply(app: &App, session: &Session, asked: &Application) -> Used<CaseView> {
    let now = app.clock.now();
    let who = session.actor();
    let mut places = match asked.photo {
        PhotoChoice::Stored => Places::take(app, now).await?,
        PhotoChoice::New(_) => Places::default(),
    };
    let mut tx = app.store.write().await?;
    if let Some(before) = made_before(&mut tx, session, asked, now).await? {
        return own(&mut tx, session, before).await.map(|log| view::of(&log));
    }
    let found = own_driver(&mut tx, session).await?;
    let driver = tx.lock_driver(found.id).await?.ok_or_else(|| UseError::not_found("driver"))?;
    if let Some(open) = tx.find_open_case(driver.id).await? {
        let sentence = format!("the application {} is under way", open.id);
        return Err(UseError::new(Kind::Conflict, "case_open", sentence));
    }
    let current = tx.current_photo(driver.id).await?;
    admit(&mut tx, &driver, asked, current.as_ref(), now).await?;
    let (source, photo) = photo_of(&mut tx, &driver, asked, current.as_ref(), china_date(now)).await?;
    let id = chance::new_id(now);
    let submitted = Action::Submitted { photo: source, urgent: asked.urgent };
    let mut log = open(&mut tx, &driver, id, asked.kind, submitted, Some(photo), &Act::holder(&who, now)).await?;
    let detail = serde_json::json!({"case": id, "kind": asked.kind.code(), "photo": photo, "stored": source == PhotoSource::Stored, "urgent": asked.urgent});
    journal::note(&mut tx, now, &who, "application.submitted", Some(driver.id), &detail).await?;
    append(&mut tx, &mut log, Action::Accepted, &Act::system(now)).await?;
    match source {
        PhotoSource::Stored => issue_approved(&mut tx, &driver, &mut log, &who, &mut places, now).await?,
        PhotoSource::New => wait(&mut tx, &driver, &log, now).await?,
    }
    if let Some(key) = &asked.idempotency_key {
        tx.put_response(&who, key, id.as_bytes()).await?;
    }
    tx.commit().await?;
    metrics::counter!("luzheng_applications_total", "photo" => if source == PhotoSource::Stored { "stored" } else { "new" })
        .increment(1);
    Ok(view::of(&log))
}

/// Puts a photo into the queue and tells the holder by when there is an answer.
async fn wait(tx: &mut Tx, driver: &StoredDriver, log: &Log, now: Timestamp) -> Used<()> {
    enqueue(tx, log, Look::First, now).await?;
    let day = case::review_expected_by(china_date(now)).ok();
    let kind = DriverNotice::ApplicationReceived;
    let dedupe = format!("case/{}:{}:{}", log.stored.id, kind.code(), log.state.submissions);
    notice::of_driver(tx, driver.owner, &dedupe, kind, &NoticeFacts { day, ..NoticeFacts::default() }, now).await?;
    Ok(())
}

/// An own case, as read.
async fn own(tx: &mut Tx, session: &Session, id: Uuid) -> Used<Log> {
    match tx.find_case(id).await? {
        Some(stored) if Some(stored.owner) == session.owner => load(tx, stored).await,
        _ => Err(UseError::not_found("application of yours")),
    }
}

/// An own case, locked after its driver.
async fn lock_own(tx: &mut Tx, session: &Session, id: Uuid) -> Used<(StoredDriver, Log)> {
    let found = own(tx, session, id).await?;
    let driver = tx.lock_driver(found.stored.subject).await?.ok_or_else(|| UseError::not_found("driver"))?;
    let stored = tx.lock_case(id).await?.ok_or_else(|| UseError::not_found("application of yours"))?;
    Ok((driver, load(tx, stored).await?))
}

/// Own applications of every kind, newest first.
///
/// # Errors
/// The account is not linked to the register; the store.
pub async fn cases(app: &App, session: &Session) -> Used<Vec<CaseView>> {
    let owner = session.owner.ok_or_else(|| {
        UseError::new(Kind::Forbidden, "no_register_record", "this account is not linked to anybody in the register")
    })?;
    let mut tx = app.store.read().await?;
    let mut views = Vec::new();
    for stored in tx.cases_of(owner).await? {
        views.push(view::of(&load(&mut tx, stored).await?));
    }
    views.extend(mark_case::mine(app, &mut tx, owner).await?);
    views.sort_by_key(|view| (std::cmp::Reverse(view.opened_at), std::cmp::Reverse(view.id)));
    Ok(views)
}

/// One own application.
///
/// # Errors
/// Not the person's; the store.
pub async fn find(app: &App, session: &Session, id: Uuid) -> Used<CaseView> {
    let mut tx = app.store.read().await?;
    if tx.find_mark_case(id).await?.is_some() {
        return mark_case::find(app, &mut tx, session, id).await;
    }
    Ok(view::of(&own(&mut tx, session, id).await?))
}

/// Gives an application up; what waits in the office's queue is taken out of it.
///
/// # Errors
/// Not the person's; it is decided already (`action_not_allowed`); the store.
pub async fn withdraw(app: &App, session: &Session, id: Uuid) -> Used<CaseView> {
    if let Some(view) = mark_case::withdraw(app, session, id).await? {
        return Ok(view);
    }
    let now = app.clock.now();
    let who = session.actor();
    let mut tx = app.store.write().await?;
    let (driver, mut log) = lock_own(&mut tx, session, id).await?;
    if log.state.status == Status::Withdrawn {
        return Ok(view::of(&log));
    }
    append(&mut tx, &mut log, Action::Withdrawn, &Act::holder(&who, now)).await?;
    tx.withdraw_reviews(driver.id, id).await?;
    journal::note(&mut tx, now, &who, "application.withdrawn", Some(driver.id), &serde_json::json!({"case": id}))
        .await?;
    tx.commit().await?;
    Ok(view::of(&log))
}

/// Sends another photo after one was not accepted.
///
/// # Errors
/// Not the person's; no photo is asked for now; too many were sent; not an uploaded photo of the person; the store.
pub async fn resubmit(app: &App, session: &Session, id: Uuid, photo: Uuid) -> Used<CaseView> {
    let now = app.clock.now();
    let who = session.actor();
    let mut tx = app.store.write().await?;
    let (driver, mut log) = lock_own(&mut tx, session, id).await?;
    if log.stored.photo == Some(photo) && log.state.status == Status::UnderReview {
        return Ok(view::of(&log));
    }
    if log.state.submissions >= MAX_SUBMISSIONS {
        let sentence = format!("{MAX_SUBMISSIONS} photos were sent in this application; please come to the counter");
        return Err(UseError::refused("too_many_submissions", sentence));
    }
    log.stored.photo = Some(pending(&mut tx, driver.id, photo).await?);
    log.stored.expected_by = super::expected_by(now);
    append(&mut tx, &mut log, Action::Resubmitted, &Act::holder(&who, now)).await?;
    append(&mut tx, &mut log, Action::Accepted, &Act::system(now)).await?;
    let detail = serde_json::json!({"case": id, "photo": photo});
    journal::note(&mut tx, now, &who, "application.resubmitted", Some(driver.id), &detail).await?;
    wait(&mut tx, &driver, &log, now).await?;
    tx.commit().await?;
    Ok(view::of(&log))
}
