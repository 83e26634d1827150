//! Notices on their way out: who wants to be told by which way, and each delivery made once.

use super::error::{UseError, Used};
use luzheng_store::Store;

/// Where the key by which push services know us lies, sealed.
const PUSH_KEY: &str = "push_key";

/// The key by which push services know us (RFC 8292), made when there is none. It is one for all processes of a system: browsers subscribe with it.
///
/// # Errors
/// The store, or no key can be made.
pub async fn push_key<E: std::fmt::Display>(store: &Store, make: impl Fn() -> Result<Vec<u8>, E>) -> Used<Vec<u8>> {
    let open = |sealed: Vec<u8>| store.vault().open("meta", "value", PUSH_KEY.as_bytes(), &sealed);
    let found = store.read().await?.meta(PUSH_KEY).await?;
    if let Some(sealed) = found {
        return Ok(open(sealed)?);
    }
    let mut tx = store.write().await?;
    // Another process may have made it meanwhile.
    if let Some(sealed) = tx.meta(PUSH_KEY).await? {
        return Ok(open(sealed)?);
    }
    let made = make().map_err(|e| UseError::broken("push_key", e.to_string()))?;
    tx.put_meta(PUSH_KEY, &store.vault().seal("meta", "value", PUSH_KEY.as_bytes(), &made)?).await?;
    tx.commit().await?;
    // On an engine with many writers the last one wins: what is there now counts for all.
    match store.read().await?.meta(PUSH_KEY).await? {
        Some(sealed) => Ok(open(sealed)?),
        None => Ok(made),
    }
}
