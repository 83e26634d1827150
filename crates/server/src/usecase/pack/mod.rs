//! The nation in a pocket: packs, deltas and shards made from what is published, and what is served of them.
//!
//! The files lie in the data folder, each under a name that says what is in it, written beside and then moved; a small catalogue beside them says
//! which are the newest. What is served comes from there alone, so that it is served with the database stopped. A reader trusts none of it: it
//! trusts the signed head inside.

mod files;
mod make;
mod shards;

pub use make::{Made, delta_from, make, make_due};
pub use shards::{MadeShard, make_shards, make_shards_due};

use super::error::{Kind, UseError, Used};
use super::officer::OfficerCall;
use super::view::Text;
use crate::app::App;
use files::Folder;
use jiff::Timestamp;
use luzheng_domain::region::provinces;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use utoipa::ToSchema;

/// What is served of packs, as the catalogue keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PackCatalogue {
    /// Number of the newest pack; counts up.
    pub seq: u32,
    /// As of when.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: Timestamp,
    /// From when on readers refuse it.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// Bytes.
    pub size: u64,
    /// Where it is.
    pub url: String,
    /// Its SHA-256, in hexadecimal. For caches; readers rely on the signature inside.
    pub sha256: String,
    /// The ways to it from packs of the last days.
    pub deltas: Vec<DeltaEntry>,
    /// As of when the oldest of the shards for officers is; absent when there are none.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub shards_as_of: Option<Timestamp>,
}

/// A delta that leads to the newest pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeltaEntry {
    /// Number of the pack it starts from.
    pub from: u32,
    /// Bytes.
    pub size: u64,
    /// Where it is.
    pub url: String,
}

/// The catalogue of packs: what is served of it, and what it is made anew for.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct KeptCatalogue {
    #[serde(flatten)]
    served: PackCatalogue,
    /// Number of the trust list inside.
    trust_seq: u64,
}

/// A shard, as the catalogue keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct ShardEntry {
    province: u32,
    seq: u32,
    as_of: Timestamp,
    size: u64,
    name: String,
}

/// A shard that an officer may have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ShardView {
    /// The first two digits of the province's division code.
    pub province: u32,
    /// The province.
    pub name: Text,
    /// Its number; each province counts by itself.
    pub seq: u32,
    /// As of when.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: Timestamp,
    /// Bytes.
    pub size: u64,
    /// Where it is.
    pub url: String,
}

/// A file that is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// Its name, which never means anything else.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
}

/// Which pack is the newest and how one gets to it.
///
/// # Errors
/// `no_pack` when none was made yet; the disk.
pub async fn catalogue(app: &App) -> Used<PackCatalogue> {
    let packs = Folder::packs(app);
    let Some(KeptCatalogue { served: mut catalogue, .. }) = packs.catalogue().await? else {
        return Err(UseError::new(Kind::NotFound, "no_pack", "no pack was made yet"));
    };
    let shards: Vec<ShardEntry> = Folder::shards(app).catalogue().await?.unwrap_or_default();
    catalogue.shards_as_of = shards.iter().map(|shard| shard.as_of).min();
    Ok(catalogue)
}

/// A pack or a delta by its name.
///
/// # Errors
/// There is none of that name.
pub async fn file(app: &App, name: &str) -> Used<Served> {
    let none = || UseError::not_found("pack");
    if !files::is_pack_name(name) {
        return Err(none());
    }
    let path = Folder::packs(app).path(name);
    if tokio::fs::try_exists(&path).await.unwrap_or(false) {
        Ok(Served { name: name.to_owned(), path })
    } else {
        Err(none())
    }
}

/// Whether an officer's duty lies in a province, wholly or in part.
fn may_have(call: &OfficerCall, province: u32) -> Used<bool> {
    Ok(call.on_duty()?.allowed().any(|division| division.code() / 10_000 == province))
}

/// The shards of the provinces in which an officer is on duty.
///
/// # Errors
/// `off_duty`; the disk.
pub async fn shards_for(app: &App, call: &OfficerCall) -> Used<Vec<ShardView>> {
    let mut views = Vec::new();
    for shard in Folder::shards(app).catalogue::<Vec<ShardEntry>>().await?.unwrap_or_default() {
        let known = provinces().iter().find(|known| known.division.code() / 10_000 == shard.province);
        let Some(known) = known.filter(|_| may_have(call, shard.province).unwrap_or(false)) else { continue };
        views.push(ShardView {
            province: shard.province,
            name: Text::from(known.name.clone()),
            seq: shard.seq,
            as_of: shard.as_of,
            size: shard.size,
            url: format!("/api/v1/officer/shards/{}", shard.province),
        });
    }
    call.on_duty()?;
    Ok(views)
}

/// The newest shard of a province, for an officer on duty there; it is noted who took it.
///
/// # Errors
/// `outside_duty`; there is none; the store.
pub async fn shard_for(app: &App, call: &OfficerCall, province: u32, noted: bool) -> Used<Served> {
    if !may_have(call, province)? {
        let sentence = "this province is outside the region of duty";
        return Err(UseError::new(Kind::Forbidden, "outside_duty", sentence));
    }
    let folder = Folder::shards(app);
    let shards = folder.catalogue::<Vec<ShardEntry>>().await?.unwrap_or_default();
    let none = || UseError::not_found("shard");
    let shard = shards.into_iter().find(|shard| shard.province == province).ok_or_else(none)?;
    if noted {
        let now = app.clock.now();
        let mut tx = app.store.write().await?;
        let detail =
            serde_json::json!({"province": province, "seq": shard.seq, "duty": call.division().map(|d| d.code())});
        super::journal::note(&mut tx, now, &call.actor(), "shard.taken", None, &detail).await?;
        tx.commit().await?;
    }
    Ok(Served { path: folder.path(&shard.name), name: shard.name })
}

/// How old the newest pack is, in hours; `None` when there is none.
///
/// # Errors
/// The disk.
pub async fn age_hours(app: &App) -> Used<Option<i64>> {
    let catalogue = Folder::packs(app).catalogue::<KeptCatalogue>().await?;
    Ok(catalogue.map(|kept| app.clock.now().duration_since(kept.served.as_of).as_hours()))
}
