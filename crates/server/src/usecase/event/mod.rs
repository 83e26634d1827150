//! The register reports what happened: each event is recorded once, decided by the rules of what it speaks about, carried out and
//! settled, all in one transaction.
//!
//! This is what events about vehicles and about drivers have in common: who comes twice, what waits, what is written into the journal.
//! What an event means is decided in [`super::vehicle`] and [`super::driver`], told apart by the beginning of its type.

mod arrived;
mod parked;

use super::error::{Kind, UseError, Used};
use super::journal;
use super::places::{self, Places};
use crate::app::App;
use jiff::Timestamp;
use luzheng_domain::credential::CredentialKind;
use luzheng_domain::driver::event as of_driver;
use luzheng_domain::vehicle::event::{self as of_vehicle, EventKey};
use luzheng_store::Tx;
use luzheng_store::event::{EventOutcome, EventSeen, NewEvent, Settled};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

pub(crate) use arrived::Decided;
pub use parked::{unpark, unpark_due};

use arrived::{Arrived, parse};

/// How often a write is tried again when the engine says it may.
const TRIES: u32 = 8;
/// Who acts when an event does.
pub(crate) const FEED: &str = "feed";
/// How the cause of a fact begins that came with a register export. An export says how things are, not since when: an event is never
/// "late" against it.
pub const IMPORT: &str = "import";

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Its facts are in, and what follows from them is ordered.
    Applied,
    /// The same event was here before; nothing changed.
    Seen,
    /// Its subject is not known yet; it is tried again when it is.
    Parked,
    /// Older than what is known: recorded, the present state stays.
    Late,
    /// The rules refuse it; recorded with the reason.
    Refused,
}

impl Outcome {
    const fn code(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Seen => "seen",
            Self::Parked => "parked",
            Self::Late => "late",
            Self::Refused => "refused",
        }
    }
}

impl From<EventOutcome> for Outcome {
    fn from(outcome: EventOutcome) -> Self {
        match outcome {
            EventOutcome::Applied => Self::Applied,
            EventOutcome::Parked => Self::Parked,
            EventOutcome::Late => Self::Late,
            EventOutcome::Refused => Self::Refused,
        }
    }
}

/// The answer to an event.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EventReceipt {
    /// What became of it.
    pub outcome: Outcome,
    /// For one that was seen before: what became of it then.
    pub first_outcome: Option<Outcome>,
    /// The vehicle, for an event about one, when it is known.
    pub vehicle: Option<Uuid>,
    /// The driver, for an event about one, when they are known.
    pub driver: Option<Uuid>,
    /// Why, when it was refused, parked or late.
    pub detail: Option<String>,
}

/// Whether a line can be read as an event; nothing is applied.
///
/// # Errors
/// `Invalid`, naming what is wrong.
pub fn check(json: &str) -> Used<()> {
    parse(json).map(drop)
}

/// The published JSON Schema of a type of event.
pub fn event_schema(event_type: &str) -> Option<&'static str> {
    let (word, corrected) = match event_type.strip_suffix(".corrected") {
        Some(word) => (word, true),
        None => (event_type, false),
    };
    let of_vehicles = of_vehicle::EventType::ALL.into_iter().find(|t| t.code() == word).map(|t| t.schema(corrected));
    of_vehicles.or_else(|| of_driver::EventType::ALL.iter().find(|t| t.code() == word).map(|t| t.schema(corrected)))
}

/// The content of an event in one spelling, so that a repetition with other white space or key order is the same event.
fn canonical(json: &str) -> Used<Vec<u8>> {
    let value: serde_json::Value =
        serde_json::from_str(json).map_err(|e| UseError::invalid("not_json", format!("the event is not JSON: {e}")))?;
    Ok(value.to_string().into_bytes())
}

/// Takes one event: applied exactly once, whoever sends it how often.
///
/// # Errors
/// `Invalid` when it cannot be read (nothing is recorded then); `Conflict` when its id came with other content; the store.
pub async fn apply_event(app: &App, json: &str) -> Used<EventReceipt> {
    let event = Arrived::read(json).await?;
    let body = canonical(json)?;
    let now = app.clock.now();
    // Looked at first without the writer's turn: what was here before needs no place in a status list, and most events need none.
    let mut tx = app.store.read().await?;
    if let Some(stored) = tx.find_event(&event.key().source, &event.key().id).await? {
        return if stored.body == body {
            Ok(event.seen(stored.outcome, stored.about, stored.detail))
        } else {
            Err(event.differs())
        };
    }
    let wanted = event.places_wanted(app, &mut tx, now).await?;
    drop(tx);
    let mut turns = Turns::begin(app, event.kind(), wanted).await?;
    let receipt = loop {
        match try_event(app, &event, &body, &mut turns.places()).await {
            Ok(receipt) => break receipt,
            Err(error) => turns.after(error).await?,
        }
    };
    if receipt.outcome != Outcome::Seen {
        metrics::counter!("luzheng_events_total", "type" => event.type_code(), "outcome" => receipt.outcome.code())
            .increment(1);
    }
    Ok(receipt)
}

