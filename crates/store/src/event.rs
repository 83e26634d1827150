//! Events from the registers of record: each (source, id) is applied once.

use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    db::Tx,
    error::Error,
    value::{Row, values},
};

/// The longest body of an event, in bytes: one about a driver may carry a photo.
pub const MAX_EVENT_BODY: usize = 896 * 1024;

/// An event as it arrived.
#[derive(Debug, Clone)]
pub struct NewEvent<'a> {
    /// Who reports it.
    pub source: &'a str,
    /// The reporter's own id of it.
    pub id: &'a str,
    /// SHA-256 over the canonical content: tells a repetition from another content under the same id.
    pub digest: [u8; 32],
    /// For example `vehicle.inspected`.
    pub event_type: &'a str,
    /// What it is about, as a look-up text of the caller's choice (for example `vin:LSV…`); parked events are found by it.
    pub subject: &'a str,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// When it reached us.
    pub received_at: Timestamp,
    /// The whole event; sealed at rest.
    pub body: &'a [u8],
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventOutcome {
    /// Its fact is in the register's copy.
    Applied,
    /// Waits for its subject to become known; tried again.
    Parked,
    /// Older than what is known: recorded, nothing changed.
    Late,
    /// The rules refuse it; the detail says why.
    Refused,
}

impl EventOutcome {
    /// The stable word.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Parked => "parked",
            Self::Late => "late",
            Self::Refused => "refused",
        }
    }

    fn of(code: &str, key: &str) -> Result<Self, Error> {
        match code {
            "applied" => Ok(Self::Applied),
            "parked" => Ok(Self::Parked),
            "late" => Ok(Self::Late),
            "refused" => Ok(Self::Refused),
            other => Err(Error::broken("event", key, format!("outcome {other:?}"))),
        }
    }
}

/// Whether an event was here before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventSeen {
    /// First time: apply it and set its outcome in this transaction.
    New,
    /// The same event, with what became of it.
    Same(EventOutcome),
    /// Another content under the same source and id.
    Different,
}

/// An event as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// Who reported it.
    pub source: String,
    /// The reporter's own id of it.
    pub id: String,
    /// For example `vehicle.inspected`.
    pub event_type: String,
    /// What it is about.
    pub subject: String,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// When it reached us.
    pub received_at: Timestamp,
    /// What became of it.
    pub outcome: EventOutcome,
    /// The vehicle or the driver it was applied to.
    pub about: Option<Uuid>,
    /// The whole event, opened.
    pub body: Vec<u8>,
    /// Why it was parked, late or refused.
    pub detail: Option<String>,
    /// How often it was tried again.
    pub attempts: u32,
}

/// What is recorded about an event after it was tried.
#[derive(Debug, Clone, Copy)]
pub struct Settled<'a> {
    /// What became of it.
    pub outcome: EventOutcome,
    /// The vehicle or the driver, when it is known.
    pub about: Option<Uuid>,
    /// Why, for people and for the API.
    pub detail: Option<&'a str>,
    /// When this was decided.
    pub at: Timestamp,
    /// When a parked event is tried again. Ignored for the other outcomes.
    pub retry_at: Option<Timestamp>,
}

const COLUMNS: &str = "source, id, type, subject, occurred_at, received_at, outcome, about, body, detail, attempts";

fn key(source: &str, id: &str) -> String {
    format!("{source}/{id}")
}

/// Length first: no two keys have the same bytes.
fn place(source: &str, id: &str) -> Vec<u8> {
    let mut place = u16::try_from(source.len()).unwrap_or(u16::MAX).to_be_bytes().to_vec();
    place.extend_from_slice(source.as_bytes());
    place.extend_from_slice(id.as_bytes());
    place
}

impl Tx {
    /// Records that an event arrived, before anything is done about it. Of many that try the same at the same time exactly one gets
    /// `New`; the others wait for its commit. The recorded outcome is `Parked` until [`Tx::set_event_outcome`] says otherwise, so that
    /// a caller who forgets loses nothing.
    ///
    /// # Errors
    /// `Broken` when the body is longer than [`MAX_EVENT_BODY`]; `Engine`.
    pub async fn record_event(&mut self, event: &NewEvent<'_>) -> Result<EventSeen, Error> {
        let NewEvent { source, id, digest, event_type, subject, occurred_at, received_at, body } = event;
        if body.len() > MAX_EVENT_BODY {
            return Err(Error::broken(
                "event",
                key(source, id),
                format!("a body of {} bytes; at most {MAX_EVENT_BODY}", body.len()),
            ));
        }
        let sealed = self.vault().seal("event", "body", &place(source, id), body)?;
        let sql = "INSERT INTO event (source, id, digest, type, subject, occurred_at, received_at, outcome, body, attempts, due_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, 'parked', $8, 0, $7) ON CONFLICT (source, id) DO NOTHING";
        let inserted = self
            .execute(sql, values![*source, *id, *digest, *event_type, *subject, *occurred_at, *received_at, sealed])
            .await?;
        if inserted == 1 {
            return Ok(EventSeen::New);
        }
        let mut row =
            self.one("SELECT digest, outcome FROM event WHERE source = $1 AND id = $2", values![*source, *id]).await?;
        if row.bytes()? != digest {
            return Ok(EventSeen::Different);
        }
        Ok(EventSeen::Same(EventOutcome::of(&row.text()?, &key(source, id))?))
    }

