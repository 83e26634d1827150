//! Enrolling a device: a code that an operator hands over, used once.
//!
//! A code is 12 characters of Crockford's base 32 in three groups. The first group finds it, the other two are the secret (40 bits); five wrong ones
//! end it, and one network may be wrong only so often.

use super::{Holder, HolderKind};
use crate::app::App;
use crate::chance;
use crate::usecase::account::device::MAX_DEVICE_NAME;
use crate::usecase::account::lock::{self, Limit};
use crate::usecase::error::{Kind, UseError, Used};
use crate::usecase::journal;
use crate::usecase::licence::device::{from_text, read_key};
use crate::usecase::view::Text;
use aws_lc_rs::constant_time;
use jiff::{SignedDuration, Timestamp};
use luzheng_domain::text::half_width;
use luzheng_store::bound::{BoundDevice, Enrolment, PUBLIC_KEY_LEN};
use luzheng_store::{Tx, Vault};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// How long a code lives, in seconds.
pub const LIFETIME_S: i64 = 24 * 3_600;
/// How many wrong codes are taken for one that waits.
pub const MAX_TRIES: u32 = 5;
/// Characters of a code without its hyphens.
pub const CODE_CHARS: usize = 12;
/// Characters of a group; the first group is what a code is found by.
const GROUP: usize = 4;
/// Longest text in which a code is looked for, in bytes.
const MAX_TEXT: usize = 64;
/// Crockford's alphabet: no I, L, O, U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// How often a free first group is looked for: there are a million, and few wait.
const DRAWS: usize = 16;

/// Wrong codes from one network.
const FROM_NETWORK: Limit =
    Limit { scope: "enrolment from network", tries: 30, window_s: 3_600, locks_s: &[3_600, 4 * 3_600, 86_400] };

/// A code with which one device can be enrolled.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EnrolmentCode {
    /// The code; it is shown once and kept nowhere.
    pub code: String,
    /// From when on it is dead.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// A device's public key as a JSON Web Key (RFC 7517): P-256. Members besides these are not looked at.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[schema(as = DeviceKey)]
pub struct Jwk {
    /// `EC`.
    pub kty: String,
    /// `P-256`.
    pub crv: String,
    /// 32 bytes, base64url.
    pub x: String,
    /// 32 bytes, base64url.
    pub y: String,
    /// The private part, which nobody is to send; only there to be refused.
    #[serde(default)]
    #[schema(ignore)]
    pub d: Option<serde_json::Value>,
}

impl Jwk {
    /// The point.
    ///
    /// # Errors
    /// `bad_device_key`; `private_key_sent` when the private part came along: that key is no secret any more.
    pub fn point(&self) -> Used<[u8; PUBLIC_KEY_LEN]> {
        let wrong = || UseError::invalid("bad_device_key", "the public key is no P-256 key as a JSON Web Key");
        if self.d.is_some() {
            let sentence = "the private part of the key was sent; make another key and keep it on the device";
            return Err(UseError::invalid("private_key_sent", sentence));
        }
        if self.kty != "EC" || self.crv != "P-256" {
            return Err(wrong());
        }
        let (x, y) = (from_text(&self.x, "x")?, from_text(&self.y, "y")?);
        let point: [u8; PUBLIC_KEY_LEN] = [&[4][..], &x, &y].concat().try_into().map_err(|_| wrong())?;
        if x.len() != y.len() {
            return Err(wrong());
        }
        read_key(&point)?;
        Ok(point)
    }
}

/// A device that was enrolled.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Enrolled {
    /// The device.
    pub device_id: Uuid,
    /// `officer` or `partner_member`.
    pub kind: String,
    /// Whose it is.
    pub name: Text,
    /// The police number.
    pub number: Option<String>,
}

