//! X.509 certificates of issuing keys, for those who check with standard tools instead of our trust list.
//!
//! A root certifies itself and the issuing keys; there is nothing in between. The subject's key may be of any of the three
//! algorithms (SM2 subjects under an ES256 root are the ordinary case here). The subject key identifier is the key's
//! [`KeyId`](super::KeyId), so that a certificate and a credential's header name a key in the same way.

use std::time::Duration;

use jiff::Timestamp;
use pkcs8::EncodePublicKey;
use pkcs8::der::asn1::{BitString, GeneralizedTime, ObjectIdentifier, OctetString, SetOfVec, UintRef};
use pkcs8::der::{Any, Decode, Document, Encode, Tag};
use sm2::dsa::signature::Keypair;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{Builder, CertificateBuilder};
use x509_cert::certificate::{Certificate, TbsCertificate};
use x509_cert::ext::pkix::{AuthorityKeyIdentifier, BasicConstraints, KeyUsage, KeyUsages, SubjectKeyIdentifier};
use x509_cert::ext::{Extension, ToExtension};
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{
    self, AlgorithmIdentifierOwned, DynSignatureAlgorithmIdentifier, SubjectPublicKeyInfoOwned, SubjectPublicKeyInfoRef,
};
use x509_cert::time::{Time, Validity};

use super::{Algorithm, PublicKey, PublicKeyError, SIGNATURE_LEN, SignError, Signer};

/// Longest certificate that is read, in bytes; ours have about 500.
pub const CERTIFICATE_MAX: usize = 8 * 1024;
/// Longest part of a name, in characters (the upper bound of X.520).
pub const NAME_MAX: usize = 64;

const COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
const ORGANISATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
/// ecdsa-with-SHA256 (RFC 5758).
const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
/// id-Ed25519 (RFC 8410).
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
/// SM2 signature with SM3 (GM/T 0006).
const SM2_WITH_SM3: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.156.10197.1.501");

/// Why a certificate could not be made or read.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A name is empty or longer than [`NAME_MAX`] characters.
    #[error("a name in a certificate has 1 to {NAME_MAX} characters")]
    Name,
    /// The period is empty or outside what X.509 can write.
    #[error("the certificate's period is empty or before 1970 or after 9999")]
    Period,
    /// The root certificate given is another key's.
    #[error("the root certificate does not belong to the root key")]
    WrongRoot,
    /// Longer than [`CERTIFICATE_MAX`], or not a certificate.
    #[error("not an X.509 certificate in DER")]
    NotACertificate,
    /// The certificate's key is not one that is used here.
    #[error("the certificate's key: {0}")]
    Key(#[from] PublicKeyError),
    /// The root could not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// There is no randomness for a serial number.
    #[error("no randomness for the certificate's serial number")]
    NoRandomness,
    /// The X.509 library refused.
    #[error("the certificate could not be built: {0}")]
    Build(String),
}

/// Whom a certificate names, and for how long.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// The organisation, e.g. the authority's name, 1 to [`NAME_MAX`] characters.
    pub organisation: &'a str,
    /// The common name, e.g. what the key is for, 1 to [`NAME_MAX`] characters.
    pub common_name: &'a str,
    /// First second of validity.
    pub not_before: Timestamp,
    /// Last second of validity.
    pub not_after: Timestamp,
}

