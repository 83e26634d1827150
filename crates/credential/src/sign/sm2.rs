//! SM2 with SM3 (GB/T 32918.2), by the sm2 crate.
//!
//! The user identity is the constant [`SM2_USER_ID`]; nothing in this module takes one as an argument.

use std::sync::LazyLock;

use ::sm2::dsa::signature::{Signer, Verifier as _};
use ::sm2::dsa::{Signature, SigningKey, VerifyingKey};
use pkcs8::{DecodePrivateKey, EncodePrivateKey};
use zeroize::Zeroizing;

use super::{Algorithm, BadSignature, PublicKey, PublicKeyError, SIGNATURE_LEN, SM2_USER_ID, SignError};

/// An SM2 public key with the digest of identity and key (`Z`), computed once.
pub(super) struct Verifier(VerifyingKey);

impl Verifier {
    /// Reads `04 || x || y`; the library checks that the point is on the curve.
    pub(super) fn new(point: &[u8]) -> Result<Self, PublicKeyError> {
        if point.first() != Some(&4) {
            return Err(PublicKeyError::NotCanonical);
        }
        VerifyingKey::from_sec1_bytes(SM2_USER_ID, point).map(Self).map_err(|_| PublicKeyError::NotOnCurve)
    }

    pub(super) fn verify(&self, message: &[u8], signature: &[u8; SIGNATURE_LEN]) -> Result<(), BadSignature> {
        // Zero and anything not below the order is refused while reading r and s.
        let signature = Signature::from_slice(signature).map_err(|_| BadSignature)?;
        self.0.verify(message, &signature).map_err(|_| BadSignature)
    }
}

/// An SM2 private key.
pub(super) struct SecretKey(Box<SigningKey>);

impl Drop for SecretKey {
    /// The library's signing key does not wipe its scalar, so it is overwritten with a key that is no secret.
    fn drop(&mut self) {
        static BLANK: LazyLock<Option<SigningKey>> = LazyLock::new(|| {
            let one = ::sm2::SecretKey::from_slice(&[1; 32]).ok()?;
            SigningKey::new(SM2_USER_ID, &one).ok()
        });
        if let Some(blank) = BLANK.as_ref() {
            *self.0 = blank.clone();
            // Without a reader the compiler may leave the write out.
            std::hint::black_box(&self.0);
        }
    }
}

impl SecretKey {
    pub(super) fn generate() -> Option<Self> {
        let mut scalar = Zeroizing::new([0u8; 32]);
        // Once in 2^32 times 32 random bytes are not below the order; they are then drawn anew.
        for _ in 0..16 {
            aws_lc_rs::rand::fill(&mut scalar[..]).ok()?;
            if let Ok(key) = ::sm2::SecretKey::from_slice(&scalar[..]) {
                return Self::new(&key);
            }
        }
        None
    }

    fn new(key: &::sm2::SecretKey) -> Option<Self> {
        SigningKey::new(SM2_USER_ID, key).ok().map(|signing| Self(Box::new(signing)))
    }

    /// Reads an unencrypted PKCS#8 key; the library checks that its two halves agree.
    pub(super) fn from_pkcs8(der: &[u8]) -> Option<Self> {
        Self::new(&::sm2::SecretKey::from_pkcs8_der(der).ok()?)
    }

    pub(super) fn to_pkcs8(&self) -> Option<Zeroizing<Vec<u8>>> {
        let key = ::sm2::SecretKey::from(self.0.as_nonzero_scalar());
        key.to_pkcs8_der().ok().map(|document| document.to_bytes())
    }

    pub(super) fn public_key(&self) -> Result<PublicKey, PublicKeyError> {
        PublicKey::from_point(Algorithm::Sm2, &self.0.verifying_key().to_sec1_bytes())
    }

    /// Signs with the nonce of RFC 6979 (over SM3): the same message gives the same signature.
    pub(super) fn sign(&self, message: &[u8]) -> Result<[u8; SIGNATURE_LEN], SignError> {
        let signature: Signature = self.0.try_sign(message).map_err(|_| SignError::Library(Algorithm::Sm2))?;
        Ok(signature.to_bytes().into())
    }
}
