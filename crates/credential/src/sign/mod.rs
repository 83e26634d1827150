//! Keys and signatures: the three algorithms of a road credential behind one trait.
//!
//! A signer takes a *message*, never a digest: SM2's digest mixes in the public key and the user identity, so a digest
//! made elsewhere would be a digest of something else. Signatures are always the fixed 64 bytes of `qr-format.md`:
//! `r || s` for ES256 and SM2, the RFC 8032 form for Ed25519.

pub mod certificate;
mod ed25519;
mod es256;
mod file;
#[cfg(feature = "pkcs11")]
pub mod pkcs11;
mod sm2;
mod spki;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use file::{FileKey, KEY_FILE_MAX, KeyFileError};
pub use spki::SPKI_MAX;

/// Length of every signature in bytes.
pub const SIGNATURE_LEN: usize = 64;

/// The user identity that goes into every SM2 digest (GB/T 32918.2, the default of GM/T 0009).
///
/// It is a constant and not a parameter, so that an empty identity, which the underlying library accepts, cannot occur.
pub const SM2_USER_ID: &str = "1234567812345678";

/// A signature algorithm that a credential, a trust list or a status list may carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256 (RFC 7518, RFC 9053).
    Es256,
    /// Ed25519 (RFC 8032); in COSE and JOSE it is called EdDSA.
    Ed25519,
    /// SM2 with SM3 (GB/T 32918.2, GB/T 32905).
    Sm2,
}

impl Algorithm {
    /// Every algorithm, in a fixed order.
    pub const ALL: [Algorithm; 3] = [Algorithm::Es256, Algorithm::Ed25519, Algorithm::Sm2];

    /// The COSE `alg` number. SM2 has no registration, so its number is from the private range (`qr-format.md`).
    pub const fn cose_id(self) -> i64 {
        match self {
            Algorithm::Es256 => -7,
            Algorithm::Ed25519 => -8,
            Algorithm::Sm2 => -65600,
        }
    }

    /// The algorithm with this COSE number, if this version knows it.
    pub const fn from_cose_id(id: i64) -> Option<Self> {
        match id {
            -7 => Some(Algorithm::Es256),
            -8 => Some(Algorithm::Ed25519),
            -65600 => Some(Algorithm::Sm2),
            _ => None,
        }
    }

    /// The name in trust lists and JOSE headers: `ES256`, `EdDSA`, `SM2`.
    pub const fn name(self) -> &'static str {
        match self {
            Algorithm::Es256 => "ES256",
            Algorithm::Ed25519 => "EdDSA",
            Algorithm::Sm2 => "SM2",
        }
    }

    /// The algorithm with this trust-list name, exactly as [`Algorithm::name`] writes it.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The name given is not one of `ES256`, `EdDSA`, `SM2`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown signature algorithm {0:?}; known are ES256, EdDSA and SM2")]
pub struct UnknownAlgorithm(pub String);

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        Self::from_name(name).ok_or_else(|| UnknownAlgorithm(name.chars().take(32).collect()))
    }
}

impl Serialize for Algorithm {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Algorithm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        name.parse().map_err(serde::de::Error::custom)
    }
}

/// Which key signed: the first 8 bytes of SHA-256 over its SubjectPublicKeyInfo (DER). Written as 16 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId([u8; KeyId::LEN]);

impl KeyId {
    /// Length in bytes.
    pub const LEN: usize = 8;

    /// The identifier with these bytes.
    pub const fn new(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// The identifier of a public key in its SubjectPublicKeyInfo form.
    pub fn of_spki(spki: &[u8]) -> Self {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, spki);
        let mut id = [0; Self::LEN];
        id.copy_from_slice(&digest.as_ref()[..Self::LEN]);
        Self(id)
    }

    /// The bytes as they stand in a credential's header.
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// A key identifier was not 16 lower-case hex digits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key identifier is 16 lower-case hex digits")]
pub struct InvalidKeyId;

impl FromStr for KeyId {
    type Err = InvalidKeyId;

    fn from_str(text: &str) -> Result<Self, InvalidKeyId> {
        let mut id = [0; Self::LEN];
        // Upper case is refused so that one key has one spelling everywhere, in files and in audit records.
        if text.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(InvalidKeyId);
        }
        hex::decode_to_slice(text, &mut id).map_err(|_| InvalidKeyId)?;
        Ok(Self(id))
    }
}

impl TryFrom<&[u8]> for KeyId {
    type Error = InvalidKeyId;

    fn try_from(bytes: &[u8]) -> Result<Self, InvalidKeyId> {
        bytes.try_into().map(Self).map_err(|_| InvalidKeyId)
    }
}