impl Subject<'_> {
    fn name(&self) -> Result<Name, CertificateError> {
        let mut parts = RdnSequence::default();
        parts.push(name_part(COUNTRY, Tag::PrintableString, "CN")?);
        for (oid, value) in [(ORGANISATION, self.organisation), (COMMON_NAME, self.common_name)] {
            if !(1..=NAME_MAX).contains(&value.chars().count()) {
                return Err(CertificateError::Name);
            }
            parts.push(name_part(oid, Tag::Utf8String, value)?);
        }
        // The library has no safe way from parts to a name; its own decoder is one.
        Name::from_der(&parts.to_der().map_err(build)?).map_err(build)
    }

    fn validity(&self) -> Result<Validity, CertificateError> {
        let time = |at: Timestamp| {
            let seconds = u64::try_from(at.as_second()).map_err(|_| CertificateError::Period)?;
            GeneralizedTime::from_unix_duration(Duration::from_secs(seconds))
                .map(Time::from)
                .map_err(|_| CertificateError::Period)
        };
        if self.not_after <= self.not_before {
            return Err(CertificateError::Period);
        }
        Ok(Validity::new(time(self.not_before)?, time(self.not_after)?))
    }
}

/// A certificate of the root key over itself, in DER. It may sign certificates but none that sign others.
///
/// # Errors
/// See [`CertificateError`].
pub fn self_signed(root: &dyn Signer, subject: &Subject<'_>) -> Result<Vec<u8>, CertificateError> {
    let profile = Profile {
        issuer: subject.name()?,
        subject: subject.name()?,
        issuer_key: root.public_key().clone(),
        subject_key: root.public_key().clone(),
        authority: true,
    };
    build_and_sign(root, profile, subject)
}

/// A certificate of an issuing key by the root, in DER. `root_certificate` (DER) gives the issuer's name.
///
/// # Errors
/// See [`CertificateError`]; [`CertificateError::WrongRoot`] when the certificate is not the root key's.
pub fn issue(
    root: &dyn Signer,
    root_certificate: &[u8],
    key: &PublicKey,
    subject: &Subject<'_>,
) -> Result<Vec<u8>, CertificateError> {
    let issuer = parse(root_certificate)?;
    if public_key_of(&issuer)? != *root.public_key() {
        return Err(CertificateError::WrongRoot);
    }
    let profile = Profile {
        issuer: issuer.tbs_certificate().subject().clone(),
        subject: subject.name()?,
        issuer_key: root.public_key().clone(),
        subject_key: key.clone(),
        authority: false,
    };
    build_and_sign(root, profile, subject)
}

/// The public key that a certificate (DER) is about. It says nothing about who signed the certificate.
///
/// # Errors
/// [`CertificateError::NotACertificate`], [`CertificateError::Key`].
pub fn public_key(certificate: &[u8]) -> Result<PublicKey, CertificateError> {
    public_key_of(&parse(certificate)?)
}

fn parse(certificate: &[u8]) -> Result<Certificate, CertificateError> {
    if certificate.len() > CERTIFICATE_MAX {
        return Err(CertificateError::NotACertificate);
    }
    Certificate::from_der(certificate).map_err(|_| CertificateError::NotACertificate)
}

fn public_key_of(certificate: &Certificate) -> Result<PublicKey, CertificateError> {
    let der = certificate.tbs_certificate().subject_public_key_info().to_der().map_err(build)?;
    Ok(PublicKey::from_spki(&der)?)
}

fn build(error: impl std::fmt::Display) -> CertificateError {
    CertificateError::Build(error.to_string())
}

fn name_part(oid: ObjectIdentifier, tag: Tag, value: &str) -> Result<RelativeDistinguishedName, CertificateError> {
    let value = Any::new(tag, value.as_bytes()).map_err(build)?;
    let mut set = SetOfVec::new();
    set.insert(AttributeTypeAndValue { oid, value }).map_err(build)?;
    Ok(RelativeDistinguishedName::from(set))
}

fn build_and_sign(root: &dyn Signer, profile: Profile, subject: &Subject<'_>) -> Result<Vec<u8>, CertificateError> {
    let key = SubjectPublicKeyInfoOwned::from_der(profile.subject_key.spki()).map_err(build)?;
    let mut builder = CertificateBuilder::new(profile, serial()?, subject.validity()?, key).map_err(build)?;
    let issuer = Issuer(root.public_key().clone());
    let body = builder.finalize(&issuer).map_err(build)?;
    let signature = x509_signature(root.algorithm(), &root.sign(&body)?)?;
    let signature = BitString::from_bytes(&signature).map_err(build)?;
    builder.assemble(signature, &issuer).map_err(build)?.to_der().map_err(build)
}

