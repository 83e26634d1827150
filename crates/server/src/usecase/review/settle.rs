//! A decision takes effect: the licence is issued, the holder is told what is wrong, or somebody else looks too.

use super::{BASE64, decision_of};
use crate::app::App;
use crate::usecase::application::{self, Act, Log, append, enqueue, issue_approved};
use crate::usecase::error::{UseError, Used};
use crate::usecase::licence::Places;
use crate::usecase::{journal, notice};
use base64::Engine as _;
use jiff::Timestamp;
use luzheng_domain::case::{Action, Actor, PhotoDecision, Status};
use luzheng_domain::driver::LicenceEffect;
use luzheng_domain::driver::notice::{DriverNotice, NoticeFacts};
use luzheng_store::Tx;
use luzheng_store::driver::StoredDriver;
use luzheng_store::review::{Look, Review, ReviewState};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// Which decision of which row a job is about: after one was taken back the next is another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) review: Uuid,
    pub(super) decided_at: Timestamp,
    /// The reviewer's note, sealed.
    pub(super) note: Option<String>,
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.review, self.decided_at.as_microsecond())?;
        self.note.iter().try_for_each(|note| write!(f, " {note}"))
    }
}

impl FromStr for Reference {
    type Err = UseError;

    fn from_str(text: &str) -> Used<Self> {
        let broken = || UseError::broken("broken_job", format!("“{text}” is no decision"));
        let mut parts = text.split(' ');
        let review = parts.next().and_then(|p| p.parse().ok()).ok_or_else(broken)?;
        let decided_at = parts
            .next()
            .and_then(|p| p.parse().ok())
            .and_then(|micros| Timestamp::from_microsecond(micros).ok())
            .ok_or_else(broken)?;
        Ok(Self { review, decided_at, note: parts.next().map(str::to_owned) })
    }
}

/// A decision with the row it was made on.
struct Settled<'a> {
    row: &'a Review,
    reviewer: Uuid,
    decision: PhotoDecision,
}

impl Settled<'_> {
    fn who(&self) -> String {
        format!("staff:{}", self.reviewer)
    }
}

/// Lets a decision take effect, once. A decision that was taken back meanwhile, or whose case went on without it, has none.
///
/// # Errors
/// The store; a row that makes no sense.
pub async fn settle(app: &App, reference: &str) -> Used<()> {
    let reference: Reference = reference.parse()?;
    let now = app.clock.now();
    let mut places = Places::take(app, now).await?;
    let mut tx = app.store.write().await?;
    let Some(found) = tx.find_review(reference.review).await? else { return Ok(()) };
    // The same order as everywhere: driver, case, row.
    let Some(driver) = tx.lock_driver(found.subject).await? else { return Ok(()) };
    let Some(stored) = tx.lock_case(found.case).await? else { return Ok(()) };
    let Some(row) = tx.lock_review(found.id).await? else { return Ok(()) };
    let ReviewState::Decided { decision, reason, at, .. } = &row.state else { return Ok(()) };
    if *at != reference.decided_at || stored.closed_at.is_some() || stored.photo != Some(row.photo) {
        return Ok(());
    }
    let decided = decision_of(decision, reason.as_deref()).zip(row.reviewer);
    let Some((decision, reviewer)) = decided else {
        return Err(UseError::broken("broken_review", format!("review {} has no known decision", row.id)));
    };
    let note = open_note(app, &reference)?;
    let mut log = application::load(&mut tx, stored).await?;
    let settled = Settled { row: &row, reviewer, decision };
    let done = match log.state.status {
        Status::UnderReview => first(app, &mut tx, &mut log, &settled, note.as_deref(), now).await?,
        Status::SecondLook => second(&mut tx, &mut log, &settled, note.as_deref(), now).await?,
        _ => return Ok(()),
    };
    if done {
        finish(&mut tx, &driver, &mut log, &settled, &mut places, now).await?;
    }
    let detail = serde_json::json!({"review": row.id, "case": row.case, "status": log.state.status.code()});
    journal::note(&mut tx, now, "system", "review.settled", Some(driver.id), &detail).await?;
    tx.commit().await?;
    Ok(())
}

fn open_note(app: &App, reference: &Reference) -> Used<Option<String>> {
    let Some(note) = &reference.note else { return Ok(None) };
    let sealed = BASE64.decode(note).map_err(|e| UseError::broken("broken_job", e.to_string()))?;
    Ok(Some(app.store.vault().open_text("review", "note", reference.review.as_bytes(), &sealed)?))
}

fn act<'a>(who: &'a str, note: Option<&'a str>, now: Timestamp) -> Act<'a> {
    Act { by: Actor::Reviewer, who, note, now }
}

