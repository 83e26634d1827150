//! Making shards: what the register knows of the plates of a province, by their bytes, a page at a time.

use super::ShardEntry;
use super::files::{Folder, failed};
use super::make::{apart, is_due, not_made, status_signer};
use crate::app::App;
use crate::usecase::error::{UseError, Used};
use crate::usecase::journal;
use jiff::Timestamp;
use luzheng_credential::shard::{MarkState, PlateFacts, Shard, ShardBuilder};
use luzheng_credential::sign::Signer;
use luzheng_credential::trust::TrustList;
use luzheng_domain::region::{Province, provinces};
use luzheng_store::pack::{MadePack, PlateMark, PlateRow};
use serde::Serialize;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A shard that was made.
#[derive(Debug, Clone, Serialize)]
pub struct MadeShard {
    /// The first two digits of the province's division code.
    pub province: u32,
    /// Its number.
    pub seq: u32,
    /// As of when.
    pub as_of: Timestamp,
    /// How many plates are in it.
    pub plates: u32,
    /// Bytes.
    pub size: u64,
    /// Its file.
    pub path: PathBuf,
}

/// What all shards of one run have in common.
struct Run<'a> {
    app: &'a App,
    folder: Folder,
    signer: Arc<dyn Signer>,
    trust: TrustList,
}

fn facts(row: &PlateRow) -> PlateFacts {
    let mark = match row.mark {
        PlateMark::None => MarkState::None,
        PlateMark::Current => MarkState::Current,
        PlateMark::Suspended => MarkState::Suspended,
        PlateMark::Revoked => MarkState::Revoked,
    };
    PlateFacts { valid_until: row.valid_until, mark, status: row.status }
}

/// Makes the shard of every province that has plates (or of those that are given by their first two digits). `step` is told how many plates were taken in.
///
/// # Errors
/// The status key, the store or the disk unavailable.
pub async fn make_shards(app: &App, only: &[u32], step: impl Fn(u64) + Send + Sync) -> Used<Vec<MadeShard>> {
    let published = app.published();
    let not_yet = || {
        UseError::new(crate::usecase::error::Kind::Unavailable, "not_published", "the trust list is not published yet")
    };
    let trust = published.trust.clone().ok_or_else(not_yet)?;
    let folder = Folder::shards(app);
    folder.prepare()?;
    let run = Run { app, folder, signer: status_signer(app, app.clock.now())?, trust };
    let mut entries: Vec<ShardEntry> = run.folder.catalogue().await?.unwrap_or_default();
    let mut made = Vec::new();
    for province in provinces() {
        let code = province.division.code() / 10_000;
        if !only.is_empty() && !only.contains(&code) {
            continue;
        }
        let kept = entries.iter().find(|entry| entry.province == code).map_or(0, |entry| entry.seq);
        let Some((shard, entry)) = run.province(province, code, kept, &step).await? else { continue };
        entries.retain(|other| other.province != code);
        entries.push(entry);
        entries.sort_by_key(|entry| entry.province);
        // After every province: what is made is served, whatever becomes of the next.
        run.folder.put_catalogue(&entries)?;
        made.push(shard);
    }
    let named = |name: &String| entries.iter().any(|entry| entry.name == *name);
    for name in run.folder.names()? {
        if name.ends_with(".lzshard") && !named(&name) {
            run.folder.remove(&name);
        }
    }
    metrics::counter!("luzheng_shards_made_total").increment(made.len() as u64);
    Ok(made)
}

