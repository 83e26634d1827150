//! Web push: RFC 8030 (delivery), RFC 8291 (encryption), RFC 8292 (who sends). The push service sees neither title nor text.

use super::http;
use crate::chance;
use crate::usecase::channel::{
    Address, Attempt, Attempting, Channel, ChannelKind, Check, MAX_ENDPOINT, Message, Subscription,
};
use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{self, ECDH_P256, PrivateKey, UnparsedPublicKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as B64;
use jiff::Timestamp;
use serde_json::json;
use std::sync::Arc;

/// The one record of a message, in bytes (RFC 8188 `rs`): push services take at least 4096 (RFC 8030 section 7.2).
const RECORD: u32 = 4_096;
/// Longest text that fits: the record less header (86), padding mark (1) and tag (16), RFC 8291 section 4.
pub const MAX_PLAIN: usize = 3_993;
/// How long a push service keeps a message for a browser that is off, in seconds: three days.
const TTL_S: u32 = 3 * 86_400;
/// How long a sender's token is good, in seconds: below the 24 hours of RFC 8292 section 2.
const TOKEN_S: i64 = 12 * 3_600;

/// Who we are to push services: one key pair for the whole system (RFC 8292).
pub struct Sender {
    key: EcdsaKeyPair,
    contact: String,
}

impl std::fmt::Debug for Sender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sender")
    }
}

/// A message that cannot be encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// It is longer than [`MAX_PLAIN`].
    #[error("the message is too long for a push")]
    TooLong,
    /// The browser's key is no point of P-256.
    #[error("the browser's key is no P-256 key")]
    Key,
    /// The library refused.
    #[error("encryption failed")]
    Failed,
}

/// Makes a key pair, as PKCS#8.
///
/// # Errors
/// The library refused.
pub fn generate() -> Result<Vec<u8>, PushError> {
    let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
    made.map(|document| document.as_ref().to_vec()).map_err(|_| PushError::Failed)
}

impl Sender {
    /// From a key pair that [`generate`] made, and whom push services may write to (`mailto:` or `https:`).
    ///
    /// # Errors
    /// These bytes are no such key.
    pub fn new(pkcs8: &[u8], contact: String) -> Result<Self, PushError> {
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map_err(|_| PushError::Key)?;
        Ok(Self { key, contact })
    }

    /// The public key that a browser subscribes with: an uncompressed point, base64url.
    pub fn public_key(&self) -> String {
        B64.encode(self.key.public_key().as_ref())
    }

    /// The `Authorization` header for an origin (RFC 8292 section 3).
    fn authorization(&self, origin: &str, now: Timestamp) -> Result<String, PushError> {
        let claims = json!({"aud": origin, "exp": now.as_second() + TOKEN_S, "sub": self.contact});
        let signed = format!("{}.{}", B64.encode(r#"{"typ":"JWT","alg":"ES256"}"#), B64.encode(claims.to_string()));
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes()).map_err(|_| PushError::Failed)?;
        Ok(format!("vapid t={signed}.{}, k={}", B64.encode(signature.as_ref()), self.public_key()))
    }
}

/// How many bytes a key derivation is asked for.
struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand<const N: usize>(prk: &Prk, info: &[&[u8]]) -> Result<[u8; N], PushError> {
    let mut out = [0; N];
    prk.expand(info, Length(N)).and_then(|okm| okm.fill(&mut out)).map_err(|_| PushError::Failed)?;
    Ok(out)
}

/// Encrypts for one browser with a salt and a key pair that are used once (RFC 8291 section 3, RFC 8188 section 2).
fn encrypt_with(to: &Subscription, plain: &[u8], salt: [u8; 16], once: &PrivateKey) -> Result<Vec<u8>, PushError> {
    if plain.len() > MAX_PLAIN {
        return Err(PushError::TooLong);
    }
    let ours = once.compute_public_key().map_err(|_| PushError::Failed)?;
    let theirs = UnparsedPublicKey::new(&ECDH_P256, to.p256dh);
    let input = agreement::agree(once, theirs, PushError::Key, |shared| {
        let prk = Salt::new(HKDF_SHA256, &to.auth).extract(shared);
        expand::<32>(&prk, &[b"WebPush: info\0", &to.p256dh, ours.as_ref()])
    })?;
    let prk = Salt::new(HKDF_SHA256, &salt).extract(&input);
    let key: [u8; 16] = expand(&prk, &[b"Content-Encoding: aes128gcm\0"])?;
    let nonce: [u8; 12] = expand(&prk, &[b"Content-Encoding: nonce\0"])?;
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).map_err(|_| PushError::Failed)?);
    let mut sealed = plain.to_vec();
    // The mark of the last record.
    sealed.push(2);
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut sealed)
        .map_err(|_| PushError::Failed)?;
    let mut out = Vec::with_capacity(16 + 4 + 1 + 65 + sealed.len());
    out.extend_from_slice(&salt);
    out.extend_from_slice(&RECORD.to_be_bytes());
    out.push(u8::try_from(ours.as_ref().len()).map_err(|_| PushError::Failed)?);
    out.extend_from_slice(ours.as_ref());
    out.extend_from_slice(&sealed);
    Ok(out)
}

