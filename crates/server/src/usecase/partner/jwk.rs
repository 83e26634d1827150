//! Public keys of partners as they bring them: a JWK, a JWK set (RFC 7517), or PEM. ES256 and EdDSA; a private key is refused, so that nobody
//! gets used to sending one.

use crate::usecase::error::{UseError, Used};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use luzheng_credential::sign::{Algorithm, PublicKey};
use serde::{Deserialize, Serialize};

/// Largest file of keys, in bytes.
pub const MAX_FILE: usize = 32 * 1024;
/// Most keys of one partner that count at a time.
pub const MAX_KEYS: usize = 8;
/// Longest name that a partner gives a key, in characters.
pub const MAX_KID: usize = 128;
/// What stands before a P-256 point in its SubjectPublicKeyInfo (RFC 5480).
pub(super) const P256_HEAD: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
/// What stands before an Ed25519 key in its SubjectPublicKeyInfo (RFC 8410).
const ED25519_HEAD: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// A key as it was brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brought {
    /// What the partner calls it; may be empty.
    pub kid: String,
    /// The key.
    pub public: PublicKey,
}

/// A public key as a JWK.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Jwk {
    /// Key type: `EC` or `OKP`.
    pub kty: String,
    /// Curve: `P-256` or `Ed25519`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crv: Option<String>,
    /// First coordinate, or the whole key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub x: Option<String>,
    /// Second coordinate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
    /// What its owner calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// What it is used with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alg: Option<String>,
    /// What it is for: `sig`.
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    pub key_use: Option<String>,
    /// The private half, which has no place here.
    #[serde(skip_serializing)]
    d: Option<serde_json::Value>,
    /// A shared secret, which has no place here.
    #[serde(skip_serializing)]
    k: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<Jwk>,
}

fn wrong(why: impl Into<String>) -> UseError {
    UseError::invalid("bad_key", why)
}

fn private() -> UseError {
    UseError::invalid("private_key", "this holds a private or secret key: keep it, and bring the public one only")
}

impl Jwk {
    /// A public key as a JWK.
    ///
    /// # Errors
    /// Its algorithm is none of those that partners use.
    pub fn of(public: &PublicKey, kid: &str) -> Used<Self> {
        let (spki, coded) = (public.spki(), |bytes: &[u8]| Some(URL_SAFE_NO_PAD.encode(bytes)));
        let (kty, crv, x, y) = match public.algorithm() {
            Algorithm::Es256 => ("EC", "P-256", coded(&spki[27..59]), coded(&spki[59..91])),
            Algorithm::Ed25519 => ("OKP", "Ed25519", coded(&spki[12..44]), None),
            Algorithm::Sm2 => return Err(wrong("partners use ES256 or EdDSA")),
        };
        Ok(Self {
            kty: kty.into(),
            crv: Some(crv.into()),
            x,
            y,
            kid: Some(kid.into()),
            alg: Some(public.algorithm().name().into()),
            key_use: Some("sig".into()),
            d: None,
            k: None,
        })
    }

    fn read(self) -> Used<Brought> {
        if self.d.is_some() || self.k.is_some() || self.kty == "oct" {
            return Err(private());
        }
        if self.key_use.as_deref().is_some_and(|named| named != "sig") {
            return Err(wrong("the key's use is not `sig`"));
        }
        let bytes = |text: &Option<String>, name: &str| {
            let decoded = text.as_deref().map(|text| URL_SAFE_NO_PAD.decode(text));
            decoded
                .and_then(Result::ok)
                .filter(|bytes| bytes.len() == 32)
                .ok_or_else(|| wrong(format!("`{name}` is not 32 bytes in base64url")))
        };
        let mut spki = Vec::with_capacity(91);
        match (self.kty.as_str(), self.crv.as_deref()) {
            ("EC", Some("P-256")) => {
                spki.extend(P256_HEAD);
                spki.push(4);
                spki.extend(bytes(&self.x, "x")?);
                spki.extend(bytes(&self.y, "y")?);
            }
            ("OKP", Some("Ed25519")) => {
                spki.extend(ED25519_HEAD);
                spki.extend(bytes(&self.x, "x")?);
            }
            (kty, crv) => {
                let named = |text: &str| text.chars().take(20).collect::<String>();
                let crv = crv.map_or_else(String::new, |crv| format!(" {}", named(crv)));
                return Err(wrong(format!(
                    "keys of type {}{crv} are not used here; bring EC P-256 (ES256) or OKP Ed25519 (EdDSA)",
                    named(kty)
                )));
            }
        }
        let public = PublicKey::from_spki(&spki).map_err(|e| wrong(e.to_string()))?;
        if self.alg.as_deref().is_some_and(|alg| alg != public.algorithm().name()) {
            return Err(wrong("`alg` does not go with the key"));
        }
        named(self.kid.unwrap_or_default(), public)
    }
}

