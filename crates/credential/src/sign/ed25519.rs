//! Ed25519 (RFC 8032): signing and verifying by aws-lc-rs, the check of the public key by curve25519-dalek.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, ParsedPublicKey};
use curve25519_dalek::edwards::CompressedEdwardsY;
use zeroize::Zeroizing;

use super::{Algorithm, BadSignature, PublicKey, PublicKeyError, SIGNATURE_LEN, SignError};

/// An Ed25519 public key, parsed once.
pub(super) struct Verifier(ParsedPublicKey);

impl Verifier {
    /// Reads the 32 bytes. aws-lc takes any 32 bytes and looks at the point only while verifying, and it accepts points of
    /// small order, for which a signature can be made without a key; so the point is checked here.
    pub(super) fn new(point: &[u8]) -> Result<Self, PublicKeyError> {
        let compressed = CompressedEdwardsY::from_slice(point).map_err(|_| PublicKeyError::NotCanonical)?;
        let decoded = compressed.decompress().ok_or(PublicKeyError::NotOnCurve)?;
        if decoded.compress() != compressed {
            return Err(PublicKeyError::NotCanonical);
        }
        if decoded.is_small_order() || !decoded.is_torsion_free() {
            return Err(PublicKeyError::LowOrder);
        }
        ParsedPublicKey::new(&ED25519, point).map(Self).map_err(|_| PublicKeyError::NotOnCurve)
    }

    pub(super) fn verify(&self, message: &[u8], signature: &[u8; SIGNATURE_LEN]) -> Result<(), BadSignature> {
        self.0.verify_sig(message, signature).map_err(|_| BadSignature)
    }
}

/// An Ed25519 private key. The library keeps it and wipes it when it is dropped.
pub(super) struct SecretKey(Ed25519KeyPair);

impl SecretKey {
    pub(super) fn generate() -> Option<Self> {
        Ed25519KeyPair::generate().ok().map(Self)
    }

    /// Reads an unencrypted PKCS#8 key, with or without the public half.
    pub(super) fn from_pkcs8(der: &[u8]) -> Option<Self> {
        Ed25519KeyPair::from_pkcs8(der).ok().map(Self)
    }

    /// Version 1 without the public half: OpenSSL before 3.x reads no other.
    pub(super) fn to_pkcs8(&self) -> Option<Zeroizing<Vec<u8>>> {
        self.0.to_pkcs8v1().ok().map(|document| Zeroizing::new(document.as_ref().to_vec()))
    }

    pub(super) fn public_key(&self) -> Result<PublicKey, PublicKeyError> {
        PublicKey::from_point(Algorithm::Ed25519, self.0.public_key().as_ref())
    }

    pub(super) fn sign(&self, message: &[u8]) -> Result<[u8; SIGNATURE_LEN], SignError> {
        let failed = SignError::Library(Algorithm::Ed25519);
        let signature = self.0.try_sign(message).map_err(|_| failed.clone())?;
        signature.as_ref().try_into().map_err(|_| failed)
    }
}
