//! The way to the platform and back, as it is kept meanwhile. The browser holds a handle in a cookie, the platform the state in the address; only
//! both together, once and within ten minutes, are taken for an answer to a question of ours.

use super::{Asking, Failed, Identity, Platform, arrival};
use crate::app::App;
use crate::chance;
use crate::usecase::account::{DeviceInfo, lock};
use crate::usecase::error::{Kind, UseError, Used};
use crate::usecase::journal::sha256;
use crate::usecase::session::Session;
use crate::usecase::view::Text;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use uuid::Uuid;

/// How long a person may be away at the platform, in seconds.
pub const ATTEMPT_S: i64 = 600;
/// Longest path to come back to, in bytes.
pub const MAX_RETURN: usize = 512;
/// Longest code or state that is read from the address, in bytes.
pub const MAX_PARAMETER: usize = 2_048;
/// Length of the cookie's handle as text: 32 bytes in hexadecimal digits.
const HANDLE_LEN: usize = 64;
/// How far the platform's clock may be behind ours when it says when somebody proved who they are, in seconds.
const SKEW_S: i64 = 60;
/// How old that proof may be when somebody signs in, in seconds; for anything else it must be made now.
pub const SIGN_IN_MAX_AGE_S: i64 = 300;

const KIND: &str = "identity_platform";

/// For what somebody goes to the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = VisitPurpose)]
pub enum Purpose {
    /// To sign in.
    SignIn,
    /// To prove again who they are.
    Reauthenticate,
    /// To raise the level of the account they are signed in to.
    Raise,
}

/// A way that was begun.
pub struct Started {
    /// Where the browser goes.
    pub address: String,
    /// What the browser keeps meanwhile.
    pub handle: String,
}

/// What the platform's answer in the address says.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The code to be exchanged.
    pub code: Option<String>,
    /// The state that was sent.
    pub state: Option<String>,
    /// Why there is no code.
    pub error: Option<String>,
    /// Who answers (RFC 9207).
    pub issuer: Option<String>,
}

/// A way that ended well.
pub struct Arrived {
    /// The session's token.
    pub token: String,
    /// The device it is on.
    pub device: DeviceInfo,
    /// Where to go on.
    pub return_to: String,
}

/// A way that was begun, as it is kept.
#[derive(Serialize, Deserialize)]
pub(super) struct Attempt {
    state: String,
    nonce: String,
    verifier: String,
    pub(super) purpose: Purpose,
    return_to: String,
    /// The person and the session in which it was begun.
    pub(super) session: Option<(Uuid, Uuid)>,
    /// The device's token: its cookie does not come along when the browser comes back from another site.
    device: (String, bool),
    begun_at: Timestamp,
}

impl Attempt {
    fn asking(&self) -> Asking {
        Asking {
            state: self.state.clone(),
            nonce: self.nonce.clone(),
            verifier: self.verifier.clone(),
            max_age_s: if self.purpose == Purpose::SignIn { SIGN_IN_MAX_AGE_S } else { 0 },
            real_person: self.purpose != Purpose::Reauthenticate,
        }
    }

    /// Whether the person proved who they are recently enough.
    fn check_age(&self, identity: &Identity, now: Timestamp) -> Used<()> {
        let seconds = SignedDuration::from_secs;
        let earliest = match self.purpose {
            Purpose::SignIn => now.checked_sub(seconds(SIGN_IN_MAX_AGE_S + SKEW_S)),
            Purpose::Reauthenticate | Purpose::Raise => self.begun_at.checked_sub(seconds(SKEW_S)),
        };
        let latest = now.checked_add(seconds(SKEW_S));
        match (identity.authenticated_at, earliest, latest) {
            (Some(at), Ok(earliest), Ok(latest)) if (earliest..=latest).contains(&at) => Ok(()),
            _ => Err(refused("platform_stale", "the identity platform did not ask anew who you are")),
        }
    }
}

pub(super) fn refused(code: &'static str, sentence: &str) -> UseError {
    UseError::new(Kind::Forbidden, code, sentence)
}

impl From<Failed> for UseError {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Down(_) => UseError::unavailable("platform_down", failed.to_string(), failed),
            Failed::Refused(_) | Failed::Untrusted(_) => {
                tracing::warn!(%failed, "no sign-in through the identity platform");
                let refusal = matches!(failed, Failed::Refused(_));
                let code = if refusal { "platform_refused" } else { "platform_untrusted" };
                refused(code, "the identity platform's answer was not accepted")
            }
        }
    }
}

/// What people call the platform, when there is one.
pub fn offered(app: &App) -> Option<Text> {
    app.platform.as_ref().map(|platform| {
        let (zh, en) = platform.name();
        Text::new(zh, en)
    })
}

fn platform(app: &App) -> Used<&Arc<dyn Platform>> {
    let sentence = "there is no identity platform here";
    app.platform.as_ref().ok_or_else(|| UseError::new(Kind::NotFound, "platform_absent", sentence))
}

/// A path of our own to come back to; anything that a browser could take for another site, or for the interface, becomes the first page.
pub fn safe_return(path: Option<&str>) -> String {
    let path = path.unwrap_or("/");
    let plain = path.len() <= MAX_RETURN
        && path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
        && !path.starts_with("/api/");
    if plain { path.to_owned() } else { "/".to_owned() }
}

