//! Jobs: work that commits together with the fact that causes it, done at least once.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::{
    bulk::claim_jobs,
    db::Tx,
    error::Error,
    value::{Kind, Row, values},
};

/// The most jobs one claim may take.
pub const MAX_CLAIM: u32 = 500;
/// After so many attempts a job is given up and shown to the operator.
pub const MAX_ATTEMPTS: u32 = 12;

/// A job to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// Its id, made by the application.
    pub id: Uuid,
    /// What is to be done, for example `issue_mark`.
    pub kind: &'static str,
    /// The vehicle, person or owner it is about.
    pub subject: Uuid,
    /// What exactly: a credential's id, a JSON text; the kind decides.
    pub reference: String,
    /// Not before.
    pub due_at: Timestamp,
    /// When it was ordered.
    pub created_at: Timestamp,
}

/// A job that a worker has claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: Uuid,
    /// What is to be done.
    pub kind: String,
    /// The vehicle, person or owner it is about.
    pub subject: Uuid,
    /// What exactly.
    pub reference: String,
    /// Which attempt this is, from 1.
    pub attempts: u32,
    /// The claim; finishing or failing needs it.
    pub lease: Uuid,
    /// When it was ordered.
    pub created_at: Timestamp,
}

/// The state of the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JobCounts {
    /// Waiting or being done.
    pub open: u64,
    /// Of these: due now.
    pub due: u64,
    /// Given up after too many attempts.
    pub given_up: u64,
}

/// A job that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenUp {
    /// Its id.
    pub id: Uuid,
    /// What was to be done.
    pub kind: String,
    /// About whom.
    pub subject: Uuid,
    /// The last error.
    pub error: String,
}

/// What became of a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterFailure {
    /// Tried again at this time.
    Again(Timestamp),
    /// Given up.
    GivenUp,
    /// The lease was lost: somebody else does the job.
    NotOurs,
}

/// How long to wait after the attempt with this number: 1 s, 2 s, 4 s … at most an hour.
pub fn back_off(attempts: u32) -> SignedDuration {
    SignedDuration::from_secs((1_i64 << attempts.saturating_sub(1).min(12)).min(3_600))
}

const JOB: &[(&str, Kind)] = &[
    ("id", Kind::Id),
    ("kind", Kind::Text),
    ("subject", Kind::Id),
    ("reference", Kind::Text),
    ("due_at", Kind::Int),
    ("attempts", Kind::Int),
    ("created_at", Kind::Int),
    ("given_up", Kind::Int),
];

fn job(mut row: Row) -> Result<Job, Error> {
    Ok(Job {
        id: row.id()?,
        kind: row.text()?,
        subject: row.id()?,
        reference: row.text()?,
        attempts: row.number()?,
        lease: row.id()?,
        created_at: row.time()?,
    })
}

impl Tx {
    /// Orders jobs. They become visible to workers when this transaction commits.
    ///
    /// # Errors
    /// `Conflict` when an id is taken; `Engine`.
    pub async fn enqueue(&mut self, jobs: &[NewJob]) -> Result<(), Error> {
        let rows = jobs
            .iter()
            .flat_map(|j| values![j.id, j.kind, j.subject, &j.reference, j.due_at, 0_u8, j.created_at, 0_u8]);
        self.insert_many("job", JOB, rows.collect()).await
    }

    /// Claims up to `limit` (at most [`MAX_CLAIM`]) due jobs, oldest first, until `until`. When the worker dies they are due again
    /// then. Commit this transaction before doing the work.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn claim_jobs(
        &mut self,
        now: Timestamp,
        lease: Uuid,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Job>, Error> {
        let sql = claim_jobs(self.engine());
        let rows = self.rows(sql, values![now, lease, until, limit.min(MAX_CLAIM)]).await?;
        let mut jobs = rows.into_iter().map(job).collect::<Result<Vec<_>, _>>()?;
        jobs.sort_by_key(|job| job.id);
        Ok(jobs)
    }

    /// Whether the claim still holds, with the job locked until the transaction ends. Ask it in the transaction that records the
    /// job's effect: then a worker that lost its lease changes nothing.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn holds_lease(&mut self, job: &Job) -> Result<bool, Error> {
        Ok(self
            .row("SELECT id FROM job WHERE id = $1 AND lease = $2 FOR UPDATE", values![job.id, job.lease])
            .await?
            .is_some())
    }

    /// Removes a job that is done, in the transaction that records its effect. `false`: the lease was lost, so roll back.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn finish_job(&mut self, job: &Job) -> Result<bool, Error> {
        Ok(self.execute("DELETE FROM job WHERE id = $1 AND lease = $2", values![job.id, job.lease]).await? == 1)
    }

    /// Records a failed attempt: tried again after [`back_off`], or given up after [`MAX_ATTEMPTS`].
    ///
    /// # Errors
    /// `Engine`.
    pub async fn fail_job(&mut self, job: &Job, error: &str, now: Timestamp) -> Result<AfterFailure, Error> {
        let give_up = job.attempts >= MAX_ATTEMPTS;
        let again = now.checked_add(back_off(job.attempts)).map_err(Error::fatal)?;
        let sql = "UPDATE job SET lease = NULL, due_at = $3, failed = $4, given_up = $5 WHERE id = $1 AND lease = $2";
        let changed = self.execute(sql, values![job.id, job.lease, again, error, give_up]).await?;
        Ok(match (changed, give_up) {
            (1, false) => AfterFailure::Again(again),
            (1, true) => AfterFailure::GivenUp,
            _ => AfterFailure::NotOurs,
        })
    }

    /// Puts all jobs that were given up back into the queue; answers how many.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn retry_given_up(&mut self, now: Timestamp) -> Result<u64, Error> {
        self.execute("UPDATE job SET given_up = 0, attempts = 0, due_at = $1 WHERE given_up = 1", values![now]).await
    }

    /// Jobs that were given up, with their last error.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn given_up_jobs(&mut self, limit: u32) -> Result<Vec<GivenUp>, Error> {
        let rows = self
            .rows("SELECT id, kind, subject, failed FROM job WHERE given_up = 1 ORDER BY id LIMIT $1", values![limit])
            .await?;
        rows.into_iter()
            .map(|mut row| {
                Ok(GivenUp {
                    id: row.id()?,
                    kind: row.text()?,
                    subject: row.id()?,
                    error: row.opt_text()?.unwrap_or_default(),
                })
            })
            .collect()
    }

    /// The state of the queue.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn job_counts(&mut self, now: Timestamp) -> Result<JobCounts, Error> {
        let sql = "SELECT COUNT(CASE WHEN given_up = 0 THEN 1 END), COUNT(CASE WHEN given_up = 0 AND due_at <= $1 THEN 1 END), \
                   COUNT(CASE WHEN given_up = 1 THEN 1 END) FROM job";
        let mut row = self.one(sql, values![now]).await?;
        Ok(JobCounts { open: row.number()?, due: row.number()?, given_up: row.number()? })
    }

    /// When the next open job is due.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn next_job_due(&mut self) -> Result<Option<Timestamp>, Error> {
        self.one("SELECT MIN(due_at) FROM job WHERE given_up = 0", values![]).await?.opt_time()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_stay_below_an_hour() {
        let seconds: Vec<i64> = (1..=14).map(|attempt| back_off(attempt).as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600]);
        assert_eq!(back_off(0), SignedDuration::from_secs(1));
        assert_eq!(back_off(u32::MAX), SignedDuration::from_secs(3_600));
    }
}
