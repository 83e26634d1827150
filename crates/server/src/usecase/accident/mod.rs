//! Insurers read accident records that two phones signed at the roadside (`docs/accident-record.md`): both signatures, what the credentials in it
//! are worth, what does not fit together, and, for clients that may ask for it, how the vehicles stood at that moment.
//!
//! The record itself is kept nowhere here: whoever uploads it has it. The journal says that one was examined, by whom, for what, and how it went.

pub mod view;
mod words;

use crate::app::App;
use crate::chance;
use crate::usecase::error::{UseError, Used};
use crate::usecase::partner::{Call, Purpose, Scope, quota};
use crate::usecase::state_at::partner::states;
use crate::usecase::state_at::view::{Asked, ItemView, Questions};
use jiff::Timestamp;
use luzheng_credential::accident::{Examination, MAX_RECORD, RecordView, Weighed, examine, record_of_text, weigh};
use luzheng_store::audit::AuditEntry;
use serde::Deserialize;
use utoipa::ToSchema;
use view::Examined;

/// Longest text of a record, in characters.
pub const MAX_TEXT: usize = MAX_RECORD * 3;

/// A record to be examined.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AccidentToExamine)]
pub struct Ask {
    /// The record as text: `LZA1:` and base64url.
    pub record: String,
    /// For what, e.g. `claim`.
    pub purpose: Option<String>,
}

/// Examines a record off-line: by the trust list that is published, and with nobody asking.
///
/// # Errors
/// `not_a_record` when the text is none.
pub fn offline(app: &App, text: &str) -> Used<(Examination, Option<Weighed>)> {
    let bytes = record_of_text(text)
        .map_err(|error| UseError::invalid("not_a_record", format!("this is no accident record (LZA1:…): {error}")))?;
    let examination = examine(&bytes, app.clock.now().as_second());
    let weighed = app.published().trust.as_ref().map(|trust| weigh(&examination, trust));
    Ok((examination, weighed))
}

/// Examines a record for a partner.
///
/// # Errors
/// `insufficient_scope`, `purpose_needed`, `unknown_purpose`, `not_a_record`, `quota_…`; the store.
pub async fn for_partner(app: &App, call: &Call, ask: &Ask) -> Used<Examined> {
    call.client.require(Scope::Accidents)?;
    let purpose = Purpose::read(ask.purpose.as_deref())?;
    let now = app.clock.now();
    quota::take(app, &call.client, 1, now)?;
    let (examination, weighed) = offline(app, &ask.record)?;
    let asks_register = call.client.require(Scope::State).is_ok();
    let register = match &examination.record {
        Some(record) if asks_register => register(app, call, record, purpose).await?,
        _ => Vec::new(),
    };
    note(app, call, purpose, &examination, now).await?;
    Ok(Examined::of(&examination, weighed.as_ref(), register, now))
}

/// How the parties' vehicles stood when it happened, as known then and now. Asked as the partner would ask: within its regions and its quota, told to
/// the owners.
async fn register(app: &App, call: &Call, record: &RecordView, purpose: Purpose) -> Used<Vec<ItemView>> {
    let Ok(at) = Timestamp::from_second(record.happened_at.into()) else { return Ok(Vec::new()) };
    let asked = |party: &luzheng_credential::accident::PartyView| Asked {
        id: Some(party.role.to_owned()),
        plate_number: party.plate_number.clone(),
        plate_type: party.plate_type.clone(),
        at,
        known_at: None,
    };
    let questions =
        Questions { items: record.parties.iter().map(asked).collect(), purpose: Some(purpose.code().to_owned()) };
    Ok(states(app, call, &questions).await?.items)
}

async fn note(app: &App, call: &Call, purpose: Purpose, examination: &Examination, now: Timestamp) -> Used<()> {
    let detail = serde_json::json!({
        "record": examination.record.as_ref().map(|record| &record.id),
        "verdict": examination.verdict.code(),
        "reason": examination.reason,
        "member": call.member.as_ref().map(|member| member.id),
    });
    let entry = AuditEntry {
        id: chance::new_id(now),
        at: now,
        actor: call.client.actor(),
        action: "accident.examined".into(),
        subject: None,
        purpose: Some(purpose.code().into()),
        detail: detail.to_string(),
    };
    let mut tx = app.store.write().await?;
    tx.audit(&[entry]).await?;
    Ok(tx.commit().await?)
}
