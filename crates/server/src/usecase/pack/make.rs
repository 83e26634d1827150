//! Making a pack, and the deltas that lead to it.

use super::files::{Folder, failed, numbers};
use super::{DeltaEntry, KeptCatalogue, PackCatalogue, files};
use crate::app::App;
use crate::clock::{china, china_date};
use crate::usecase::error::{Kind, UseError, Used};
use crate::usecase::trust::Published;
use crate::usecase::{journal, key, status};
use jiff::{SignedDuration, Timestamp};
use luzheng_credential::pack::{BuildError, Held, Pack, PackBuilder};
use luzheng_credential::sign::Signer;
use luzheng_credential::trust::{KeyUse, Roots};
use luzheng_store::pack::MadePack;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;

/// Most packs from which deltas lead to the newest, however often one was made by hand.
const MOST_KEPT: u32 = 32;
/// The scope of packs, as opposed to provinces.
const PACKS: u32 = 0;

/// A pack that was made.
#[derive(Debug, Clone, Serialize)]
pub struct Made {
    /// Its number.
    pub seq: u32,
    /// As of when.
    pub as_of: Timestamp,
    /// How many lists are in it.
    pub lists: usize,
    /// Bytes.
    pub size: usize,
    /// Its file.
    pub path: PathBuf,
    /// The deltas that lead to it.
    pub deltas: Vec<DeltaEntry>,
}

/// Runs what takes the processor for long where it holds nobody up.
pub(super) async fn apart<T: Send + 'static>(work: impl FnOnce() -> Used<T> + Send + 'static) -> Used<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(UseError::broken("pack", format!("making it ended early: {error}"))),
    }
}

pub(super) fn not_made(error: BuildError) -> UseError {
    match error {
        BuildError::Sign(error) => UseError::unavailable("keys_unavailable", error.to_string(), error),
        other => UseError::broken("pack", other.to_string()),
    }
}

/// The key that signs packs and shards, as it signs status lists.
pub(super) fn status_signer(app: &App, now: Timestamp) -> Used<Arc<dyn Signer>> {
    let table = app.key_table();
    let signing = table.pick(KeyUse::Status, 0, now).ok_or_else(|| {
        let why = "there is no active key for status lists; run `luzheng keys generate --use status`";
        UseError::new(Kind::Unavailable, "no_status_key", why)
    })?;
    crate::usecase::signer(app, signing)
}

/// The lists as they are published, in sections.
fn collect(published: &Published, step: &dyn Fn(u64)) -> Used<(PackBuilder, i64)> {
    let mut builder = PackBuilder::new();
    let mut newest = 0;
    for list in published.lists.keys() {
        let found = published.book.find(*list).zip(published.book.dates(*list));
        let (entries, (iat, exp)) =
            found.ok_or_else(|| UseError::broken("pack", format!("status list {list} is not in memory")))?;
        builder.add(*list, entries, iat, exp).map_err(not_made)?;
        newest = newest.max(iat);
        step(1);
    }
    Ok((builder, newest))
}

/// Makes a pack of what is published, the deltas to it from the packs of the last days, and puts them where they are served. `step` is told of every
/// list that was taken in.
///
/// # Errors
/// The status key, the store or the disk unavailable.
pub async fn make(app: &App, step: impl Fn(u64) + Send + 'static) -> Used<Made> {
    status::publish(app, false).await?;
    let now = app.clock.now();
    let published = app.published();
    let trust = published
        .trust
        .clone()
        .ok_or_else(|| UseError::new(Kind::Unavailable, "not_published", "the trust list is not published yet"))?;
    let (signer, roots) = (status_signer(app, now)?, key::roots(app).await?);
    let folder = Folder::packs(app);
    let kept = folder.catalogue::<KeptCatalogue>().await?.map_or(0, |kept| kept.served.seq);
    // A database that was restored from an older backup does not make the number go back.
    let seq = app.store.read().await?.next_pack_seq(PACKS).await?.max(kept.saturating_add(1));
    let trust_seq = trust.seq();
    let own_roots = roots.clone();
    let (pack, name, digest, folder) = apart(move || {
        folder.prepare()?;
        let (builder, newest) = collect(&published, &step)?;
        let text = std::str::from_utf8(&published.trust_json)
            .map_err(|_| UseError::broken("broken_trust_list", "the trust list is not text"))?;
        let iat = newest.max(now.as_second());
        let bytes = builder.finish(seq, iat, &trust, text, signer.as_ref()).map_err(not_made)?;
        let digest = journal::sha256(&bytes);
        // Our own reader looks at it before anybody else does.
        let pack = Pack::open(bytes, &own_roots, Held::default(), now).and_then(|pack| pack.check_all().map(|()| pack));
        let pack = pack.map_err(|error| not_made(error.into()))?;
        let name = format!("pack-{seq}-{}.lzpack", hex::encode(&digest[..6]));
        folder.write(&name, pack.as_bytes())?;
        Ok((pack, name, digest, folder))
    })
    .await?;
    if let Err(error) = record(app, &pack, digest, now).await {
        // Another process took the number.
        folder.remove(&name);
        return Err(error);
    }
    let deltas = deltas(app, &folder, pack, roots, now).await?;
    finish(app, &folder, File { seq, name, digest, trust_seq }, deltas).await
}