fn named(kid: String, public: PublicKey) -> Used<Brought> {
    if kid.chars().count() > MAX_KID || kid.chars().any(char::is_control) {
        return Err(wrong(format!("a key's name has at most {MAX_KID} characters")));
    }
    Ok(Brought { kid, public })
}

fn pem(text: &str) -> Used<Vec<Brought>> {
    if text.contains("PRIVATE KEY-----") {
        return Err(private());
    }
    let mut keys = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("-----BEGIN PUBLIC KEY-----") {
        let (body, after) =
            after.split_once("-----END PUBLIC KEY-----").ok_or_else(|| wrong("the PEM block has no end"))?;
        let body: String = body.split_ascii_whitespace().collect();
        let spki = STANDARD.decode(body).map_err(|_| wrong("the PEM block is not base64"))?;
        let public = PublicKey::from_spki(&spki).map_err(|e| wrong(e.to_string()))?;
        if public.algorithm() == Algorithm::Sm2 {
            return Err(wrong("partners use ES256 or EdDSA"));
        }
        keys.push(named(String::new(), public)?);
        rest = after;
    }
    Ok(keys)
}

/// The public keys in a file: a JWK, a JWK set, or PEM blocks.
///
/// # Errors
/// `bad_key`, saying what is wrong; `private_key` when it holds one.
pub fn read(text: &str) -> Used<Vec<Brought>> {
    if text.len() > MAX_FILE {
        return Err(wrong(format!("a file of keys has at most {MAX_FILE} bytes")));
    }
    let keys = if text.trim_start().starts_with('{') {
        let set = serde_json::from_str::<Set>(text).map(|set| set.keys);
        let jwks = set.or_else(|_| serde_json::from_str::<Jwk>(text).map(|jwk| vec![jwk]));
        let jwks = jwks.map_err(|e| wrong(format!("neither a JWK nor a JWK set: {e}")))?;
        jwks.into_iter().map(Jwk::read).collect::<Used<Vec<_>>>()?
    } else {
        pem(text)?
    };
    if keys.is_empty() || keys.len() > MAX_KEYS {
        return Err(wrong(format!("bring 1 to {MAX_KEYS} keys: a JWK, a JWK set, or PEM blocks `PUBLIC KEY`")));
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;
    use luzheng_credential::sign::{FileKey, Signer};

    #[test]
    fn a_key_survives_its_jwk_and_its_pem() {
        for algorithm in [Algorithm::Es256, Algorithm::Ed25519] {
            let key = FileKey::generate(algorithm).unwrap();
            let jwk = serde_json::to_string(&Jwk::of(key.public_key(), "2026").unwrap()).unwrap();
            let expected = Brought { kid: "2026".into(), public: key.public_key().clone() };
            assert_eq!(read(&jwk).unwrap(), std::slice::from_ref(&expected));
            assert_eq!(read(&format!("{{\"keys\":[{jwk},{jwk}]}}")).unwrap(), [expected.clone(), expected]);
            let body = STANDARD.encode(key.public_key().spki());
            let pem = format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n");
            assert_eq!(read(&pem).unwrap()[0].public, *key.public_key());
        }
    }

    #[test]
    fn what_is_no_public_key_of_ours_is_refused() {
        let sm2 = FileKey::generate(Algorithm::Sm2).unwrap();
        let sm2 = format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----",
            STANDARD.encode(sm2.public_key().spki())
        );
        let x = URL_SAFE_NO_PAD.encode([1; 32]);
        for (text, code) in [
            (String::new(), "bad_key"),
            ("{}".into(), "bad_key"),
            ("{\"keys\":[]}".into(), "bad_key"),
            (format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{x}"}}"#), "bad_key"),
            (format!(r#"{{"kty":"EC","crv":"P-384","x":"{x}","y":"{x}"}}"#), "bad_key"),
            (r#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#.into(), "bad_key"),
            (r#"{"kty":"oct","k":"c2VjcmV0"}"#.into(), "private_key"),
            (format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}","d":"{x}"}}"#), "private_key"),
            ("-----BEGIN PRIVATE KEY-----\nAA\n-----END PRIVATE KEY-----".into(), "private_key"),
            ("-----BEGIN PUBLIC KEY-----\nAA".into(), "bad_key"),
            (sm2, "bad_key"),
            ("x".repeat(MAX_FILE + 1), "bad_key"),
        ] {
            assert_eq!(read(&text).unwrap_err().code, code, "{}", &text[..text.len().min(80)]);
        }
    }
}
