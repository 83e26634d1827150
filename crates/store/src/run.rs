//! Long work that is taken up again where it stopped: imports and issuing in bulk.

use jiff::Timestamp;
use luzheng_domain::credential::CredentialKind;
use uuid::Uuid;

use crate::{
    db::Tx,
    error::Error,
    value::{Row, values},
};

/// The import of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRun {
    /// Its id.
    pub id: Uuid,
    /// The file's name, for people.
    pub source: String,
    /// SHA-256 of the file.
    pub digest: [u8; 32],
    /// Rows dealt with, good or bad, and committed.
    pub rows_done: u64,
    /// Counts so far, as JSON.
    pub summary: String,
    /// Begun at.
    pub started_at: Timestamp,
    /// Last progress.
    pub updated_at: Timestamp,
    /// Done at.
    pub finished_at: Option<Timestamp>,
}

/// Issuing in bulk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkRun {
    /// Its id.
    pub id: Uuid,
    /// What is issued.
    pub kind: CredentialKind,
    /// For whom: the divisions, in a fixed order.
    pub scope: String,
    /// The last subject that is done.
    pub after_subject: Option<Uuid>,
    /// How many were issued.
    pub done: u64,
    /// Counts so far, as JSON.
    pub summary: String,
    /// Begun at.
    pub started_at: Timestamp,
    /// Last progress.
    pub updated_at: Timestamp,
    /// Done at.
    pub finished_at: Option<Timestamp>,
}

/// Work over everything that is done again and again, such as the daily look at deadlines: one per kind and scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkRun {
    /// What is done.
    pub kind: String,
    /// For what: the day.
    pub scope: String,
    /// Its id.
    pub id: Uuid,
    /// The last subject that is done.
    pub after_subject: Option<Uuid>,
    /// How many were looked at.
    pub done: u64,
    /// Counts so far, as JSON.
    pub summary: String,
    /// Begun at.
    pub started_at: Timestamp,
    /// Last progress.
    pub updated_at: Timestamp,
    /// Done at.
    pub finished_at: Option<Timestamp>,
}

fn work_run(mut row: Row) -> Result<WorkRun, Error> {
    Ok(WorkRun {
        kind: row.text()?,
        scope: row.text()?,
        id: row.id()?,
        after_subject: row.opt_id()?,
        done: row.number()?,
        summary: row.text()?,
        started_at: row.time()?,
        updated_at: row.time()?,
        finished_at: row.opt_time()?,
    })
}

fn import_run(mut row: Row) -> Result<ImportRun, Error> {
    Ok(ImportRun {
        id: row.id()?,
        source: row.text()?,
        digest: row.array()?,
        rows_done: row.number()?,
        summary: row.text()?,
        started_at: row.time()?,
        updated_at: row.time()?,
        finished_at: row.opt_time()?,
    })
}

fn bulk_run(mut row: Row) -> Result<BulkRun, Error> {
    let (id, kind) = (row.id()?, row.int()?);
    Ok(BulkRun {
        id,
        kind: u8::try_from(kind)
            .ok()
            .and_then(CredentialKind::from_number)
            .ok_or_else(|| Error::broken("bulk_run", id, format!("kind {kind}")))?,
        scope: row.text()?,
        after_subject: row.opt_id()?,
        done: row.number()?,
        summary: row.text()?,
        started_at: row.time()?,
        updated_at: row.time()?,
        finished_at: row.opt_time()?,
    })
}

/// Counts are far below 2^63.
fn count(rows: u64) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

