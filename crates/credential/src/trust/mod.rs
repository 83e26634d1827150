//! The trust list: which keys exist, what each may sign, where and when. One signed file that every verifier holds.
//!
//! It is a JWS in JSON serialisation (RFC 7515 section 7.2, general form), signed by a root key that the verifier has pinned. A
//! deployment with SM2 enabled adds a second signature by an SM2 root; a verifier that has pinned roots of both algorithms demands
//! both signatures, so that breaking one algorithm is not enough.
//!
//! **When is a key good?** A key is judged at the `iat` of what it signed: it must lie in `not_before <= iat < not_after`. A key
//! that is *rotated* gets a `not_after` and stays listed, so that what it signed in its time stays good. A key that is
//! *compromised* is removed from the list altogether: whoever stole it can write any `iat`, so no date on it can be believed;
//! everything it ever signed becomes `unknown_issuer` and is issued again.

mod file;
mod roots;

use std::collections::HashMap;
use std::fmt;

use luzheng_domain::credential::CredentialKind;
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use file::{TRUST_TYP, sign};
pub use roots::{MAX_ROOTS, Roots};

use file::{Jws, RawPayload};

use crate::jose::{self, JoseError};
use crate::kind::Mode;
use crate::sign::{Algorithm, KeyId, PublicKey, SignError};

/// Largest trust list that is looked at, in bytes.
pub const MAX_TRUST_LIST: usize = 4 << 20;
/// Most keys that a trust list may have.
pub const MAX_KEYS: usize = 8_192;
/// What stands for the list number in a status address.
const LIST_PLACE: &str = "{list}";

/// What a key may sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyUse {
    /// Static inspection marks.
    Mark,
    /// Held licences.
    Licence,
    /// Live codes of either kind.
    Live,
    /// Status lists.
    Status,
}

impl KeyUse {
    /// The use that a credential of this kind and mode needs.
    pub const fn needed(kind: CredentialKind, mode: Mode) -> Self {
        match (kind, mode) {
            (_, Mode::Live) => Self::Live,
            (CredentialKind::InspectionMark, _) => Self::Mark,
            (CredentialKind::DrivingLicence, _) => Self::Licence,
        }
    }

    /// The word in the trust list.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Mark => "mark",
            Self::Licence => "licence",
            Self::Live => "live",
            Self::Status => "status",
        }
    }

    /// The use with this word.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Mark, Self::Licence, Self::Live, Self::Status].into_iter().find(|it| it.code() == code)
    }
}

impl fmt::Display for KeyUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A GB/T 2260 code in which trailing `00` pairs stand for "all below": `320000` covers 32xxxx, `320500` covers 3205xx.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Region(u32);

impl Region {
    /// The region of a six-digit code.
    pub const fn new(code: u32) -> Option<Self> {
        if code <= 999_999 { Some(Self(code)) } else { None }
    }

    /// Whether an authority's division code lies in this region.
    pub const fn covers(self, authority: u32) -> bool {
        if self.0 == 0 {
            return true;
        }
        let step = if self.0.is_multiple_of(10_000) {
            10_000
        } else if self.0.is_multiple_of(100) {
            100
        } else {
            1
        };
        self.0 / step == authority / step
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}", self.0)
    }
}

impl Serialize for Region {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Region {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let code = if text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None };
        code.and_then(Self::new).ok_or_else(|| serde::de::Error::custom("a region is six digits"))
    }
}

/// One key, as it is put into a trust list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustKey {
    /// The key itself; its identifier and algorithm follow from it.
    pub public_key: PublicKey,
    /// What it may sign.
    pub key_use: KeyUse,
    /// Where: empty means everywhere.
    pub regions: Vec<Region>,
    /// First second of what it may have signed, since 1970.
    pub not_before: i64,
    /// First second of what it may no longer have signed.
    pub not_after: i64,
    /// Its certificate (DER), when it has one; for readers that want X.509. The list's own signature is what counts here.
    pub certificate: Option<Vec<u8>>,
}

/// Why a key may not sign something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotPermitted {
    /// It is for something else.
    #[error("the key is for something else")]
    Use,
    /// It is for other regions.
    #[error("the key is for other regions")]
    Region,
    /// It was not in use then.
    #[error("the key was not in use then")]
    Dates,
}

