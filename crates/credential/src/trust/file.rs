//! The trust list as a file: JSON inside a JWS (RFC 7515), read and written.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::{KeyUse, LIST_PLACE, MAX_KEYS, Region, TrustError, TrustKey, TrustPayload};
use crate::jose;
use crate::sign::{Algorithm, KeyId, PublicKey, Signer, certificate};

/// The media type in the protected header of a trust list.
pub const TRUST_TYP: &str = "luzheng-trust+jwt";
/// Most root signatures on a trust list.
const MAX_SIGNATURES: usize = 8;
/// Most regions of one key.
const MAX_REGIONS: usize = 1_024;

#[derive(Serialize, Deserialize)]
pub(super) struct Jws {
    pub(super) payload: String,
    pub(super) signatures: Vec<JwsSignature>,
}

impl Jws {
    pub(super) fn read(json: &str) -> Result<Self, TrustError> {
        let jws: Self = serde_json::from_str(json).map_err(|error| TrustError::Shape(error.to_string()))?;
        if jws.signatures.len() > MAX_SIGNATURES { Err(TrustError::TooLarge) } else { Ok(jws) }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct JwsSignature {
    pub(super) protected: String,
    pub(super) signature: String,
}

/// The payload as JSON. Unknown members are passed over, and so are keys of an unknown use or algorithm: a newer list must not
/// silence an older reader, which then simply does not know those keys.
#[derive(Serialize, Deserialize)]
pub(super) struct RawPayload {
    pub(super) iat: i64,
    pub(super) exp: i64,
    pub(super) seq: u64,
    pub(super) status_uri: String,
    keys: Vec<RawKey>,
}

impl RawPayload {
    pub(super) fn read(json: &[u8]) -> Result<Self, TrustError> {
        serde_json::from_slice(json).map_err(|error| TrustError::Shape(error.to_string()))
    }

    /// The keys that this version knows how to use, once everything in the list was found to make sense.
    pub(super) fn keys(&self) -> Result<HashMap<KeyId, TrustKey>, TrustError> {
        if self.keys.len() > MAX_KEYS {
            return Err(TrustError::TooLarge);
        }
        if self.exp <= self.iat {
            return Err(TrustError::Shape("it ends before it begins".to_owned()));
        }
        if self.status_uri.matches(LIST_PLACE).count() != 1 {
            return Err(TrustError::Shape("status_uri does not have one {list}".to_owned()));
        }
        let mut keys = HashMap::with_capacity(self.keys.len());
        for raw_key in &self.keys {
            let Some(key) = raw_key.to_key()? else { continue };
            if keys.insert(key.public_key.kid(), key).is_some() {
                return Err(TrustError::Key { kid: raw_key.kid.clone(), what: "it is listed twice".to_owned() });
            }
        }
        Ok(keys)
    }
}

#[derive(Serialize, Deserialize)]
struct RawKey {
    kid: String,
    alg: String,
    #[serde(rename = "use")]
    key_use: String,
    regions: Vec<Region>,
    not_before: i64,
    not_after: i64,
    public_key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    certificate: Option<String>,
}

impl RawKey {
    fn from_key(key: &TrustKey) -> Self {
        Self {
            kid: key.public_key.kid().to_string(),
            alg: key.public_key.algorithm().name().to_owned(),
            key_use: key.key_use.code().to_owned(),
            regions: key.regions.clone(),
            not_before: key.not_before,
            not_after: key.not_after,
            public_key: STANDARD.encode(key.public_key.spki()),
            certificate: key.certificate.as_ref().map(|der| STANDARD.encode(der)),
        }
    }

    /// The key, or `None` when its use or algorithm is not known to this version.
    fn to_key(&self) -> Result<Option<TrustKey>, TrustError> {
        let wrong = |what: &str| TrustError::Key { kid: self.kid.chars().take(16).collect(), what: what.to_owned() };
        let (Some(key_use), Some(algorithm)) = (KeyUse::from_code(&self.key_use), Algorithm::from_name(&self.alg))
        else {
            return Ok(None);
        };
        let spki = STANDARD.decode(&self.public_key).map_err(|_| wrong("its public key is not base64"))?;
        let public_key = PublicKey::from_spki(&spki).map_err(|error| wrong(&error.to_string()))?;
        if public_key.kid().to_string() != self.kid {
            return Err(wrong("its public key has another identifier"));
        }
        if public_key.algorithm() != algorithm {
            return Err(wrong("its public key is of another algorithm"));
        }
        if self.regions.len() > MAX_REGIONS {
            return Err(wrong("it has too many regions"));
        }
        let certificate = match &self.certificate {
            None => None,
            Some(text) => Some(STANDARD.decode(text).map_err(|_| wrong("its certificate is not base64"))?),
        };
        if let Some(der) = &certificate
            && certificate::public_key(der).ok().as_ref() != Some(&public_key)
        {
            return Err(wrong("its certificate is for another key"));
        }
        Ok(Some(TrustKey {
            public_key,
            key_use,
            regions: self.regions.clone(),
            not_before: self.not_before,
            not_after: self.not_after,
            certificate,
        }))
    }
}

/// Signs a trust list with a root, and with an SM2 root as well where SM2 is enabled. The result is the file that verifiers fetch.
///
/// # Errors
/// [`TrustError`] when the payload would be refused by [`super::TrustList::open`], or a key does not sign.
pub fn sign(payload: &TrustPayload, root: &dyn Signer, sm2_root: Option<&dyn Signer>) -> Result<String, TrustError> {
    let raw = RawPayload {
        iat: payload.iat,
        exp: payload.exp,
        seq: payload.seq,
        status_uri: payload.status_uri.clone(),
        keys: payload.keys.iter().map(RawKey::from_key).collect(),
    };
    raw.keys()?;
    let json = serde_json::to_vec(&raw).map_err(|error| TrustError::Shape(error.to_string()))?;
    let body = jose::to_base64(&json);
    let signatures = std::iter::once(root)
        .chain(sm2_root)
        .map(|signer| {
            let protected = jose::write_header(signer.algorithm(), signer.kid(), TRUST_TYP);
            let signature = signer.sign(format!("{protected}.{body}").as_bytes())?;
            Ok(JwsSignature { protected, signature: jose::to_base64(&signature) })
        })
        .collect::<Result<Vec<_>, TrustError>>()?;
    serde_json::to_string(&Jws { payload: body, signatures }).map_err(|error| TrustError::Shape(error.to_string()))
}
