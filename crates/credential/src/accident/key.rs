//! The key that a phone makes for one record: P-256, ES256, known by its compressed point.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};

use crate::kind::DEVICE_KEY_LEN;
use crate::qr::message::{assemble, to_be_signed, wrapper_header};
use crate::sign::{Algorithm, PublicKey, SIGNATURE_LEN, SignError, Signer};

/// The public half, found to be a point of the curve.
#[derive(Debug, Clone)]
pub struct RecordKey(ParsedPublicKey);

impl RecordKey {
    /// Reads `02 || x` or `03 || x`; `None` when it is no point of the curve.
    pub fn read(point: &[u8; DEVICE_KEY_LEN]) -> Option<Self> {
        if !matches!(point[0], 2 | 3) {
            return None;
        }
        ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).ok().map(Self)
    }

    /// Whether this key signed.
    pub fn signed(&self, message: &[u8], signature: &[u8; SIGNATURE_LEN]) -> bool {
        self.0.verify_sig(message, signature).is_ok()
    }
}

/// The compressed point of an ES256 key; `None` for a key of another algorithm.
pub fn compressed(key: &PublicKey) -> Option<[u8; DEVICE_KEY_LEN]> {
    if key.algorithm() != Algorithm::Es256 {
        return None;
    }
    // The point stands at the end of a SubjectPublicKeyInfo: 04 || x || y.
    let point = key.spki().last_chunk::<65>()?;
    let mut out = [0; DEVICE_KEY_LEN];
    out[0] = 2 | (point[64] & 1);
    out[1..].copy_from_slice(&point[1..33]);
    Some(out)
}

/// Signs a payload as a tagged COSE_Sign1 whose key is known from elsewhere (`{1: -7}`).
pub(super) fn sign1(payload: &[u8], signer: &dyn Signer) -> Result<Vec<u8>, SignError> {
    let signature = signer.sign(&to_be_signed(wrapper_header(), payload))?;
    Ok(assemble(wrapper_header(), payload, &signature))
}