/// A code as people type it: in either case, full-width or not, with blanks or hyphens anywhere, O for 0, I or L for 1.
fn normal(text: &str) -> Option<String> {
    if text.len() > MAX_TEXT {
        return None;
    }
    let mut code = String::with_capacity(CODE_CHARS);
    for c in text.chars().map(half_width) {
        let c = match c.to_ascii_uppercase() {
            c if c.is_whitespace() || "-‐‑‒–—―−·._".contains(c) => continue,
            'O' => '0',
            'I' | 'L' => '1',
            c => c,
        };
        if code.len() == CODE_CHARS || !c.is_ascii() || !ALPHABET.contains(&(c as u8)) {
            return None;
        }
        code.push(c);
    }
    (code.len() == CODE_CHARS).then_some(code)
}

fn draw() -> String {
    chance::bytes::<CODE_CHARS>().iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect()
}

fn in_groups(code: &str) -> String {
    code.as_bytes().chunks(GROUP).map(String::from_utf8_lossy).collect::<Vec<_>>().join("-")
}

fn digest(vault: &Vault, code: &str) -> [u8; 16] {
    vault.index("bound enrolment", code.as_bytes())
}

/// Makes a code for a holder's next device, in the caller's transaction. The caller has made sure that there is such a holder.
///
/// # Errors
/// The store.
pub async fn make_code(
    tx: &mut Tx,
    kind: HolderKind,
    holder: Uuid,
    actor: &str,
    now: Timestamp,
) -> Used<EnrolmentCode> {
    let expires_at = now.checked_add(SignedDuration::from_secs(LIFETIME_S)).unwrap_or(now);
    for _ in 0..DRAWS {
        let code = draw();
        let enrolment = Enrolment {
            reference: code[..GROUP].to_owned(),
            kind: kind.code().into(),
            holder,
            code_digest: digest(tx.vault(), &code),
            tries: 0,
            created_at: now,
            expires_at,
        };
        if tx.put_enrolment(&enrolment).await? {
            let detail = serde_json::json!({"kind": kind.code(), "expires_at": expires_at});
            journal::note(tx, now, actor, "device.code_made", Some(holder), &detail).await?;
            return Ok(EnrolmentCode { code: in_groups(&code), expires_at });
        }
    }
    Err(UseError::new(Kind::Unavailable, "no_free_code", "very many codes wait; try again"))
}

/// Counts a wrong code; what is counted is committed before the error goes out.
async fn wrong(mut tx: Tx, found: Option<&Enrolment>, network: Option<&str>, now: Timestamp) -> Used<UseError> {
    let left = found.map_or(0, |enrolment| MAX_TRIES - enrolment.tries - 1);
    let sentence = "this is not the code, or it has expired or was used";
    let mut error = UseError::new(Kind::Forbidden, "wrong_code", sentence).tries_left(left);
    if let Some(network) = network
        && let Err(locked) = lock::failed(&mut tx, &FROM_NETWORK, network, now).await?
    {
        error = locked;
    }
    if let Some(enrolment) = found {
        tx.count_wrong_enrolment(&enrolment.reference).await?;
    }
    tx.commit().await?;
    Ok(error)
}

/// Makes room for one more device. A demonstration is tried on ever new browsers: there the oldest goes; elsewhere somebody decides.
async fn room(app: &App, tx: &mut Tx, holder: &Holder, now: Timestamp) -> Used<()> {
    let devices = tx.bound_devices_of(holder.id()).await?;
    let most = app.settings.bound.devices_most as usize;
    if devices.len() < most {
        return Ok(());
    }
    if !app.settings.demo {
        let sentence = format!("there are {most} devices already; have one ended first");
        return Err(UseError::refused("too_many_devices", sentence));
    }
    for device in devices.iter().take(devices.len() + 1 - most) {
        tx.end_bound_device(device.id, "replaced", now).await?;
    }
    Ok(())
}

