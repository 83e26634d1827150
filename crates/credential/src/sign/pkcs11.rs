//! Keys in a hardware token (or SoftHSM2) through PKCS#11: ES256 only.
//!
//! The private key never leaves the token; the token gets the SHA-256 digest (CKM_ECDSA) and answers with `r || s`. SM2 needs
//! a token of its own kind: PKCS#11 2.40 and 3.0 have no mechanism for it.

use std::fmt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;

use super::{Algorithm, PublicKey, PublicKeyError, SIGNATURE_LEN, SignError, Signer};

/// `OBJECT IDENTIFIER prime256v1`, as CKA_EC_PARAMS has it.
const PRIME256V1_DER: [u8; 10] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
/// Head of the `OCTET STRING` around the 65 bytes of CKA_EC_POINT.
const POINT_HEAD: [u8; 2] = [0x04, 0x41];
/// Longest label or identifier of a key, in bytes.
pub const LABEL_MAX: usize = 64;

/// Why a token or a key in it cannot be used. No message contains the PIN.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The PKCS#11 library cannot be loaded or started.
    #[error("the PKCS#11 library {path} cannot be used: {reason}")]
    Library {
        /// The library's file.
        path: String,
        /// What the loader or the library said.
        reason: String,
    },
    /// No token has this label.
    #[error("no PKCS#11 token is labelled {wanted:?}; there are: {}", present.join(", "))]
    NoToken {
        /// The label asked for.
        wanted: String,
        /// The labels of the tokens that are there.
        present: Vec<String>,
    },
    /// The PIN is wrong.
    #[error("the token {0:?} refuses the PIN")]
    WrongPin(String),
    /// The token has locked the PIN after too many attempts.
    #[error("the token {0:?} has locked its PIN")]
    PinLocked(String),
    /// No key has this label or identifier.
    #[error("the token has no signing key {0}")]
    NoKey(String),
    /// Several keys answer to it; it would be chance which one signs.
    #[error("the token has {count} signing keys {wanted}")]
    Ambiguous {
        /// The label or identifier asked for.
        wanted: String,
        /// How many keys have it.
        count: usize,
    },
    /// There is a key of this label or identifier already.
    #[error("the token has a key {0} already")]
    Exists(String),
    /// The label or identifier is empty or longer than [`LABEL_MAX`].
    #[error("a key's label and identifier have 1 to {LABEL_MAX} bytes")]
    Label,
    /// The key is not an elliptic-curve key on P-256.
    #[error("the key {0} is not a P-256 key")]
    WrongCurve(String),
    /// The token's public key cannot be read.
    #[error("the public key {wanted} in the token: {source}")]
    PublicKey {
        /// The label or identifier asked for.
        wanted: String,
        /// What is wrong with it.
        source: PublicKeyError,
    },
    /// The private and the public key in the token are not halves of one key.
    #[error("the private and the public key {0} in the token do not belong together")]
    Mismatch(String),
    /// Any other refusal of the token.
    #[error("the token refused: {0}")]
    Refused(#[from] Error),
}

/// By what a key is found in a token.
#[derive(Clone, Copy, Debug)]
pub enum Find<'a> {
    /// CKA_LABEL.
    Label(&'a str),
    /// CKA_ID.
    Id(&'a [u8]),
}

impl Find<'_> {
    fn attribute(self) -> Attribute {
        match self {
            Find::Label(label) => Attribute::Label(label.as_bytes().to_vec()),
            Find::Id(id) => Attribute::Id(id.to_vec()),
        }
    }
}

impl fmt::Display for Find<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Find::Label(label) => write!(f, "labelled {label:?}"),
            Find::Id(id) => write!(f, "with the identifier {}", hex::encode(id)),
        }
    }
}

/// An open token, logged in.
pub struct Token {
    context: Pkcs11,
    slot: Slot,
    /// Held for the login, which ends with the last session.
    session: Mutex<Session>,
}