    /// Records what became of an event; for one that stays parked this counts the attempt.
    ///
    /// # Errors
    /// `Broken` when there is no such event; `Engine`.
    pub async fn set_event_outcome(&mut self, source: &str, id: &str, settled: &Settled<'_>) -> Result<(), Error> {
        let due = settled.retry_at.filter(|_| settled.outcome == EventOutcome::Parked);
        let sql = "UPDATE event SET outcome = $3, about = $4, detail = $5, settled_at = $6, due_at = $7, attempts = attempts + 1 \
                   WHERE source = $1 AND id = $2";
        let values = values![source, id, settled.outcome.code(), settled.about, settled.detail, settled.at, due];
        match self.execute(sql, values).await? {
            1 => Ok(()),
            _ => Err(Error::broken("event", key(source, id), "there is no such event")),
        }
    }

    /// One event.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn find_event(&mut self, source: &str, id: &str) -> Result<Option<StoredEvent>, Error> {
        let row = self
            .row(
                sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM event WHERE source = $1 AND id = $2")),
                values![source, id],
            )
            .await?;
        row.map(|row| self.stored_event(row)).transpose()
    }

    /// Parked events about a subject in the order they happened, locked: another worker that asks at the same time gets other ones.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn parked_events_of(&mut self, subject: &str, limit: u32) -> Result<Vec<StoredEvent>, Error> {
        let sql = format!(
            "SELECT {COLUMNS} FROM event WHERE outcome = 'parked' AND subject = $1 ORDER BY occurred_at, source, id LIMIT $2 FOR UPDATE SKIP LOCKED"
        );
        let rows = self.rows(sqlx::AssertSqlSafe(sql), values![subject, limit]).await?;
        rows.into_iter().map(|row| self.stored_event(row)).collect()
    }

    /// Parked events that are due for another try, locked as in [`Tx::parked_events_of`].
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn parked_events_due(&mut self, now: Timestamp, limit: u32) -> Result<Vec<StoredEvent>, Error> {
        let sql = format!(
            "SELECT {COLUMNS} FROM event WHERE outcome = 'parked' AND due_at <= $1 ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED"
        );
        let rows = self.rows(sqlx::AssertSqlSafe(sql), values![now, limit]).await?;
        rows.into_iter().map(|row| self.stored_event(row)).collect()
    }

    /// The events that were applied to a vehicle, newest first.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn events_about(&mut self, about: Uuid, limit: u32) -> Result<Vec<StoredEvent>, Error> {
        let sql =
            format!("SELECT {COLUMNS} FROM event WHERE about = $1 ORDER BY occurred_at DESC, source, id LIMIT $2");
        let rows = self.rows(sqlx::AssertSqlSafe(sql), values![about, limit]).await?;
        rows.into_iter().map(|row| self.stored_event(row)).collect()
    }

    /// How many events have each outcome.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn event_counts(&mut self) -> Result<Vec<(EventOutcome, u64)>, Error> {
        let rows =
            self.rows("SELECT outcome, COUNT(*) FROM event GROUP BY outcome ORDER BY outcome", values![]).await?;
        rows.into_iter().map(|mut row| Ok((EventOutcome::of(&row.text()?, "*")?, row.number()?))).collect()
    }

    fn stored_event(&self, mut row: Row) -> Result<StoredEvent, Error> {
        let (source, id) = (row.text()?, row.text()?);
        let key = key(&source, &id);
        let (event_type, subject) = (row.text()?, row.text()?);
        let (occurred_at, received_at) = (row.time()?, row.time()?);
        let outcome = EventOutcome::of(&row.text()?, &key)?;
        let about = row.opt_id()?;
        let body = self.vault().open("event", "body", &place(&source, &id), &row.bytes()?)?;
        Ok(StoredEvent {
            source,
            id,
            event_type,
            subject,
            occurred_at,
            received_at,
            outcome,
            about,
            body,
            detail: row.opt_text()?,
            attempts: row.number()?,
        })
    }
}
