//! Reader keys: with which officers' devices open the sealed part of a live code. A code names its key by number.
//!
//! The first key is made with the store. A new one is used some hours after it was made, so that devices have fetched it by then; the one before it
//! is still given out for a while, for codes that were made just before. Devices get keys wrapped for themselves ([`wrap`]; `docs/officer-keys.md`).

use super::{KeyTable, META_READER_PUBLIC, READER_KEY, refresh};
use crate::app::App;
use crate::usecase::error::{UseError, Used};
use crate::usecase::journal;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::rand::SystemRandom;
use jiff::{SignedDuration, Timestamp};
use luzheng_credential::seal::{KEY_LEN, ReaderKey, ReaderPublicKey};
use luzheng_store::Tx;
use luzheng_store::bound::PUBLIC_KEY_LEN;
use luzheng_store::officer::StoredReaderKey;
use zeroize::Zeroizing;

/// For how long a key is still given out after the next came into use, in seconds: codes live a minute, and devices may have been off-line.
pub const GRACE_S: i64 = 24 * 3_600;
/// The largest number of a key: two bytes in a code.
pub const MAX_NUMBER: u32 = 0xffff;
/// The format of a wrapped key.
const WRAPPED: u8 = 1;
/// Before the number in HKDF's info.
const INFO: &[u8] = b"luzheng/reader-key/v1";

/// The public half of a reader key.
#[derive(Debug, Clone)]
pub struct PublicReader {
    /// Its number.
    pub number: u32,
    /// The key.
    pub key: ReaderPublicKey,
    /// From when on codes are sealed to it.
    pub used_from: Timestamp,
}

impl KeyTable {
    /// The key to which codes are sealed at an instant: the newest whose time has come.
    pub fn reader_at(&self, at: Timestamp) -> Option<&PublicReader> {
        self.readers.iter().rev().find(|reader| reader.used_from <= at)
    }

    /// Until when a key is given out; `None`: no key after it is in sight.
    pub fn reader_ends(&self, number: u32) -> Option<Timestamp> {
        let next = self.readers.iter().find(|reader| reader.number > number)?;
        next.used_from.checked_add(SignedDuration::from_secs(GRACE_S)).ok()
    }
}

/// The public halves of all keys, by number.
pub(super) async fn public(tx: &mut Tx) -> Used<Vec<PublicReader>> {
    let key = |bytes: &[u8]| {
        ReaderPublicKey::from_bytes(bytes).map_err(|e| UseError::broken("broken_reader_key", e.to_string()))
    };
    let mut readers = Vec::new();
    if let Some(bytes) = tx.meta(META_READER_PUBLIC).await? {
        readers.push(PublicReader { number: READER_KEY, key: key(&bytes)?, used_from: Timestamp::UNIX_EPOCH });
    }
    for stored in tx.reader_keys().await? {
        let StoredReaderKey { number, public_key, used_from, .. } = stored;
        readers.push(PublicReader { number, key: key(&public_key)?, used_from });
    }
    Ok(readers)
}

/// The key of a number; `None` when there never was one.
///
/// # Errors
/// The store, or a key that is none.
pub async fn private(app: &App, tx: &mut Tx, number: u32) -> Used<Option<ReaderKey>> {
    if number == READER_KEY {
        return super::foundation::first_reader_key(app, tx).await.map(Some);
    }
    let stored = tx.reader_keys().await?.into_iter().find(|stored| stored.number == number);
    stored
        .map(|stored| {
            let bytes = Zeroizing::new(stored.private_key);
            ReaderKey::from_bytes(&bytes).map_err(|e| UseError::broken("broken_reader_key", e.to_string()))
        })
        .transpose()
}

/// Makes the next reader key; it is used after the settings' lead, or at once when a device that held the present one was lost.
/// Answers with its number and from when on it is used.
///
/// # Errors
/// `no_reader_key` when there never was one; no more numbers; the store.
pub async fn rotate(app: &App, at_once: bool, actor: &str) -> Used<(u32, Timestamp)> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let last =
        public(&mut tx).await?.pop().ok_or_else(|| UseError::refused("no_reader_key", "there is no reader key yet"))?;
    let number = last.number + 1;
    if number > MAX_NUMBER {
        return Err(UseError::refused("no_more_numbers", "there are no more numbers for reader keys"));
    }
    let lead = if at_once { 0 } else { i64::from(app.settings.bound.reader_key_lead_hours) };
    // Never before the one before it: the newest whose time has come is the one in use.
    let used_from = now.checked_add(SignedDuration::from_hours(lead)).unwrap_or(now).max(last.used_from);
    let key = ReaderKey::generate()
        .map_err(|e| UseError::unavailable("reader_key", "the reader key could not be made", e))?;
    let stored = StoredReaderKey {
        number,
        public_key: key.public_key().to_bytes(),
        private_key: key.to_bytes().to_vec(),
        used_from,
        created_at: now,
    };
    tx.put_reader_key(&stored).await?;
    let detail = serde_json::json!({"number": number, "used_from": used_from});
    journal::note(&mut tx, now, actor, "reader_key.made", None, &detail).await?;
    tx.commit().await?;
    refresh(app).await?;
    Ok((number, used_from))
}

/// Length of what HKDF gives: a key and a nonce.
struct Wrapping;

impl KeyType for Wrapping {
    fn len(&self) -> usize {
        32 + NONCE_LEN
    }
}

