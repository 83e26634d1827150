//! What can go wrong in the store. "Not found" is not an error: it is `None`.

use std::error::Error as StdError;

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A rule that the database enforces would be broken: something of this name exists already.
    #[error("conflict: {what} exists already")]
    Conflict {
        /// The constraint or index that refused, for example `credential_one_current`; on SQLite a primary key is named by its table.
        what: String,
    },
    /// A row that should not exist, or that this process cannot read (other data key, changed by hand).
    #[error("the row {id} of {table} is broken: {why}")]
    Broken {
        /// The table.
        table: &'static str,
        /// The row's key.
        id: String,
        /// What is wrong with it.
        why: String,
    },
    /// The database engine or the way to it failed.
    #[error("the database failed: {source}")]
    Engine {
        /// Whether the same transaction may be tried again: serialisation failure, deadlock, lost connection, fail-over, busy file.
        retryable: bool,
        /// Whether it is *unknown* if the commit took place. The caller repeats with its idempotency key, or looks.
        commit_unknown: bool,
        /// What the engine said.
        source: Box<dyn StdError + Send + Sync>,
    },
}

impl Error {
    /// Whether trying the whole transaction again makes sense.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Engine { retryable: true, .. })
    }

    /// Whether the commit may or may not have taken place.
    pub fn is_commit_unknown(&self) -> bool {
        matches!(self, Self::Engine { commit_unknown: true, .. })
    }

    /// Whether the database refused because something exists already.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict { .. })
    }

    /// A row that cannot be understood.
    pub(crate) fn broken(table: &'static str, id: impl std::fmt::Display, why: impl std::fmt::Display) -> Self {
        Self::Broken { table, id: id.to_string(), why: why.to_string() }
    }

    /// A failure that trying again does not cure.
    pub(crate) fn fatal(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Engine { retryable: false, commit_unknown: false, source: source.into() }
    }

    /// The error of a commit: unless the engine says clearly that it rolled back, nobody knows.
    pub(crate) fn of_commit(error: sqlx::Error) -> Self {
        let definite = matches!(&error, sqlx::Error::Database(refusal) if !lost_connection(refusal.code().as_deref().unwrap_or_default()));
        match Self::from(error) {
            Self::Engine { retryable, source, .. } => Self::Engine { retryable, commit_unknown: !definite, source },
            other => other,
        }
    }
}

/// Whether the connection is gone, as one is that was idle while the server restarted.
pub(crate) fn is_lost_connection(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(refusal) => lost_connection(refusal.code().as_deref().unwrap_or_default()),
        _ => false,
    }
}

/// 08* connection exception, 57P0x shut down by the operator or crashed: the session ended and with it the answer.
fn lost_connection(code: &str) -> bool {
    code.starts_with("08") || code.starts_with("57P0")
}

/// Whether an engine's code says "try again". `PostgreSQL`: serialisation failure, deadlock, lost sessions, read-only after a
/// fail-over, too many connections. `SQLite` (extended result codes, the primary one in the low byte): BUSY 5, LOCKED 6.
fn retryable_code(code: &str) -> bool {
    matches!(code, "40001" | "40P01" | "25006" | "53300")
        || lost_connection(code)
        || sqlite_primary(code).is_some_and(|primary| primary == 5 || primary == 6)
}

/// `SQLite`'s primary result code. `SQLSTATE`s always have five characters, so the two never meet.
fn sqlite_primary(code: &str) -> Option<u32> {
    (code.len() < 5).then(|| code.parse::<u32>().ok()).flatten().map(|extended| extended & 0xff)
}

/// `SQLite` names the columns, not the constraint: "UNIQUE constraint failed: credential.subject, credential.kind".
fn sqlite_constraint(message: &str) -> String {
    let columns = message.rsplit("constraint failed: ").next().unwrap_or(message);
    let table = columns.split('.').next().unwrap_or(columns);
    match (table, columns) {
        ("credential", columns) if columns.contains("credential.kind") => "credential_one_current".to_owned(),
        ("holding", "holding.subject") => "holding_one_current".to_owned(),
        ("licence_case", "licence_case.subject") => "licence_case_one_open".to_owned(),
        ("vehicle_case", columns) if columns.contains("vehicle_case.kind") => "vehicle_case_one_open".to_owned(),
        ("paper_order", "paper_order.vehicle") => "paper_order_one_open".to_owned(),
        ("paper_order", columns) if columns.contains("paper_order.case_id") => "paper_order_of_case".to_owned(),
        ("push_subscription", columns) if columns.contains("push_subscription.endpoint_digest") => {
            "push_subscription_once".to_owned()
        }
        ("driver_photo", "driver_photo.driver") => "driver_photo_one_current".to_owned(),
        ("notice", columns) if columns.contains("notice.dedupe") => "notice_said_once".to_owned(),
        _ => format!("{table}_key"),
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(refusal) if refusal.is_unique_violation() => Self::Conflict {
                what: refusal.constraint().map_or_else(|| sqlite_constraint(refusal.message()), str::to_owned),
            },
            sqlx::Error::Database(refusal) => {
                let retryable = retryable_code(refusal.code().as_deref().unwrap_or_default());
                Self::Engine { retryable, commit_unknown: false, source: Box::new(error) }
            }
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed | sqlx::Error::BeginFailed => {
                Self::Engine { retryable: true, commit_unknown: false, source: Box::new(error) }
            }
            _ => Self::Engine { retryable: false, commit_unknown: false, source: Box::new(error) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_that_ask_for_another_try() {
        for code in ["40001", "40P01", "08006", "57P01", "57P03", "25006", "5", "261", "517", "6"] {
            assert!(retryable_code(code), "{code}");
        }
        for code in ["23505", "23514", "42601", "25P02", "1", "19", "2067", "11"] {
            assert!(!retryable_code(code), "{code}");
        }
    }

    #[test]
    fn sqlite_conflicts_get_the_names_postgresql_uses() {
        assert_eq!(
            sqlite_constraint("UNIQUE constraint failed: credential.subject, credential.kind"),
            "credential_one_current"
        );
        assert_eq!(sqlite_constraint("UNIQUE constraint failed: credential.subject, credential.id"), "credential_key");
        assert_eq!(sqlite_constraint("UNIQUE constraint failed: notice.owner, notice.dedupe"), "notice_said_once");
        assert_eq!(sqlite_constraint("UNIQUE constraint failed: vin.vin"), "vin_key");
    }
}
