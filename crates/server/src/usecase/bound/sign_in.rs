//! Signing in on an enrolled device: it signs a challenge of ours together with the host it was asked by, so that a look-alike page can pass nothing on.

use super::{Bound, BoundMe, Holder, HolderKind, view};
use crate::app::App;
use crate::chance;
use crate::usecase::account::{DeviceInfo, lock};
use crate::usecase::error::{Kind, UseError, Used};
use crate::usecase::journal::{self, sha256};
use crate::usecase::licence::device::{from_text, read_key, to_text};
use crate::usecase::session::hash;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use jiff::{SignedDuration, Timestamp};
use luzheng_store::bound::{BoundDevice, BoundSession};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// How long a challenge may be answered, in seconds.
pub const CHALLENGE_S: i64 = 120;
/// What such a ceremony is called; an answer to it is no answer to another.
const CEREMONY: &str = "bound_sign_in";
/// What stands before host and challenge in what is signed, so that nothing else can be taken for it.
const DOMAIN: &str = "luzheng/bound/v1";
/// Longest challenge that is looked at, in characters.
const MAX_CHALLENGE: usize = 64;

/// A challenge for a device.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = BoundChallenge)]
pub struct Challenge {
    /// 32 bytes, base64url; good for one answer.
    pub challenge: String,
    /// Until when it may be answered.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// A device's answer to its challenge.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BoundAnswer)]
pub struct AnswerToChallenge {
    /// The device.
    pub device_id: Uuid,
    /// The challenge as it was given.
    pub challenge: String,
    /// ES256 over `luzheng/bound/v1`, the host and the challenge, each on a line of its own (line feeds between); `r || s`, base64url.
    pub signature: String,
}

/// Until when a session used now lasts unless it is used again.
pub(super) fn idle_until(app: &App, now: Timestamp) -> Timestamp {
    now.checked_add(SignedDuration::from_secs(app.settings.bound.idle_s.into())).unwrap_or(now)
}

/// A challenge for a device. Whether there is such a device plays no part: the answer is the same.
///
/// # Errors
/// `too_often` from one network; the store.
pub async fn challenge(app: &App, device: Uuid, from: &DeviceInfo) -> Used<Challenge> {
    let now = app.clock.now();
    let challenge = to_text(&chance::bytes::<32>());
    let expires_at = now.checked_add(SignedDuration::from_secs(CHALLENGE_S)).unwrap_or(now);
    let mut tx = app.store.write().await?;
    lock::begun(&mut tx, from, now).await?;
    tx.put_ceremony(sha256(challenge.as_bytes()), CEREMONY, &device.to_string(), expires_at).await?;
    tx.commit().await?;
    Ok(Challenge { challenge, expires_at })
}

fn refused() -> UseError {
    let sentence = "this device cannot sign in: it is not enrolled here, or its signature is wrong";
    UseError::new(Kind::Unauthenticated, "device_refused", sentence)
}

fn signed_by(device: &BoundDevice, host: &str, answer: &AnswerToChallenge) -> Used<()> {
    let broken = || UseError::broken("broken_device", "the device's key is no key");
    let point = read_key(&device.public_key).map_err(|_| broken())?;
    let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).map_err(|_| broken())?;
    let signed = format!("{DOMAIN}\n{host}\n{}", answer.challenge);
    let signature = from_text(&answer.signature, "signature")?;
    key.verify_sig(signed.as_bytes(), &signature).map_err(|_| refused())
}

/// Takes the challenge out, in a transaction of its own: whatever comes of the answer, it was the only one.
async fn take(app: &App, answer: &AnswerToChallenge, now: Timestamp) -> Used<()> {
    let sentence = "this challenge was answered already, or not in time; ask for another one";
    let gone = || UseError::new(Kind::Gone, "challenge_gone", sentence);
    if answer.challenge.len() > MAX_CHALLENGE {
        return Err(gone());
    }
    let mut tx = app.store.write().await?;
    let of = tx.take_ceremony(sha256(answer.challenge.as_bytes()), CEREMONY, now).await?;
    tx.commit().await?;
    if of == Some(answer.device_id.to_string()) { Ok(()) } else { Err(gone()) }
}

/// Signs in on an enrolled device; an earlier session there ends. Answers with the session's token, which is kept nowhere, and who it is.
///
/// # Errors
/// `challenge_gone`, `device_refused`, `device_ended` (only to whoever has the device's key), `bad_base64`; the store.
pub async fn sign_in(app: &App, host: &str, answer: &AnswerToChallenge) -> Used<(String, BoundMe)> {
    let now = app.clock.now();
    take(app, answer, now).await?;
    let mut tx = app.store.write().await?;
    let device = tx.find_bound_device(answer.device_id).await?.ok_or_else(refused)?;
    signed_by(&device, host, answer)?;
    let ended = || {
        let sentence = "the use of this device was ended; have it enrolled again";
        UseError::new(Kind::Unauthenticated, "device_ended", sentence)
    };
    if device.ended_at.is_some() {
        return Err(ended());
    }
    let kind = HolderKind::parse(&device.kind)
        .ok_or_else(|| UseError::broken("broken_device", format!("device {} has no known kind", device.id)))?;
    let holder = Holder::find(app, &mut tx, kind, device.holder).await?.ok_or_else(ended)?;
    let token = chance::token();
    let lifetime = SignedDuration::from_secs(app.settings.bound.lifetime_s.into());
    let expires_at = now.checked_add(lifetime).unwrap_or(now);
    let session = BoundSession {
        id: chance::new_id(now),
        device: device.id,
        duty: None,
        created_at: now,
        last_seen_at: now,
        idle_until: idle_until(app, now).min(expires_at),
        expires_at,
    };
    tx.end_bound_sessions_on(device.id).await?;
    tx.put_bound_session(hash(&token), &session).await?;
    let detail = serde_json::json!({"device": device.id, "session": session.id});
    journal::note(&mut tx, now, &holder.actor(), "device.signed_in", Some(holder.id()), &detail).await?;
    let bound = Bound { session, device, holder };
    let me = view(&mut tx, &bound, now).await?;
    tx.commit().await?;
    Ok((token, me))
}
