//! From claims to a signed credential: unsigned → [`Prepared`] (only checking makes one) → [`Issued`] (only signing a prepared one
//! makes one). The serial and the status entry are made durable before the signature; then the signature; then our own verifier
//! looks at the result ([`Issued::confirm`]) before anybody else does.

use aws_lc_rs::rand;
use jiff::Timestamp;
use luzheng_domain::credential::CredentialKind;
use thiserror::Error;

use crate::kind::{Claims, ClaimsError};
use crate::qr::{message, text};
use crate::sign::{KeyId, SIGNATURE_LEN, SignError, Signer};
use crate::status_list::{ENTRIES, StatusAnswer, StatusSource, StatusValue};
use crate::trust::{KeyUse, NotPermitted, TrustKey, TrustList};
use crate::verify::{Question, Reason, Report, Verdict, verify_issued};

/// Why a credential was not prepared, or not signed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IssueError {
    /// A claim is out of its range.
    #[error(transparent)]
    Claims(#[from] ClaimsError),
    /// Its last valid day is past already.
    #[error("it would be expired when it is signed")]
    Expired,
    /// A status entry beyond the end of its list.
    #[error("status entry {0} is beyond the end of a list")]
    StatusIndex(u32),
    /// The message would be larger than the format allows.
    #[error("{size} bytes are more than the {ceiling} allowed")]
    TooLarge {
        /// What it would have.
        size: usize,
        /// What it may have.
        ceiling: usize,
    },
    /// The key may not sign this.
    #[error("key {0}: {1}")]
    NotPermitted(KeyId, NotPermitted),
    /// It was prepared for another key.
    #[error("prepared for key {prepared}, not for {given}")]
    OtherKey {
        /// The key it was prepared for.
        prepared: KeyId,
        /// The key it was given to.
        given: KeyId,
    },
    /// The key did not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
}

/// Eight random bytes for a live code.
///
/// # Errors
/// [`IssueError::Sign`] when there is no randomness.
pub fn fresh_nonce(signer: &dyn Signer) -> Result<[u8; 8], IssueError> {
    let mut nonce = [0; 8];
    rand::fill(&mut nonce).map_err(|_| SignError::Library(signer.algorithm()))?;
    Ok(nonce)
}

/// A credential that was checked and only lacks its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    claims: Claims,
    encoded: Vec<u8>,
    protected: Vec<u8>,
    kid: KeyId,
}

impl Prepared {
    /// Checks a mark or a licence and prepares it for the key that `issuer` describes (its entry in the trust list).
    ///
    /// # Errors
    /// [`IssueError`] says what stands against it; nothing has been signed then.
    pub fn new(claims: impl Into<Claims>, issuer: &TrustKey) -> Result<Self, IssueError> {
        let claims = claims.into();
        let ceiling = match &claims {
            Claims::InspectionMark(mark) => mark.ceiling(),
            Claims::DrivingLicence(licence) => licence.ceiling(),
        };
        let kid = issuer.public_key.kid();
        if claims.status().index >= ENTRIES {
            return Err(IssueError::StatusIndex(claims.status().index));
        }
        if claims.iat() >= claims.valid_before() {
            return Err(IssueError::Expired);
        }
        issuer
            .permits(KeyUse::needed(claims.kind(), claims.mode()), Some(claims.authority()), claims.iat())
            .map_err(|why| IssueError::NotPermitted(kid, why))?;
        let encoded = claims.encode()?;
        let protected = message::protected_header(issuer.public_key.algorithm(), kid);
        let size = message::assemble(&protected, &encoded, &[0; SIGNATURE_LEN]).len();
        if size > ceiling {
            return Err(IssueError::TooLarge { size, ceiling });
        }
        Ok(Self { claims, encoded, protected, kid })
    }

    /// What was checked.
    pub const fn claims(&self) -> &Claims {
        &self.claims
    }

    /// The key it is for.
    pub const fn kid(&self) -> KeyId {
        self.kid
    }

    /// Signs.
    ///
    /// # Errors
    /// [`IssueError::OtherKey`] when it was prepared for another key, [`IssueError::Sign`] when the key does not sign.
    pub fn sign(self, signer: &dyn Signer) -> Result<Issued, IssueError> {
        if signer.kid() != self.kid {
            return Err(IssueError::OtherKey { prepared: self.kid, given: signer.kid() });
        }
        let signature = signer.sign(&message::to_be_signed(&self.protected, &self.encoded))?;
        let message = message::assemble(&self.protected, &self.encoded, &signature);
        Ok(Issued { claims: self.claims, message, kid: self.kid })
    }
}

/// A signed credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    claims: Claims,
    message: Vec<u8>,
    kid: KeyId,
}

impl Issued {
    /// The signed bytes, the same in both texts; this is what is stored.
    pub fn message(&self) -> &[u8] {
        &self.message
    }

    /// What it says.
    pub const fn claims(&self) -> &Claims {
        &self.claims
    }

    /// The key that signed.
    pub const fn kid(&self) -> KeyId {
        self.kid
    }

    /// The text of its code.
    pub fn text(&self, host: &str) -> String {
        text::primary(host, &self.message)
    }

    /// Its compact text.
    pub fn compact(&self) -> String {
        text::compact(&self.message)
    }

    /// Lets our own verifier judge what was just signed, as a stranger would with the same trust list at `now`.
    /// Its status is taken as valid, since it was reserved a moment ago and is not published yet. A job that issues calls this
    /// before it stores the bytes. A held licence is judged as it is, without the wrapper that only its holder's device can make; a live
    /// licence that says itself that its state is red is judged `state_red`, and that is right.
    ///
    /// # Errors
    /// The verifier's report, when it says anything else, or read other claims than were prepared.
    pub fn confirm(&self, trust: &TrustList, now: Timestamp) -> Result<(), Box<Report>> {
        let expected_plate = match self.claims.kind() {
            CredentialKind::InspectionMark => Some(self.claims.subject()),
            CredentialKind::DrivingLicence => None,
        };
        let question = Question { now, clock_confirmed: true, expected_plate, our_hosts: &[] };
        let report = verify_issued(&self.compact(), Some(trust), &JustReserved { iat: now.as_second() }, &question);
        let red = matches!(&self.claims, Claims::DrivingLicence(licence) if licence.is_red());
        let expected = if red { (Verdict::Attention, Some(Reason::StateRed)) } else { (Verdict::Valid, None) };
        if (report.verdict(), report.reason()) == expected && report.claims() == Some(&self.claims) {
            Ok(())
        } else {
            Err(Box::new(report))
        }
    }
}

/// The status of a credential that is being issued: its entry is reserved and nobody has flagged it.
struct JustReserved {
    iat: i64,
}

impl StatusSource for JustReserved {
    fn look_up(&self, _list: u32, index: u32) -> Option<StatusAnswer> {
        (index < ENTRIES).then_some(StatusAnswer { value: StatusValue::Valid, iat: self.iat, exp: i64::MAX })
    }
}
