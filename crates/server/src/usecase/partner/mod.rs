//! Partners: insurers, rental firms, used-car markets, banks and others who verify on-line. They prove who they are by a key (no shared
//! secret), ask within scopes and regions, and within quotas.
//!
//! Nothing in the way of a verdict waits for the database: who the partners are, their tokens, their quotas and what is published are in
//! memory. What is to be written (the log of checks, what citizens are told of them, the usage) is written in batches behind.

pub mod admin;
pub mod assertion;
pub mod jwk;
pub mod licence;
mod listing;
pub mod log;
pub mod own_key;
pub mod quota;
pub mod registry;
mod request;
pub mod scope;
pub mod token;
pub mod verify;
pub mod view;

use crate::app::App;
use crate::usecase::error::Used;
use crate::usecase::throttle::Throttle;
pub use registry::{Client, Member, Registry};
pub use scope::{ClientKind, Purpose, Regions, Scope, Scopes};
use std::sync::{Arc, Mutex, RwLock};

/// What a process keeps about partners.
#[derive(Debug)]
pub struct Partners {
    registry: RwLock<Arc<Registry>>,
    /// One process reads or writes these at a time, so that nothing is counted twice.
    reading: tokio::sync::Mutex<()>,
    quotas: Mutex<quota::Quotas>,
    assertions: Mutex<assertion::Seen>,
    tokens: Throttle,
    pending: Mutex<log::Pending>,
}

impl Default for Partners {
    fn default() -> Self {
        Self {
            registry: RwLock::default(),
            reading: tokio::sync::Mutex::default(),
            quotas: Mutex::default(),
            assertions: Mutex::default(),
            tokens: Throttle::new(token::TOKENS_A_MINUTE),
            pending: Mutex::default(),
        }
    }
}

impl Partners {
    /// The partners as last read.
    pub fn registry(&self) -> Arc<Registry> {
        self.registry.read().map(|registry| Arc::clone(&registry)).unwrap_or_default()
    }
}

/// Who asks, and what they may.
#[derive(Debug, Clone)]
pub struct Call {
    /// The partner.
    pub client: Arc<Client>,
    /// The person, when it is the hosted page on a bound device.
    pub member: Option<Member>,
}

/// Writes what waits to be written and reads the partners anew: the turn of a job in every process that answers.
///
/// # Errors
/// The store; then it waits for the next turn.
pub async fn keep_up(app: &App) -> Used<()> {
    log::flush(app).await?;
    registry::refresh(app).await
}
