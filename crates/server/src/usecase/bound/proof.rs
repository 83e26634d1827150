//! The proof of a device's key that comes with every call: a DPoP proof (RFC 9449) that names the session (`sid`) in place of an access token's
//! digest, since the cookie with the token is out of the page's reach.

use crate::usecase::error::{Kind, UseError, Used};
use crate::usecase::journal::sha256;
use crate::usecase::licence::device::read_key;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as B64;
use jiff::{SignedDuration, Timestamp};
use luzheng_store::bound::PUBLIC_KEY_LEN;
use serde::Deserialize;
use uuid::Uuid;

/// Longest proof that is read, in bytes.
pub const MAX_PROOF: usize = 2_048;
/// Longest `jti`, in bytes.
pub const MAX_JTI: usize = 64;
/// How far a proof's `iat` may be from our clock, in seconds.
pub const CLOCK_TOLERANCE_S: i64 = 300;

/// What came with a call.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// The header `DPoP`.
    pub proof: Option<&'a str>,
    /// The method, upper case.
    pub method: &'a str,
    /// The host (and port) that was asked.
    pub host: Option<&'a str>,
    /// The path that was asked, without its query.
    pub path: &'a str,
}

/// By what a proof is known when it is shown again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Once {
    /// SHA-256 of its `jti`.
    pub digest: [u8; 32],
    /// From when on it would be refused as too old.
    pub forget_at: Timestamp,
}

#[derive(Deserialize)]
struct Header {
    typ: String,
    alg: String,
    jwk: HeaderKey,
}

#[derive(Deserialize)]
struct HeaderKey {
    kty: String,
    crv: String,
    x: String,
    y: String,
    d: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Payload {
    htm: String,
    htu: String,
    iat: i64,
    jti: String,
    sid: Uuid,
}

/// A proof that proves nothing.
pub fn refused(why: &str) -> UseError {
    let sentence = format!("the proof of this device's key (header DPoP) is missing or wrong: {why}");
    UseError::new(Kind::Unauthenticated, "device_proof", sentence)
}

fn part<T: for<'de> Deserialize<'de>>(text: &str, what: &str) -> Used<T> {
    let unreadable = || refused(&format!("its {what} cannot be read"));
    let bytes = B64.decode(text).map_err(|_| unreadable())?;
    serde_json::from_slice(&bytes).map_err(|_| unreadable())
}

/// Host and path of an absolute address; the path without query and fragment (RFC 9449 section 4.3).
fn host_and_path(address: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = address.split_once("://")?;
    if !matches!(scheme, "http" | "https") {
        return None;
    }
    let rest = rest.split(['?', '#']).next().unwrap_or(rest);
    let at = rest.find('/').unwrap_or(rest.len());
    Some((&rest[..at], if at == rest.len() { "/" } else { &rest[at..] }))
}

/// Whether the proof is this device's, for this call, in this session, of about now. Whether it was shown before is the caller's to see.
///
/// # Errors
/// `device_proof`; `device_clock` when only its time is wrong.
pub fn check(shown: &Shown<'_>, key: &[u8; PUBLIC_KEY_LEN], session: Uuid, now: Timestamp) -> Used<Once> {
    let proof = shown.proof.ok_or_else(|| refused("there is none"))?;
    if proof.len() > MAX_PROOF {
        return Err(refused("it is too long"));
    }
    let (signed, signature) = proof.rsplit_once('.').ok_or_else(|| refused("it is no JWT"))?;
    let (header, payload) = signed.split_once('.').ok_or_else(|| refused("it is no JWT"))?;
    let head: Header = part(header, "header")?;
    if head.typ != "dpop+jwt" || head.alg != "ES256" || head.jwk.kty != "EC" || head.jwk.crv != "P-256" {
        return Err(refused("it is not of the type dpop+jwt with ES256"));
    }
    let coordinate = |text: &str| B64.decode(text).unwrap_or_default();
    let named = [&[4][..], &coordinate(&head.jwk.x), &coordinate(&head.jwk.y)].concat();
    if head.jwk.d.is_some() || named != key {
        return Err(refused("it names another key than the device was enrolled with"));
    }
    let signature = B64.decode(signature).map_err(|_| refused("its signature cannot be read"))?;
    let broken = || UseError::broken("broken_device", "the device's key is no key");
    let point = read_key(key).map_err(|_| broken())?;
    let verifier = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).map_err(|_| broken())?;
    verifier.verify_sig(signed.as_bytes(), &signature).map_err(|_| refused("the signature is not the device's"))?;
    let claims: Payload = part(payload, "payload")?;
    if claims.sid != session {
        return Err(refused("it is for another session"));
    }
    if claims.htm != shown.method {
        return Err(refused("it is for another method"));
    }
    let (host, path) = host_and_path(&claims.htu).ok_or_else(|| refused("its htu is no address"))?;
    if path != shown.path || shown.host.is_none_or(|ours| !ours.eq_ignore_ascii_case(host)) {
        return Err(refused("it is for another address"));
    }
    if claims.jti.is_empty() || claims.jti.len() > MAX_JTI {
        return Err(refused("its jti is empty or too long"));
    }
    let off = claims.iat.saturating_sub(now.as_second());
    if off.saturating_abs() > CLOCK_TOLERANCE_S {
        let sentence = "this device's clock differs too much from ours (see the header Date)";
        return Err(UseError::new(Kind::Unauthenticated, "device_clock", sentence));
    }
    let forget_at = now.checked_add(SignedDuration::from_secs(off + CLOCK_TOLERANCE_S + 1)).unwrap_or(now);
    Ok(Once { digest: sha256(claims.jti.as_bytes()), forget_at })
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
    use serde_json::{Value, json};

