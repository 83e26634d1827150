//! Publishing the status lists: signed, recorded, served, and within a moment of the change they tell of.
//!
//! A publication takes in what changed since the one before and compresses only the lists in which something did. What is kept of
//! them: the last publication of every quarter of an hour for eight days (a reader may rely on a list for seven), the last of every
//! day for good. The journal names the digest of each one, so that whoever kept a copy of another can prove that it was ours.

use super::error::{Kind, UseError, Used};
use super::{journal, trust};
use crate::app::App;
use crate::clock::china_date;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use luzheng_credential::sign::Signer;
use luzheng_credential::status_list::{
    EntryBits, ListClaims, StatusError, StatusList, StatusValue, sign_cwt, sign_jwt,
};
use luzheng_credential::trust::KeyUse;
use luzheng_store::Tx;
use luzheng_store::publication::StatusChange;
use luzheng_store::status::{self as stored, Publication};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How long a status list may be used, in hours (`qr-format.md`: 7 days).
const STATUS_HOURS: i64 = 7 * 24;
/// A status list older than this is published anew though nothing changed, so that its age says something.
const STATUS_REFRESH_MINUTES: i64 = 15;
/// What readers are told to keep a status list for, in seconds.
const STATUS_TTL: u32 = 900;
/// Most changes one publication takes in.
const MAX_CHANGES: u32 = 100_000;
/// Of the publications within so many seconds the last is kept.
const KEPT_EVERY_SECONDS: i64 = 900;
/// For so long every quarter of an hour is kept, in hours: a day longer than any list may be relied on.
const KEPT_CLOSELY_HOURS: i64 = 8 * 24;
/// How far back a publication looks for others of its quarter of an hour. Each of them forgets the one before, so there is rarely more than one.
const LOOK_BACK: i64 = 64;

/// A list that is to be published, with what its entries are to be.
struct Due {
    list: u32,
    bits: EntryBits,
    entries: Entries,
    changes: Vec<StatusChange>,
}

/// Where the entries of a publication come from.
enum Entries {
    /// From the publication before, which this process has in memory, with the changes.
    Before(StatusList),
    /// From the store, all that are not 0.
    All(Vec<(u32, stored::StatusValue)>),
}

/// Publishes every status list that changed, or is older than a quarter of an hour, or all when `everything`. Answers which lists there are.
///
/// # Errors
/// The status key or the store unavailable.
pub async fn publish(app: &App, everything: bool) -> Used<Vec<u32>> {
    let now = app.clock.now();
    let due = due(app, everything, now).await?;
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let table = app.key_table();
    let signing = table.pick(KeyUse::Status, 0, now).ok_or_else(|| {
        UseError::new(
            Kind::Unavailable,
            "no_status_key",
            "there is no active key for status lists; run `luzheng keys generate --use status`",
        )
    })?;
    let signer = super::signer(app, signing)?;
    for list in due {
        publish_one(app, list, &signer, now).await?;
    }
    trust::refresh(app).await?;
    metrics::counter!("luzheng_status_publications_total").increment(1);
    Ok(app.published().lists.keys().copied().collect())
}

/// What is to be published, all read in one snapshot: nothing between the changes and the values is lost.
async fn due(app: &App, everything: bool, now: Timestamp) -> Used<Vec<Due>> {
    let today = china_date(now);
    let fresh_after = now.checked_sub(SignedDuration::from_mins(STATUS_REFRESH_MINUTES)).unwrap_or(now);
    let mut read = app.store.read().await?;
    let mut changes: BTreeMap<u32, Vec<StatusChange>> = BTreeMap::new();
    for change in read.status_changes(today, MAX_CHANGES).await? {
        changes.entry(change.mark.list).or_default().push(change);
    }
    let published = app.published();
    let stale = |list: &u32| published.lists.get(list).is_none_or(|l| l.iat < fresh_after);
    let lists = read.status_lists().await?;
    let wanted: Vec<_> =
        lists.iter().filter(|l| everything || changes.contains_key(&l.list) || stale(&l.list)).collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let newest: BTreeMap<u32, Option<i64>> = read.newest_publications().await?.into_iter().collect();
    let mut due = Vec::new();
    for found in wanted {
        let list = found.list;
        let bits = EntryBits::from_number(u64::from(found.bits))
            .ok_or_else(|| UseError::broken("broken_row", format!("status list {list} has {} bits", found.bits)))?;
        let changes = changes.remove(&list).unwrap_or_default();
        // The publication in memory is a base only if it is the newest there is, and of today: at midnight entries return to 0.
        let base = published
            .lists
            .get(&list)
            .filter(|l| !everything && l.iat >= fresh_after && newest.get(&list) == Some(&Some(l.seq)))
            .filter(|l| china_date(l.iat) == today && changes.iter().all(|c| c.entry.is_some()))
            .and_then(|_| published.book.find(list))
            .filter(|entries| entries.bits() == bits);
        let entries = match base {
            Some(entries) => Entries::Before(entries.clone()),
            None => Entries::All(read.list_values(list, today).await?),
        };
        due.push(Due { list, bits, entries, changes });
    }
    Ok(due)
}