impl Serialize for KeyId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for KeyId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Why a public key was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublicKeyError {
    /// Longer than [`SPKI_MAX`].
    #[error("a public key of {0} bytes is longer than any this version knows")]
    TooLarge(usize),
    /// Not a SubjectPublicKeyInfo at all.
    #[error("not a SubjectPublicKeyInfo in DER")]
    NotSpki,
    /// Well formed, but of an algorithm or a curve that is not used here.
    #[error("public keys of algorithm {0} are not used here")]
    UnsupportedAlgorithm(String),
    /// The right algorithm in another encoding than the one we write: compressed point, BER lengths, trailing bytes.
    #[error("the public key is not in its canonical encoding")]
    NotCanonical,
    /// The point is not on the curve.
    #[error("the public key is not a point on its curve")]
    NotOnCurve,
    /// The point has a small order: everybody could sign for it.
    #[error("the public key has a small order")]
    LowOrder,
}

/// A signature is not one by this key over this message. It says no more, on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not belong to this key and message")]
pub struct BadSignature;

/// Why a signature could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The cryptographic library refused; with a healthy source of randomness this does not happen.
    #[error("the {0} signature could not be made")]
    Library(Algorithm),
    /// The token that holds the key refused or did not answer.
    #[error("the PKCS#11 token did not sign: {0}")]
    Token(String),
}

/// The algorithm's own form of a public key, prepared once. Precomputed tables are to live here.
enum Verifier {
    Es256(es256::Verifier),
    Ed25519(ed25519::Verifier),
    Sm2(Box<sm2::Verifier>),
}

struct KeyBody {
    algorithm: Algorithm,
    kid: KeyId,
    spki: Vec<u8>,
    verifier: Verifier,
}

/// A public key, checked and prepared once and then used many times. Cloning it is cheap.
#[derive(Clone)]
pub struct PublicKey(Arc<KeyBody>);

impl PublicKey {
    /// Reads a SubjectPublicKeyInfo (DER). Strict: only the three algorithms, uncompressed points, one encoding each,
    /// the point on its curve and of full order, no byte more.
    pub fn from_spki(der: &[u8]) -> Result<Self, PublicKeyError> {
        let (algorithm, point) = spki::split(der)?;
        let verifier = match algorithm {
            Algorithm::Es256 => Verifier::Es256(es256::Verifier::new(point)?),
            Algorithm::Ed25519 => Verifier::Ed25519(ed25519::Verifier::new(point)?),
            Algorithm::Sm2 => Verifier::Sm2(Box::new(sm2::Verifier::new(point)?)),
        };
        Ok(Self(Arc::new(KeyBody { algorithm, kid: KeyId::of_spki(der), spki: der.to_vec(), verifier })))
    }

    /// Puts a bare point (65 bytes for the two elliptic curves, 32 for Ed25519) into its SubjectPublicKeyInfo and reads that.
    pub(crate) fn from_point(algorithm: Algorithm, point: &[u8]) -> Result<Self, PublicKeyError> {
        Self::from_spki(&spki::join(algorithm, point))
    }

    /// The SubjectPublicKeyInfo (DER) that [`PublicKey::from_spki`] reads.
    pub fn spki(&self) -> &[u8] {
        &self.0.spki
    }

    /// The only algorithm this key may be used with.
    pub fn algorithm(&self) -> Algorithm {
        self.0.algorithm
    }

    /// The key's identifier.
    pub fn kid(&self) -> KeyId {
        self.0.kid
    }

    /// Whether `signature` is this key's over `message`. Values out of range (zero, or not below the order) are refused.
    ///
    /// # Errors
    /// [`BadSignature`], whatever is wrong.
    pub fn verify(&self, message: &[u8], signature: &[u8; SIGNATURE_LEN]) -> Result<(), BadSignature> {
        match &self.0.verifier {
            Verifier::Es256(key) => key.verify(message, signature),
            Verifier::Ed25519(key) => key.verify(message, signature),
            Verifier::Sm2(key) => key.verify(message, signature),
        }
    }

    /// As [`PublicKey::verify`], for a signature whose length has not been checked: any length but 64 is refused.
    ///
    /// # Errors
    /// [`BadSignature`], whatever is wrong.
    pub fn verify_slice(&self, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        self.verify(message, signature.try_into().map_err(|_| BadSignature)?)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({} {})", self.algorithm(), self.kid())
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.spki == other.0.spki
    }
}

impl Eq for PublicKey {}

/// Something that can sign: a key in a file, or one in a token that never leaves it.
pub trait Signer: Send + Sync {
    /// The public half, from which everybody verifies.
    fn public_key(&self) -> &PublicKey;

    /// Signs the whole message (not a digest of it).
    ///
    /// # Errors
    /// [`SignError`] when the library or the token refuses.
    fn sign(&self, message: &[u8]) -> Result<[u8; SIGNATURE_LEN], SignError>;

    /// The algorithm of the signatures.
    fn algorithm(&self) -> Algorithm {
        self.public_key().algorithm()
    }

    /// The identifier of the key.
    fn kid(&self) -> KeyId {
        self.public_key().kid()
    }
}
