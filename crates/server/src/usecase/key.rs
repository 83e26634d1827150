//! Issuing keys: made, chosen by use and region, rotated, retired; and the foundation that a new store gets.

mod foundation;
pub mod reader;

use super::error::{Kind, UseError, Used};
use super::{status, trust};
use crate::app::App;
use crate::keyring::KeyringError;
use jiff::{SignedDuration, Timestamp};
use luzheng_credential::sign::certificate::{self, Subject};
use luzheng_credential::sign::{Algorithm, KeyId, PublicKey, Signer};
use luzheng_credential::trust::{KeyUse, Region, Roots};
use luzheng_domain::credential::Reason;
use luzheng_domain::region::{self, Division};
use luzheng_store::Tx;
use luzheng_store::key::{KeyState, SigningKey};
use serde::Serialize;
use std::sync::Arc;

pub use foundation::{FOUNDATION, enable_sm2_root, lay_foundation, reader_key};

/// Name of the root's key file.
pub const ROOT: &str = "root";
/// Name of the SM2 root's key file, where SM2 is enabled for the trust list too.
pub const ROOT_SM2: &str = "root-sm2";
const META_ROOT: &str = "root_public";
const META_ROOT_SM2: &str = "root_sm2_public";
const META_ROOT_CERTIFICATE: &str = "root_certificate";
const META_READER_PUBLIC: &str = "reader_key_public";
/// The number of the reader key written into live codes.
pub const READER_KEY: u32 = 1;

const DAY: i64 = 24;

/// How long a key of a use may sign, in days. Live keys are short-lived, as their codes are.
pub const fn lifetime_days(key_use: KeyUse) -> i64 {
    match key_use {
        KeyUse::Mark | KeyUse::Licence => 1095,
        KeyUse::Live => 30,
        KeyUse::Status => 365,
    }
}

/// One issuing key as the server uses it.
#[derive(Debug, Clone)]
pub struct IssuingKey {
    /// Its public half.
    pub public_key: PublicKey,
    /// What it signs.
    pub key_use: KeyUse,
    /// Where; empty: everywhere.
    pub regions: Vec<Region>,
    /// What the store holds of it.
    pub stored: SigningKey,
}

/// All issuing keys.
#[derive(Debug, Clone, Default)]
pub struct KeyTable {
    /// The keys, oldest first.
    pub keys: Vec<IssuingKey>,
    /// To whom live codes are sealed: the officers' reader keys by number, each from its time on.
    pub readers: Vec<reader::PublicReader>,
}

/// How narrow a key's regions are: the narrowest that covers an authority signs for it.
fn narrowness(key: &IssuingKey, authority: u32) -> Option<u32> {
    if key.regions.is_empty() {
        return Some(0);
    }
    key.regions
        .iter()
        .filter(|region| region.covers(authority))
        .map(|region| match region.to_string().trim_end_matches('0').len() {
            0 => 0,
            1 | 2 => 1,
            3 | 4 => 2,
            _ => 3,
        })
        .max()
}

impl KeyTable {
    /// The key that signs for an authority now: active, in its dates, the narrowest region, the newest.
    pub fn pick(&self, key_use: KeyUse, authority: u32, now: Timestamp) -> Option<&IssuingKey> {
        self.keys
            .iter()
            .filter(|k| k.key_use == key_use && k.stored.state == KeyState::Active)
            .filter(|k| k.stored.not_before <= now && now < k.stored.not_after)
            .filter_map(|k| narrowness(k, authority).map(|n| (n, k.stored.created_at, k)))
            .max_by_key(|(n, at, _)| (*n, *at))
            .map(|(_, _, k)| k)
    }
}

fn malformed(kid: &[u8; 8], why: impl std::fmt::Display) -> UseError {
    UseError::broken("broken_key_row", format!("the stored key {} cannot be used: {why}", hex::encode(kid)))
}

