//! The review desk: staff look at photos, one at a time, and decide.
//!
//! Claiming a photo puts it into one reviewer's hands for some minutes. A decision takes effect after a short grace, by a job: until then
//! its reviewer may take it back, and nobody outside the office has seen it. A sample of decisions is looked at by somebody else who does
//! not see the first; when the two differ a third person decides. Every photo seen is in the journal, with who and what for.

mod settle;
mod view;

pub use settle::settle;
pub use view::{Applicant, QueueView, ReasonView, ReviewView, reasons};

use super::error::{Kind, UseError, Used};
use super::journal;
use super::look::{self, Look, Part, Purpose};
use super::session::Session;
use crate::app::App;
use crate::chance;
use crate::clock::{china_date, china_midnight};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use jiff::{SignedDuration, Timestamp};
use luzheng_domain::case::{PhotoDecision, RejectionReason};
use luzheng_store::Tx;
use luzheng_store::audit::AuditEntry;
use luzheng_store::job::NewJob;
use luzheng_store::review::{Decision, Review, ReviewState, Wanted};
use uuid::Uuid;

/// Longest note, in characters.
pub const MAX_NOTE: usize = 500;
/// The word of an approval, as rows keep it.
const APPROVED: &str = "approved";
/// The word of a rejection.
const REJECTED: &str = "rejected";

fn in_seconds(now: Timestamp, seconds: u32) -> Timestamp {
    now.checked_add(SignedDuration::from_secs(seconds.into())).unwrap_or(now)
}

fn not_in_hand() -> UseError {
    UseError::new(Kind::Conflict, "not_in_hand", "this photo is not in your hands any more; take the next one")
}

fn no_review() -> UseError {
    UseError::not_found("review")
}

/// Whether a row is in somebody's hands: claimed, or decided and still to be taken back.
fn in_hand(row: &Review, reviewer: Uuid, now: Timestamp) -> bool {
    row.reviewer == Some(reviewer)
        && match &row.state {
            ReviewState::Waiting => row.lease_until.is_some_and(|until| until > now),
            ReviewState::Decided { undo_until, .. } => undo_until.is_some_and(|until| until > now),
            ReviewState::Withdrawn => false,
        }
}

/// A row that is in this person's hands.
async fn mine(tx: &mut Tx, session: &Session, id: Uuid, now: Timestamp) -> Used<Review> {
    let row = tx.find_review(id).await?.ok_or_else(no_review)?;
    if in_hand(&row, session.person, now) { Ok(row) } else { Err(not_in_hand()) }
}

/// How the queue stands, how fast decisions are made today, and what the person has in hand.
///
/// # Errors
/// The store.
pub async fn queue(app: &App, session: &Session) -> Used<QueueView> {
    let now = app.clock.now();
    let midnight = china_midnight(china_date(now));
    let mut tx = app.store.read().await?;
    let counts = tx.review_counts(now, midnight).await?;
    let times = tx.review_times(midnight).await?;
    let mut mine = Vec::new();
    for row in tx.reviews_in_hand(session.person, now).await? {
        mine.push(view::of(&mut tx, &row, now).await?);
    }
    Ok(QueueView {
        waiting: counts.waiting,
        urgent: counts.urgent,
        second_look: counts.second_look,
        oldest_waiting_s: counts.oldest.map(|at| view::seconds(at, now)),
        decided_today: counts.decided,
        median_decide_s: view::median(times.iter().map(|t| view::fine_seconds(t.claimed_at, t.decided_at))),
        median_waited_s: view::median(times.iter().map(|t| view::fine_seconds(t.submitted_at, t.decided_at))),
        mine,
    })
}

/// Takes the next photo: urgent ones first, then the oldest; a second look never at a decision of one's own. What the person has in hand
/// already comes first. `None`: nothing waits.
///
/// # Errors
/// The store.
pub async fn next(app: &App, session: &Session) -> Used<Option<ReviewView>> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let held = tx.reviews_in_hand(session.person, now).await?;
    if let Some(row) = held.iter().find(|row| row.state == ReviewState::Waiting) {
        return view::of(&mut tx, row, now).await.map(Some);
    }
    let lease_until = in_seconds(now, app.settings.review.lease_s);
    let Some(row) = tx.claim_review(session.person, now, lease_until, Wanted::Any).await? else { return Ok(None) };
    let detail = serde_json::json!({"review": row.id, "case": row.case});
    journal::note(&mut tx, now, &session.actor(), "review.claimed", Some(row.subject), &detail).await?;
    let answer = view::of(&mut tx, &row, now).await?;
    tx.commit().await?;
    Ok(Some(answer))
}

/// One photo to be decided, without the picture.
///
/// # Errors
/// It is not in the person's hands; the store.
pub async fn find(app: &App, session: &Session, id: Uuid) -> Used<ReviewView> {
    let now = app.clock.now();
    let mut tx = app.store.read().await?;
    let row = mine(&mut tx, session, id, now).await?;
    view::of(&mut tx, &row, now).await
}

