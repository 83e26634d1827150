//! The key on a holder's device: ES256 only, given as a compressed point inside the claims.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};

use crate::kind::DEVICE_KEY_LEN;
use crate::sign::SIGNATURE_LEN;

/// A device key that was found to be a point of P-256.
pub(super) struct DeviceKey(ParsedPublicKey);

impl DeviceKey {
    /// Reads `02 || x` or `03 || x`; `None` when it is not a point on the curve.
    pub(super) fn read(point: &[u8; DEVICE_KEY_LEN]) -> Option<Self> {
        // The length already rules out the library's other forms; the first byte is checked all the same.
        if !matches!(point[0], 2 | 3) {
            return None;
        }
        ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).ok().map(Self)
    }

    /// Whether this key signed.
    pub(super) fn signed(&self, message: &[u8], signature: &[u8; SIGNATURE_LEN]) -> bool {
        self.0.verify_sig(message, signature).is_ok()
    }
}
