//! One error for every use case: a kind that decides the status or exit code, a stable code, and a sentence for people.

use luzheng_store::Error as StoreError;

/// What sort of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The request itself is wrong.
    Invalid,
    /// Nobody is signed in, or the token is wrong.
    Unauthenticated,
    /// Signed in, but this is not theirs to do.
    Forbidden,
    /// There is no such thing, or not for this person.
    NotFound,
    /// It contradicts what is already there.
    Conflict,
    /// It was there and is over for good.
    Gone,
    /// The rules do not allow it now.
    Refused,
    /// Too often in too short a time; later it is allowed again.
    TooOften,
    /// Our own environment failed: database, key, disk. Try again later.
    Unavailable,
    /// A fault of ours.
    Broken,
}

/// A failed use case.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct UseError {
    /// What sort.
    pub kind: Kind,
    /// Stable code, snake_case; the same in the API, the CLI and the log.
    pub code: &'static str,
    /// One sentence saying what is wrong and where.
    pub message: String,
    /// After how many seconds the same call may be made again, when that is known.
    pub retry_after_s: Option<u32>,
    /// How many tries are left before it is locked, when tries are counted.
    pub tries_left: Option<u32>,
    /// What caused it, for the log only.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl UseError {
    /// A new error of a kind.
    pub fn new(kind: Kind, code: &'static str, message: impl Into<String>) -> Self {
        Self { kind, code, message: message.into(), retry_after_s: None, tries_left: None, source: None }
    }

    /// The request is wrong.
    pub fn invalid(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Kind::Invalid, code, message)
    }

    /// There is no such thing.
    pub fn not_found(what: &str) -> Self {
        Self::new(Kind::NotFound, "not_found", format!("there is no such {what}"))
    }

    /// The rules do not allow it.
    pub fn refused(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Kind::Refused, code, message)
    }

    /// The environment failed.
    pub fn unavailable(
        code: &'static str,
        message: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self { source: Some(source.into()), ..Self::new(Kind::Unavailable, code, message) }
    }

    /// A fault of ours: something that cannot be, is.
    pub fn broken(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Kind::Broken, code, message)
    }

    /// The same error, saying when to try again.
    #[must_use]
    pub fn retry_after(mut self, seconds: i64) -> Self {
        self.retry_after_s = u32::try_from(seconds.max(1)).ok();
        self
    }

    /// The same error, saying how many tries are left.
    #[must_use]
    pub fn tries_left(mut self, left: u32) -> Self {
        self.tries_left = Some(left);
        self
    }

    /// The same error, naming what it is about.
    #[must_use]
    pub fn about(mut self, what: impl std::fmt::Display) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }

    /// Whether the same call may succeed when it is simply made again.
    pub fn retryable(&self) -> bool {
        self.source.as_ref().and_then(|s| s.downcast_ref::<StoreError>()).is_some_and(StoreError::is_retryable)
    }
}

impl From<StoreError> for UseError {
    fn from(error: StoreError) -> Self {
        let (kind, code) = match &error {
            StoreError::Conflict { .. } => (Kind::Conflict, "conflict"),
            StoreError::Broken { .. } => (Kind::Broken, "broken_row"),
            _ => (Kind::Unavailable, "store_unavailable"),
        };
        let message = error.to_string();
        Self { source: Some(Box::new(error)), ..Self::new(kind, code, message) }
    }
}

/// The result of a use case.
pub type Used<T> = Result<T, UseError>;
