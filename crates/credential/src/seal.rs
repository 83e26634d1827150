//! The sealed part of a live code: what officers' readers can open and nobody else.
//!
//! HPKE (RFC 9180), base mode, single shot, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, empty AAD. A sealed text
//! is `enc` (32 bytes) followed by the ciphertext with its tag (16 bytes), so it is 48 bytes longer than what is in it.
//! `info` separates uses: text sealed for one cannot be opened as another.

use std::fmt;

use hpke::aead::AesGcm128;
use hpke::kdf::HkdfSha256;
use hpke::kem::{Kem, X25519HkdfSha256};
use hpke::rand_core::{TryCryptoRng, TryRng};
use hpke::{Deserializable, OpModeR, OpModeS, Serializable};
use zeroize::Zeroizing;

/// `info` for the VIN in an inspection mark's live code (claim 12).
pub const INFO_INSPECTION_MARK: &[u8] = b"luzheng/seal/v1 inspection_mark vin";
/// `info` for licence number and full name in a driving licence's live code (claim 12).
pub const INFO_DRIVING_LICENCE: &[u8] = b"luzheng/seal/v1 driving_licence number,name";

/// Length of a reader's public or private key in bytes.
pub const KEY_LEN: usize = 32;
/// Bytes that sealing adds: the encapsulated key and the tag.
pub const OVERHEAD: usize = 32 + 16;
/// Longest text that is sealed, in bytes; a code has no room for more.
pub const PLAINTEXT_MAX: usize = 128;
/// Longest `info`, in bytes.
pub const INFO_MAX: usize = 64;

type Suite = X25519HkdfSha256;

/// Why sealing or opening failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// A key is not 32 bytes, or is a point of small order, with which every secret would be the same.
    #[error("not an X25519 key for sealing")]
    InvalidKey,
    /// Longer than [`PLAINTEXT_MAX`] or [`INFO_MAX`].
    #[error("the text to seal or its info is too long")]
    TooLong,
    /// Too short to be sealed text, sealed for another reader or use, or altered.
    #[error("the sealed part cannot be opened with this key")]
    CannotOpen,
    /// There is no randomness.
    #[error("no randomness to seal with")]
    NoRandomness,
}

/// The public half of a reader's key.
#[derive(Clone, PartialEq, Eq)]
pub struct ReaderPublicKey(<Suite as Kem>::PublicKey);

impl ReaderPublicKey {
    /// Reads the 32 bytes of RFC 7748.
    ///
    /// # Errors
    /// [`SealError::InvalidKey`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SealError> {
        <Suite as Kem>::PublicKey::from_bytes(bytes).map(Self).map_err(|_| SealError::InvalidKey)
    }

    /// The 32 bytes of RFC 7748.
    pub fn to_bytes(&self) -> [u8; KEY_LEN] {
        self.0.to_bytes().into()
    }
}

impl fmt::Debug for ReaderPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReaderPublicKey({})", hex::encode(self.to_bytes()))
    }
}

/// A reader's private key; it is wiped when dropped and never printed.
pub struct ReaderKey {
    private: <Suite as Kem>::PrivateKey,
    public: ReaderPublicKey,
}

impl ReaderKey {
    /// Makes a new key.
    ///
    /// # Errors
    /// [`SealError::NoRandomness`].
    pub fn generate() -> Result<Self, SealError> {
        Ok(Self::derive(&*entropy()?))
    }

    /// RFC 9180 DeriveKeyPair.
    fn derive(seed: &[u8; KEY_LEN]) -> Self {
        let (private, public) = Suite::derive_keypair(seed);
        Self { private, public: ReaderPublicKey(public) }
    }

    /// Reads the 32 bytes of RFC 7748, as [`ReaderKey::to_bytes`] writes them.
    ///
    /// # Errors
    /// [`SealError::InvalidKey`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SealError> {
        let private = <Suite as Kem>::PrivateKey::from_bytes(bytes).map_err(|_| SealError::InvalidKey)?;
        let public = ReaderPublicKey(Suite::sk_to_pk(&private));
        Ok(Self { private, public })
    }

    /// The private key itself; keep it encrypted wherever it is stored.
    pub fn to_bytes(&self) -> Zeroizing<[u8; KEY_LEN]> {
        Zeroizing::new(self.private.to_bytes().into())
    }

    /// The public half, for those who seal.
    pub fn public_key(&self) -> &ReaderPublicKey {
        &self.public
    }
}

