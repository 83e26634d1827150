//! Evidence: a statement of ours that somebody keeps for a dispute, and that anybody verifies later with nothing but the pinned root.
//!
//! A bundle is a JSON object of three members: `format` (`luzheng-evidence/1`), `statement` (a compact JWS, RFC 7515, `typ`
//! `luzheng-evidence+jws`, signed by a key of use `status`) and `trust` (the signed trust list that was in force when it was signed). The statement
//! carries `iat`; the list must have been in force then, and the key must have been in use. That a key was withdrawn later does not undo what it
//! signed before; whoever fears that a key was stolen compares with what the issuer's journal holds of the statement's digest.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::jose::{self, JoseError};
use crate::sign::{KeyId, SignError, Signer};
use crate::trust::{KeyUse, MAX_TRUST_LIST, NotPermitted, Roots, TrustError, TrustList};

/// Largest statement, in bytes of its compact form.
pub const MAX_STATEMENT: usize = 64 * 1024;
/// Largest bundle, in bytes: a statement and a trust list, whose quotation marks are escaped.
pub const MAX_BUNDLE: usize = MAX_STATEMENT + 2 * MAX_TRUST_LIST;
/// The format's name.
pub const FORMAT: &str = "luzheng-evidence/1";
const TYP: &str = "luzheng-evidence+jws";

/// Why evidence is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EvidenceError {
    /// Larger than allowed.
    #[error("larger than allowed")]
    TooLarge,
    /// Not what belongs here.
    #[error("not evidence: {0}")]
    Shape(String),
    /// A header or base64 in it.
    #[error(transparent)]
    Jose(#[from] JoseError),
    /// The trust list in it.
    #[error("its trust list: {0}")]
    Trust(#[from] TrustError),
    /// The trust list was not in force when the statement says it was signed.
    #[error("its trust list was not in force then")]
    NotInForce,
    /// The trust list does not have the key.
    #[error("signed by key {0}, which is not in its trust list")]
    UnknownKey(KeyId),
    /// The key is not for this.
    #[error("signed by key {0}: {1}")]
    NotPermitted(KeyId, NotPermitted),
    /// The signature is wrong.
    #[error("its signature is wrong")]
    BadSignature,
    /// It could not be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bundle {
    format: String,
    statement: String,
    trust: String,
}

/// Evidence whose signature was found good.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// What it states.
    pub statement: Value,
    /// When it was signed, in seconds since 1970.
    pub iat: i64,
    /// The key that signed it.
    pub kid: KeyId,
    /// The number of its trust list.
    pub trust_seq: u64,
}

fn iat(statement: &Value) -> Result<i64, EvidenceError> {
    statement.get("iat").and_then(Value::as_i64).ok_or_else(|| EvidenceError::Shape("no `iat`".into()))
}

/// Signs a statement, an object with `iat` in seconds, and puts it with the trust list that is in force.
///
/// # Errors
/// `Shape`, `TooLarge`, `Sign`.
pub fn sign(statement: &Value, trust_json: &str, signer: &dyn Signer) -> Result<String, EvidenceError> {
    iat(statement)?;
    let shape = |error: serde_json::Error| EvidenceError::Shape(error.to_string());
    let body = jose::to_base64(&serde_json::to_vec(statement).map_err(shape)?);
    let mut token = format!("{}.{body}", jose::write_header(signer.algorithm(), signer.kid(), TYP));
    let signature = signer.sign(token.as_bytes())?;
    token.push('.');
    token.push_str(&jose::to_base64(&signature));
    if token.len() > MAX_STATEMENT || trust_json.len() > MAX_TRUST_LIST {
        return Err(EvidenceError::TooLarge);
    }
    serde_json::to_string(&Bundle { format: FORMAT.into(), statement: token, trust: trust_json.into() }).map_err(shape)
}

