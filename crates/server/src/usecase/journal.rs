//! The journal: every act is noted in the transaction of the act, and sealed into chained, signed blocks within seconds.

use super::error::{Kind, UseError, Used};
use crate::app::App;
use crate::chance;
use aws_lc_rs::digest;
use jiff::Timestamp;
use luzheng_credential::sign::KeyId;
use luzheng_credential::trust::KeyUse;
use luzheng_store::Tx;
use luzheng_store::audit::{AuditEntry, BlockSignature};
use serde::Serialize;
use std::collections::HashMap;
use uuid::Uuid;

/// Action: a batch of credentials was signed; the detail carries its digest.
pub const ISSUED: &str = "marks.issued";
/// Most entries in one block.
const BLOCK: u32 = 1_000;

/// SHA-256.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    out
}

/// The digest of a batch of signed messages: SHA-256 over each credential's id and the SHA-256 of its message, in the order of the ids.
pub fn batch_digest<'a>(messages: impl Iterator<Item = (Uuid, &'a [u8])>) -> [u8; 32] {
    let mut sorted: Vec<_> = messages.map(|(id, m)| (id, sha256(m))).collect();
    sorted.sort_unstable_by_key(|(id, _)| *id);
    let mut context = digest::Context::new(&digest::SHA256);
    for (id, message) in sorted {
        context.update(id.as_bytes());
        context.update(&message);
    }
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
}

/// Notes an act in the transaction of the act.
///
/// # Errors
/// The store.
pub async fn note(
    tx: &mut Tx,
    now: Timestamp,
    actor: &str,
    action: &str,
    subject: Option<Uuid>,
    detail: &serde_json::Value,
) -> Used<()> {
    tx.audit(&[AuditEntry {
        id: chance::new_id(now),
        at: now,
        actor: actor.into(),
        action: action.into(),
        subject,
        purpose: None,
        detail: detail.to_string(),
    }])
    .await?;
    Ok(())
}

/// Seals the journal's tail into a signed block, chained to the one before. Answers whether there may be more.
///
/// # Errors
/// No key to sign with; the store.
pub async fn seal(app: &App) -> Used<bool> {
    let now = app.clock.now();
    let table = app.key_table();
    let key = table.pick(KeyUse::Status, 0, now).ok_or_else(|| {
        UseError::new(Kind::Unavailable, "no_status_key", "there is no active status key to seal the journal with")
    })?;
    let signer = super::signer(app, key)?;
    let sign = |message: &[u8]| {
        let signature = signer.sign(message)?;
        Ok(BlockSignature { kid: *signer.kid().as_bytes(), signature: signature.to_vec() })
    };
    let mut tx = app.store.write().await?;
    let head = tx.seal_audit(&sign, BLOCK, now).await?;
    let more = head.is_some() && tx.unsealed_entries().await? > 0;
    tx.commit().await?;
    Ok(more)
}

/// What proving the journal found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Proof {
    /// Blocks whose chain and signature hold.
    pub blocks: u64,
    /// Their entries.
    pub entries: u64,
    /// Entries that wait to be sealed.
    pub unsealed: u64,
    /// Batches of signed credentials whose digest agrees with the journal.
    pub batches: u64,
    /// The credentials in them.
    pub credentials: u64,
    /// The newest block: keep it elsewhere, and cutting the journal is seen.
    pub head: Option<String>,
    /// What does not hold.
    pub problems: Vec<String>,
}

/// Checks the chain, its signatures, and that every batch of signed credentials is what the journal says.
///
/// # Errors
/// The store.
pub async fn prove(app: &App, progress: &dyn Fn(u64)) -> Used<Proof> {
    let keys: HashMap<KeyId, _> =
        app.key_table().keys.iter().map(|k| (k.public_key.kid(), k.public_key.clone())).collect();
    let check = |kid: &[u8; 8], message: &[u8], signature: &[u8]| {
        keys.get(&KeyId::new(*kid)).is_some_and(|key| key.verify_slice(message, signature).is_ok())
    };
    let report = app.store.verify_audit(&check, None).await?;
    let mut proof = Proof {
        blocks: report.blocks,
        entries: report.entries,
        unsealed: report.unsealed,
        head: report.head.map(|h| format!("{} {}", h.block, hex::encode(h.hash))),
        ..Proof::default()
    };
    if let Some(broken) = report.broken {
        proof.problems.push(format!("block {}: {}", broken.block, broken.why));
    }
    progress(report.entries);
    prove_batches(app, &mut proof, progress).await?;
    Ok(proof)
}

async fn prove_batches(app: &App, proof: &mut Proof, progress: &dyn Fn(u64)) -> Used<()> {
    let mut tx = app.store.read().await?;
    let loose = tx.signed_without_batch().await?;
    if loose > 0 {
        proof.problems.push(format!("{loose} signed credentials belong to no recorded batch"));
    }
    let mut after = Uuid::nil();
    loop {
        let batches = tx.signed_batches(after, 500).await?;
        let Some(last) = batches.last() else { return Ok(()) };
        after = *last;
        for batch in batches {
            let signed = tx.signed_in_batch(batch).await?;
            let digest = hex::encode(batch_digest(signed.iter().map(|s| (s.credential, s.message.as_slice()))));
            let noted = tx.audit_of(batch, 10).await?;
            let said = noted
                .iter()
                .filter(|e| e.action == ISSUED)
                .filter_map(|e| serde_json::from_str::<serde_json::Value>(&e.detail).ok())
                .find_map(|d| d["digest"].as_str().map(str::to_owned));
            match said {
                Some(said) if said == digest => {
                    proof.batches += 1;
                    proof.credentials += signed.len() as u64;
                }
                Some(_) => proof.problems.push(format!(
                    "batch {batch}: its {} signed credentials are not those the journal recorded",
                    signed.len()
                )),
                // The entry commits with the batch; until it is sealed it stands in the tail.
                None if proof.unsealed > 0 => {}
                None => proof.problems.push(format!("batch {batch}: the journal has no entry for it")),
            }
            progress(1);
        }
    }
}