impl Token {
    /// Loads the PKCS#11 library, finds the token by its label and logs in as its user. `pin` comes from the caller's
    /// configuration and is wiped after the login.
    ///
    /// # Errors
    /// [`TokenError::Library`], [`TokenError::NoToken`], [`TokenError::WrongPin`], [`TokenError::PinLocked`].
    pub fn open(library: &Path, label: &str, pin: &str) -> Result<Self, TokenError> {
        let unusable =
            |error: Error| TokenError::Library { path: library.display().to_string(), reason: error.to_string() };
        let context = Pkcs11::new(library).map_err(unusable)?;
        match context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            // One process may open several tokens of one library.
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
            Err(error) => return Err(unusable(error)),
        }
        let slot = find_slot(&context, label)?;
        let session = context.open_rw_session(slot)?;
        match session.login(UserType::User, Some(&AuthPin::from(pin.to_owned()))) {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {}
            Err(Error::Pkcs11(RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange, _)) => {
                return Err(TokenError::WrongPin(label.to_owned()));
            }
            Err(Error::Pkcs11(RvError::PinLocked, _)) => return Err(TokenError::PinLocked(label.to_owned())),
            Err(error) => return Err(error.into()),
        }
        Ok(Self { context, slot, session: Mutex::new(session) })
    }

    /// The signer for a key that is in the token. It is tried once, so that a private key filed under another public key
    /// is found here and not after the first credential.
    ///
    /// # Errors
    /// [`TokenError::NoKey`], [`TokenError::Ambiguous`], [`TokenError::WrongCurve`], [`TokenError::Mismatch`].
    pub fn key(&self, find: Find<'_>) -> Result<TokenKey, TokenError> {
        let session = self.context.open_ro_session(self.slot)?;
        let private = find_one(&session, ObjectClass::PRIVATE_KEY, find)?;
        let public = find_one(&session, ObjectClass::PUBLIC_KEY, find)?;
        let public = read_public(&session, public, find)?;
        let key = TokenKey { public, session: Mutex::new(session), private };
        let probe = b"luzheng: does this key sign?";
        let signature = key.sign_in_token(probe)?;
        let matches = key.public.verify_slice(probe, &signature).is_ok();
        if matches { Ok(key) } else { Err(TokenError::Mismatch(find.to_string())) }
    }

    /// Makes a P-256 key in the token, never to leave it, and returns its signer.
    ///
    /// # Errors
    /// [`TokenError::Exists`] when label or identifier is taken, [`TokenError::Label`], [`TokenError::Refused`].
    pub fn generate(&self, label: &str, id: &[u8]) -> Result<TokenKey, TokenError> {
        if !(1..=LABEL_MAX).contains(&label.len()) || !(1..=LABEL_MAX).contains(&id.len()) {
            return Err(TokenError::Label);
        }
        {
            let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
            for find in [Find::Label(label), Find::Id(id)] {
                if !session.find_objects(&[find.attribute()])?.is_empty() {
                    return Err(TokenError::Exists(find.to_string()));
                }
            }
            let common = [Attribute::Token(true), Find::Label(label).attribute(), Find::Id(id).attribute()];
            let public =
                [Attribute::Private(false), Attribute::Verify(true), Attribute::EcParams(PRIME256V1_DER.to_vec())];
            let private = [
                Attribute::Private(true),
                Attribute::Sign(true),
                Attribute::Sensitive(true),
                Attribute::Extractable(false),
            ];
            session.generate_key_pair(
                &Mechanism::EccKeyPairGen,
                &[&common[..], &public].concat(),
                &[&common[..], &private].concat(),
            )?;
        }
        self.key(Find::Id(id))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token(slot {})", self.slot.id())
    }
}

fn find_slot(context: &Pkcs11, label: &str) -> Result<Slot, TokenError> {
    let mut present = Vec::new();
    for slot in context.get_slots_with_initialized_token()? {
        let name = context.get_token_info(slot)?.label().trim_end().to_owned();
        if name == label {
            return Ok(slot);
        }
        present.push(name);
    }
    Err(TokenError::NoToken { wanted: label.to_owned(), present })
}

fn find_one(session: &Session, class: ObjectClass, find: Find<'_>) -> Result<ObjectHandle, TokenError> {
    let found = session.find_objects(&[
        Attribute::Class(class),
        Attribute::KeyType(KeyType::EC),
        Attribute::Token(true),
        find.attribute(),
    ])?;
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(TokenError::NoKey(find.to_string())),
        several => Err(TokenError::Ambiguous { wanted: find.to_string(), count: several.len() }),
    }
}

fn read_public(session: &Session, key: ObjectHandle, find: Find<'_>) -> Result<PublicKey, TokenError> {
    let (mut curve, mut point) = (Vec::new(), Vec::new());
    for attribute in session.get_attributes(key, &[AttributeType::EcParams, AttributeType::EcPoint])? {
        match attribute {
            Attribute::EcParams(bytes) => curve = bytes,
            Attribute::EcPoint(bytes) => point = bytes,
            _ => {}
        }
    }
    if curve != PRIME256V1_DER {
        return Err(TokenError::WrongCurve(find.to_string()));
    }
    // The standard wraps the point in an OCTET STRING; some tokens give it bare. The lengths tell the two apart.
    let point = match point.strip_prefix(&POINT_HEAD) {
        Some(inner) if inner.len() == 65 => inner,
        _ => &point[..],
    };
    PublicKey::from_point(Algorithm::Es256, point)
        .map_err(|source| TokenError::PublicKey { wanted: find.to_string(), source })
}

/// A private key in a token, as a signer. Signing takes turns: a PKCS#11 session does one thing at a time.
pub struct TokenKey {
    public: PublicKey,
    session: Mutex<Session>,
    private: ObjectHandle,
}

impl TokenKey {
    fn sign_in_token(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let digest = digest(&SHA256, message);
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        session.sign(&Mechanism::Ecdsa, self.private, digest.as_ref())
    }
}

impl Signer for TokenKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; SIGNATURE_LEN], SignError> {
        let signature = self.sign_in_token(message).map_err(|error| SignError::Token(error.to_string()))?;
        let length = signature.len();
        signature.try_into().map_err(|_| SignError::Token(format!("it answered with {length} bytes instead of 64")))
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenKey({} {})", self.public.algorithm(), self.public.kid())
    }
}
