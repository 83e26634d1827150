//! The holder's device: its public key, and the proof that it has the private one.
//!
//! A challenge is not stored: it is sealed for the one account, says until when it counts, and the key that is to be bound signs it. Using
//! one twice binds the same key twice, which changes nothing.

use crate::app::App;
use crate::chance;
use crate::usecase::error::{UseError, Used};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use luzheng_credential::kind::DEVICE_KEY_LEN;
use uuid::Uuid;

/// How long a challenge may be answered, in seconds.
pub const CHALLENGE_SECONDS: i64 = 120;
/// Longest text of a key, challenge or signature that is looked at, in characters.
pub const MAX_TEXT: usize = 512;
/// Before the challenge proper, so that what a device signs here can never be taken for the wrapper of a code (`qr-format.md`, mode 2).
const DOMAIN: &[u8] = b"luzheng/device/v1 ";
/// An uncompressed point of P-256: `04 || x || y`.
const POINT_LEN: usize = 65;
/// What stands before the point in the SubjectPublicKeyInfo of a P-256 key (RFC 5480).
const SPKI_HEAD: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// A device's public key as codes carry it: a compressed point of P-256.
pub type DevicePoint = [u8; DEVICE_KEY_LEN];

/// Writes bytes as base64url without padding, as all of this interface does.
pub fn to_text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads base64url, with or without padding.
///
/// # Errors
/// `bad_base64`, naming the field.
pub fn from_text(text: &str, field: &str) -> Used<Vec<u8>> {
    let wrong =
        || UseError::invalid("bad_base64", format!("{field} is not base64url of at most {MAX_TEXT} characters"));
    if text.len() > MAX_TEXT {
        return Err(wrong());
    }
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).map_err(|_| wrong())
}

/// Reads a public key: the raw uncompressed point, a compressed one, or a SubjectPublicKeyInfo of P-256.
///
/// # Errors
/// `bad_device_key` when it is not a point of that curve.
pub fn read_key(bytes: &[u8]) -> Used<DevicePoint> {
    let wrong =
        || UseError::invalid("bad_device_key", "the public key is not a P-256 key, raw or as SubjectPublicKeyInfo");
    let point = bytes.strip_prefix(&SPKI_HEAD[..]).unwrap_or(bytes);
    let compressed: DevicePoint = match (point.len(), point.first()) {
        (POINT_LEN, Some(4)) => {
            let mut out = [0; DEVICE_KEY_LEN];
            out[0] = 2 + (point[POINT_LEN - 1] & 1);
            out[1..].copy_from_slice(&point[1..DEVICE_KEY_LEN]);
            out
        }
        (DEVICE_KEY_LEN, Some(2 | 3)) => point.try_into().map_err(|_| wrong())?,
        _ => return Err(wrong()),
    };
    // Both forms must be on the curve: a raw point whose y belongs to another x is no key.
    for form in [point, &compressed] {
        ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, form).map_err(|_| wrong())?;
    }
    Ok(compressed)
}

/// A challenge for an account, and until when it may be answered.
///
/// # Errors
/// The vault.
pub fn challenge(app: &App, person: Uuid, now: Timestamp) -> Used<(Vec<u8>, Timestamp)> {
    let expires_at = now.checked_add(SignedDuration::from_secs(CHALLENGE_SECONDS)).unwrap_or(now);
    let mut plain = expires_at.as_second().to_be_bytes().to_vec();
    plain.extend_from_slice(&chance::bytes::<16>());
    let sealed = app.store.vault().seal("device_challenge", "challenge", person.as_bytes(), &plain)?;
    Ok(([DOMAIN, &sealed].concat(), expires_at))
}

/// Whether a key answered this account's challenge in time.
///
/// # Errors
/// `bad_challenge`, `challenge_expired`, `bad_signature`.
pub fn check_answer(
    app: &App,
    person: Uuid,
    challenge: &[u8],
    key: &DevicePoint,
    signature: &[u8],
    now: Timestamp,
) -> Used<()> {
    let foreign = || UseError::invalid("bad_challenge", "this challenge was not given to this account");
    let sealed = challenge.strip_prefix(DOMAIN).ok_or_else(foreign)?;
    let vault = app.store.vault();
    let plain = vault.open("device_challenge", "challenge", person.as_bytes(), sealed).map_err(|_| foreign())?;
    let until = plain.first_chunk::<8>().map(|bytes| i64::from_be_bytes(*bytes)).ok_or_else(foreign)?;
    if until < now.as_second() {
        return Err(UseError::refused("challenge_expired", "the challenge is too old; ask for another one"));
    }
    let wrong = || UseError::invalid("bad_signature", "the device's signature over the challenge is wrong");
    let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key).map_err(|_| wrong())?;
    key.verify_sig(challenge, signature).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};

    #[test]
    fn all_forms_of_a_key_are_the_same_point() {
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref()).unwrap();
        let raw = pair.public_key().as_ref().to_vec();
        let point = read_key(&raw).unwrap();
        assert_eq!(read_key(&[&SPKI_HEAD[..], &raw].concat()).unwrap(), point);
        assert_eq!(read_key(&point).unwrap(), point);
        assert_eq!(to_text(&point).len(), 44);
        assert_eq!(from_text(&to_text(&point), "key").unwrap(), point);
    }

    #[test]
    fn what_is_no_point_is_no_key() {
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref()).unwrap();
        let raw = pair.public_key().as_ref().to_vec();
        let mut off = raw.clone();
        off[40] ^= 1;
        let beyond = [&[2][..], &[0xff; 32]].concat();
        for bytes in [&[][..], &beyond, &[0; 33], &off, &raw[..64], &[4; 65], &SPKI_HEAD, &vec![3; 300]] {
            assert_eq!(read_key(bytes).unwrap_err().code, "bad_device_key", "{bytes:?}");
        }
        assert_eq!(from_text(&"A".repeat(MAX_TEXT + 1), "key").unwrap_err().code, "bad_base64");
        assert_eq!(from_text("a+b", "key").unwrap_err().code, "bad_base64");
    }
}
