//! The signing desk: everything that signing needs, taken once for a batch. What leaves it has been judged by our own verifier.

use super::error::{Kind, UseError, Used};
use super::key::KeyTable;
use crate::app::App;
use jiff::Timestamp;
use luzheng_credential::issue::{Issued, Prepared};
use luzheng_credential::kind::Claims;
use luzheng_credential::sign::{KeyId, Signer};
use luzheng_credential::trust::{KeyUse, TrustList};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Trust list, keys and open signers, and the one moment at which all of a batch is signed.
pub struct Desk {
    trust: TrustList,
    keys: Arc<KeyTable>,
    signers: HashMap<KeyId, Arc<dyn Signer>>,
    now: Timestamp,
}

impl Desk {
    /// Opens the keys that sign for these authorities now.
    ///
    /// # Errors
    /// No trust list, no key for an authority, or a key that cannot be opened: nothing is signed then.
    pub fn open(app: &App, key_use: KeyUse, authorities: impl Iterator<Item = u32>, now: Timestamp) -> Used<Self> {
        let published = app.published();
        let trust = published.trust.clone().ok_or_else(|| {
            UseError::new(Kind::Unavailable, "no_trust_list", "there is no trust list; run `luzheng keys generate`")
        })?;
        let keys = app.key_table();
        let mut signers: HashMap<KeyId, Arc<dyn Signer>> = HashMap::new();
        let mut seen = HashSet::new();
        for authority in authorities {
            if !seen.insert(authority) {
                continue;
            }
            let key = keys.pick(key_use, authority, now).ok_or_else(|| no_key(key_use, authority))?;
            let kid = key.public_key.kid();
            if let std::collections::hash_map::Entry::Vacant(place) = signers.entry(kid) {
                place.insert(super::signer(app, key)?);
            }
        }
        Ok(Self { trust, keys, signers, now })
    }

    /// The moment at which this desk signs.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Signs claims with the authority's key for their kind and mode, and lets our own verifier judge the result.
    ///
    /// # Errors
    /// A claim out of range, a key that may not sign this, or another verdict than the claims deserve.
    pub fn sign(&self, claims: impl Into<Claims>) -> Used<Issued> {
        let claims = claims.into();
        let key_use = KeyUse::needed(claims.kind(), claims.mode());
        let authority = claims.authority();
        let failed = |why: String| UseError::broken("not_issued", format!("not signed: {why}"));
        let key = self.keys.pick(key_use, authority, self.now).ok_or_else(|| no_key(key_use, authority))?;
        let kid = key.public_key.kid();
        let entry = self.trust.find(kid).ok_or_else(|| failed(format!("key {kid} is not in the trust list")))?;
        let signer = self.signers.get(&kid).ok_or_else(|| failed(format!("key {kid} is not open")))?;
        let issued = Prepared::new(claims, entry)
            .map_err(|e| failed(e.to_string()))?
            .sign(signer.as_ref())
            .map_err(|e| failed(e.to_string()))?;
        issued.confirm(&self.trust, self.now).map_err(|report| {
            failed(format!("our own verifier says {}", serde_json::to_string(&*report).unwrap_or_default()))
        })?;
        Ok(issued)
    }

    /// Does something to every item of a batch on some threads; the results come in the order given.
    pub fn on_threads<T: Sync, R: Send>(
        batch: &[T],
        workers: usize,
        work: impl Fn(&T) -> Used<R> + Sync,
    ) -> Vec<Used<R>> {
        if workers <= 1 || batch.len() < 2 * workers {
            return batch.iter().map(work).collect();
        }
        let (share, work) = (batch.len().div_ceil(workers), &work);
        std::thread::scope(|scope| {
            let threads: Vec<_> = batch
                .chunks(share)
                .map(|part| scope.spawn(move || part.iter().map(work).collect::<Vec<_>>()))
                .collect();
            threads
                .into_iter()
                .flat_map(|t| {
                    t.join()
                        .unwrap_or_else(|_| vec![Err(UseError::broken("signer_panicked", "a signing thread panicked"))])
                })
                .collect()
        })
    }
}

fn no_key(key_use: KeyUse, authority: u32) -> UseError {
    UseError::new(
        Kind::Unavailable,
        "no_key",
        format!(
            "no active key of use “{0}” covers division {authority:06}; run `luzheng keys generate --use {0} --region {authority:06}`",
            key_use.code()
        ),
    )
}