/// Whether a first decision is looked at twice. Nobody can tell beforehand which: it follows from a key that no reviewer has.
fn is_sampled(app: &App, row: &Review) -> bool {
    let [a, b, c, d, ..] = app.store.vault().index("second look", row.id.as_bytes());
    // Urgent ones are not held up: somebody stands at the roadside.
    row.look == Look::First
        && !row.urgent
        && u32::from_be_bytes([a, b, c, d]) % 1_000 < app.settings.review.second_look_permille
}

/// A decision that stands alone: the first, or the third after two that differed. Answers whether nobody else looks.
async fn first(
    app: &App,
    tx: &mut Tx,
    log: &mut Log,
    settled: &Settled<'_>,
    note: Option<&str>,
    now: Timestamp,
) -> Used<bool> {
    let action = match settled.decision {
        PhotoDecision::Approved => Action::PhotoApproved,
        PhotoDecision::Rejected(reason) => Action::PhotoRejected { reason },
    };
    append(tx, log, action, &act(&settled.who(), note, now)).await?;
    // The counter is not a matter of a sample: whoever is sent there was told so by a person.
    if log.state.status.is_final() || !is_sampled(app, settled.row) {
        return Ok(true);
    }
    append(tx, log, Action::SecondLookAsked, &Act::system(now)).await?;
    enqueue(tx, log, Look::Second { first_reviewer: settled.reviewer }, now).await?;
    Ok(false)
}

/// A second decision beside the first. Answers whether they agree; if not, somebody who had neither decides.
async fn second(tx: &mut Tx, log: &mut Log, settled: &Settled<'_>, note: Option<&str>, now: Timestamp) -> Used<bool> {
    let agreed = match (log.state.decision, settled.decision) {
        (Some(PhotoDecision::Approved), PhotoDecision::Approved) => true,
        // Two who reject may name different faults; sending somebody to the counter is another decision.
        (Some(PhotoDecision::Rejected(one)), PhotoDecision::Rejected(other)) => {
            one.closes_app_channel() == other.closes_app_channel()
        }
        _ => false,
    };
    let action = if agreed { Action::SecondLookAgreed } else { Action::SecondLookDiffered };
    append(tx, log, action, &act(&settled.who(), note, now)).await?;
    metrics::counter!("luzheng_second_looks_total", "agreed" => if agreed { "yes" } else { "no" }).increment(1);
    let detail = serde_json::json!({"case": log.stored.id, "review": settled.row.id, "agreed": agreed});
    journal::note(tx, now, &settled.who(), "review.second_look", Some(log.stored.subject), &detail).await?;
    if !agreed {
        enqueue(tx, log, Look::Second { first_reviewer: settled.reviewer }, now).await?;
    }
    Ok(agreed)
}

/// What the last look causes.
async fn finish(
    tx: &mut Tx,
    driver: &StoredDriver,
    log: &mut Log,
    settled: &Settled<'_>,
    places: &mut Places,
    now: Timestamp,
) -> Used<()> {
    let who = settled.who();
    match log.state.status {
        Status::Approved => {
            let effect = driver.facts.effective_status(crate::clock::china_date(now)).effect();
            if !matches!(effect, LicenceEffect::Withdrawn(_)) {
                return issue_approved(tx, driver, log, &who, places, now).await;
            }
            // The register withdrew the licence while the photo was looked at: there is nothing to issue.
            append(tx, log, Action::ConvertedToCounter, &Act::system(now)).await?;
            tell(tx, driver, log, DriverNotice::ApplicationAtCounter, now).await
        }
        Status::Rejected => {
            tx.refuse_photo(driver.id, settled.row.photo).await?;
            tell(tx, driver, log, DriverNotice::ApplicationRejected, now).await
        }
        Status::AtCounter => {
            tx.refuse_photo(driver.id, settled.row.photo).await?;
            tell(tx, driver, log, DriverNotice::ApplicationAtCounter, now).await
        }
        _ => Ok(()),
    }
}

async fn tell(tx: &mut Tx, driver: &StoredDriver, log: &Log, kind: DriverNotice, now: Timestamp) -> Used<()> {
    let rejection = match log.state.decision {
        Some(PhotoDecision::Rejected(reason)) => Some(reason),
        _ => None,
    };
    let dedupe = format!("case/{}:{}:{}", log.stored.id, kind.code(), log.state.submissions);
    let facts = NoticeFacts { rejection, ..NoticeFacts::default() };
    notice::of_driver(tx, driver.owner, &dedupe, kind, &facts, now).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_read_as_it_was_written() {
        let at = Timestamp::from_microsecond(1_780_000_000_000_001).unwrap();
        for note in [None, Some("c2VhbGVk".to_owned())] {
            let reference = Reference { review: Uuid::from_u128(7), decided_at: at, note };
            assert_eq!(reference.to_string().parse::<Reference>().unwrap(), reference);
        }
        for wrong in ["", "x y", "00000000-0000-0000-0000-000000000007", "00000000-0000-0000-0000-000000000007 z"] {
            assert_eq!(wrong.parse::<Reference>().unwrap_err().code, "broken_job");
        }
    }
}