fn issuing_key(stored: SigningKey) -> Used<IssuingKey> {
    let public_key = PublicKey::from_spki(&stored.spki).map_err(|e| malformed(&stored.kid, e))?;
    if public_key.kid().as_bytes() != &stored.kid || public_key.algorithm().name() != stored.alg {
        return Err(malformed(&stored.kid, "its identifier or algorithm is not its public key's"));
    }
    let key_use = KeyUse::from_code(&stored.key_use).ok_or_else(|| malformed(&stored.kid, "its use is unknown"))?;
    let regions = stored
        .regions
        .iter()
        .map(|r| {
            r.parse().ok().and_then(Region::new).ok_or_else(|| malformed(&stored.kid, "a region is not six digits"))
        })
        .collect::<Used<Vec<_>>>()?;
    Ok(IssuingKey { public_key, key_use, regions, stored })
}

/// Reads the keys from the store into the process.
///
/// # Errors
/// The store, or a row that is no key.
pub async fn refresh(app: &App) -> Used<()> {
    let mut tx = app.store.read().await?;
    let keys = tx.keys().await?.into_iter().map(issuing_key).collect::<Used<Vec<_>>>()?;
    let readers = reader::public(&mut tx).await?;
    if let Ok(mut table) = app.keys.write() {
        *table = Arc::new(KeyTable { keys, readers });
    }
    Ok(())
}

/// The pinned roots of this system.
///
/// # Errors
/// The store, or a root that was never made.
pub async fn roots(app: &App) -> Used<Roots> {
    let mut tx = app.store.read().await?;
    let mut keys = Vec::new();
    for name in [META_ROOT, META_ROOT_SM2] {
        if let Some(spki) = tx.meta(name).await? {
            keys.push(PublicKey::from_spki(&spki).map_err(|e| UseError::broken("broken_root", e.to_string()))?);
        }
    }
    if keys.is_empty() {
        return Err(UseError::new(Kind::Unavailable, "no_root", "this store has no root key; run `luzheng migrate`"));
    }
    Ok(Roots::new(keys))
}

fn after_days(now: Timestamp, days: i64) -> Timestamp {
    now.checked_add(SignedDuration::from_hours(days * DAY)).unwrap_or(Timestamp::MAX)
}

fn certificate_error(error: certificate::CertificateError) -> UseError {
    UseError::unavailable("certificate", format!("the certificate could not be made: {error}"), error)
}

async fn root_certificate(tx: &mut Tx) -> Used<Vec<u8>> {
    tx.meta(META_ROOT_CERTIFICATE)
        .await?
        .ok_or_else(|| UseError::new(Kind::Unavailable, "no_root", "this store has no root key; run `luzheng migrate`"))
}

/// What a new key is to be.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// Algorithm.
    pub algorithm: Algorithm,
    /// Use.
    pub key_use: KeyUse,
    /// Regions; empty: everywhere.
    pub regions: Vec<Region>,
}

impl NewKey {
    /// A key for the whole country.
    pub fn nationwide(algorithm: Algorithm, key_use: KeyUse) -> Self {
        Self { algorithm, key_use, regions: Vec::new() }
    }
}

fn organisation(regions: &[Region]) -> String {
    let name = regions
        .first()
        .and_then(|r| r.to_string().parse().ok())
        .and_then(Division::new)
        .and_then(region::division_name)
        .map(|t| t.zh.into_owned());
    match (name, regions.len()) {
        (Some(name), 1) => name,
        (Some(name), n) => format!("{name} +{}", n - 1),
        (None, _) => "Luzheng 路证".into(),
    }
}