impl fmt::Debug for ReaderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReaderKey({:?}, secret not shown)", self.public)
    }
}

/// Seals `plaintext` so that only `reader` can read it, and only with the same `info`.
///
/// # Errors
/// [`SealError::TooLong`], [`SealError::InvalidKey`], [`SealError::NoRandomness`].
pub fn seal(reader: &ReaderPublicKey, info: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, SealError> {
    if plaintext.len() > PLAINTEXT_MAX || info.len() > INFO_MAX {
        return Err(SealError::TooLong);
    }
    seal_with(entropy()?, reader, info, plaintext, b"")
}

/// The sender's side of RFC 9180 with the ephemeral key derived from `seed`.
fn seal_with(
    seed: Zeroizing<[u8; KEY_LEN]>,
    reader: &ReaderPublicKey,
    info: &[u8],
    plaintext: &[u8],
    aad: &[u8],
) -> Result<Vec<u8>, SealError> {
    let mut source = OneDraw { seed, drawn: 0 };
    let (encapsulated, ciphertext) = hpke::single_shot_seal_with_rng::<AesGcm128, HkdfSha256, Suite>(
        &OpModeS::Base,
        &reader.0,
        info,
        plaintext,
        aad,
        &mut source,
    )
    .map_err(|_| SealError::InvalidKey)?;
    if source.drawn != KEY_LEN {
        // The library drew another amount than one ephemeral key: do not trust what came of it.
        return Err(SealError::NoRandomness);
    }
    Ok([encapsulated.to_bytes().as_slice(), &ciphertext].concat())
}

/// Opens what [`seal`] made. Text of an impossible length is refused before any arithmetic.
///
/// # Errors
/// [`SealError::CannotOpen`], whatever is wrong.
pub fn open(reader: &ReaderKey, info: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
    if !(OVERHEAD..=OVERHEAD + PLAINTEXT_MAX).contains(&sealed.len()) || info.len() > INFO_MAX {
        return Err(SealError::CannotOpen);
    }
    let (encapsulated, ciphertext) = sealed.split_at(KEY_LEN);
    let encapsulated = <Suite as Kem>::EncappedKey::from_bytes(encapsulated).map_err(|_| SealError::CannotOpen)?;
    hpke::single_shot_open::<AesGcm128, HkdfSha256, Suite>(
        &OpModeR::Base,
        &reader.private,
        &encapsulated,
        info,
        ciphertext,
        b"",
    )
    .map(Zeroizing::new)
    .map_err(|_| SealError::CannotOpen)
}

fn entropy() -> Result<Zeroizing<[u8; KEY_LEN]>, SealError> {
    let mut seed = Zeroizing::new([0; KEY_LEN]);
    aws_lc_rs::rand::fill(&mut seed[..]).map_err(|_| SealError::NoRandomness)?;
    Ok(seed)
}

/// Hands out one seed that was drawn beforehand, where failing was still possible; the library's interface knows no failure.
struct OneDraw {
    seed: Zeroizing<[u8; KEY_LEN]>,
    drawn: usize,
}

impl TryRng for OneDraw {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, target: &mut [u8]) -> Result<(), Self::Error> {
        for byte in target {
            *byte = self.seed.get(self.drawn).copied().unwrap_or(0);
            self.drawn = self.drawn.saturating_add(1);
        }
        Ok(())
    }
}

