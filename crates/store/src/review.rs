//! What staff have to look at: a queue with leases. Urgent ones first, then the oldest; a second look never goes to who had the first.

use jiff::Timestamp;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    bulk::claim_review,
    db::Tx,
    error::Error,
    value::{Kind, Row, values},
};

/// The most rows of one answer.
pub const MAX_PAGE: u32 = 10_000;

/// Which look it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Look {
    /// The decision.
    First,
    /// A sample of decisions, looked at by somebody else.
    Second {
        /// Who had the first look.
        first_reviewer: Uuid,
    },
}

impl Look {
    const fn number(self) -> u8 {
        match self {
            Self::First => 1,
            Self::Second { .. } => 2,
        }
    }

    const fn first_reviewer(self) -> Option<Uuid> {
        match self {
            Self::First => None,
            Self::Second { first_reviewer } => Some(first_reviewer),
        }
    }
}

/// Which looks a reviewer wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wanted {
    /// Whatever is next.
    Any,
    /// First looks only.
    First,
    /// Second looks only.
    Second,
}

/// A row for the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReview {
    /// The driver it is about.
    pub subject: Uuid,
    /// Its id.
    pub id: Uuid,
    /// The case it belongs to.
    pub case: Uuid,
    /// The photo to be looked at.
    pub photo: Uuid,
    /// Which look it is.
    pub look: Look,
    /// Whether it goes before others.
    pub urgent: bool,
    /// Since when the person waits.
    pub submitted_at: Timestamp,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReviewState {
    /// Waits, or is in somebody's hands until `lease_until`.
    Waiting,
    /// Decided.
    Decided {
        /// The stable word.
        decision: String,
        /// The code of why, when there is one.
        reason: Option<String>,
        /// When.
        at: Timestamp,
        /// Until when the reviewer may take it back.
        undo_until: Option<Timestamp>,
    },
    /// The person no longer asks.
    Withdrawn,
}

/// A row of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// The driver it is about.
    pub subject: Uuid,
    /// Its id.
    pub id: Uuid,
    /// The case it belongs to.
    pub case: Uuid,
    /// The photo to be looked at.
    pub photo: Uuid,
    /// Which look it is.
    pub look: Look,
    /// Whether it goes before others.
    pub urgent: bool,
    /// Since when the person waits.
    pub submitted_at: Timestamp,
    /// Who has it in hand, or decided it.
    pub reviewer: Option<Uuid>,
    /// Since when they have it.
    pub claimed_at: Option<Timestamp>,
    /// Until when nobody else gets it.
    pub lease_until: Option<Timestamp>,
    /// What became of it.
    pub state: ReviewState,
}

/// How the queue stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReviewCounts {
    /// All that wait, in hand or not, first and second looks.
    pub waiting: u64,
    /// Of these: urgent.
    pub urgent: u64,
    /// Of these: second looks.
    pub second_look: u64,
    /// Of these: in somebody's hands.
    pub in_hand: u64,
    /// Since when the one that waits longest does.
    pub oldest: Option<Timestamp>,
    /// Decided since the given moment.
    pub decided: u64,
}

/// When one row was submitted, taken in hand and decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReviewTimes {
    /// Since when the person waited.
    pub submitted_at: Timestamp,
    /// When the one who decided took it; for a decision that was taken back, the last time.
    pub claimed_at: Timestamp,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// Whether it was urgent.
    pub urgent: bool,
}

/// A decision to be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision<'a> {
    /// Who decides; must have it in hand.
    pub reviewer: Uuid,
    /// The stable word, for example `approved`.
    pub decision: &'a str,
    /// The code of why.
    pub reason: Option<&'a str>,
    /// When.
    pub at: Timestamp,
    /// Until when it may be taken back.
    pub undo_until: Option<Timestamp>,
}

pub(crate) const COLUMNS: &str = "subject, id, case_id, photo, look, rank, state, submitted_at, first_reviewer, reviewer, claimed_at, \
                                  lease_until, decision, reason, decided_at, undo_until";

const REVIEW: &[(&str, Kind)] = &[
    ("subject", Kind::Id),
    ("id", Kind::Id),
    ("case_id", Kind::Id),
    ("photo", Kind::Id),
    ("look", Kind::Int),
    ("rank", Kind::Int),
    ("state", Kind::Text),
    ("submitted_at", Kind::Int),
    ("first_reviewer", Kind::Id),
];