async fn put_key(
    app: &App,
    tx: &mut Tx,
    root: (&dyn Signer, &[u8]),
    new: &NewKey,
    signer: Arc<dyn Signer>,
    location: String,
    now: Timestamp,
) -> Used<KeyId> {
    let not_after = after_days(now, lifetime_days(new.key_use));
    let organisation = organisation(&new.regions);
    let subject = Subject {
        organisation: &organisation,
        common_name: &format!("{} {}", new.key_use.code(), signer.kid()),
        not_before: now,
        not_after,
    };
    let der = certificate::issue(root.0, root.1, signer.public_key(), &subject).map_err(certificate_error)?;
    tx.put_key(&SigningKey {
        kid: *signer.kid().as_bytes(),
        alg: signer.algorithm().name().into(),
        key_use: new.key_use.code().into(),
        regions: new.regions.iter().map(ToString::to_string).collect(),
        // A verifier allows 90 s of clock difference; a key that signs at once must already be good then.
        not_before: now.checked_sub(SignedDuration::from_mins(5)).unwrap_or(now),
        not_after,
        state: KeyState::Active,
        reason: None,
        retired_at: None,
        spki: signer.public_key().spki().to_vec(),
        certificate: der,
        location,
        created_at: now,
    })
    .await?;
    app.keyring.remember(&signer);
    Ok(signer.kid())
}

fn make_files(app: &App, wanted: &[NewKey]) -> Vec<Result<Arc<dyn Signer>, KeyringError>> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = wanted.len().div_ceil(threads).max(1);
    let make = |part: &[NewKey]| part.iter().map(|new| app.keyring.generate(new.algorithm, None)).collect::<Vec<_>>();
    std::thread::scope(|scope| {
        let running: Vec<_> = wanted.chunks(share).map(|part| scope.spawn(move || make(part))).collect();
        running.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
    })
}

/// Makes keys, writes their files, records them, and signs a new trust list.
///
/// # Errors
/// Keys or the store unavailable.
pub async fn generate(app: &App, wanted: &[NewKey], actor: &str) -> Used<Vec<KeyId>> {
    let root = app.keyring.load(ROOT)?;
    let now = app.clock.now();
    // Encrypting a key file costs a quarter of a second on purpose; that is done before the transaction, side by side.
    let signers = make_files(app, wanted);
    let mut tx = app.store.write().await?;
    let root_der = root_certificate(&mut tx).await?;
    let mut made = Vec::new();
    for (new, signer) in wanted.iter().zip(signers) {
        let signer = signer?;
        let location = format!("file:{}.pem", signer.kid());
        made.push(put_key(app, &mut tx, (root.as_ref(), &root_der), new, signer, location, now).await?);
    }
    let detail = serde_json::json!({"kids": made});
    super::journal::note(&mut tx, now, actor, "keys.generated", None, &detail).await?;
    tx.commit().await?;
    refresh(app).await?;
    trust::publish_trust_list(app).await?;
    Ok(made)
}

/// Records a key that lives in a PKCS#11 token, made there with other tools or by `luzheng keys generate --pkcs11`.
///
/// # Errors
/// Keys or the store unavailable.
pub async fn adopt(app: &App, new: &NewKey, signer: Arc<dyn Signer>, location: String, actor: &str) -> Used<KeyId> {
    let root = app.keyring.load(ROOT)?;
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let root_der = root_certificate(&mut tx).await?;
    let kid = put_key(app, &mut tx, (root.as_ref(), &root_der), new, signer, location, now).await?;
    super::journal::note(&mut tx, now, actor, "keys.generated", None, &serde_json::json!({"kids": [kid]})).await?;
    tx.commit().await?;
    refresh(app).await?;
    trust::publish_trust_list(app).await?;
    Ok(kid)
}

/// How a key is retired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retirement {
    /// In the course of things: it signs no more; what it signed stays good.
    Ordinary,
    /// Not to be trusted: it leaves the trust list, and all it signed is issued anew.
    Compromised,
}