impl TryCryptoRng for OneDraw {}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        hex::decode(text).expect("hex")
    }

    fn seed(text: &str) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(bytes(text).try_into().expect("32 bytes"))
    }

    /// RFC 9180, A.1.1 (base mode of this suite), sequence number 0.
    #[test]
    fn rfc_9180_a_1_1() {
        let info = bytes("4f6465206f6e2061204772656369616e2055726e");
        let reader = ReaderKey::derive(&seed("6db9df30aa07dd42ee5e8181afdb977e538f5e1fec8a06223f33f7013e525037"));
        assert_eq!(
            reader.public_key().to_bytes().to_vec(),
            bytes("3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d")
        );
        // The library keeps the scalar clamped (RFC 7748 section 5); the RFC prints it before that.
        let printed = bytes("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8");
        assert_eq!(ReaderKey::from_bytes(&printed).expect("key").public_key(), reader.public_key());
        let sealed = seal_with(
            seed("7268600d403fce431561aef583ee1613527cff655c1343f29812e66706df3234"),
            reader.public_key(),
            &info,
            &bytes("4265617574792069732074727574682c20747275746820626561757479"),
            &bytes("436f756e742d30"),
        )
        .expect("sealed");
        assert_eq!(
            sealed,
            bytes(concat!(
                "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431",
                "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a9",
                "6d8770ac83d07bea87e13c512a"
            ))
        );
    }

    #[test]
    fn what_is_sealed_is_opened_by_that_reader_and_use_only() {
        let (reader, other) = (ReaderKey::generate().expect("key"), ReaderKey::generate().expect("key"));
        let sealed = seal(reader.public_key(), INFO_INSPECTION_MARK, b"LSVAA4182E2184847").expect("sealed");
        assert_eq!(sealed.len(), OVERHEAD + 17);
        assert_eq!(open(&reader, INFO_INSPECTION_MARK, &sealed).expect("opened").as_slice(), b"LSVAA4182E2184847");
        assert_eq!(open(&other, INFO_INSPECTION_MARK, &sealed), Err(SealError::CannotOpen));
        assert_eq!(open(&reader, INFO_DRIVING_LICENCE, &sealed), Err(SealError::CannotOpen));
        let again = seal(reader.public_key(), INFO_INSPECTION_MARK, b"LSVAA4182E2184847").expect("sealed");
        assert_ne!(sealed, again, "two sealings of one VIN must not be recognisable as the same");
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_refused() {
        let reader = ReaderKey::generate().expect("key");
        let sealed = seal(reader.public_key(), INFO_INSPECTION_MARK, b"VIN").expect("sealed");
        for bit in 0..sealed.len() * 8 {
            // X25519 ignores the top bit of a point (RFC 7748 section 5), but the context hashes all of `enc`.
            let mut altered = sealed.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open(&reader, INFO_INSPECTION_MARK, &altered), Err(SealError::CannotOpen), "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert_eq!(open(&reader, INFO_INSPECTION_MARK, &sealed[..length]), Err(SealError::CannotOpen));
        }
    }

    #[test]
    fn sizes_have_ceilings() {
        let reader = ReaderKey::generate().expect("key");
        let public = reader.public_key();
        assert!(seal(public, b"x", &[0; PLAINTEXT_MAX]).is_ok());
        assert_eq!(seal(public, b"x", &[0; PLAINTEXT_MAX + 1]), Err(SealError::TooLong));
        assert_eq!(seal(public, &[0; INFO_MAX + 1], b"x"), Err(SealError::TooLong));
        assert_eq!(open(&reader, b"x", &[0; OVERHEAD + PLAINTEXT_MAX + 1]), Err(SealError::CannotOpen));
        assert_eq!(ReaderPublicKey::from_bytes(&[1; 31]), Err(SealError::InvalidKey));
        assert!(ReaderKey::from_bytes(&[1; 33]).is_err());
    }

    /// With a point of small order every shared secret is zero, so anybody could open the text.
    #[test]
    fn a_reader_key_of_small_order_is_refused() {
        let mut one = [0; 32];
        one[0] = 1;
        for weak in [[0; 32], one] {
            let reader = ReaderPublicKey::from_bytes(&weak).expect("32 bytes");
            assert_eq!(seal(&reader, b"x", b"VIN"), Err(SealError::InvalidKey));
        }
    }

    #[test]
    fn keys_survive_storage_and_never_show() {
        let reader = ReaderKey::generate().expect("key");
        let again = ReaderKey::from_bytes(&*reader.to_bytes()).expect("key");
        assert_eq!(again.public_key(), reader.public_key());
        assert!(!format!("{reader:?}").contains(&hex::encode(*reader.to_bytes())));
    }
}
