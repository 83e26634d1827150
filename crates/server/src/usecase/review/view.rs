//! What a reviewer sees: the photo's checks and as little about its holder as the decision needs. A second look shows nothing of the first.

use crate::clock::china_date;
use crate::photo::Check;
use crate::usecase::application::CheckView;
use crate::usecase::error::{UseError, Used};
use crate::usecase::view::Text;
use jiff::Timestamp;
use jiff::civil::Date;
use luzheng_domain::case::RejectionReason;
use luzheng_store::Tx;
use luzheng_store::review::{Look, Review, ReviewState};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// How the queue stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QueueView {
    /// Photos that wait, in hand or not.
    pub waiting: u64,
    /// Of these, urgent ones.
    pub urgent: u64,
    /// Of these, further looks.
    pub second_look: u64,
    /// How long the one that waits longest has waited, in seconds.
    pub oldest_waiting_s: Option<i64>,
    /// Decisions of today.
    pub decided_today: u64,
    /// From taking a photo in hand to deciding, today's median, in seconds.
    pub median_decide_s: Option<f64>,
    /// From handing the photo in to the decision, today's median, in seconds.
    pub median_waited_s: Option<f64>,
    /// What the person has in hand, and decisions they may still take back.
    pub mine: Vec<ReviewView>,
}

/// A photo to be decided.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReviewView {
    /// The review.
    pub id: Uuid,
    /// The application.
    pub case_id: Uuid,
    /// `first`, or `second` for any further look.
    pub look: String,
    /// From the roadside.
    pub urgent: bool,
    /// When the photo was handed in.
    #[schema(value_type = String, format = DateTime)]
    pub submitted_at: Timestamp,
    /// How long its holder has waited, in seconds.
    pub waiting_s: i64,
    /// Until when it is in the person's hands.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub lease_until: Option<Timestamp>,
    /// Whose photo it is meant to be.
    pub applicant: Applicant,
    /// What the rules say.
    pub checks: Vec<CheckView>,
    /// Whether the office has a photo of this person already.
    pub has_stored_photo: bool,
    /// `approved` or `rejected`, once decided.
    pub decided: Option<String>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub decided_at: Option<Timestamp>,
    /// Until when it can be taken back.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub undo_until: Option<Timestamp>,
}

/// What a reviewer is told about the holder.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Applicant {
    /// The name, masked.
    pub name_masked: String,
    /// 性别.
    pub sex: Text,
    /// Years of age.
    pub age: i16,
    /// Classes of the licence.
    pub classes: String,
}

/// A reason for not accepting a photo.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReasonView {
    /// The code.
    pub code: String,
    /// What is wrong.
    pub text: Text,
    /// How the holder can put it right.
    pub fix: Text,
    /// The key at the desk, `1` to `9`.
    pub key: String,
}

/// The reasons for not accepting a photo, in the order of their keys.
pub fn reasons() -> Vec<ReasonView> {
    RejectionReason::ALL
        .iter()
        .map(|reason| ReasonView {
            code: reason.code().into(),
            text: reason.text().into(),
            fix: reason.fix().into(),
            key: reason.key().into(),
        })
        .collect()
}

/// Whole seconds between two moments.
pub(super) fn seconds(from: Timestamp, to: Timestamp) -> i64 {
    to.duration_since(from).as_secs()
}

/// Seconds between two moments, with their parts.
pub(super) fn fine_seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64()
}

/// The middle value; of two middle ones the lower.
pub(super) fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len().checked_sub(1)? / 2).copied()
}

fn age(birth: Date, today: Date) -> i16 {
    let had_birthday = (today.month(), today.day()) >= (birth.month(), birth.day());
    today.year() - birth.year() - i16::from(!had_birthday)
}

/// A row as its reviewer sees it.
///
/// # Errors
/// What is kept makes no sense; the store.
pub(super) async fn of(tx: &mut Tx, row: &Review, now: Timestamp) -> Used<ReviewView> {
    let missing = |what: &str| UseError::broken("broken_review", format!("review {} has no {what}", row.id));
    let driver = tx.find_driver(row.subject).await?.ok_or_else(|| missing("driver"))?;
    let photo = tx.photo_info(row.subject, row.photo).await?.ok_or_else(|| missing("photo"))?;
    let checks: Vec<Check> = serde_json::from_str(&photo.checks)
        .map_err(|e| UseError::broken("broken_photo", format!("photo {}: {e}", photo.id)))?;
    let stored = tx.current_photo(row.subject).await?;
    let (decided, decided_at, undo_until) = match &row.state {
        ReviewState::Decided { decision, at, undo_until, .. } => {
            (Some(decision.clone()), Some(*at), undo_until.filter(|until| *until > now))
        }
        ReviewState::Waiting | ReviewState::Withdrawn => (None, None, None),
    };
    Ok(ReviewView {
        id: row.id,
        case_id: row.case,
        look: match row.look {
            Look::First => "first",
            Look::Second { .. } => "second",
        }
        .into(),
        urgent: row.urgent,
        submitted_at: row.submitted_at,
        waiting_s: seconds(row.submitted_at, decided_at.unwrap_or(now)),
        lease_until: row.lease_until,
        applicant: Applicant {
            name_masked: driver.facts.masked_name(),
            sex: driver.facts.sex.name().into(),
            age: age(driver.facts.birth_date, china_date(now)),
            classes: driver.facts.classes.to_string(),
        },
        checks: checks.into_iter().map(CheckView::from).collect(),
        has_stored_photo: stored.is_some(),
        decided,
        decided_at,
        undo_until,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_middle_value() {
        assert_eq!(median([].into_iter()), None);
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), Some(2.0));
        assert_eq!(median([4.0, 1.0, 3.0, 2.0].into_iter()), Some(2.0));
    }

    #[test]
    fn age_changes_on_the_birthday() {
        let birth = date(2000, 5, 20);
        assert_eq!(age(birth, date(2026, 5, 19)), 25);
        assert_eq!(age(birth, date(2026, 5, 20)), 26);
        assert_eq!(age(date(2000, 2, 29), date(2026, 2, 28)), 25);
    }
}