impl Due {
    /// The entries as they are to be published.
    fn compose(&self) -> Used<StatusList> {
        let mut list = match &self.entries {
            Entries::Before(list) => list.clone(),
            Entries::All(_) => StatusList::new(self.bits),
        };
        let all: &[(u32, stored::StatusValue)] = match &self.entries {
            Entries::All(values) => values,
            Entries::Before(_) => &[],
        };
        let changed = self.changes.iter().filter_map(|change| change.entry);
        for (index, value) in all.iter().copied().chain(changed) {
            let fits = StatusValue::from_bits(value.bits()).is_some_and(|value| list.set(index, value));
            if !fits {
                let why = format!("entry {index} of status list {} cannot say {value:?}", self.list);
                return Err(UseError::broken("broken_row", why));
            }
        }
        Ok(list)
    }
}

async fn publish_one(app: &App, due: Due, signer: &Arc<dyn Signer>, now: Timestamp) -> Used<()> {
    let list = due.list;
    let exp = now.checked_add(SignedDuration::from_hours(STATUS_HOURS)).unwrap_or(Timestamp::MAX);
    let claims = ListClaims { list, iat: now.as_second(), exp: exp.as_second(), ttl: STATUS_TTL };
    let address = app.settings.status_uri.replace("{list}", &list.to_string());
    let failed =
        |e: StatusError| UseError::broken("status_list", format!("status list {list} could not be signed: {e}"));
    let packed = due.compose()?.pack();
    let jwt = sign_jwt(&claims, &address, &packed, signer.as_ref()).map_err(failed)?.into_bytes();
    let cwt = sign_cwt(&claims, &address, &packed, signer.as_ref()).map_err(failed)?;
    let marks: Vec<_> = due.changes.iter().map(|change| change.mark).collect();
    let mut tx = app.store.write().await?;
    let seq = tx.next_publication_seq(list).await?;
    let detail = serde_json::json!({
        "list": list, "seq": seq, "changes": marks.len(), "kid": signer.kid(),
        "jwt": hex::encode(journal::sha256(&jwt)), "cwt": hex::encode(journal::sha256(&cwt)),
    });
    tx.put_publication(&Publication { list, seq, iat: now, exp, jwt, cwt }).await?;
    let quarter = now.as_second().div_euclid(KEPT_EVERY_SECONDS) * KEPT_EVERY_SECONDS;
    let since = Timestamp::from_second(quarter).unwrap_or(now);
    tx.forget_publications(list, seq - LOOK_BACK, seq, since).await?;
    tx.clear_dirty(&marks).await?;
    journal::note(&mut tx, now, "system", "status.published", None, &detail).await?;
    tx.commit().await?;
    Ok(())
}

/// Thins out old publications: of those past the close keeping the last of every day stays.
///
/// # Errors
/// The store.
pub async fn thin(app: &App) -> Used<()> {
    let now = app.clock.now();
    let before = now.checked_sub(SignedDuration::from_hours(KEPT_CLOSELY_HOURS)).unwrap_or(now);
    let mut read = app.store.read().await?;
    let mut superfluous = Vec::new();
    for (list, _) in read.newest_publications().await? {
        superfluous.extend(of_the_same_day(&read.publication_times(list, before).await?).map(|seq| (list, seq)));
    }
    drop(read);
    if superfluous.is_empty() {
        return Ok(());
    }
    let mut tx = app.store.write().await?;
    forget(&mut tx, &superfluous).await?;
    let detail = serde_json::json!({"publications": superfluous.len()});
    journal::note(&mut tx, now, "system", "status.thinned", None, &detail).await?;
    tx.commit().await?;
    Ok(())
}

async fn forget(tx: &mut Tx, publications: &[(u32, i64)]) -> Used<()> {
    for (list, seq) in publications {
        tx.forget_publications(*list, *seq, seq + 1, Timestamp::MIN).await?;
    }
    Ok(())
}

/// The numbers that another of the same day follows.
fn of_the_same_day(times: &[(i64, Timestamp)]) -> impl Iterator<Item = i64> {
    let day = |at: &Timestamp| -> Date { china_date(*at) };
    times.windows(2).filter(move |pair| day(&pair[0].1) == day(&pair[1].1)).map(|pair| pair[0].0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_every_day_stays() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let times = [
            (1, at("2026-11-01T00:10:00+08:00")),
            (2, at("2026-11-01T23:59:00+08:00")),
            // A day in China begins here, though not in Greenwich.
            (3, at("2026-11-02T00:01:00+08:00")),
            (4, at("2026-11-02T09:00:00+08:00")),
            (5, at("2026-11-02T09:15:00+08:00")),
            (6, at("2026-11-05T00:00:00+08:00")),
        ];
        assert_eq!(of_the_same_day(&times).collect::<Vec<_>>(), [1, 3, 4]);
        assert_eq!(of_the_same_day(&[]).count(), 0);
    }
}