/// Encrypts for one browser.
///
/// # Errors
/// Too long; the browser's key is none.
pub fn encrypt(to: &Subscription, plain: &[u8]) -> Result<Vec<u8>, PushError> {
    let once = PrivateKey::generate(&ECDH_P256).map_err(|_| PushError::Failed)?;
    encrypt_with(to, plain, chance::bytes::<16>(), &once)
}

/// Scheme, host and port of an endpoint: whom a sender's token is for. `None` when the endpoint is none we would call.
fn origin(endpoint: &str, allow_private: bool) -> Option<&str> {
    if endpoint.len() > MAX_ENDPOINT || !endpoint.is_ascii() {
        return None;
    }
    let scheme = if endpoint.starts_with("https://") {
        8
    } else if allow_private && endpoint.starts_with("http://") {
        7
    } else {
        return None;
    };
    let end = endpoint[scheme..].find(['/', '?', '#']).map_or(endpoint.len(), |at| scheme + at);
    (end > scheme && !endpoint[scheme..end].contains('@')).then_some(&endpoint[..end])
}

/// What the browser is told: its service worker shows it in the language of the person.
fn payload(message: &Message) -> Vec<u8> {
    json!({
        "id": message.notice, "kind": message.kind, "title": message.title, "body": message.body, "url": "/notices",
        "code": message.check.as_ref().map(|check| &check.code),
        "check": message.check.as_ref().map(Check::sentence),
    })
    .to_string()
    .into_bytes()
}

/// The way to browsers.
pub struct Push {
    sender: Arc<Sender>,
    client: ureq::Agent,
    allow_private: bool,
}

impl Push {
    /// A way with a sender; with `allow_private` also to push services in the own network, as tests have them.
    pub fn new(sender: Arc<Sender>, allow_private: bool) -> Self {
        Self { sender, client: http::client(allow_private), allow_private }
    }

    fn request(&self, to: &Subscription, message: &Message) -> Result<(Vec<u8>, String), Attempt> {
        let refused = |e: PushError| Attempt::Refused(e.to_string());
        let origin = origin(&to.endpoint, self.allow_private).ok_or(Attempt::Gone)?;
        let body = encrypt(to, &payload(message)).map_err(|e| match e {
            // Nobody can read with such a key: the subscription is worth nothing.
            PushError::Key => Attempt::Gone,
            other => refused(other),
        })?;
        Ok((body, self.sender.authorization(origin, message.now).map_err(refused)?))
    }
}

/// What a push service's answer means (RFC 8030 section 5, 7.3).
fn attempt(status: u16) -> Attempt {
    match status {
        200..=299 => Attempt::Taken,
        404 | 410 => Attempt::Gone,
        429 | 500..=599 => Attempt::Later(format!("the push service answered {status}")),
        _ => Attempt::Refused(format!("the push service answered {status}")),
    }
}

impl Channel for Push {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Push
    }

    fn accepts(&self, to: &Address) -> bool {
        matches!(to, Address::Push(to) if origin(&to.endpoint, self.allow_private).is_some() && encrypt(to, b"").is_ok())
    }

    fn deliver<'a>(&'a self, to: &'a Address, message: &'a Message) -> Attempting<'a> {
        Box::pin(async move {
            let Address::Push(to) = to else { return Attempt::Refused("this is no browser".into()) };
            let (body, authorization) = match self.request(to, message) {
                Ok(request) => request,
                Err(attempt) => return attempt,
            };
            let (client, endpoint) = (self.client.clone(), to.endpoint.clone());
            let call = move || {
                let answer = client
                    .post(&endpoint)
                    .header("authorization", authorization)
                    .header("content-encoding", "aes128gcm")
                    .header("content-type", "application/octet-stream")
                    .header("ttl", TTL_S.to_string())
                    .header("urgency", "normal")
                    .send(&body[..]);
                match answer {
                    Ok(answer) => attempt(answer.status().as_u16()),
                    Err(error) => Attempt::Later(http::in_words(&error)),
                }
            };
            tokio::task::spawn_blocking(call).await.unwrap_or_else(|e| Attempt::Later(e.to_string()))
        })
    }
}

#[cfg(test)]
#[path = "push_tests.rs"]
mod tests;