/// Enrols a device with a code.
///
/// # Errors
/// `bad_device_key`, `private_key_sent`, `wrong_code` (also for a code that has expired), `locked`, `too_many_devices`; the store.
pub async fn enrol(app: &App, code: &str, key: &Jwk, device_name: &str, network: Option<&str>) -> Used<Enrolled> {
    let public_key = key.point()?;
    let name: String = device_name.chars().filter(|c| !c.is_control()).take(MAX_DEVICE_NAME).collect();
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    if let Some(network) = network {
        lock::admit(&mut tx, &FROM_NETWORK, network, now).await?;
    }
    let Some(code) = normal(code) else { return Err(wrong(tx, None, network, now).await?) };
    let found = tx.lock_enrolment(&code[..GROUP]).await?.filter(|e| e.expires_at > now && e.tries < MAX_TRIES);
    let expected = found.as_ref().map_or([0; 16], |e| e.code_digest);
    let right = constant_time::verify_slices_are_equal(&digest(tx.vault(), &code), &expected).is_ok();
    let Some(found) = found.as_ref().filter(|_| right) else {
        return Err(wrong(tx, found.as_ref(), network, now).await?);
    };
    let kind = HolderKind::parse(&found.kind)
        .ok_or_else(|| UseError::broken("broken_row", format!("an enrolment of the kind {:?}", found.kind)))?;
    let holder = match Holder::find(app, &mut tx, kind, found.holder).await? {
        Some(holder) => holder,
        None => return Err(wrong(tx, Some(found), network, now).await?),
    };
    room(app, &mut tx, &holder, now).await?;
    tx.end_enrolment(&found.reference).await?;
    let id = chance::new_id(now);
    let name = name.trim().to_owned();
    let device = BoundDevice {
        id,
        kind: kind.code().into(),
        holder: holder.id(),
        public_key,
        name,
        enrolled_at: now,
        last_used_at: None,
        ended_at: None,
    };
    tx.put_bound_device(&device).await?;
    let detail = serde_json::json!({"device": id, "kind": kind.code()});
    journal::note(&mut tx, now, &holder.actor(), "device.enrolled", Some(holder.id()), &detail).await?;
    tx.commit().await?;
    Ok(Enrolled {
        device_id: id,
        kind: kind.code().into(),
        name: holder.name(),
        number: holder.number().map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_people_type_them() {
        let code = draw();
        assert_eq!(in_groups(&code).len(), CODE_CHARS + 2);
        assert_eq!(normal(&in_groups(&code)), Some(code.clone()));
        assert_eq!(normal(&format!(" {} ", code.to_lowercase())), Some(code));
        assert_eq!(normal("oil0-oooo-1111").as_deref(), Some("011000001111"));
        assert_eq!(normal("０１２３ ４５６７ ８９ＡＢ").as_deref(), Some("0123456789AB"));
        for text in ["", "0123-4567-89A", "0123-4567-89ABC", "0123-4567-89AU", "0123-4567-89A*", &"0".repeat(99)] {
            assert_eq!(normal(text), None, "{text}");
        }
    }

    #[test]
    fn only_a_public_p256_key_is_taken() {
        let key = |x: &str, y: &str| Jwk { kty: "EC".into(), crv: "P-256".into(), x: x.into(), y: y.into(), d: None };
        // RFC 7515 appendix A.3.
        let (x, y) = ("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
        assert_eq!(key(x, y).point().unwrap()[0], 4);
        for (key, code) in [
            (key(y, x), "bad_device_key"),
            (key(x, "AA"), "bad_device_key"),
            (key("", &format!("{x}{y}")), "bad_base64"),
            (key("+", y), "bad_base64"),
            (Jwk { crv: "P-384".into(), ..key(x, y) }, "bad_device_key"),
            (Jwk { kty: "OKP".into(), ..key(x, y) }, "bad_device_key"),
            (Jwk { d: Some("x".into()), ..key(x, y) }, "private_key_sent"),
        ] {
            assert_eq!(key.point().unwrap_err().code, code, "{key:?}");
        }
    }
}
