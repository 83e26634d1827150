//! Forgetting: what was kept about checks and looks goes when its time is over, once a day, in batches, with a note in the journal.

use super::error::Used;
use super::journal;
use crate::app::App;
use crate::clock::{china_date, china_midnight};
use jiff::{Timestamp, ToSpan};
use luzheng_store::retention::{BATCH, Kept};
use std::collections::BTreeMap;

/// Most batches of one kind in one turn: a first sweep over years goes on in the next.
const TURNS: u32 = 200;

/// For how many days something is kept.
const fn days(app: &App, kept: Kept) -> u32 {
    let retention = &app.settings.retention;
    match kept {
        Kept::Looks => retention.look_days,
        Kept::OfficerLooks | Kept::PartnerChecks => retention.check_days,
        Kept::Flags => retention.flag_days,
    }
}

/// What is older than this instant goes: the beginning of a day in China, so that the answer changes once a day.
pub fn keep_since(app: &App, kept: Kept) -> Timestamp {
    let today = china_date(app.clock.now());
    let first = today.checked_sub(i64::from(days(app, kept)).days()).unwrap_or(jiff::civil::Date::MIN);
    china_midnight(first)
}

/// Forgets everything that was kept long enough. Answers how much of what; what is nothing is not named.
///
/// # Errors
/// The store. What was forgotten before stays forgotten.
pub async fn sweep(app: &App) -> Used<BTreeMap<&'static str, u64>> {
    let mut gone = BTreeMap::new();
    for kept in Kept::ALL {
        let since = keep_since(app, kept);
        for _ in 0..TURNS {
            let mut tx = app.store.write().await?;
            let count = tx.forget_kept(kept, since).await?;
            if count > 0 {
                let detail = serde_json::json!({"what": kept.code(), "rows": count, "before": since});
                journal::note(&mut tx, app.clock.now(), "system", "retention.swept", None, &detail).await?;
                tx.commit().await?;
                metrics::counter!("luzheng_retention_rows_total", "what" => kept.code()).increment(count);
                *gone.entry(kept.code()).or_default() += count;
            }
            if count < u64::from(BATCH) {
                break;
            }
        }
    }
    Ok(gone)
}

/// What is older than it may be, with its age: for `luzheng doctor`. A day more than the period is no finding: the sweep comes once a day.
///
/// # Errors
/// The store.
pub async fn overdue(app: &App) -> Used<Vec<(&'static str, Timestamp)>> {
    let mut tx = app.store.read().await?;
    let mut found = Vec::new();
    for kept in Kept::ALL {
        let since = keep_since(app, kept).checked_sub(jiff::SignedDuration::from_hours(24)).unwrap_or(Timestamp::MIN);
        if let Some(oldest) = tx.oldest_kept(kept).await?.filter(|oldest| *oldest < since) {
            found.push((kept.code(), oldest));
        }
    }
    Ok(found)
}