/// Notes that it was made: from here on its number is taken.
async fn record(app: &App, pack: &Pack, digest: [u8; 32], now: Timestamp) -> Used<()> {
    let head = pack.head();
    let second = |second| Timestamp::from_second(second).unwrap_or(now);
    let made = MadePack {
        scope: PACKS,
        seq: head.seq,
        made_at: second(head.iat),
        expires_at: second(head.exp),
        items: head.count,
        size: pack.as_bytes().len() as u64,
        digest,
    };
    let detail = serde_json::json!({
        "seq": made.seq, "lists": made.items, "size": made.size, "sha256": hex::encode(digest), "table": hex::encode(head.digest),
        "trust_list": head.trust_seq,
    });
    let mut tx = app.store.write().await?;
    tx.put_pack(&made).await?;
    journal::note(&mut tx, now, "system", "pack.made", None, &detail).await?;
    tx.commit().await?;
    Ok(())
}

/// Writes the deltas from the packs of the last days; forgets older packs, and deltas that lead to none of the two newest.
async fn deltas(app: &App, folder: &Folder, pack: Pack, roots: Roots, now: Timestamp) -> Used<Vec<DeltaEntry>> {
    let since = SignedDuration::from_hours(24 * i64::from(app.settings.pack.days));
    let since = now.checked_sub(since).unwrap_or(Timestamp::MIN);
    let kept: Vec<u32> =
        app.store.read().await?.packs_since(PACKS, since, MOST_KEPT).await?.into_iter().map(|made| made.seq).collect();
    let folder = folder.clone();
    apart(move || {
        let newest = pack.head().seq;
        let before = kept.iter().copied().filter(|seq| *seq < newest).max();
        let mut deltas = Vec::new();
        for name in folder.names()? {
            match numbers(&name) {
                Some((seq, None)) if seq == newest => {}
                Some((seq, None)) if kept.contains(&seq) => match delta(&folder, &name, &pack, &roots) {
                    Ok(delta) => deltas.push(delta),
                    // A reader with that one takes the whole pack.
                    Err(error) => tracing::warn!(name, %error, "no delta leads from this pack"),
                },
                Some((_, Some(to))) if to == newest || Some(to) == before => {}
                Some(_) => folder.remove(&name),
                None => {}
            }
        }
        Ok(deltas)
    })
    .await
}

fn delta(folder: &Folder, name: &str, newest: &Pack, roots: &Roots) -> Used<DeltaEntry> {
    let path = folder.path(name);
    let bytes = std::fs::read(&path).map_err(|error| failed(error, &path))?;
    // Its age does not matter here: whoever holds it is led away from it.
    let base = Pack::open(bytes, roots, Held::default(), Timestamp::UNIX_EPOCH).map_err(|e| not_made(e.into()))?;
    let delta = base.delta_to(newest).map_err(not_made)?;
    let (from, to) = (base.head().seq, newest.head().seq);
    let digest = journal::sha256(&delta);
    let name = format!("pack-{from}-{to}-{}.lzdelta", hex::encode(&digest[..6]));
    folder.write(&name, &delta)?;
    Ok(DeltaEntry { from, size: delta.len() as u64, url: url(&name) })
}

