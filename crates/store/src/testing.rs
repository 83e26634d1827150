//! For tests of this and other crates: fresh databases on both engines, and commits that fail on purpose.

use std::sync::atomic::{AtomicU8, Ordering};

use crate::error::Error;

/// How a commit fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The connection breaks before the commit took place.
    Lost,
    /// The connection breaks after the commit took place.
    Kept,
}

/// The switch that makes the next commit of a store fail.
#[derive(Debug, Default)]
pub struct Faults(AtomicU8);

impl Faults {
    /// Makes the next commit fail.
    pub fn fail_next_commit(&self, fault: Fault) {
        self.0.store(match fault { Fault::Lost => 1, Fault::Kept => 2 }, Ordering::SeqCst);
    }

    pub(crate) fn take(&self) -> Option<Fault> {
        match self.0.swap(0, Ordering::SeqCst) {
            1 => Some(Fault::Lost),
            2 => Some(Fault::Kept),
            _ => None,
        }
    }

    pub(crate) fn error() -> Error {
        let source = std::io::Error::new(std::io::ErrorKind::ConnectionReset, "the connection broke during COMMIT (made to fail by the test)");
        Error::Engine { retryable: true, commit_unknown: true, source: Box::new(source) }
    }
}
