//! The root keys that a verifier has pinned, and what it demands of them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::TrustError;
use super::file::Jws;
use crate::jose;
use crate::sign::{Algorithm, KeyId, PublicKey, SIGNATURE_LEN};

/// Largest root file that is looked at, in bytes.
pub const MAX_ROOTS: usize = 64 << 10;

/// The root keys that a verifier has pinned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roots(Vec<PublicKey>);

#[derive(Serialize, Deserialize)]
struct RootFile {
    keys: Vec<RootKey>,
}

#[derive(Serialize, Deserialize)]
struct RootKey {
    kid: KeyId,
    alg: Algorithm,
    public_key: String,
}

impl Roots {
    /// Pins these keys.
    pub fn new(keys: Vec<PublicKey>) -> Self {
        Self(keys)
    }

    /// The pinned keys.
    pub fn keys(&self) -> &[PublicKey] {
        &self.0
    }

    /// Reads a root file: `{"keys":[{"kid","alg","public_key"}]}`.
    ///
    /// # Errors
    /// [`TrustError`] when it is not one, has no keys, or a key and its identifier disagree.
    pub fn from_json(json: &str) -> Result<Self, TrustError> {
        if json.len() > MAX_ROOTS {
            return Err(TrustError::TooLarge);
        }
        let file: RootFile = serde_json::from_str(json).map_err(|error| TrustError::Shape(error.to_string()))?;
        if file.keys.is_empty() {
            return Err(TrustError::NoRoot);
        }
        let keys = file.keys.into_iter().map(|root| {
            let wrong = |what: String| TrustError::Key { kid: root.kid.to_string(), what };
            let spki =
                STANDARD.decode(&root.public_key).map_err(|_| wrong("its public key is not base64".to_owned()))?;
            let key = PublicKey::from_spki(&spki).map_err(|error| wrong(error.to_string()))?;
            if key.kid() != root.kid || key.algorithm() != root.alg {
                return Err(wrong("its public key has another identifier or algorithm".to_owned()));
            }
            Ok(key)
        });
        keys.collect::<Result<Vec<_>, _>>().map(Self)
    }

    /// Writes the root file.
    pub fn to_json(&self) -> String {
        let keys = self.0.iter().map(|key| RootKey {
            kid: key.kid(),
            alg: key.algorithm(),
            public_key: STANDARD.encode(key.spki()),
        });
        serde_json::to_string_pretty(&RootFile { keys: keys.collect() }).expect("strings always serialise")
    }

    fn find(&self, kid: KeyId) -> Option<&PublicKey> {
        self.0.iter().find(|key| key.kid() == kid)
    }

    /// Checks the signatures of a trust list: none by a pinned root may be wrong, and each algorithm pinned must have one.
    pub(super) fn check(&self, jws: &Jws) -> Result<(), TrustError> {
        let mut good = Vec::new();
        for signed in &jws.signatures {
            // A signature that this version cannot read counts for nothing, and against nothing: a later root may sign so.
            let Ok(header) = jose::read_header(&signed.protected) else { continue };
            let Some(root) = self.find(header.kid) else { continue };
            let signature = jose::from_base64(&signed.signature, "a signature")?;
            let signature: [u8; SIGNATURE_LEN] =
                signature.try_into().map_err(|_| TrustError::BadSignature(header.kid))?;
            let message = format!("{}.{}", signed.protected, jws.payload);
            if header.algorithm != root.algorithm() || root.verify(message.as_bytes(), &signature).is_err() {
                return Err(TrustError::BadSignature(header.kid));
            }
            good.push(root.algorithm());
        }
        if good.is_empty() {
            return Err(TrustError::NoRoot);
        }
        match self.0.iter().find(|root| !good.contains(&root.algorithm())) {
            Some(root) => Err(TrustError::RootMissing(root.algorithm())),
            None => Ok(()),
        }
    }
}