impl Tx {
    /// Records an import's beginning or progress, in the transaction of the rows it counts.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn put_import_run(&mut self, run: &ImportRun) -> Result<(), Error> {
        let sql = "INSERT INTO import_run (id, source, digest, rows_done, summary, started_at, updated_at, finished_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
                   ON CONFLICT (id) DO UPDATE SET rows_done = excluded.rows_done, summary = excluded.summary, updated_at = excluded.updated_at, finished_at = excluded.finished_at";
        let values = values![
            run.id,
            &run.source,
            run.digest,
            count(run.rows_done),
            &run.summary,
            run.started_at,
            run.updated_at,
            run.finished_at
        ];
        self.execute(sql, values).await.map(drop)
    }

    /// The newest import of a file with this digest.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn find_import_run(&mut self, digest: [u8; 32]) -> Result<Option<ImportRun>, Error> {
        let sql = "SELECT id, source, digest, rows_done, summary, started_at, updated_at, finished_at FROM import_run WHERE digest = $1 ORDER BY started_at DESC, id DESC LIMIT 1";
        self.row(sql, values![digest]).await?.map(import_run).transpose()
    }

    /// Records a bulk run's beginning or progress, in the transaction of the batch it counts.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn put_bulk_run(&mut self, run: &BulkRun) -> Result<(), Error> {
        let sql = "INSERT INTO bulk_run (id, kind, scope, after_subject, done, summary, started_at, updated_at, finished_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
                   ON CONFLICT (id) DO UPDATE SET after_subject = excluded.after_subject, done = excluded.done, summary = excluded.summary, \
                   updated_at = excluded.updated_at, finished_at = excluded.finished_at";
        let values = values![
            run.id,
            run.kind.number(),
            &run.scope,
            run.after_subject,
            count(run.done),
            &run.summary,
            run.started_at,
            run.updated_at,
            run.finished_at,
        ];
        self.execute(sql, values).await.map(drop)
    }

    /// The newest bulk run of this kind and scope that is not finished.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn find_open_bulk_run(&mut self, kind: CredentialKind, scope: &str) -> Result<Option<BulkRun>, Error> {
        let sql = "SELECT id, kind, scope, after_subject, done, summary, started_at, updated_at, finished_at FROM bulk_run \
                   WHERE kind = $1 AND scope = $2 AND finished_at IS NULL ORDER BY started_at DESC, id DESC LIMIT 1";
        self.row(sql, values![kind.number(), scope]).await?.map(bulk_run).transpose()
    }

    /// Records a run's beginning or progress, in the transaction of what it counts. A run that another process began under the same kind
    /// and scope is left alone. Answers whether it was recorded.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn put_work_run(&mut self, run: &WorkRun) -> Result<bool, Error> {
        let sql = "INSERT INTO work_run (kind, scope, id, after_subject, done, summary, started_at, updated_at, finished_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
                   ON CONFLICT (kind, scope) DO UPDATE SET after_subject = excluded.after_subject, done = excluded.done, summary = excluded.summary, \
                   updated_at = excluded.updated_at, finished_at = excluded.finished_at WHERE work_run.id = excluded.id";
        let values = values![
            &run.kind,
            &run.scope,
            run.id,
            run.after_subject,
            count(run.done),
            &run.summary,
            run.started_at,
            run.updated_at,
            run.finished_at,
        ];
        Ok(self.execute(sql, values).await? == 1)
    }

    /// The run of this kind and scope, locked until the transaction ends: two processes that carry it on take turns.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn lock_work_run(&mut self, kind: &str, scope: &str) -> Result<Option<WorkRun>, Error> {
        let sql = "SELECT kind, scope, id, after_subject, done, summary, started_at, updated_at, finished_at FROM work_run \
                   WHERE kind = $1 AND scope = $2 FOR UPDATE";
        self.row(sql, values![kind, scope]).await?.map(work_run).transpose()
    }

    /// The newest run of this kind, finished or not.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn latest_work_run(&mut self, kind: &str) -> Result<Option<WorkRun>, Error> {
        let sql = "SELECT kind, scope, id, after_subject, done, summary, started_at, updated_at, finished_at FROM work_run \
                   WHERE kind = $1 ORDER BY started_at DESC, id DESC LIMIT 1";
        self.row(sql, values![kind]).await?.map(work_run).transpose()
    }

    /// Of the finished runs of this kind the one with the last scope (days sort): what it covered need not be looked at again.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn latest_finished_work_run(&mut self, kind: &str) -> Result<Option<WorkRun>, Error> {
        let sql = "SELECT kind, scope, id, after_subject, done, summary, started_at, updated_at, finished_at FROM work_run \
                   WHERE kind = $1 AND finished_at IS NOT NULL ORDER BY scope DESC LIMIT 1";
        self.row(sql, values![kind]).await?.map(work_run).transpose()
    }
}