/// The turns of something that may take places in status lists and may have to be tried again: with the places that are wanted as things
/// stand, and with more when they turn out to be too few.
struct Turns<'a> {
    app: &'a App,
    kind: CredentialKind,
    wanted: u32,
    places: Places,
    tries: u32,
}

impl<'a> Turns<'a> {
    async fn begin(app: &'a App, kind: CredentialKind, wanted: u32) -> Used<Self> {
        let places = Places::for_kind(app, kind, wanted, app.clock.now()).await?;
        Ok(Self { app, kind, wanted, places, tries: 0 })
    }

    /// The places of this turn: those of a turn that failed were not used.
    fn places(&mut self) -> Places {
        self.tries += 1;
        self.places.clone()
    }

    /// Prepares the next turn, or gives the error back when there is to be none.
    async fn after(&mut self, error: UseError) -> Used<()> {
        if self.tries >= TRIES {
            return Err(error);
        }
        if error.code == places::NO_PLACE {
            // Something came between looking and writing.
            self.wanted += 1;
            self.places = Places::for_kind(self.app, self.kind, self.wanted, self.app.clock.now()).await?;
        } else if error.retryable() || is_race(&error) {
            // After a commit whose end is unknown the next try finds the event recorded, or does it.
            tokio::task::yield_now().await;
        } else {
            return Err(error);
        }
        Ok(())
    }
}

/// Two events about one new plate or person at once: the loser looks again and finds what the winner made.
fn is_race(error: &UseError) -> bool {
    error.kind == Kind::Conflict && error.code == "conflict"
}

async fn try_event(app: &App, event: &Arrived, body: &[u8], places: &mut Places) -> Used<EventReceipt> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let key = event.key();
    let new = NewEvent {
        source: &key.source,
        id: &key.id,
        digest: journal::sha256(body),
        event_type: event.type_code(),
        subject: &event.subject(app.store.vault()),
        occurred_at: event.occurred_at(),
        received_at: now,
        body,
    };
    match tx.record_event(&new).await? {
        EventSeen::New => {}
        EventSeen::Same(first) => {
            let stored = tx.find_event(&key.source, &key.id).await?;
            let (about, detail) = stored.map_or((None, None), |s| (s.about, s.detail));
            return Ok(event.seen(first, about, detail));
        }
        EventSeen::Different => return Err(event.differs()),
    }
    let receipt = settle(app, &mut tx, event, places, now).await?;
    tx.commit().await?;
    Ok(receipt)
}

/// Decides a recorded event, carries the decision out and records what became of it, in the transaction that recorded it.
async fn settle(app: &App, tx: &mut Tx, event: &Arrived, places: &mut Places, now: Timestamp) -> Used<EventReceipt> {
    let Decided { outcome, about, detail, note } = event.decide(app, tx, places, now).await?;
    let EventKey { source, id } = event.key();
    // A parked event waits for its subject; it is also looked at every minute, should the order of commits have hidden it.
    let retry_at = now.checked_add(jiff::SignedDuration::from_mins(1)).ok();
    let detail = detail.as_deref();
    tx.set_event_outcome(source, id, &Settled { outcome, about, detail, at: now, retry_at }).await?;
    let mut words = serde_json::json!({"source": source, "id": id, "type": event.type_code(), "outcome": outcome.code(), "detail": detail});
    if let Some((name, value)) = note {
        words[name] = value.into();
    }
    journal::note(tx, now, FEED, "event.received", about, &words).await?;
    Ok(event.receipt(outcome.into(), None, about, detail.map(str::to_owned)))
}

/// The cause of a fact or credential that an event brought.
pub(crate) fn cause(key: &EventKey) -> String {
    format!("{}/{}", key.source, key.id)
}

/// Whether an event is overtaken by what is known: something that happened later is, and no correction can be late.
pub(crate) fn is_late(occurred_at: Timestamp, corrects: bool, known_from: Timestamp, known_cause: &str) -> bool {
    occurred_at < known_from && !corrects && !known_cause.starts_with(IMPORT)
}