impl TrustKey {
    /// Whether this key may sign for `authority` at `iat` what needs `key_use`.
    ///
    /// # Errors
    /// [`NotPermitted`] says what stands against it.
    pub fn permits(&self, key_use: KeyUse, authority: Option<u32>, iat: i64) -> Result<(), NotPermitted> {
        if self.key_use != key_use {
            return Err(NotPermitted::Use);
        }
        if let Some(authority) = authority
            && !self.regions.is_empty()
            && !self.regions.iter().any(|region| region.covers(authority))
        {
            return Err(NotPermitted::Region);
        }
        if (self.not_before..self.not_after).contains(&iat) { Ok(()) } else { Err(NotPermitted::Dates) }
    }
}

/// What a trust list says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustPayload {
    /// When it was signed, in seconds since 1970.
    pub iat: i64,
    /// From when on it must not be used.
    pub exp: i64,
    /// Its number; a verifier never goes back to a smaller one.
    pub seq: u64,
    /// Where status lists are, with `{list}` for the number.
    pub status_uri: String,
    /// The keys.
    pub keys: Vec<TrustKey>,
}

/// Why a trust list or a root file was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TrustError {
    /// Larger than [`MAX_TRUST_LIST`] (or [`MAX_ROOTS`], [`MAX_KEYS`]).
    #[error("larger than allowed")]
    TooLarge,
    /// Not the JSON that belongs here.
    #[error("not a trust list: {0}")]
    Shape(String),
    /// A header or base64 in it.
    #[error(transparent)]
    Jose(#[from] JoseError),
    /// No pinned root signed it.
    #[error("not signed by a pinned root")]
    NoRoot,
    /// Roots of this algorithm are pinned and none of them signed it.
    #[error("a pinned root of {0} did not sign it")]
    RootMissing(Algorithm),
    /// A signature in the name of a pinned root is wrong.
    #[error("the signature of root {0} is wrong")]
    BadSignature(KeyId),
    /// Older than what this verifier has already seen.
    #[error("number {seq} is older than number {known}, which was seen before")]
    GoesBack {
        /// The number in this list.
        seq: u64,
        /// The number seen before.
        known: u64,
    },
    /// A key in it is wrong.
    #[error("key {kid}: {what}")]
    Key {
        /// As written in the list.
        kid: String,
        /// What is wrong with it.
        what: String,
    },
    /// It could not be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
}

/// A trust list whose signature was found good. Its keys are parsed and ready.
#[derive(Debug, Clone)]
pub struct TrustList {
    iat: i64,
    exp: i64,
    seq: u64,
    status_uri: String,
    keys: HashMap<KeyId, TrustKey>,
}

impl TrustList {
    /// Opens a trust list. Whether it is past its `exp` is for [`crate::verify`] to say, since that needs the time.
    ///
    /// `known_seq` is the number of the newest list that this verifier has seen, 0 for none.
    ///
    /// # Errors
    /// [`TrustError`]; a list that is refused must be treated as no list.
    pub fn open(json: &str, roots: &Roots, known_seq: u64) -> Result<Self, TrustError> {
        if json.len() > MAX_TRUST_LIST {
            return Err(TrustError::TooLarge);
        }
        let jws = Jws::read(json)?;
        roots.check(&jws)?;
        let raw = RawPayload::read(&jose::from_base64(&jws.payload, "the payload")?)?;
        if raw.seq < known_seq {
            return Err(TrustError::GoesBack { seq: raw.seq, known: known_seq });
        }
        let keys = raw.keys()?;
        Ok(Self { iat: raw.iat, exp: raw.exp, seq: raw.seq, status_uri: raw.status_uri, keys })
    }

    /// When it was signed, in seconds since 1970.
    pub const fn iat(&self) -> i64 {
        self.iat
    }

    /// From when on it must not be used.
    pub const fn exp(&self) -> i64 {
        self.exp
    }

    /// Its number.
    pub const fn seq(&self) -> u64 {
        self.seq
    }

    /// The key with this identifier.
    pub fn find(&self, kid: KeyId) -> Option<&TrustKey> {
        self.keys.get(&kid)
    }

    /// All keys, in no particular order.
    pub fn keys(&self) -> impl Iterator<Item = &TrustKey> {
        self.keys.values()
    }

    /// The address of a status list.
    pub fn status_address(&self, list: u32) -> String {
        self.status_uri.replace(LIST_PLACE, &list.to_string())
    }

    /// The number of the status list at this address, the way back from [`TrustList::status_address`].
    pub fn list_at(&self, address: &str) -> Option<u32> {
        let (before, after) = self.status_uri.split_once(LIST_PLACE)?;
        let number = address.strip_prefix(before)?.strip_suffix(after)?.parse().ok()?;
        // One spelling only: no sign, no leading zeros.
        (self.status_address(number) == address).then_some(number)
    }
}