/// The AEAD key and nonce that both sides arrive at.
fn derived(secret: &[u8], sender: &[u8], device: &[u8], number: u32) -> Result<(LessSafeKey, Nonce), Unspecified> {
    let salt = [sender, device].concat();
    let number = number.to_be_bytes();
    let info = [INFO, &number];
    let mut out = Zeroizing::new([0_u8; 32 + NONCE_LEN]);
    Salt::new(HKDF_SHA256, &salt).extract(secret).expand(&info, Wrapping)?.fill(out.as_mut_slice())?;
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &out[..32])?);
    Ok((key, Nonce::try_assume_unique_for_key(&out[32..])?))
}

/// Wraps a reader key for a device: format, a fresh public key, and the key encrypted under what both agree on.
///
/// # Errors
/// The device's key is none; no randomness.
pub fn wrap(reader: &ReaderKey, number: u32, device: &[u8; PUBLIC_KEY_LEN]) -> Used<Vec<u8>> {
    let failed = |_: Unspecified| UseError::broken("reader_key_not_wrapped", "a reader key could not be wrapped");
    let sender = EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new()).map_err(failed)?;
    let public = sender.compute_public_key().map_err(failed)?.as_ref().to_vec();
    let peer = UnparsedPublicKey::new(&ECDH_P256, device);
    let (key, nonce) = agree_ephemeral(sender, peer, Unspecified, |secret| derived(secret, &public, device, number))
        .map_err(failed)?;
    let mut body = reader.to_bytes().to_vec();
    let tag = key.seal_in_place_separate_tag(nonce, Aad::empty(), &mut body).map_err(failed)?;
    Ok([&[WRAPPED], &public[..], &body, tag.as_ref()].concat())
}

/// Opens what [`wrap`] made, as a device does.
///
/// # Errors
/// `not_opened`, whatever is wrong.
pub fn unwrap(
    wrapped: &[u8],
    number: u32,
    device: &aws_lc_rs::agreement::PrivateKey,
) -> Used<Zeroizing<[u8; KEY_LEN]>> {
    let wrong = || UseError::invalid("not_opened", "this is no reader key for this device");
    let length = 1 + PUBLIC_KEY_LEN + KEY_LEN + AES_256_GCM.tag_len();
    if wrapped.len() != length || wrapped[0] != WRAPPED {
        return Err(wrong());
    }
    let (public, body) = wrapped[1..].split_at(PUBLIC_KEY_LEN);
    let own = device.compute_public_key().map_err(|_| wrong())?;
    let peer = UnparsedPublicKey::new(&ECDH_P256, public);
    let (key, nonce) =
        aws_lc_rs::agreement::agree(device, peer, Unspecified, |secret| derived(secret, public, own.as_ref(), number))
            .map_err(|_| wrong())?;
    let mut body = Zeroizing::new(body.to_vec());
    let plain = key.open_in_place(nonce, Aad::empty(), &mut body).map_err(|_| wrong())?;
    let mut out = Zeroizing::new([0; KEY_LEN]);
    out.copy_from_slice(plain);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::agreement::PrivateKey;
    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD as B64;

    fn device() -> (PrivateKey, [u8; PUBLIC_KEY_LEN]) {
        let key = PrivateKey::generate(&ECDH_P256).unwrap();
        let public = key.compute_public_key().unwrap().as_ref().try_into().unwrap();
        (key, public)
    }

    #[test]
    fn a_wrapped_key_opens_on_its_device_under_its_number_only() {
        let reader = ReaderKey::generate().unwrap();
        let ((own, public), (other, _)) = (device(), device());
        let wrapped = wrap(&reader, 7, &public).unwrap();
        assert_eq!(wrapped.len(), 114);
        assert_eq!(unwrap(&wrapped, 7, &own).unwrap(), reader.to_bytes());
        assert_ne!(wrapped, wrap(&reader, 7, &public).unwrap());
        assert!(unwrap(&wrapped, 8, &own).is_err() && unwrap(&wrapped, 7, &other).is_err());
        for at in 0..wrapped.len() {
            let mut altered = wrapped.clone();
            altered[at] ^= 1;
            assert_eq!(unwrap(&altered, 7, &own).unwrap_err().code, "not_opened", "byte {at}");
            assert_eq!(unwrap(&wrapped[..at], 7, &own).unwrap_err().code, "not_opened", "{at} bytes");
        }
        assert!(wrap(&reader, 7, &[4; PUBLIC_KEY_LEN]).is_err(), "no point");
    }

    /// The example of `docs/officer-keys.md`, which other readers are tested with.
    #[test]
    fn the_documented_example_opens() {
        let text = include_str!("../../../../../docs/officer-keys.md");
        let field = |name: &str| {
            let line = text.lines().find_map(|line| line.trim().strip_prefix(name)).expect(name);
            B64.decode(line.trim()).unwrap()
        };
        let device = PrivateKey::from_private_key(&ECDH_P256, &field("device d:")).unwrap();
        let opened = unwrap(&field("sealed:"), 2, &device).unwrap();
        assert_eq!(opened.as_slice(), field("reader key:"));
    }

    #[test]
    fn the_newest_key_whose_time_has_come_is_used() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let reader = |number, used_from| {
            let key = ReaderKey::generate().unwrap().public_key().clone();
            PublicReader { number, key, used_from: at(used_from) }
        };
        let table = KeyTable { readers: vec![reader(1, 0), reader(2, 1_000)], ..KeyTable::default() };
        let number = |second| table.reader_at(at(second)).map(|reader| reader.number);
        assert_eq!([number(-1), number(0), number(999), number(1_000)], [None, Some(1), Some(1), Some(2)]);
        assert_eq!((table.reader_ends(1), table.reader_ends(2)), (Some(at(1_000 + GRACE_S)), None));
    }
}
