//! The partner's side of proving who it is: a private key in a file and the assertion signed with it. For the command line and the demonstration;
//! a partner's own program does the same in its own language (`docs/partners.md`).

use super::jwk::{Jwk, P256_HEAD};
use crate::chance;
use crate::usecase::error::{Kind, UseError, Used};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use luzheng_credential::sign::PublicKey;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use uuid::Uuid;
use zeroize::Zeroizing;

/// Largest file of a private key, in bytes.
const MAX_FILE: usize = 16 * 1024;
/// For how many seconds an assertion made here is good.
const LIFE_S: i64 = 120;
const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";

/// A new key: the private half as PEM (PKCS#8), the public one as a JWK.
pub struct NewKey {
    /// To be kept; whoever has it is the partner.
    pub private: Zeroizing<String>,
    /// To be brought to us.
    pub public: Jwk,
}

enum Pair {
    Es256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// A partner's private key.
pub struct OwnKey(Pair);

impl std::fmt::Debug for OwnKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OwnKey")
    }
}

fn wrong(why: &str) -> UseError {
    UseError::invalid("bad_private_key", why)
}

/// Makes a key for ES256.
///
/// # Errors
/// The library refused.
pub fn generate() -> Used<NewKey> {
    let failed = |_| UseError::new(Kind::Unavailable, "no_key", "a key could not be made");
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).map_err(failed)?;
    let body = Zeroizing::new(STANDARD.encode(pkcs8.as_ref()));
    let mut private = Zeroizing::new(format!("{BEGIN}\n"));
    for line in body.as_bytes().chunks(64) {
        private.push_str(&String::from_utf8_lossy(line));
        private.push('\n');
    }
    private.push_str(END);
    private.push('\n');
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref())
        .map_err(|_| UseError::broken("no_key", "a key that was just made cannot be read"))?;
    let spki = [&P256_HEAD[..], pair.public_key().as_ref()].concat();
    let public = PublicKey::from_spki(&spki).map_err(|e| UseError::broken("no_key", e.to_string()))?;
    let kid = public.kid().to_string();
    Ok(NewKey { private, public: Jwk::of(&public, &kid)? })
}

impl OwnKey {
    /// Reads a private key: PEM `PRIVATE KEY` (PKCS#8), P-256 or Ed25519.
    ///
    /// # Errors
    /// `bad_private_key`.
    pub fn read(pem: &str) -> Used<Self> {
        if pem.len() > MAX_FILE {
            return Err(wrong("the file is too large for a private key"));
        }
        let body = pem.split_once(BEGIN).and_then(|(_, rest)| rest.split_once(END)).map(|(body, _)| body);
        let body = body.ok_or_else(|| wrong("the file has no PEM block PRIVATE KEY (PKCS#8, not encrypted)"))?;
        let body = Zeroizing::new(body.split_ascii_whitespace().collect::<String>());
        let der = STANDARD.decode(body.as_bytes()).map(Zeroizing::new);
        let der = der.map_err(|_| wrong("the PEM block is not base64"))?;
        if let Ok(pair) = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der) {
            return Ok(Self(Pair::Es256(pair)));
        }
        let pair = Ed25519KeyPair::from_pkcs8(&der);
        pair.map(|pair| Self(Pair::Ed25519(pair))).map_err(|_| wrong("the key is neither P-256 nor Ed25519"))
    }

    /// An assertion for a token: good for two minutes, and once.
    ///
    /// # Errors
    /// The library refused to sign.
    pub fn assertion(&self, client: Uuid, issuer: &str, now: Timestamp) -> Used<String> {
        let second = now.as_second();
        self.sign(&serde_json::json!({
            "iss": client, "sub": client, "aud": issuer, "iat": second, "exp": second + LIFE_S, "jti": chance::token(),
        }))
    }

    /// A signed JWT with these claims.
    ///
    /// # Errors
    /// The library refused to sign.
    pub fn sign(&self, claims: &serde_json::Value) -> Used<String> {
        let alg = match &self.0 {
            Pair::Es256(_) => "ES256",
            Pair::Ed25519(_) => "EdDSA",
        };
        let coded = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", coded(&serde_json::json!({"alg": alg, "typ": "JWT"})), coded(claims));
        let signature = match &self.0 {
            Pair::Es256(pair) => pair
                .sign(&SystemRandom::new(), signed.as_bytes())
                .map_err(|_| UseError::new(Kind::Unavailable, "not_signed", "the assertion could not be signed"))?,
            Pair::Ed25519(pair) => pair.sign(signed.as_bytes()),
        };
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref())))
    }
}

/// Writes a private key so that only its owner can read it.
///
/// # Errors
/// `key_file` when there is a file already, or it cannot be written.
pub fn write(path: &Path, private: &str) -> Used<()> {
    let make = || -> std::io::Result<()> {
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(private.as_bytes())?;
        file.sync_all()
    };
    make().map_err(|e| UseError::invalid("key_file", format!("{}: {e}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_back_and_signs() {
        let made = generate().unwrap();
        let own = OwnKey::read(&made.private).unwrap();
        let text = own.assertion(Uuid::from_u128(7), "https://lz.example.cn", Timestamp::UNIX_EPOCH).unwrap();
        let (signed, signature) = text.rsplit_once('.').unwrap();
        let public = super::super::jwk::read(&serde_json::to_string(&made.public).unwrap()).unwrap().remove(0).public;
        public.verify_slice(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
        for wrong in ["", "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----", &"x".repeat(MAX_FILE + 1)] {
            assert_eq!(OwnKey::read(wrong).unwrap_err().code, "bad_private_key");
        }
    }

    #[test]
    fn a_key_is_its_owners_and_never_overwritten() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key.pem");
        write(&path, "secret").unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(write(&path, "another").unwrap_err().code, "key_file");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "secret");
    }
}