/// Begins.
///
/// # Errors
/// `platform_absent`, `platform_down`; `locked` when one network begins very many; `sign_in_required` when only somebody signed in can do this; the store.
pub async fn start(
    app: &App,
    purpose: Purpose,
    return_to: Option<&str>,
    session: Option<&Session>,
    device: &DeviceInfo,
) -> Used<Started> {
    let platform = platform(app)?;
    let now = app.clock.now();
    let session = match (purpose, session) {
        (Purpose::SignIn, _) => None,
        (_, Some(session)) => Some((session.person, session.id)),
        (_, None) => return Err(sign_in_required()),
    };
    let attempt = Attempt {
        state: chance::token(),
        nonce: chance::token(),
        verifier: chance::token(),
        purpose,
        return_to: safe_return(return_to),
        session,
        device: (device.token.clone(), device.fresh),
        begun_at: now,
    };
    let address = platform.address(&attempt.asking(), now).await?;
    let handle = chance::token();
    let until = now.checked_add(SignedDuration::from_secs(ATTEMPT_S)).unwrap_or(now);
    let state = serde_json::to_string(&attempt).map_err(|e| UseError::broken("platform_attempt", e.to_string()))?;
    let mut tx = app.store.write().await?;
    lock::begun(&mut tx, device, now).await?;
    tx.put_ceremony(sha256(handle.as_bytes()), KIND, &state, until).await?;
    tx.commit().await?;
    Ok(Started { address, handle })
}

pub(super) fn sign_in_required() -> UseError {
    UseError::new(Kind::Unauthenticated, "sign_in_required", "please sign in: there is no valid session")
}

/// Takes the attempt out that this browser began; whatever comes of the answer, it was the only one.
async fn take(app: &App, handle: Option<&str>, state: Option<&str>, now: Timestamp) -> Used<Attempt> {
    let lost =
        || refused("platform_state", "this answer belongs to no question that this browser asked; please begin again");
    let handle = handle.filter(|handle| handle.len() == HANDLE_LEN).ok_or_else(lost)?;
    let mut tx = app.store.write().await?;
    let found = tx.take_ceremony(sha256(handle.as_bytes()), KIND, now).await?;
    tx.commit().await?;
    let attempt: Attempt = serde_json::from_str(&found.ok_or_else(lost)?)
        .map_err(|e| UseError::broken("platform_attempt", e.to_string()))?;
    let state = state.ok_or_else(lost)?;
    verify_slices_are_equal(state.as_bytes(), attempt.state.as_bytes()).map_err(|_| lost())?;
    Ok(attempt)
}

/// Ends: whoever came back signed in, proved again who they are, or reached a higher level.
///
/// # Errors
/// `platform_absent`, `platform_state`, `platform_declined`, `platform_refused`, `platform_down`, `platform_untrusted`, `platform_stale`,
/// `platform_level`, `platform_other_person`, `identity_mismatch`, `already_linked`, `sign_in_required`; the store.
pub async fn finish(app: &App, handle: Option<&str>, answer: &Answer, device: &DeviceInfo) -> Used<Arrived> {
    let platform = platform(app)?;
    let now = app.clock.now();
    let attempt = take(app, handle, answer.state.as_deref(), now).await?;
    if answer.issuer.as_deref().is_some_and(|issuer| issuer != platform.issuer()) {
        return Err(refused("platform_untrusted", "somebody else answered in the identity platform's place"));
    }
    if let Some(error) = answer.error.as_deref() {
        return Err(match error {
            "access_denied" | "login_required" | "interaction_required" | "consent_required" => {
                refused("platform_declined", "you did not agree at the identity platform")
            }
            _ => Failed::Refused("an error in the address".into()).into(),
        });
    }
    let code = answer.code.as_deref().filter(|code| !code.is_empty() && code.len() <= MAX_PARAMETER);
    let code = code.ok_or_else(|| refused("platform_untrusted", "the identity platform sent no code"))?;
    let identity = platform.identity(code, &attempt.asking(), now).await?;
    attempt.check_age(&identity, now)?;
    let device = DeviceInfo { token: attempt.device.0.clone(), fresh: attempt.device.1, ..device.clone() };
    let token = arrival::arrive(app, &attempt, &identity, &device, now).await?;
    Ok(Arrived { token, device, return_to: attempt.return_to })
}

#[cfg(test)]
mod tests {
    use super::safe_return;

    #[test]
    fn only_own_paths_are_returned_to() {
        for path in ["/", "/vehicles/1?x=1#y", "/licence"] {
            assert_eq!(safe_return(Some(path)), path);
        }
        for path in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "evil",
            "/\t/evil.example",
            "/a b",
            "/\n/evil.example",
            "/api/v1/session/sign-out",
            "/路",
            "\\/evil.example",
        ] {
            assert_eq!(safe_return(Some(path)), "/", "{path:?}");
        }
        assert_eq!(safe_return(Some(&format!("/{}", "a".repeat(600)))), "/");
        assert_eq!(safe_return(None), "/");
    }
}
