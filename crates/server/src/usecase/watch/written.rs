//! From the queue into the store: what was raised becomes a flag for staff.

use super::codes::Copied;
use super::plates::Enumerating;
use super::raised::{Raised, What};
use super::{CopyRule, LookUpRule, SightingNote};
use crate::app::App;
use crate::chance;
use crate::usecase::error::Used;
use crate::usecase::journal;
use jiff::Timestamp;
use luzheng_store::Tx;
use luzheng_store::flag::NewFlag;
use luzheng_store::status::StatusIndex;
use serde::{Deserialize, Serialize};

/// Most flags written in one transaction.
const BATCH: usize = 32;

/// Kind of flag: a code that looks copied.
pub const COPIED_CODE: &str = "copied_code";
/// Kind of flag: look-ups that go through plates one by one.
pub const ENUMERATION: &str = "enumeration";

/// What a flag keeps of a code that looks copied.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CopiedDetail {
    /// The kind of credential.
    pub of: String,
    /// Why.
    pub rule: CopyRule,
    /// Whether it is a code that lives for a minute.
    pub live: bool,
    /// Roughly where and when it was checked.
    pub sightings: Vec<SightingNote>,
    /// By about how many different checkers.
    pub checkers: u32,
}

/// What a flag keeps of look-ups.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EnumerationDetail {
    /// Why.
    pub rule: LookUpRule,
    /// How many look-ups there were in the window.
    pub looks: u32,
    /// How many of them found nothing.
    pub misses: u32,
    /// How many asked for a plate next to one that was asked for before.
    pub neighbours: u32,
}

fn json(detail: &impl Serialize) -> String {
    serde_json::to_string(detail).unwrap_or_default()
}

async fn of_code(tx: &mut Tx, copied: Copied, at: Timestamp) -> Used<NewFlag> {
    let status = StatusIndex { list: copied.status.list, index: copied.status.index };
    let credential = tx.credential_at(status).await?;
    let about = format!("{}/{}/{}", status.list, status.index, copied.live);
    let Copied { rule, kind, live, sightings, checkers, .. } = copied;
    let of = kind.code().to_owned();
    Ok(NewFlag {
        id: chance::new_id(at),
        kind: COPIED_CODE,
        dedupe: tx.vault().index("flag.code", about.as_bytes()),
        at,
        credential,
        caller: None,
        detail: json(&CopiedDetail { of, rule, live, sightings, checkers }),
    })
}

fn of_caller(tx: &Tx, found: &Enumerating, at: Timestamp) -> NewFlag {
    let Enumerating { rule, sort, who, looks, misses, neighbours } = *found;
    // Networks have no name here; each of their flags is one of its own.
    let id = chance::new_id(at);
    let about = format!("{}/{}", sort.code(), who.unwrap_or(id));
    NewFlag {
        id,
        kind: ENUMERATION,
        dedupe: tx.vault().index("flag.caller", about.as_bytes()),
        at,
        credential: None,
        caller: Some((sort.code().to_owned(), who)),
        detail: json(&EnumerationDetail { rule, looks, misses, neighbours }),
    }
}

/// Writes what waits. What cannot be written stays and is tried again. Answers whether more waits.
///
/// # Errors
/// The store.
pub async fn write_flags(app: &App) -> Used<bool> {
    let first = app.watch.waiting.first(BATCH);
    if first.is_empty() {
        return Ok(false);
    }
    let count = first.len();
    let mut tx = app.store.write().await?;
    for Raised { at_s, what } in first {
        let at = Timestamp::from_second(at_s).unwrap_or_else(|_| app.clock.now());
        let flag = match what {
            What::Copied(copied) => of_code(&mut tx, copied, at).await?,
            What::Enumerating(found) => of_caller(&tx, &found, at),
        };
        let (id, new) = tx.raise_flag(&flag).await?;
        if new {
            let detail = serde_json::json!({"flag": id, "kind": flag.kind});
            let subject = flag.credential.map(|(subject, _)| subject);
            journal::note(&mut tx, at, "system", "flag.raised", subject, &detail).await?;
        }
        metrics::counter!("luzheng_flags_raised_total", "kind" => flag.kind).increment(1);
    }
    tx.commit().await?;
    app.watch.waiting.done(count);
    Ok(count == BATCH)
}
