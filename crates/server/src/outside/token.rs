//! Keys in a PKCS#11 token: made there, and found again by the location the store keeps of them.

use crate::app::App;
use crate::usecase::error::{UseError, Used};
use crate::usecase::key::{self, IssuingKey, NewKey};
use luzheng_credential::sign::pkcs11::{Find, Token, TokenError};
use luzheng_credential::sign::{Algorithm, KeyId, Signer};
use std::path::Path;
use std::sync::Arc;

/// The variable that holds the token's PIN.
const PIN: &str = "LUZHENG_PKCS11_PIN";

fn pin() -> Used<String> {
    std::env::var(PIN)
        .map_err(|e| UseError::unavailable("no_pin", format!("the token's PIN is to be given in {PIN}"), e))
}

fn token_error(error: TokenError) -> UseError {
    UseError::unavailable("token", error.to_string(), error)
}

/// `pkcs11:MODULE?token=LABEL&id=HEX`: where a key is, without its PIN.
fn location(module: &Path, token: &str, id: &[u8]) -> String {
    format!("pkcs11:{}?token={token}&id={}", module.display(), hex::encode(id))
}

/// Makes a P-256 key in a token and records it as an issuing key.
///
/// # Errors
/// Another algorithm than ES256; the token; the store.
pub async fn generate(app: &App, new: &NewKey, module: &Path, label: &str) -> Used<KeyId> {
    if new.algorithm != Algorithm::Es256 {
        return Err(UseError::invalid(
            "token_algorithm",
            "keys in a PKCS#11 token are ES256 keys; SM2 and EdDSA keys lie in files",
        ));
    }
    let token = Token::open(module, label, &pin()?).map_err(token_error)?;
    let id = crate::chance::bytes::<8>();
    let name = format!("luzheng-{}-{}", new.key_use.code(), hex::encode(id));
    let signer: Arc<dyn Signer> = Arc::new(token.generate(&name, &id).map_err(token_error)?);
    key::adopt(app, new, signer, location(module, label, &id), "operator").await
}

/// The signer of a key whose location is a token.
///
/// # Errors
/// A location that cannot be read; the token; another key than the store names.
pub fn signer(app: &App, key: &IssuingKey) -> Used<Arc<dyn Signer>> {
    let kid = key.public_key.kid();
    if let Some(open) = app.keyring.opened(kid) {
        return Ok(open);
    }
    let broken = || UseError::broken("broken_location", format!("the location of key {kid} cannot be read"));
    let rest = key.stored.location.strip_prefix("pkcs11:").ok_or_else(broken)?;
    let (module, query) = rest.split_once("?token=").ok_or_else(broken)?;
    let (label, id) = query.split_once("&id=").ok_or_else(broken)?;
    let id = hex::decode(id).map_err(|_| broken())?;
    let token = Token::open(Path::new(module), label, &pin()?).map_err(token_error)?;
    let signer: Arc<dyn Signer> = Arc::new(token.key(Find::Id(&id)).map_err(token_error)?);
    if signer.kid() != kid {
        return Err(UseError::broken("wrong_key", format!("the token holds another key than {kid} there")));
    }
    app.keyring.remember(&signer);
    Ok(signer)
}