impl Run<'_> {
    /// One province, of which number `kept` is the newest so far; `None` when it has no plates.
    async fn province(
        &self,
        province: &Province,
        code: u32,
        kept: u32,
        step: &(impl Fn(u64) + Send + Sync),
    ) -> Used<Option<(MadeShard, ShardEntry)>> {
        // Whole seconds, as the head says it.
        let began = self.app.clock.now();
        let began = Timestamp::from_second(began.as_second()).unwrap_or(began);
        let blocks = format!("{code}.blocks");
        let part = self.folder.part(&blocks);
        let file = File::create(&part).map_err(|error| failed(error, &part))?;
        let mut builder = ShardBuilder::new(BufWriter::new(file));
        let mut last: Option<PlateRow> = None;
        loop {
            // Each page by itself: a reading transaction of an hour would hold up the database.
            let page = self.app.store.read().await?.plates_of(province.plate, last.as_ref()).await?;
            let Some(end) = page.last() else { break };
            for row in &page {
                let plate_type = row
                    .plate_type
                    .parse()
                    .map_err(|_| UseError::broken("broken_row", format!("a plate of the type {:?}", row.plate_type)))?;
                builder.add(&row.number, plate_type, &facts(row)).map_err(not_made)?;
            }
            step(page.len() as u64);
            last = Some(end.clone());
        }
        let plates = builder.count();
        if plates == 0 {
            let _ = std::fs::remove_file(&part);
            return Ok(None);
        }
        let seq = self.app.store.read().await?.next_pack_seq(code).await?.max(kept.saturating_add(1));
        let signed = builder.finish(code, seq, began.as_second(), self.trust.seq(), self.signer.as_ref());
        let (front, _) = signed.map_err(not_made)?;
        let digest = journal::sha256(&front);
        let name = format!("shard-{code}-{seq}-{}.lzshard", hex::encode(&digest[..6]));
        let (folder, own, trust) = (self.folder.clone(), name.clone(), self.trust.clone());
        let size = apart(move || join(&folder, &own, &front, &part, &trust, began)).await?;
        let made = MadePack {
            scope: code,
            seq,
            made_at: began,
            expires_at: began.checked_add(jiff::SignedDuration::from_hours(7 * 24)).unwrap_or(Timestamp::MAX),
            items: plates,
            size,
            digest,
        };
        self.record(&made).await?;
        let path = self.folder.path(&name);
        let entry = ShardEntry { province: code, seq, as_of: began, size, name };
        Ok(Some((MadeShard { province: code, seq, as_of: began, plates, size, path }, entry)))
    }

    async fn record(&self, made: &MadePack) -> Used<()> {
        let detail = serde_json::json!({
            "province": made.scope, "seq": made.seq, "plates": made.items, "size": made.size, "front_sha256": hex::encode(made.digest),
        });
        let mut tx = self.app.store.write().await?;
        tx.put_pack(made).await?;
        journal::note(&mut tx, self.app.clock.now(), "system", "shard.made", None, &detail).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Puts what stands before the blocks and the blocks into one file, lets our own reader look at it, and gives it its name.
fn join(folder: &Folder, name: &str, front: &[u8], blocks: &Path, trust: &TrustList, now: Timestamp) -> Used<u64> {
    let part = folder.part(name);
    let written = File::create(&part).and_then(|mut out| {
        out.write_all(front)?;
        std::io::copy(&mut File::open(blocks)?, &mut out)?;
        out.sync_all()
    });
    written.map_err(|error| failed(error, &part))?;
    let _ = std::fs::remove_file(blocks);
    let bytes = std::fs::read(&part).map_err(|error| failed(error, &part))?;
    let size = bytes.len() as u64;
    let looked = Shard::open(bytes, trust, 0, now).and_then(|shard| shard.check_all());
    looked.map_err(|error| not_made(error.into()))?;
    folder.finish(name)?;
    Ok(size)
}

/// Makes the day's shards when they are due and wanted.
///
/// # Errors
/// As [`make_shards`].
pub async fn make_shards_due(app: &App) -> Used<Vec<MadeShard>> {
    let entries: Vec<ShardEntry> = Folder::shards(app).catalogue().await?.unwrap_or_default();
    let oldest = entries.iter().map(|entry| entry.as_of).min();
    if app.settings.pack.shards && is_due(app, oldest) { make_shards(app, &[], |_| ()).await } else { Ok(Vec::new()) }
}