fn review(mut row: Row) -> Result<Review, Error> {
    let (subject, id, case, photo) = (row.id()?, row.id()?, row.id()?, row.id()?);
    let (look, rank, state, submitted_at) = (row.int()?, row.int()?, row.text()?, row.time()?);
    let broken = |why: String| Error::broken("review", id, why);
    let look = match (look, row.opt_id()?) {
        (1, None) => Look::First,
        (2, Some(first_reviewer)) => Look::Second { first_reviewer },
        (other, _) => return Err(broken(format!("look {other}"))),
    };
    let (reviewer, claimed_at, lease_until) = (row.opt_id()?, row.opt_time()?, row.opt_time()?);
    let (decision, reason, decided_at, undo_until) =
        (row.opt_text()?, row.opt_text()?, row.opt_time()?, row.opt_time()?);
    let state = match (state.as_str(), decision, decided_at) {
        ("waiting", _, _) => ReviewState::Waiting,
        ("withdrawn", _, _) => ReviewState::Withdrawn,
        ("decided", Some(decision), Some(at)) => ReviewState::Decided { decision, reason, at, undo_until },
        (other, _, _) => return Err(broken(format!("state {other:?}"))),
    };
    let urgent = rank == 0;
    Ok(Review { subject, id, case, photo, look, urgent, submitted_at, reviewer, claimed_at, lease_until, state })
}

impl Tx {
    /// Puts a row into the queue. It becomes visible to reviewers when this transaction commits.
    ///
    /// # Errors
    /// `Conflict` when the id is taken; `Engine`.
    pub async fn enqueue_review(&mut self, new: &NewReview) -> Result<(), Error> {
        let row = values![
            new.subject,
            new.id,
            new.case,
            new.photo,
            new.look.number(),
            u8::from(!new.urgent),
            "waiting",
            new.submitted_at,
            new.look.first_reviewer(),
        ];
        self.insert_many("review", REVIEW, row).await
    }

