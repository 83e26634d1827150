//! Forgetting what was kept long enough, in batches.

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use crate::{db::Tx, error::Error, value::values};

/// The most rows that one call forgets.
pub const BATCH: u32 = 5_000;

/// What is kept for a time and then forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kept {
    /// Who looked at whose data, as the person is told.
    Looks,
    /// What officers looked at.
    OfficerLooks,
    /// What partners checked.
    PartnerChecks,
    /// Flags that were settled.
    Flags,
}

impl Kept {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Looks, Self::OfficerLooks, Self::PartnerChecks, Self::Flags];

    /// The stable word, for the journal and metrics.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Looks => "looks",
            Self::OfficerLooks => "officer_looks",
            Self::PartnerChecks => "partner_checks",
            Self::Flags => "flags",
        }
    }

    /// Table, the columns of its key, and the column that says how old a row is; a row without it stays.
    const fn table(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Looks => ("look", "owner, id", "at"),
            Self::OfficerLooks => ("officer_look", "officer, id", "taken_at"),
            Self::PartnerChecks => ("partner_check", "client, id", "at"),
            Self::Flags => ("flag", "id", "settled_at"),
        }
    }
}

impl Tx {
    /// Forgets up to [`BATCH`] rows older than `before`; answers how many.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn forget_kept(&mut self, kept: Kept, before: Timestamp) -> Result<u64, Error> {
        let (table, key, age) = kept.table();
        let sql = format!(
            "DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM {table} WHERE {age} < $1 ORDER BY {age} LIMIT $2)"
        );
        self.execute(AssertSqlSafe(sql), values![before, BATCH]).await
    }

    /// How old the oldest row is.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn oldest_kept(&mut self, kept: Kept) -> Result<Option<Timestamp>, Error> {
        let (table, _, age) = kept.table();
        self.one(AssertSqlSafe(format!("SELECT MIN({age}) FROM {table}")), vec![]).await?.opt_time()
    }
}