/// Opens a bundle with the pinned root.
///
/// # Errors
/// [`EvidenceError`]; evidence that is refused proves nothing.
pub fn open(bundle: &str, roots: &Roots) -> Result<Evidence, EvidenceError> {
    if bundle.len() > MAX_BUNDLE {
        return Err(EvidenceError::TooLarge);
    }
    let Bundle { format, statement: token, trust } =
        serde_json::from_str(bundle).map_err(|error| EvidenceError::Shape(error.to_string()))?;
    if format != FORMAT {
        return Err(EvidenceError::Shape("another format".into()));
    }
    if token.len() > MAX_STATEMENT {
        return Err(EvidenceError::TooLarge);
    }
    let trust = TrustList::open(&trust, roots, 0)?;
    let (signed, signature) = token.rsplit_once('.').ok_or_else(|| EvidenceError::Shape("no JWS".into()))?;
    let (header, body) = signed.split_once('.').ok_or_else(|| EvidenceError::Shape("no JWS".into()))?;
    let header = jose::read_header(header)?;
    if header.typ.as_deref() != Some(TYP) {
        return Err(EvidenceError::Shape("the statement is of another type".into()));
    }
    let key = trust.find(header.kid).ok_or(EvidenceError::UnknownKey(header.kid))?;
    if key.public_key.algorithm() != header.algorithm {
        return Err(EvidenceError::BadSignature);
    }
    let signature = jose::from_base64(signature, "the signature")?;
    key.public_key.verify_slice(signed.as_bytes(), &signature).map_err(|_| EvidenceError::BadSignature)?;
    let statement: Value = serde_json::from_slice(&jose::from_base64(body, "the payload")?)
        .map_err(|error| EvidenceError::Shape(error.to_string()))?;
    let iat = iat(&statement)?;
    if !(trust.iat()..trust.exp()).contains(&iat) {
        return Err(EvidenceError::NotInForce);
    }
    key.permits(KeyUse::Status, None, iat).map_err(|why| EvidenceError::NotPermitted(header.kid, why))?;
    Ok(Evidence { statement, iat, kid: header.kid, trust_seq: trust.seq() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sign::{Algorithm, FileKey};
    use crate::trust::{TrustKey, TrustPayload};

    struct Office {
        root: FileKey,
        key: FileKey,
        roots: Roots,
    }

    impl Office {
        fn new() -> Self {
            let root = FileKey::generate(Algorithm::Es256).expect("a key");
            let roots = Roots::new(vec![root.public_key().clone()]);
            Self { key: FileKey::generate(Algorithm::Es256).expect("a key"), root, roots }
        }

        fn trust(&self, key_use: KeyUse, iat: i64) -> String {
            let key = TrustKey {
                public_key: self.key.public_key().clone(),
                key_use,
                regions: Vec::new(),
                not_before: 1_000,
                not_after: 9_000,
                certificate: None,
            };
            let payload = TrustPayload {
                iat,
                exp: iat + 500,
                seq: 3,
                status_uri: "https://localhost/status/{list}".into(),
                keys: vec![key],
            };
            crate::trust::sign(&payload, &self.root, None).expect("signed")
        }
    }

    #[test]
    fn what_was_signed_opens_with_the_root_alone() {
        let office = Office::new();
        let statement = json!({"iat": 2_100, "what": "学习"});
        let bundle = sign(&statement, &office.trust(KeyUse::Status, 2_000), &office.key).expect("signed");
        let opened = open(&bundle, &office.roots).expect("opens");
        assert_eq!((opened.statement, opened.iat, opened.trust_seq), (statement, 2_100, 3));
        assert_eq!(open(&bundle, &Office::new().roots).map_err(|e| e.to_string().contains("trust list")), Err(true));
    }

    #[test]
    fn nothing_else_opens() {
        let office = Office::new();
        let trust = office.trust(KeyUse::Status, 2_000);
        let opened = |statement: Value, trust: &str| {
            sign(&statement, trust, &office.key).and_then(|bundle| open(&bundle, &office.roots)).map(drop)
        };
        assert!(matches!(opened(json!({}), &trust), Err(EvidenceError::Shape(_))));
        assert_eq!(opened(json!({"iat": 1_999}), &trust), Err(EvidenceError::NotInForce));
        assert_eq!(opened(json!({"iat": 2_500}), &trust), Err(EvidenceError::NotInForce));
        assert_eq!(opened(json!({"iat": 2_499}), &trust), Ok(()));
        let mark = office.trust(KeyUse::Mark, 2_000);
        assert!(matches!(opened(json!({"iat": 2_100}), &mark), Err(EvidenceError::NotPermitted(_, NotPermitted::Use))));
        let old = office.trust(KeyUse::Status, 9_000);
        assert!(matches!(
            opened(json!({"iat": 9_100}), &old),
            Err(EvidenceError::NotPermitted(_, NotPermitted::Dates))
        ));
        let stranger = Office { key: FileKey::generate(Algorithm::Es256).expect("a key"), ..Office::new() };
        let bundle = sign(&json!({"iat": 2_100}), &trust, &stranger.key).expect("signed");
        assert!(matches!(open(&bundle, &office.roots), Err(EvidenceError::UnknownKey(_))));
        assert_eq!(
            sign(&json!({"iat": 1, "x": "x".repeat(MAX_STATEMENT)}), &trust, &office.key),
            Err(EvidenceError::TooLarge)
        );
        assert_eq!(open(&"x".repeat(MAX_BUNDLE + 1), &office.roots), Err(EvidenceError::TooLarge));
    }

    #[test]
    fn every_altered_byte_is_noticed() {
        let office = Office::new();
        let bundle =
            sign(&json!({"iat": 2_100, "a": 1}), &office.trust(KeyUse::Status, 2_000), &office.key).expect("signed");
        let whole = open(&bundle, &office.roots).expect("opens");
        for at in 0..bundle.len() {
            let mut bytes = bundle.clone().into_bytes();
            bytes[at] ^= 1;
            // What stays text and still opens says the same: only the spelling of JSON itself can differ.
            if let Ok(other) = String::from_utf8(bytes)
                && let Ok(opened) = open(&other, &office.roots)
            {
                assert_eq!(opened, whole, "byte {at}");
            }
        }
    }
}
