//! ES256: ECDSA on P-256 with SHA-256, by aws-lc-rs.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, ParsedPublicKey,
};
use zeroize::Zeroizing;

use super::{Algorithm, BadSignature, PublicKey, PublicKeyError, SIGNATURE_LEN, SignError};

/// A P-256 public key, parsed once.
pub(super) struct Verifier(ParsedPublicKey);

impl Verifier {
    /// Reads `04 || x || y`; the library checks that the point is on the curve.
    pub(super) fn new(point: &[u8]) -> Result<Self, PublicKeyError> {
        if point.first() != Some(&4) {
            return Err(PublicKeyError::NotCanonical);
        }
        ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).map(Self).map_err(|_| PublicKeyError::NotOnCurve)
    }

    pub(super) fn verify(&self, message: &[u8], signature: &[u8; SIGNATURE_LEN]) -> Result<(), BadSignature> {
        self.0.verify_sig(message, signature).map_err(|_| BadSignature)
    }
}

/// A P-256 private key. The library keeps it and wipes it when it is dropped.
pub(super) struct SecretKey(EcdsaKeyPair);

impl SecretKey {
    pub(super) fn generate() -> Option<Self> {
        EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).ok().map(Self)
    }

    /// Reads an unencrypted PKCS#8 key; the library checks that its two halves agree.
    pub(super) fn from_pkcs8(der: &[u8]) -> Option<Self> {
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der).ok().map(Self)
    }

    pub(super) fn to_pkcs8(&self) -> Option<Zeroizing<Vec<u8>>> {
        // The library's document wipes itself when dropped; so does the copy.
        self.0.to_pkcs8v1().ok().map(|document| Zeroizing::new(document.as_ref().to_vec()))
    }

    pub(super) fn public_key(&self) -> Result<PublicKey, PublicKeyError> {
        PublicKey::from_point(Algorithm::Es256, self.0.public_key().as_ref())
    }

    pub(super) fn sign(&self, message: &[u8]) -> Result<[u8; SIGNATURE_LEN], SignError> {
        let failed = SignError::Library(Algorithm::Es256);
        let signature = self.0.sign(&SystemRandom::new(), message).map_err(|_| failed.clone())?;
        signature.as_ref().try_into().map_err(|_| failed)
    }
}