    /// Takes the next row that is in nobody's hands: urgent ones first, then the oldest; never the second look at one's own decision.
    /// Until `lease_until` nobody else gets it. `None`: nothing waits that this reviewer may have.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn claim_review(
        &mut self,
        reviewer: Uuid,
        now: Timestamp,
        lease_until: Timestamp,
        wanted: Wanted,
    ) -> Result<Option<Review>, Error> {
        let (low, high) = match wanted {
            Wanted::Any => (1_u8, 2_u8),
            Wanted::First => (1, 1),
            Wanted::Second => (2, 2),
        };
        let sql = claim_review(self.engine(), COLUMNS);
        let values = values![reviewer, now, lease_until, low, high];
        self.row(AssertSqlSafe(sql), values).await?.map(review).transpose()
    }

    /// Records a decision. Answers `false` when the row is not in this reviewer's hands any more: somebody else took it after the lease,
    /// it is decided, or the person withdrew.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn decide_review(&mut self, row: &Review, decision: &Decision<'_>) -> Result<bool, Error> {
        let Decision { reviewer, decision, reason, at, undo_until } = decision;
        let sql = "UPDATE review SET state = 'decided', decision = $4, reason = $5, decided_at = $6, undo_until = $7, lease_until = NULL \
                   WHERE subject = $1 AND id = $2 AND state = 'waiting' AND reviewer = $3";
        let values = values![row.subject, row.id, *reviewer, *decision, *reason, *at, *undo_until];
        Ok(self.execute(sql, values).await? == 1)
    }

    /// Takes a decision back while its reviewer still may: the row is in their hands again until `lease_until`. Answers `false` when it
    /// is too late or was somebody else's.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn undo_review(
        &mut self,
        row: &Review,
        reviewer: Uuid,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<bool, Error> {
        let sql = "UPDATE review SET state = 'waiting', decision = NULL, reason = NULL, decided_at = NULL, undo_until = NULL, \
                   claimed_at = $4, lease_until = $5 \
                   WHERE subject = $1 AND id = $2 AND state = 'decided' AND reviewer = $3 AND undo_until > $4";
        Ok(self.execute(sql, values![row.subject, row.id, reviewer, now, lease_until]).await? == 1)
    }

    /// Puts a row back into the queue. Answers `false` when it is not in this reviewer's hands.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn release_review(&mut self, row: &Review, reviewer: Uuid) -> Result<bool, Error> {
        let sql = "UPDATE review SET reviewer = NULL, claimed_at = NULL, lease_until = NULL \
                   WHERE subject = $1 AND id = $2 AND state = 'waiting' AND reviewer = $3";
        Ok(self.execute(sql, values![row.subject, row.id, reviewer]).await? == 1)
    }

    /// Takes what waits of a case out of the queue; answers how many rows.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn withdraw_reviews(&mut self, subject: Uuid, case: Uuid) -> Result<u64, Error> {
        let sql = "UPDATE review SET state = 'withdrawn', reviewer = NULL, claimed_at = NULL, lease_until = NULL \
                   WHERE subject = $1 AND case_id = $2 AND state = 'waiting'";
        self.execute(sql, values![subject, case]).await
    }

    /// One row.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn find_review(&mut self, id: Uuid) -> Result<Option<Review>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM review WHERE id = $1");
        self.row(AssertSqlSafe(sql), values![id]).await?.map(review).transpose()
    }

    /// As [`Tx::find_review`], locked until the transaction ends.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn lock_review(&mut self, id: Uuid) -> Result<Option<Review>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM review WHERE id = $1 FOR UPDATE");
        self.row(AssertSqlSafe(sql), values![id]).await?.map(review).transpose()
    }

    /// All looks at a case, oldest first.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn reviews_of_case(&mut self, subject: Uuid, case: Uuid) -> Result<Vec<Review>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM review WHERE subject = $1 AND case_id = $2 ORDER BY id");
        self.rows(AssertSqlSafe(sql), values![subject, case]).await?.into_iter().map(review).collect()
    }

    /// What a reviewer has in hand: rows whose lease runs, and decisions they may still take back. Oldest first.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn reviews_in_hand(&mut self, reviewer: Uuid, now: Timestamp) -> Result<Vec<Review>, Error> {
        let sql = format!(
            "SELECT {COLUMNS} FROM review WHERE state = 'waiting' AND reviewer = $1 AND lease_until > $2 \
             UNION ALL SELECT {COLUMNS} FROM review WHERE state = 'decided' AND reviewer = $1 AND undo_until > $2 ORDER BY id"
        );
        self.rows(AssertSqlSafe(sql), values![reviewer, now]).await?.into_iter().map(review).collect()
    }

    /// How the queue stands, and how many were decided since `since`. Reads only what waits and what was decided since then.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn review_counts(&mut self, now: Timestamp, since: Timestamp) -> Result<ReviewCounts, Error> {
        let sql = "SELECT COUNT(*), COUNT(CASE WHEN rank = 0 THEN 1 END), COUNT(CASE WHEN look = 2 THEN 1 END), \
                   COUNT(CASE WHEN lease_until > $1 THEN 1 END), MIN(submitted_at) FROM review WHERE state = 'waiting'";
        let mut row = self.one(sql, values![now]).await?;
        let mut counts = ReviewCounts {
            waiting: row.number()?,
            urgent: row.number()?,
            second_look: row.number()?,
            in_hand: row.number()?,
            oldest: row.opt_time()?,
            decided: 0,
        };
        let sql = "SELECT COUNT(*) FROM review WHERE state = 'decided' AND decided_at >= $1";
        counts.decided = self.one(sql, values![since]).await?.number()?;
        Ok(counts)
    }

    /// The times of what was decided from `since` on, newest first, at most [`MAX_PAGE`].
    ///
    /// # Errors
    /// `Engine`.
    pub async fn review_times(&mut self, since: Timestamp) -> Result<Vec<ReviewTimes>, Error> {
        let sql = "SELECT submitted_at, claimed_at, decided_at, rank FROM review WHERE state = 'decided' AND decided_at >= $1 \
                   ORDER BY decided_at DESC LIMIT $2";
        let times = |mut row: Row| {
            Ok(ReviewTimes {
                submitted_at: row.time()?,
                claimed_at: row.time()?,
                decided_at: row.time()?,
                urgent: row.int()? == 0,
            })
        };
        self.rows(sql, values![since, MAX_PAGE]).await?.into_iter().map(times).collect()
    }
}