/// The picture, as JPEG. That it was seen is in the journal, with who and what for, before it is given out.
///
/// # Errors
/// It is not in the person's hands; the store.
pub async fn photo(app: &App, session: &Session, id: Uuid) -> Used<Vec<u8>> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let row = mine(&mut tx, session, id, now).await?;
    let jpeg = tx.find_photo(row.subject, row.photo).await?.ok_or_else(|| UseError::not_found("photo"))?;
    tx.audit(&[AuditEntry {
        id: chance::new_id(now),
        at: now,
        actor: session.actor(),
        action: "photo.seen".into(),
        subject: Some(row.subject),
        purpose: Some(Purpose::PhotoReview.code().into()),
        detail: serde_json::json!({"photo": row.photo, "review": row.id, "case": row.case}).to_string(),
    }])
    .await?;
    if let Some(driver) = tx.find_driver(row.subject).await? {
        let about = look::about_licence(driver.id, &driver.facts);
        let seen = Look::at_desk(session, Purpose::PhotoReview, about, Part::Photo);
        look::record(&mut tx, driver.owner, &seen, now).await?;
    }
    tx.commit().await?;
    Ok(jpeg)
}

/// The decision that a row keeps as words.
fn decision_of(word: &str, reason: Option<&str>) -> Option<PhotoDecision> {
    match (word, reason) {
        (APPROVED, None) => Some(PhotoDecision::Approved),
        (REJECTED, Some(code)) => RejectionReason::from_code(code).map(PhotoDecision::Rejected),
        _ => None,
    }
}

const fn words_of(decision: PhotoDecision) -> (&'static str, Option<&'static str>) {
    match decision {
        PhotoDecision::Approved => (APPROVED, None),
        PhotoDecision::Rejected(reason) => (REJECTED, Some(reason.code())),
    }
}

/// Approves the photo, or rejects it for a reason from the list. It takes effect after the grace; until then [`undo`] takes it back. The same
/// decision again changes nothing.
///
/// # Errors
/// A note that is too long; the photo is not in the person's hands, or its holder withdrew; the store.
pub async fn decide(
    app: &App,
    session: &Session,
    id: Uuid,
    decision: PhotoDecision,
    note: Option<&str>,
) -> Used<ReviewView> {
    let note = note.map(str::trim).filter(|n| !n.is_empty());
    if note.is_some_and(|n| n.chars().count() > MAX_NOTE) {
        return Err(UseError::invalid("note_too_long", format!("a note has at most {MAX_NOTE} characters")));
    }
    let now = app.clock.now();
    let undo_until = in_seconds(now, app.settings.review.grace_s);
    let (word, reason) = words_of(decision);
    let mut tx = app.store.write().await?;
    let row = tx.lock_review(id).await?.ok_or_else(no_review)?;
    if let ReviewState::Decided { decision: before, reason: because, .. } = &row.state {
        let same = row.reviewer == Some(session.person) && before == word && because.as_deref() == reason;
        return if same { view::of(&mut tx, &row, now).await } else { Err(not_in_hand()) };
    }
    if row.state == ReviewState::Withdrawn {
        return Err(UseError::new(Kind::Conflict, "case_withdrawn", "the holder gave the application up"));
    }
    let made = Decision { reviewer: session.person, decision: word, reason, at: now, undo_until: Some(undo_until) };
    if !tx.decide_review(&row, &made).await? {
        return Err(not_in_hand());
    }
    tx.enqueue(&[NewJob {
        id: chance::new_id(now),
        kind: super::SETTLE,
        subject: row.subject,
        reference: settle::Reference { review: id, decided_at: now, note: seal_note(app, id, note)? }.to_string(),
        due_at: undo_until,
        created_at: now,
    }])
    .await?;
    let detail =
        serde_json::json!({"review": id, "case": row.case, "decision": word, "reason": reason, "note": note.is_some()});
    journal::note(&mut tx, now, &session.actor(), "review.decided", Some(row.subject), &detail).await?;
    let row = tx.find_review(id).await?.ok_or_else(no_review)?;
    let answer = view::of(&mut tx, &row, now).await?;
    tx.commit().await?;
    metrics::counter!("luzheng_reviews_total", "decision" => word).increment(1);
    Ok(answer)
}

/// A note waits sealed with the decision it belongs to.
fn seal_note(app: &App, review: Uuid, note: Option<&str>) -> Used<Option<String>> {
    let Some(note) = note else { return Ok(None) };
    Ok(Some(BASE64.encode(app.store.vault().seal("review", "note", review.as_bytes(), note.as_bytes())?)))
}

/// Takes a decision back while its grace runs: the photo is in the person's hands again.
///
/// # Errors
/// `too_late` when it took effect, or is somebody else's; the store.
pub async fn undo(app: &App, session: &Session, id: Uuid) -> Used<ReviewView> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let row = tx.lock_review(id).await?.ok_or_else(no_review)?;
    let lease_until = in_seconds(now, app.settings.review.lease_s);
    if !tx.undo_review(&row, session.person, now, lease_until).await? {
        return Err(UseError::new(Kind::Conflict, "too_late", "this decision cannot be taken back any more"));
    }
    let detail = serde_json::json!({"review": id, "case": row.case});
    journal::note(&mut tx, now, &session.actor(), "review.undone", Some(row.subject), &detail).await?;
    let row = tx.find_review(id).await?.ok_or_else(no_review)?;
    let answer = view::of(&mut tx, &row, now).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Puts a photo back into the queue.
///
/// # Errors
/// It is not in the person's hands; the store.
pub async fn release(app: &App, session: &Session, id: Uuid) -> Used<()> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let row = tx.lock_review(id).await?.ok_or_else(no_review)?;
    if !tx.release_review(&row, session.person).await? {
        return Err(not_in_hand());
    }
    let detail = serde_json::json!({"review": id, "case": row.case});
    journal::note(&mut tx, now, &session.actor(), "review.released", Some(row.subject), &detail).await?;
    tx.commit().await?;
    Ok(())
}
