//! Personal data at rest: sealed with AES-256-GCM, found again by a keyed digest.
//!
//! One master key of 32 bytes, kept outside the database, gives three keys by HKDF-SHA-256: one that seals, one for look-up
//! digests, one for the subject digests inside signed codes. A sealed value names the key it was sealed with, so that a wrong key
//! is told apart from a changed value.

use std::{fmt, sync::Arc};

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    digest, hkdf, hmac, rand,
};
use zeroize::Zeroizing;

use crate::error::Error;

/// Length of a key id at the head of a sealed value.
const KEY_ID_LEN: usize = 4;
/// Format of sealed values: 1 = key id, nonce, AES-256-GCM ciphertext with tag.
const FORMAT: u8 = 1;
/// Bytes that sealing adds.
pub const SEAL_OVERHEAD: usize = 1 + KEY_ID_LEN + NONCE_LEN + 16;
/// The longest value that may be sealed.
pub const MAX_SEALED: usize = 1 << 20;

struct Keys {
    id: [u8; KEY_ID_LEN],
    seal: LessSafeKey,
    index: hmac::Key,
    subject: hmac::Key,
}

/// Seals and opens personal data and computes keyed digests. Cheap to clone; prints nothing about itself.
#[derive(Clone)]
pub struct Vault {
    keys: Arc<Keys>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault")
    }
}

/// Length of derived keys, for HKDF.
struct KeyLength;

impl hkdf::KeyType for KeyLength {
    fn len(&self) -> usize {
        32
    }
}

fn derive(master: &hkdf::Prk, purpose: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0_u8; 32]);
    let purpose = [purpose];
    let okm = master.expand(&purpose, KeyLength).expect("32 bytes are far below HKDF's limit");
    okm.fill(key.as_mut_slice()).expect("the length was asked for above");
    key
}

impl Vault {
    /// A vault under this master key. The caller wipes its own copy.
    pub fn new(master: &[u8; 32]) -> Self {
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, b"luzheng vault v1").extract(master);
        let seal = derive(&prk, b"seal");
        let id_bytes = digest::digest(&digest::SHA256, derive(&prk, b"key id").as_slice());
        let mut id = [0_u8; KEY_ID_LEN];
        id.copy_from_slice(&id_bytes.as_ref()[..KEY_ID_LEN]);
        let seal = UnboundKey::new(&AES_256_GCM, seal.as_slice()).expect("AES-256 takes 32 bytes");
        Self {
            keys: Arc::new(Keys {
                id,
                seal: LessSafeKey::new(seal),
                index: hmac::Key::new(hmac::HMAC_SHA256, derive(&prk, b"index").as_slice()),
                subject: hmac::Key::new(hmac::HMAC_SHA256, derive(&prk, b"subject digest").as_slice()),
            }),
        }
    }

    /// The id of the data key, hex, for messages and manifests.
    pub fn key_id(&self) -> String {
        hex::encode(self.keys.id)
    }

    /// Seals a value for one place: table, field and row id are bound to it, so that a sealed value cannot be moved elsewhere.
    ///
    /// # Errors
    /// `Broken` when the value is longer than [`MAX_SEALED`]; `Engine` when the machine has no randomness.
    pub fn seal(&self, table: &'static str, field: &str, row: &[u8], plain: &[u8]) -> Result<Vec<u8>, Error> {
        if plain.len() > MAX_SEALED {
            return Err(Error::broken(
                table,
                hex::encode(row),
                format!("{field} has {} bytes, more than {MAX_SEALED}", plain.len()),
            ));
        }
        let mut nonce = [0_u8; NONCE_LEN];
        rand::fill(&mut nonce).map_err(|_| Error::fatal("no randomness"))?;
        let mut sealed = Vec::with_capacity(plain.len() + SEAL_OVERHEAD);
        sealed.push(FORMAT);
        sealed.extend_from_slice(&self.keys.id);
        sealed.extend_from_slice(&nonce);
        let start = sealed.len();
        sealed.extend_from_slice(plain);
        let place = place(table, field, row);
        let tag = self
            .keys
            .seal
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(&place), &mut sealed[start..])
            .map_err(|_| Error::fatal("sealing failed"))?;
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    /// Opens a sealed value of the same place.
    ///
    /// # Errors
    /// `Broken` when the value was sealed with another data key, for another place, or was changed.
    pub fn open(&self, table: &'static str, field: &str, row: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Error> {
        let broken = |why: String| Error::broken(table, hex::encode(row), format!("{field}: {why}"));
        if sealed.len() < SEAL_OVERHEAD || sealed.len() > MAX_SEALED + SEAL_OVERHEAD || sealed[0] != FORMAT {
            return Err(broken("not a sealed value".to_owned()));
        }
        let (key_id, rest) = sealed[1..].split_at(KEY_ID_LEN);
        if key_id != self.keys.id {
            return Err(broken(format!(
                "sealed with data key {}, but this process holds data key {}",
                hex::encode(key_id),
                self.key_id()
            )));
        }
        let (nonce, cipher) = rest.split_at(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| broken("not a sealed value".to_owned()))?;
        let mut plain = cipher.to_vec();
        let length = self
            .keys
            .seal
            .open_in_place(nonce, Aad::from(&place(table, field, row)), &mut plain)
            .map_err(|_| broken("the sealed value was changed or belongs elsewhere".to_owned()))?
            .len();
        plain.truncate(length);
        Ok(plain)
    }

    /// Opens a sealed text.
    ///
    /// # Errors
    /// As [`Vault::open`].
    pub fn open_text(&self, table: &'static str, field: &str, row: &[u8], sealed: &[u8]) -> Result<String, Error> {
        String::from_utf8(self.open(table, field, row, sealed)?)
            .map_err(|_| Error::broken(table, hex::encode(row), format!("{field} is not UTF-8")))
    }

    /// The keyed digest by which a personal value is found. `field` separates domains: the same text in two fields gives two digests.
    pub fn index(&self, field: &str, value: &[u8]) -> [u8; 16] {
        let mut context = hmac::Context::with_key(&self.keys.index);
        context.update(&[u8::try_from(field.len()).unwrap_or(u8::MAX)]);
        context.update(field.as_bytes());
        context.update(value);
        let tag = context.sign();
        let mut index = [0_u8; 16];
        index.copy_from_slice(&tag.as_ref()[..16]);
        index
    }

    /// The subject digest inside signed codes: the first 8 bytes of HMAC-SHA-256 over the VIN or licence number (`qr-format.md`, key 9).
    pub fn subject_digest(&self, subject: &str) -> [u8; 8] {
        let tag = hmac::sign(&self.keys.subject, subject.as_bytes());
        let mut digest = [0_u8; 8];
        digest.copy_from_slice(&tag.as_ref()[..8]);
        digest
    }
}