fn url(name: &str) -> String {
    format!("/pack/{name}")
}

/// A pack that lies in its folder.
struct File {
    seq: u32,
    name: String,
    digest: [u8; 32],
    trust_seq: u64,
}

/// Names the new pack as the newest.
async fn finish(app: &App, folder: &Folder, file: File, mut deltas: Vec<DeltaEntry>) -> Used<Made> {
    let File { seq, name, digest, trust_seq } = file;
    deltas.sort_by_key(|delta| std::cmp::Reverse(delta.from));
    let made = app.store.read().await?.packs_since(PACKS, Timestamp::MIN, 1).await?;
    let made = made.first().filter(|made| made.seq == seq);
    // Another process made a newer one meanwhile: its catalogue stays.
    let made = made.ok_or_else(|| UseError::new(Kind::Conflict, "newer_pack", "another process made a newer pack"))?;
    let served = PackCatalogue {
        seq,
        as_of: made.made_at,
        expires_at: made.expires_at,
        size: made.size,
        url: url(&name),
        sha256: hex::encode(digest),
        deltas: deltas.clone(),
        shards_as_of: None,
    };
    let path = folder.path(&name);
    let (lists, size) = (made.items as usize, usize::try_from(made.size).unwrap_or(usize::MAX));
    let own = folder.clone();
    apart(move || own.put_catalogue(&KeptCatalogue { served, trust_seq })).await?;
    metrics::counter!("luzheng_packs_made_total").increment(1);
    measure(made.made_at, made.size);
    Ok(Made { seq, as_of: made.made_at, lists, size, path, deltas })
}

/// Says how old and how large the newest pack is.
fn measure(as_of: Timestamp, size: u64) {
    metrics::gauge!("luzheng_pack_bytes").set(size as f64);
    metrics::gauge!("luzheng_pack_made_timestamp_seconds").set(as_of.as_second() as f64);
}

/// Whether something that was last made then is due: never made, or made on a day before and the time of the day has come.
pub(super) fn is_due(app: &App, made: Option<Timestamp>) -> bool {
    let now = app.clock.now();
    let time = now.to_zoned(china()).time();
    made.is_none_or(|made| china_date(made) < china_date(now) && time >= app.settings.pack.at)
}

/// Makes the day's pack when it is due, when the newest one's file is gone, and when there is a newer trust list: a key that was taken out must
/// not be handed on for the rest of the day.
///
/// # Errors
/// As [`make`].
pub async fn make_due(app: &App) -> Used<Option<Made>> {
    let folder = Folder::packs(app);
    let current = folder.catalogue::<KeptCatalogue>().await?.filter(|kept| {
        let name = kept.served.url.strip_prefix("/pack/");
        name.is_some_and(|name| files::is_pack_name(name) && folder.path(name).exists())
    });
    let trust_seq = app.published().trust.as_ref().map(luzheng_credential::trust::TrustList::seq);
    let current = current.filter(|kept| trust_seq.is_none_or(|seq| seq == kept.trust_seq)).map(|kept| kept.served);
    if let Some(current) = &current {
        measure(current.as_of, current.size);
    }
    if is_due(app, current.map(|current| current.as_of)) { make(app, |_| ()).await.map(Some) } else { Ok(None) }
}

/// The delta from a pack in somebody's hands to one that was made.
///
/// # Errors
/// The file is no pack of ours, or not older.
pub async fn delta_from(app: &App, older: Vec<u8>, made: &Made) -> Used<Vec<u8>> {
    let roots = key::roots(app).await?;
    let path = made.path.clone();
    apart(move || {
        let wrong = |error: luzheng_credential::pack::PackError| UseError::invalid(error.code(), error.to_string());
        let older = Pack::open(older, &roots, Held::default(), Timestamp::UNIX_EPOCH).map_err(wrong)?;
        let newer = std::fs::read(&path).map_err(|error| failed(error, &path))?;
        let newer = Pack::open(newer, &roots, Held::default(), Timestamp::UNIX_EPOCH).map_err(wrong)?;
        older.delta_to(&newer).map_err(|error| UseError::invalid("wrong_base", error.to_string()))
    })
    .await
}
