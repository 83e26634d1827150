//! Events that wait for something: for their subject, for an earlier event, for the day to come.

use super::arrived::Arrived;
use super::{Outcome, Turns, settle};
use crate::app::App;
use crate::usecase::error::Used;
use crate::usecase::places::Places;
use luzheng_domain::vehicle::event::EventKey;
use luzheng_store::Tx;
use luzheng_store::event::StoredEvent;

/// Most parked events taken up at once.
const UNPARK_BATCH: u32 = 200;

/// Tries the parked events of a subject again, in the order they happened; and all of them again whenever one of them could be applied,
/// since another may have waited for just that one.
///
/// # Errors
/// The store.
pub async fn unpark(app: &App, subject: &str) -> Used<()> {
    let mut tried = Vec::new();
    loop {
        // Not a reading transaction: parked events are locked when they are read.
        let mut tx = app.store.write().await?;
        let next = next_parked(&mut tx, subject, &tried).await?;
        // Ended here and now: of a transaction that is only dropped the locks may still be held when the event is looked for again.
        tx.commit().await?;
        let Some(next) = next else { return Ok(()) };
        let event = Arrived::recorded(next).await?;
        let mut tx = app.store.read().await?;
        let wanted = event.places_wanted(app, &mut tx, app.clock.now()).await?;
        drop(tx);
        let mut turns = Turns::begin(app, event.kind(), wanted).await?;
        let outcome = loop {
            match try_parked(app, subject, &event, &tried, &mut turns.places()).await {
                Ok(outcome) => break outcome,
                Err(error) => turns.after(error).await?,
            }
        };
        match outcome {
            Some(Outcome::Applied) => tried.clear(),
            _ => tried.push(event.key().clone()),
        }
    }
}

/// Tries a parked event; `None` when somebody else took it up meanwhile.
async fn try_parked(
    app: &App,
    subject: &str,
    event: &Arrived,
    tried: &[EventKey],
    places: &mut Places,
) -> Used<Option<Outcome>> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    match next_parked(&mut tx, subject, tried).await? {
        Some(next) if next.source == event.key().source && next.id == event.key().id => {}
        _ => {
            tx.commit().await?;
            return Ok(None);
        }
    }
    let receipt = settle(app, &mut tx, event, places, now).await?;
    tx.commit().await?;
    Ok(Some(receipt.outcome))
}

/// The first of the parked events of a subject that was not tried yet. All of them are locked, so that nobody takes up the second before
/// the first.
async fn next_parked(tx: &mut Tx, subject: &str, tried: &[EventKey]) -> Used<Option<StoredEvent>> {
    let parked = tx.parked_events_of(subject, UNPARK_BATCH).await?;
    Ok(parked.into_iter().find(|event| !tried.iter().any(|key| key.source == event.source && key.id == event.id)))
}

/// Tries parked events that are due for another look.
///
/// # Errors
/// The store.
pub async fn unpark_due(app: &App) -> Used<()> {
    let mut tx = app.store.write().await?;
    let mut subjects: Vec<String> = Vec::new();
    for stored in tx.parked_events_due(app.clock.now(), UNPARK_BATCH).await? {
        if !subjects.contains(&stored.subject) {
            subjects.push(stored.subject);
        }
    }
    tx.commit().await?;
    for subject in subjects {
        unpark(app, &subject).await?;
    }
    Ok(())
}
