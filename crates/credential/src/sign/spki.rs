//! SubjectPublicKeyInfo (RFC 5280 4.1.2.7) for the three algorithms.
//!
//! Each algorithm has exactly one accepted encoding of one fixed length, so reading is a comparison with a constant
//! head. A key therefore has one identifier and no second spelling of the same key can get into a trust list.

use pkcs8::der::Decode;
use pkcs8::der::asn1::ObjectIdentifier;
use pkcs8::spki::SubjectPublicKeyInfoRef;

use super::{Algorithm, PublicKeyError};

/// Longest SubjectPublicKeyInfo that is looked at, in bytes. The known ones have 44 and 91; an RSA key of 8192 bits,
/// which deserves its own message, has about 1,060.
pub const SPKI_MAX: usize = 2048;

/// `SEQUENCE { SEQUENCE { id-ecPublicKey, prime256v1 }, BIT STRING (66 bytes, no unused bits)`: then `04 || x || y`.
const ES256_HEAD: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
/// The same with the curve sm2p256v1, 1.2.156.10197.1.301 (GB/T 32918.5, RFC 8998).
const SM2_HEAD: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x81, 0x1c, 0xcf,
    0x55, 0x01, 0x82, 0x2d, 0x03, 0x42, 0x00,
];
/// `SEQUENCE { SEQUENCE { id-Ed25519 }, BIT STRING (33 bytes, no unused bits)` (RFC 8410): then the 32 bytes.
const ED25519_HEAD: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// id-ecPublicKey (RFC 5480).
pub(super) const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// prime256v1 (RFC 5480).
pub(super) const PRIME256V1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
/// sm2p256v1 (GM/T 0006).
pub(super) const SM2P256V1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.156.10197.1.301");
/// id-Ed25519 (RFC 8410).
pub(super) const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

const fn head(algorithm: Algorithm) -> &'static [u8] {
    match algorithm {
        Algorithm::Es256 => &ES256_HEAD,
        Algorithm::Ed25519 => &ED25519_HEAD,
        Algorithm::Sm2 => &SM2_HEAD,
    }
}

const fn point_len(algorithm: Algorithm) -> usize {
    match algorithm {
        Algorithm::Es256 | Algorithm::Sm2 => 65,
        Algorithm::Ed25519 => 32,
    }
}

/// Algorithm and bare point of a SubjectPublicKeyInfo. The point itself is not looked at.
pub(super) fn split(der: &[u8]) -> Result<(Algorithm, &[u8]), PublicKeyError> {
    if der.len() > SPKI_MAX {
        return Err(PublicKeyError::TooLarge(der.len()));
    }
    for algorithm in Algorithm::ALL {
        if let Some(point) = der.strip_prefix(head(algorithm))
            && point.len() == point_len(algorithm)
        {
            return Ok((algorithm, point));
        }
    }
    Err(explain(der))
}

/// The SubjectPublicKeyInfo around a bare point.
pub(super) fn join(algorithm: Algorithm, point: &[u8]) -> Vec<u8> {
    [head(algorithm), point].concat()
}

/// Finds out what a refused key is, for the message only.
fn explain(der: &[u8]) -> PublicKeyError {
    let Ok(info) = SubjectPublicKeyInfoRef::from_der(der) else {
        let ours = Algorithm::ALL.into_iter().any(|algorithm| der.starts_with(head(algorithm)));
        return if ours { PublicKeyError::NotCanonical } else { PublicKeyError::NotSpki };
    };
    let curve = info.algorithm.parameters.and_then(|any| any.decode_as::<ObjectIdentifier>().ok());
    match (info.algorithm.oid, curve) {
        (EC_PUBLIC_KEY, Some(PRIME256V1 | SM2P256V1)) | (ED25519, _) => PublicKeyError::NotCanonical,
        (EC_PUBLIC_KEY, Some(curve)) => PublicKeyError::UnsupportedAlgorithm(format!("EC on curve {curve}")),
        (oid, _) => PublicKeyError::UnsupportedAlgorithm(oid.to_string()),
    }
}
