//! How a licence stood at a moment: only for whom a driver's proof was received, and only of the time in which that proof was open.

use super::super::error::{UseError, Used};
use super::super::look::{Looker, Part, Way};
use super::super::partner::{Call, Purpose, Scope, quota};
use super::super::state_at::view::{ItemError, MAX_ID};
use crate::app::App;
use crate::chance;
use crate::clock::china_date;
use crate::usecase::licence::live::Standing;
use crate::usecase::view::StatusLetter;
use jiff::Timestamp;
use jiff::civil::Date;
use luzheng_domain::driver::{Licence, LicenceEffect};
use luzheng_store::audit::AuditEntry;
use luzheng_store::driver::StoredDriver;
use luzheng_store::look::Look;
use luzheng_store::received_proof::ReceivedProof;
use luzheng_store::{Error, Tx};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

/// Most questions of one call.
pub const MAX_QUESTIONS: usize = 100;

/// One question.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LicenceStateQuestion)]
pub struct Asked {
    /// The partner's own id of it; given back.
    pub id: Option<String>,
    /// The received proof that is the basis.
    pub proof: Uuid,
    /// The moment: while that proof was open.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// As known when; not given: at that moment.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub known_at: Option<Timestamp>,
}

/// Questions, 1 to 100.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LicenceStateQuestions)]
pub struct Questions {
    /// The questions.
    #[schema(min_items = 1, max_items = 100)]
    pub items: Vec<Asked>,
    /// What for: the code of a purpose.
    pub purpose: Option<String>,
}

/// How a licence stood.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = LicenceStateAt)]
pub struct StateView {
    /// Whether a licence was known. Everything else is null when not.
    pub known: bool,
    /// Whether it let its holder drive: in its term, not out of use, withdrawn or red.
    pub usable: Option<bool>,
    /// `normal`, `red`, `invalid` or `withdrawn`.
    pub state: Option<String>,
    /// The state's letters, the most severe first.
    pub status: Option<Vec<StatusLetter>>,
    /// The classes.
    pub classes: Option<String>,
    /// The last day of validity; null for a long-term licence.
    #[schema(value_type = Option<String>, format = Date)]
    pub valid_until: Option<Date>,
}

/// One answer, or why there is none.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = LicenceStateAnswer)]
pub struct ItemView {
    /// The partner's own id.
    pub id: Option<String>,
    /// As known at that moment, or at `known_at`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_known_then: Option<StateView>,
    /// As known now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_known_now: Option<StateView>,
    /// Whether they differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed: Option<bool>,
    /// Why there is no answer: `bad_item`, `no_proof`, `in_the_future`, `outside_proof`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ItemError>,
}

/// Answers in the order of the questions.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = LicenceStateAnswers)]
pub struct Answers {
    /// The answers.
    pub items: Vec<ItemView>,
    /// When "now" was.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: Timestamp,
}

fn members(licence: &Licence) -> Used<Map<String, Value>> {
    match serde_json::to_value(licence) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err(UseError::broken("licence", "a licence is no object")),
    }
}

/// A licence at a moment, as known at a moment: of each member the last that was said, by the world's time and then by ours, as for vehicles.
///
/// # Errors
/// Facts that cannot be read together.
pub fn licence_at(history: &[StoredDriver], at: Timestamp, known_at: Timestamp) -> Used<Option<Licence>> {
    let Some((first, later)) = history.split_first() else { return Ok(None) };
    if first.true_from > at || first.known_from > known_at {
        return Ok(None);
    }
    let mut said: Vec<(Timestamp, Map<String, Value>)> = Vec::new();
    let mut before = members(&first.facts)?;
    let base = before.clone();
    for version in later {
        let after = members(&version.facts)?;
        let differs = after.iter().filter(|(name, value)| before.get(*name) != Some(value));
        let differs: Map<String, Value> = differs.map(|(name, value)| (name.clone(), value.clone())).collect();
        if version.known_from <= known_at && version.true_from <= at && version.true_from >= first.true_from {
            said.push((version.true_from, differs));
        }
        before = after;
    }
    said.sort_by_key(|(true_from, _)| *true_from);
    let mut whole = base;
    for (_, differs) in said {
        whole.extend(differs);
    }
    let licence = serde_json::from_value(Value::Object(whole))
        .map_err(|e| UseError::broken("licence", format!("facts of different times do not go together: {e}")))?;
    Ok(Some(licence))
}

fn view(licence: Option<&Licence>, on: Date) -> StateView {
    let Some(licence) = licence else {
        let (usable, state, status, classes, valid_until) = (None, None, None, None, None);
        return StateView { known: false, usable, state, status, classes, valid_until };
    };
    let standing = Standing::of(licence, on);
    let in_term = licence.valid_from <= on && licence.valid_until.is_none_or(|last| on <= last);
    let state = match standing.effect {
        LicenceEffect::Withdrawn(_) => "withdrawn",
        LicenceEffect::Stopped(_) => "invalid",
        _ if !in_term => "invalid",
        LicenceEffect::Red(_) => "red",
        LicenceEffect::Normal => "normal",
    };
    StateView {
        known: true,
        usable: Some(state == "normal"),
        state: Some(state.into()),
        status: Some(standing.letters),
        classes: Some(licence.classes.to_string()),
        valid_until: licence.valid_until,
    }
}

