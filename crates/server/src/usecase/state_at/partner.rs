//! Partners ask: within scope, regions and quota, for a purpose, watched for enumeration, journalled, and told to the owner of then.

use super::view::{Answers, Asked, ItemView, Questions, checked_id};
use super::{Answered, MAX_QUESTIONS, Question, Stood, answer};
use crate::app::App;
use crate::chance;
use crate::usecase::credential::read_plate;
use crate::usecase::error::{UseError, Used};
use crate::usecase::look::{Looker, Part, Way};
use crate::usecase::partner::{Call, Purpose, Scope, quota};
use crate::usecase::watch::{self, Caller};
use jiff::Timestamp;
use luzheng_domain::mask;
use luzheng_store::Tx;
use luzheng_store::audit::AuditEntry;
use luzheng_store::look::Look;
use std::collections::HashSet;
use uuid::Uuid;

/// A question, or the answer that it gets without being asked.
fn read(asked: &Asked, now: Timestamp) -> Result<Question, Box<ItemView>> {
    let refused = |code: &str, why: String| Box::new(ItemView::refused(asked.id.clone(), code, why));
    let plate = read_plate(&asked.plate_number, &asked.plate_type).map_err(|e| refused("bad_item", e.message))?;
    if asked.at > now || asked.known_at.is_some_and(|known| known > now) {
        return Err(refused("in_the_future", "a moment in the future cannot be asked about".into()));
    }
    Ok(Question { plate, at: asked.at, known_at: asked.known_at })
}

/// Where the vehicle was registered that an answer is about: as known now, or as known then when nothing is now.
fn about(answered: &Answered) -> Option<&Stood> {
    answered.now.as_ref().or(answered.then.as_ref())
}

/// Answers a partner.
///
/// # Errors
/// `insufficient_scope`, `purpose_needed`, `unknown_purpose`, `bad_request`, `quota_…`, `too_many_look_ups`; the store.
pub async fn states(app: &App, call: &Call, asked: &Questions) -> Used<Answers> {
    call.client.require(Scope::State)?;
    let purpose = Purpose::read(asked.purpose.as_deref())?;
    if asked.items.is_empty() || asked.items.len() > MAX_QUESTIONS {
        return Err(UseError::invalid("bad_request", format!("send 1 to {MAX_QUESTIONS} items")));
    }
    for item in &asked.items {
        checked_id(item.id.as_deref())?;
    }
    let now = app.clock.now();
    let caller = Caller::Partner(call.client.id);
    watch::may_look_up(app, caller)?;
    quota::take(app, &call.client, u32::try_from(asked.items.len()).unwrap_or(u32::MAX), now)?;
    let read: Vec<Result<Question, Box<ItemView>>> = asked.items.iter().map(|item| read(item, now)).collect();
    let questions: Vec<Question> = read.iter().filter_map(|one| one.as_ref().ok().cloned()).collect();
    let mut tx = app.store.read().await?;
    let mut answers = answer(&mut tx, &questions, now).await?.into_iter();
    drop(tx);
    let mut items = Vec::with_capacity(asked.items.len());
    let mut seen = Seen::default();
    for (item, one) in asked.items.iter().zip(read) {
        let question = match one {
            Ok(question) => question,
            Err(refused) => {
                items.push(*refused);
                continue;
            }
        };
        let answered = answers.next().ok_or_else(|| UseError::broken("no_answer", "a question was not answered"))?;
        watch::looked_up(app, caller, about(&answered).is_some(), question.plate.number.as_str());
        let outside = [&answered.then, &answered.now].into_iter().flatten().any(|s| !call.client.covers(s.division));
        if outside {
            let why = "this vehicle was registered outside your regions";
            items.push(ItemView::refused(item.id.clone(), "outside_region", why));
            continue;
        }
        seen.add(&answered, question.plate.number.as_str());
        items.push(ItemView::answered(item.id.clone(), &answered));
    }
    // What was seen is on record before it is given out.
    record(app, call, purpose, &items, &seen, now).await?;
    Ok(Answers { items, as_of: now })
}

/// Whose data were seen: owner, vehicle, plate; each once.
#[derive(Default)]
struct Seen {
    known: HashSet<(Uuid, Uuid)>,
    looks: Vec<(Uuid, Uuid, String)>,
}

impl Seen {
    fn add(&mut self, answered: &Answered, plate: &str) {
        for stood in [&answered.then, &answered.now].into_iter().flatten() {
            if self.known.insert((stood.owner, stood.vehicle)) {
                self.looks.push((stood.owner, stood.vehicle, mask::plate(plate)));
            }
        }
    }
}

async fn record(app: &App, call: &Call, purpose: Purpose, items: &[ItemView], seen: &Seen, now: Timestamp) -> Used<()> {
    let mut tx = app.store.write().await?;
    journal(&mut tx, call, purpose, items, now).await?;
    let looks: Vec<(Uuid, Look)> = seen
        .looks
        .iter()
        .map(|(owner, vehicle, plate)| {
            let look = Look {
                id: chance::new_id(now),
                at: now,
                by_role: Looker::Partner.code().into(),
                purpose: purpose.code().into(),
                about: "vehicle".into(),
                subject: *vehicle,
                what: Part::StateAt.code().into(),
                how: Way::PartnerService.code().into(),
                label: plate.clone(),
                recipient: Some(call.client.name.zh.clone()),
            };
            (*owner, look)
        })
        .collect();
    let rows: Vec<(Uuid, &Look)> = looks.iter().map(|(owner, look)| (*owner, look)).collect();
    tx.add_looks(&rows).await?;
    Ok(tx.commit().await?)
}

async fn journal(tx: &mut Tx, call: &Call, purpose: Purpose, items: &[ItemView], now: Timestamp) -> Used<()> {
    let answered = items.iter().filter(|item| item.error.is_none()).count();
    let detail = serde_json::json!({
        "asked": items.len(), "answered": answered, "member": call.member.as_ref().map(|member| member.id),
    });
    let entry = AuditEntry {
        id: chance::new_id(now),
        at: now,
        actor: call.client.actor(),
        action: "state.asked".into(),
        subject: None,
        purpose: Some(purpose.code().into()),
        detail: detail.to_string(),
    };
    Ok(tx.audit(&[entry]).await?)
}