    struct Device(EcdsaKeyPair);

    impl Device {
        fn new() -> Self {
            Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
        }

        fn point(&self) -> [u8; PUBLIC_KEY_LEN] {
            self.0.public_key().as_ref().try_into().unwrap()
        }

        fn header(&self) -> Value {
            let point = self.point();
            let jwk =
                json!({"kty": "EC", "crv": "P-256", "x": B64.encode(&point[1..33]), "y": B64.encode(&point[33..])});
            json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk})
        }

        fn sign(&self, header: &Value, payload: &Value) -> String {
            let signed = format!("{}.{}", B64.encode(header.to_string()), B64.encode(payload.to_string()));
            let signature = self.0.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
            format!("{signed}.{}", B64.encode(signature.as_ref()))
        }
    }

    const SESSION: Uuid = Uuid::from_u128(7);

    fn now() -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap()
    }

    fn payload() -> Value {
        json!({"htm": "GET", "htu": "https://LOCALHOST/api/v1/officer/me?x=1#y", "iat": 1_800_000_000, "jti": "one", "sid": SESSION})
    }

    fn judge(device: &Device, proof: Option<&str>) -> Result<Once, &'static str> {
        let shown = Shown { proof, method: "GET", host: Some("localhost"), path: "/api/v1/officer/me" };
        check(&shown, &device.point(), SESSION, now()).map_err(|error| error.code)
    }

    #[test]
    fn a_proof_is_for_one_call() {
        let device = Device::new();
        let proof = device.sign(&device.header(), &payload());
        let once = judge(&device, Some(&proof)).unwrap();
        assert_eq!(once.forget_at.as_second(), 1_800_000_301, "kept as long as it would be taken");
        assert_eq!(judge(&device, None), Err("device_proof"));
        for (field, value) in [
            ("htm", json!("POST")),
            ("htu", json!("https://localhost/api/v1/officer/duty")),
            ("htu", json!("https://localhost.evil.example/api/v1/officer/me")),
            ("htu", json!("/api/v1/officer/me")),
            ("htu", json!("ftp://localhost/api/v1/officer/me")),
            ("sid", json!(Uuid::from_u128(8))),
            ("sid", json!("me")),
            ("jti", json!("")),
            ("jti", json!("x".repeat(MAX_JTI + 1))),
            ("iat", json!("now")),
        ] {
            let mut wrong = payload();
            wrong[field] = value;
            assert_eq!(judge(&device, Some(&device.sign(&device.header(), &wrong))), Err("device_proof"), "{wrong}");
        }
    }

    #[test]
    fn the_last_good_second_and_the_first_bad_one() {
        let device = Device::new();
        let at = |iat: i64| {
            let mut payload = payload();
            payload["iat"] = iat.into();
            judge(&device, Some(&device.sign(&device.header(), &payload))).map(|_| ())
        };
        assert_eq!([at(1_799_999_700), at(1_800_000_300)], [Ok(()), Ok(())]);
        for iat in [1_799_999_699, 1_800_000_301, i64::MIN, i64::MAX] {
            assert_eq!(at(iat), Err("device_clock"), "{iat}");
        }
    }

    #[test]
    fn another_key_or_form_proves_nothing() {
        let (device, other) = (Device::new(), Device::new());
        let good = device.sign(&device.header(), &payload());
        let mut forms = vec![
            other.sign(&other.header(), &payload()),
            other.sign(&device.header(), &payload()),
            good.replace('.', ""),
            good.rsplit_once('.').unwrap().0.to_owned(),
            format!("{good}A"),
            format!("{good}{}", "A".repeat(MAX_PROOF)),
            String::new(),
            "..".into(),
        ];
        for (field, value) in [("typ", "JWT"), ("alg", "none"), ("alg", "HS256")] {
            let mut header = device.header();
            header[field] = value.into();
            forms.push(device.sign(&header, &payload()));
        }
        let mut header = device.header();
        header["jwk"]["d"] = "x".into();
        forms.push(device.sign(&header, &payload()));
        for form in forms {
            assert_eq!(judge(&device, Some(&form)), Err("device_proof"), "{form}");
        }
    }
}