/// Everything that is told, to compare two answers by.
fn told(view: &StateView) -> (Option<&str>, Option<&str>, Option<Date>, Vec<&str>) {
    let letters = view.status.iter().flatten().map(|letter| letter.letter.as_str()).collect();
    (view.state.as_deref(), view.classes.as_deref(), view.valid_until, letters)
}

/// Why a question has no answer.
struct Refusal(&'static str, String);

async fn basis(
    tx: &mut Tx,
    call: &Call,
    asked: &Asked,
    now: Timestamp,
) -> Result<Result<ReceivedProof, Refusal>, Error> {
    if asked.id.as_ref().is_some_and(|id| id.chars().count() > MAX_ID) {
        return Ok(Err(Refusal("bad_item", format!("`id` has more than {MAX_ID} characters"))));
    }
    if asked.at > now || asked.known_at.is_some_and(|known| known > now) {
        return Ok(Err(Refusal("in_the_future", "a moment in the future cannot be asked about".into())));
    }
    let kept = tx.find_received_proof(call.client.id, asked.proof).await?.filter(|row| row.keep_until > now);
    let Some(kept) = kept else {
        return Ok(Err(Refusal("no_proof", "you have received no such proof, or it is not kept any more".into())));
    };
    let proof = tx.find_proof(kept.subject, kept.proof).await?;
    let open = |at: Timestamp| {
        proof.as_ref().is_some_and(|proof| {
            let end = proof.revoked_at.map_or(proof.expires_at, |revoked| revoked.min(proof.expires_at));
            (proof.created_at..end).contains(&at)
        })
    };
    if open(asked.at) {
        Ok(Ok(kept))
    } else {
        let why = "the proof says something of the time in which its holder left it open, and of no other";
        Ok(Err(Refusal("outside_proof", why.into())))
    }
}

/// Answers a partner.
///
/// # Errors
/// `insufficient_scope`, `purpose_needed`, `unknown_purpose`, `bad_request`, `quota_…`; the store.
pub async fn states(app: &App, call: &Call, asked: &Questions) -> Used<Answers> {
    call.client.require(Scope::State)?;
    call.client.require(Scope::Proofs)?;
    let purpose = Purpose::read(asked.purpose.as_deref())?;
    if asked.items.is_empty() || asked.items.len() > MAX_QUESTIONS {
        return Err(UseError::invalid("bad_request", format!("send 1 to {MAX_QUESTIONS} items")));
    }
    let now = app.clock.now();
    quota::take(app, &call.client, u32::try_from(asked.items.len()).unwrap_or(u32::MAX), now)?;
    let mut tx = app.store.write().await?;
    let mut items = Vec::with_capacity(asked.items.len());
    for one in &asked.items {
        let kept = match basis(&mut tx, call, one, now).await? {
            Ok(kept) => kept,
            Err(Refusal(code, detail)) => {
                let error = Some(ItemError { code: code.into(), detail });
                items.push(ItemView {
                    id: one.id.clone(),
                    as_known_then: None,
                    as_known_now: None,
                    changed: None,
                    error,
                });
                continue;
            }
        };
        let history = tx.driver_history(kept.subject).await?;
        let (then, as_now) =
            (licence_at(&history, one.at, one.known_at.unwrap_or(one.at))?, licence_at(&history, one.at, now)?);
        let day = china_date(one.at);
        let (then, as_now) = (view(then.as_ref(), day), view(as_now.as_ref(), day));
        let changed = told(&then) != told(&as_now);
        seen(&mut tx, call, purpose, &kept, history.last(), now).await?;
        items.push(ItemView {
            id: one.id.clone(),
            changed: Some(changed),
            as_known_then: Some(then),
            as_known_now: Some(as_now),
            error: None,
        });
    }
    tx.commit().await?;
    Ok(Answers { items, as_of: now })
}

/// In the journal, and told to the driver.
async fn seen(
    tx: &mut Tx,
    call: &Call,
    purpose: Purpose,
    kept: &ReceivedProof,
    driver: Option<&StoredDriver>,
    now: Timestamp,
) -> Used<()> {
    let detail = serde_json::json!({"received": kept.id, "proof": kept.proof});
    tx.audit(&[AuditEntry {
        id: chance::new_id(now),
        at: now,
        actor: call.client.actor(),
        action: "licence_state.asked".into(),
        subject: Some(kept.subject),
        purpose: Some(purpose.code().into()),
        detail: detail.to_string(),
    }])
    .await?;
    if let Some(driver) = driver {
        let look = Look {
            id: chance::new_id(now),
            at: now,
            by_role: Looker::Partner.code().into(),
            purpose: purpose.code().into(),
            about: "licence".into(),
            subject: kept.subject,
            what: Part::LicenceAt.code().into(),
            how: Way::PartnerService.code().into(),
            label: driver.facts.classes.to_string(),
            recipient: Some(call.client.name.zh.clone()),
        };
        tx.add_look(driver.owner, &look).await?;
    }
    Ok(())
}