/// 16 random bytes, positive and of full length, so that no two certificates share a number.
fn serial() -> Result<SerialNumber, CertificateError> {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| CertificateError::NoRandomness)?;
    bytes[0] = (bytes[0] & 0x7f) | 0x40;
    SerialNumber::new(&bytes).map_err(build)
}

/// ECDSA and SM2 signatures stand in X.509 as `SEQUENCE { r INTEGER, s INTEGER }`.
fn x509_signature(algorithm: Algorithm, signature: &[u8; SIGNATURE_LEN]) -> Result<Vec<u8>, CertificateError> {
    if algorithm == Algorithm::Ed25519 {
        return Ok(signature.to_vec());
    }
    let (r, s) = signature.split_at(SIGNATURE_LEN / 2);
    let integer = |bytes| UintRef::new(bytes).and_then(|number| number.to_der()).map_err(build);
    let numbers = [integer(r)?, integer(s)?].concat();
    Any::new(Tag::Sequence, numbers).and_then(|sequence| sequence.to_der()).map_err(build)
}

/// What goes into our certificates: names, key identifiers, and what the key is for.
struct Profile {
    issuer: Name,
    subject: Name,
    issuer_key: PublicKey,
    subject_key: PublicKey,
    authority: bool,
}

impl BuilderProfile for Profile {
    fn get_issuer(&self, _subject: &Name) -> Name {
        self.issuer.clone()
    }

    fn get_subject(&self) -> Name {
        self.subject.clone()
    }

    fn build_extensions(
        &self,
        _subject_key: SubjectPublicKeyInfoRef<'_>,
        _issuer_key: SubjectPublicKeyInfoRef<'_>,
        tbs: &TbsCertificate,
    ) -> x509_cert::builder::Result<Vec<Extension>> {
        let constraints = BasicConstraints { ca: self.authority, path_len_constraint: self.authority.then_some(0) };
        let usage = if self.authority {
            KeyUsages::KeyCertSign | KeyUsages::CRLSign
        } else {
            KeyUsages::DigitalSignature.into()
        };
        let identifier = |key: &PublicKey| OctetString::new(&key.kid().as_bytes()[..]);
        let authority_key =
            AuthorityKeyIdentifier { key_identifier: Some(identifier(&self.issuer_key)?), ..Default::default() };
        let subject = tbs.subject();
        Ok(vec![
            constraints.to_extension(subject, &[])?,
            KeyUsage(usage).to_extension(subject, &[])?,
            SubjectKeyIdentifier(identifier(&self.subject_key)?).to_extension(subject, &[])?,
            authority_key.to_extension(subject, &[])?,
        ])
    }
}

/// The signer as the X.509 library wants to know it: a public key and an algorithm identifier.
#[derive(Clone)]
struct Issuer(PublicKey);

impl Keypair for Issuer {
    type VerifyingKey = Issuer;

    fn verifying_key(&self) -> Issuer {
        self.clone()
    }
}

impl EncodePublicKey for Issuer {
    fn to_public_key_der(&self) -> spki::Result<Document> {
        Document::try_from(self.0.spki()).map_err(Into::into)
    }
}

impl DynSignatureAlgorithmIdentifier for Issuer {
    fn signature_algorithm_identifier(&self) -> spki::Result<AlgorithmIdentifierOwned> {
        let oid = match self.0.algorithm() {
            Algorithm::Es256 => ECDSA_WITH_SHA256,
            Algorithm::Ed25519 => ED25519,
            Algorithm::Sm2 => SM2_WITH_SM3,
        };
        Ok(AlgorithmIdentifierOwned { oid, parameters: None })
    }
}
