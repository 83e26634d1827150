//! What a store needs before it can issue anything: the root, the officers' reader key, and a nationwide key for every use.

use super::{META_READER_PUBLIC, META_ROOT, META_ROOT_CERTIFICATE, META_ROOT_SM2, NewKey, ROOT, ROOT_SM2};
use super::{after_days, certificate_error, generate, refresh};
use crate::app::App;
use crate::usecase::error::{UseError, Used};
use crate::usecase::{journal, trust};
use luzheng_credential::seal::ReaderKey;
use luzheng_credential::sign::certificate::{self, Subject};
use luzheng_credential::sign::{Algorithm, KeyId};
use luzheng_credential::trust::KeyUse;
use luzheng_store::Tx;

/// The reader key's private half, sealed.
const META_READER_PRIVATE: &str = "reader_key_private";
/// How long the root's certificate lasts.
const ROOT_DAYS: i64 = 3650;

/// The uses for which every store has at least one nationwide key.
pub const FOUNDATION: [KeyUse; 4] = [KeyUse::Mark, KeyUse::Licence, KeyUse::Live, KeyUse::Status];

/// Makes what a store needs and does not have: for a new one root, reader key and nationwide ES256 keys for all uses; for one that an
/// older version made, keys for the uses that are new since. Answers with a sentence when something was made.
///
/// # Errors
/// Keys or the store unavailable.
pub async fn lay_foundation(app: &App) -> Used<Option<String>> {
    let mut tx = app.store.write().await?;
    if tx.meta(META_ROOT).await?.is_some() {
        drop(tx);
        refresh(app).await?;
        return follow_version(app).await;
    }
    let now = app.clock.now();
    let root = if app.keyring.has(ROOT) {
        app.keyring.load(ROOT)?
    } else {
        app.keyring.generate(Algorithm::Es256, Some(ROOT))?
    };
    let subject = Subject {
        organisation: "Luzheng 路证",
        common_name: "Luzheng root",
        not_before: now,
        not_after: after_days(now, ROOT_DAYS),
    };
    let root_der = certificate::self_signed(root.as_ref(), &subject).map_err(certificate_error)?;
    tx.put_meta(META_ROOT, root.public_key().spki()).await?;
    tx.put_meta(META_ROOT_CERTIFICATE, &root_der).await?;
    let reader = ReaderKey::generate()
        .map_err(|e| UseError::unavailable("reader_key", "the reader key could not be made", e))?;
    let sealed =
        app.store.vault().seal("meta", "value", META_READER_PRIVATE.as_bytes(), reader.to_bytes().as_slice())?;
    tx.put_meta(META_READER_PRIVATE, &sealed).await?;
    tx.put_meta(META_READER_PUBLIC, &reader.public_key().to_bytes()).await?;
    journal::note(&mut tx, now, "system", "foundation.laid", None, &serde_json::json!({"root": root.kid()})).await?;
    tx.commit().await?;
    let wanted = FOUNDATION.map(|u| NewKey::nationwide(Algorithm::Es256, u));
    generate(app, &wanted, "system").await?;
    Ok(Some(format!(
        "made a root key and nationwide ES256 keys for marks, licences, live codes and status lists in {}",
        app.settings.data_dir.join("keys").display()
    )))
}

/// A store of an older version has never had a key of a use that came later. One that is there in any state was the operator's doing
/// and is left to the operator; and only where the root's key lies can a new one be certified.
async fn follow_version(app: &App) -> Used<Option<String>> {
    let table = app.key_table();
    let missing: Vec<_> = FOUNDATION
        .into_iter()
        .filter(|key_use| !table.keys.iter().any(|k| k.key_use == *key_use))
        .map(|key_use| NewKey::nationwide(Algorithm::Es256, key_use))
        .collect();
    if missing.is_empty() || !app.settings.roles.signer || !app.keyring.has(ROOT) {
        return Ok(None);
    }
    generate(app, &missing, "system").await?;
    let uses: Vec<_> = missing.iter().map(|new| new.key_use.code()).collect();
    Ok(Some(format!("made nationwide ES256 keys for {}", uses.join(", "))))
}

/// Enables SM2 for the trust list as well: a second root whose signature every list then carries.
///
/// # Errors
/// Keys or the store unavailable.
pub async fn enable_sm2_root(app: &App, actor: &str) -> Used<KeyId> {
    let root = if app.keyring.has(ROOT_SM2) {
        app.keyring.load(ROOT_SM2)?
    } else {
        app.keyring.generate(Algorithm::Sm2, Some(ROOT_SM2))?
    };
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    tx.put_meta(META_ROOT_SM2, root.public_key().spki()).await?;
    journal::note(&mut tx, now, actor, "keys.sm2_root_enabled", None, &serde_json::json!({"kid": root.kid()})).await?;
    tx.commit().await?;
    trust::publish_trust_list(app).await?;
    Ok(root.kid())
}

/// The officers' first reader key, for those who may open the sealed part.
///
/// # Errors
/// The store, or a key that was never made.
pub async fn reader_key(app: &App) -> Used<ReaderKey> {
    first_reader_key(app, &mut app.store.read().await?).await
}

/// The first reader key.
pub(super) async fn first_reader_key(app: &App, tx: &mut Tx) -> Used<ReaderKey> {
    let sealed = tx.meta(META_READER_PRIVATE).await?.ok_or_else(|| UseError::not_found("reader key"))?;
    let bytes = app.store.vault().open("meta", "value", META_READER_PRIVATE.as_bytes(), &sealed)?;
    ReaderKey::from_bytes(&bytes).map_err(|e| UseError::broken("broken_reader_key", e.to_string()))
}
