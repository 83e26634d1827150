//! Signing in through a government identity platform: the way there, the way back, and who has come.
//!
//! The platform vouches for a person; who that is here is decided by the identity number in the register, never by a name alone. Whatever goes
//! wrong ends with a stable code, and never with a session.

mod arrival;
mod flow;

pub use flow::{
    ATTEMPT_S, Answer, Arrived, MAX_PARAMETER, MAX_RETURN, Purpose, SIGN_IN_MAX_AGE_S, Started, finish, offered,
    safe_return, start,
};

use jiff::Timestamp;
use std::pin::Pin;

/// Where the platform sends the browser back to, below the site's address.
pub const CALLBACK: &str = "/api/v1/session/identity-platform/callback";

/// A call to the platform that is waited for.
pub type Waiting<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failed>> + Send + 'a>>;

/// What the platform is asked, and what its answer must fit to.
#[derive(Clone)]
pub struct Asking {
    /// Comes back in the address; must be the one that was sent.
    pub state: String,
    /// Comes back inside the ID token; likewise.
    pub nonce: String,
    /// Of which the platform was given the digest (RFC 7636).
    pub verifier: String,
    /// How long ago the person may have proved who they are, in seconds; 0: they are to do it anew.
    pub max_age_s: i64,
    /// The platform is to check that it is a real person.
    pub real_person: bool,
}

/// Whom the platform vouches for.
#[derive(Clone)]
pub struct Identity {
    /// Which platform.
    pub issuer: String,
    /// What it calls the person.
    pub subject: String,
    /// The name as on the identity card.
    pub name: Option<String>,
    /// The identity number.
    pub id_number: Option<String>,
    /// The phone.
    pub phone: Option<String>,
    /// The platform checked that it is a real person (level L3), not only that the facts agree (L2).
    pub real_person: bool,
    /// When the person proved who they are.
    pub authenticated_at: Option<Timestamp>,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity")
            .field("issuer", &self.issuer)
            .field("real_person", &self.real_person)
            .finish_non_exhaustive()
    }
}

/// Why the platform did not vouch for anybody. The sentences are for the log and name nobody.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failed {
    /// It cannot be reached, or does not say what it must.
    #[error("the identity platform cannot be asked: {0}")]
    Down(String),
    /// It took our question and said no.
    #[error("the identity platform refused: {0}")]
    Refused(String),
    /// It answered, and the answer cannot be trusted.
    #[error("the identity platform's answer cannot be trusted: {0}")]
    Untrusted(String),
}

/// An identity platform.
pub trait Platform: Send + Sync {
    /// What people call it, in Chinese and in English.
    fn name(&self) -> (&str, &str);

    /// Its issuer identifier.
    fn issuer(&self) -> &str;

    /// Where the browser is sent to ask.
    fn address<'a>(&'a self, asking: &'a Asking, now: Timestamp) -> Waiting<'a, String>;

    /// Whom the code that came back stands for.
    fn identity<'a>(&'a self, code: &'a str, asking: &'a Asking, now: Timestamp) -> Waiting<'a, Identity>;
}