/// Retires a key and makes its successor. For a compromised one the re-issue is ordered as a job.
///
/// # Errors
/// No such key; it is retired already; keys or the store unavailable.
pub async fn retire(
    app: &App,
    kid: KeyId,
    how: Retirement,
    reason: &str,
    since: Option<Timestamp>,
    actor: &str,
) -> Used<KeyId> {
    let table = app.key_table();
    let old =
        table.keys.iter().find(|k| k.public_key.kid() == kid).cloned().ok_or_else(|| UseError::not_found("key"))?;
    let (state, code) = match how {
        Retirement::Ordinary => (KeyState::Retiring, "keys.retired"),
        Retirement::Compromised => (KeyState::Compromised, "keys.compromised"),
    };
    if old.stored.state == KeyState::Compromised
        || (how == Retirement::Ordinary && old.stored.state != KeyState::Active)
    {
        return Err(UseError::refused("already_retired", format!("key {kid} is {} already", old.stored.state.code())));
    }
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    tx.set_key_state(*kid.as_bytes(), state, Some(reason), now).await?;
    let detail = serde_json::json!({"kid": kid, "reason": reason, "since": since});
    super::journal::note(&mut tx, now, actor, code, None, &detail).await?;
    if how == Retirement::Compromised && matches!(old.key_use, KeyUse::Mark | KeyUse::Licence) {
        tx.enqueue(&[crate::usecase::job(crate::usecase::REISSUE, uuid::Uuid::nil(), kid.to_string(), now)]).await?;
    }
    tx.commit().await?;
    refresh(app).await?;
    let successor = NewKey { algorithm: old.public_key.algorithm(), key_use: old.key_use, regions: old.regions };
    let made = generate(app, &[successor], actor).await?;
    if old.key_use == KeyUse::Status {
        status::publish(app, true).await?;
    }
    made.first().copied().ok_or_else(|| UseError::broken("no_key_made", "no successor was made"))
}

/// A key as operators see it.
#[derive(Debug, Clone, Serialize)]
pub struct KeyView {
    /// Identifier, hex.
    pub kid: KeyId,
    /// Algorithm.
    pub alg: String,
    /// Use.
    #[serde(rename = "use")]
    pub key_use: String,
    /// Regions; empty: everywhere.
    pub regions: Vec<String>,
    /// State.
    pub state: String,
    /// Signs from.
    pub not_before: Timestamp,
    /// Signs until.
    pub not_after: Timestamp,
    /// Where the private half lies.
    pub location: String,
    /// Why it was retired.
    pub reason: Option<String>,
    /// When it was retired.
    pub retired_at: Option<Timestamp>,
}

/// All keys, oldest first.
pub fn list(app: &App) -> Vec<KeyView> {
    app.key_table()
        .keys
        .iter()
        .map(|k| KeyView {
            kid: k.public_key.kid(),
            alg: k.stored.alg.clone(),
            key_use: k.stored.key_use.clone(),
            regions: k.stored.regions.clone(),
            state: k.stored.state.code().into(),
            not_before: k.stored.not_before,
            not_after: k.stored.not_after,
            location: k.stored.location.clone(),
            reason: k.stored.reason.clone(),
            retired_at: k.stored.retired_at,
        })
        .collect()
}

/// Makes successors of keys that end within a week, and says which. Live keys live short, so this runs daily.
///
/// # Errors
/// Keys or the store unavailable.
pub async fn renew_ending(app: &App) -> Used<Vec<KeyId>> {
    let now = app.clock.now();
    let soon = after_days(now, 7);
    let table = app.key_table();
    let mut wanted = Vec::new();
    for key in table
        .keys
        .iter()
        .filter(|k| k.stored.state == KeyState::Active && k.stored.not_after <= soon && k.stored.not_after > now)
    {
        let has_successor = table.keys.iter().any(|k| {
            k.key_use == key.key_use
                && k.regions == key.regions
                && k.stored.state == KeyState::Active
                && k.stored.not_after > soon
        });
        if !has_successor {
            wanted.push(NewKey {
                algorithm: key.public_key.algorithm(),
                key_use: key.key_use,
                regions: key.regions.clone(),
            });
        }
    }
    if wanted.is_empty() { Ok(Vec::new()) } else { generate(app, &wanted, "system").await }
}

/// The reason recorded with credentials that are issued anew for a compromised key.
pub const REISSUE_REASON: Reason = Reason::KeyCompromised;