/// What a sealed value is bound to. Lengths before the parts: no two places have the same bytes.
fn place(table: &str, field: &str, row: &[u8]) -> Vec<u8> {
    let mut place = Vec::with_capacity(6 + table.len() + field.len() + row.len());
    for part in [table.as_bytes(), field.as_bytes(), row] {
        place.extend_from_slice(&u16::try_from(part.len()).unwrap_or(u16::MAX).to_be_bytes());
        place.extend_from_slice(part);
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(byte: u8) -> Vault {
        Vault::new(&[byte; 32])
    }

    #[test]
    fn opens_what_it_sealed_and_only_in_its_place() {
        let vault = vault(1);
        let sealed = vault.seal("owner_fact", "name", b"row", "欧阳䶮".as_bytes()).expect("seals");
        assert_eq!(vault.open_text("owner_fact", "name", b"row", &sealed).expect("opens"), "欧阳䶮");
        for (table, field, row) in
            [("owner_fact", "name", "other"), ("owner_fact", "phone", "row"), ("person", "name", "row")]
        {
            assert!(vault.open(table, field, row.as_bytes(), &sealed).is_err(), "{table} {field} {row}");
        }
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let vault = vault(1);
        let sealed = vault.seal("t", "f", b"row", b"value").expect("seals");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(vault.open("t", "f", b"row", &changed).is_err(), "byte {at}");
        }
        assert!(vault.open("t", "f", b"row", &sealed[..sealed.len() - 1]).is_err());
        assert!(vault.open("t", "f", b"row", &[]).is_err());
    }

    #[test]
    fn a_wrong_key_is_named() {
        let sealed = vault(1).seal("t", "f", b"row", b"value").expect("seals");
        let error = vault(2).open("t", "f", b"row", &sealed).expect_err("another key");
        let text = error.to_string();
        assert!(text.contains(&vault(1).key_id()) && text.contains(&vault(2).key_id()), "{text}");
    }

    #[test]
    fn the_same_value_is_never_sealed_the_same_way_but_has_one_index() {
        let vault = vault(1);
        assert_ne!(vault.seal("t", "f", b"r", b"v").expect("seals"), vault.seal("t", "f", b"r", b"v").expect("seals"));
        assert_eq!(vault.index("number", b"v"), vault.index("number", b"v"));
        assert_ne!(vault.index("number", b"v"), vault.index("phone", b"v"));
        assert_ne!(vault.index("number", b"v")[..8], vault.subject_digest("v"));
        assert_eq!(format!("{vault:?}"), "Vault");
    }

    #[test]
    fn a_value_too_long_is_refused() {
        assert!(vault(1).seal("t", "f", b"r", &vec![0; MAX_SEALED + 1]).is_err());
    }
}
