//! One-time codes that wait to be entered, and how often somebody tried and failed. All processes of a system count together.

use jiff::Timestamp;
use uuid::Uuid;

use crate::{db::Tx, error::Error, value::values};

/// A one-time code that waits. What it is for and the code itself are keyed digests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneTimeCode {
    /// What it is for and whose: one code each.
    pub place: [u8; 16],
    /// Its id.
    pub id: Uuid,
    /// Keyed digest of the code.
    pub code_digest: [u8; 16],
    /// How many wrong codes were entered.
    pub tries: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is dead.
    pub expires_at: Timestamp,
}

/// A code given at a counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CounterCode {
    /// Keyed digest of the code.
    pub code_digest: [u8; 16],
    /// Whom of the register the staff saw.
    pub owner: Uuid,
    /// The account of the member of staff.
    pub made_by: Uuid,
    /// When.
    pub created_at: Timestamp,
    /// From when on it is dead.
    pub expires_at: Timestamp,
}

/// How often something was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempts {
    /// Tries within the present window.
    pub tries: u32,
    /// When that window began.
    pub since: Timestamp,
    /// How many times in a row it was locked.
    pub locks: u32,
    /// Until when it is locked; a past instant when it is not.
    pub locked_until: Timestamp,
    /// When all this may be forgotten.
    pub forget_at: Timestamp,
}

impl Tx {
    /// Records a one-time code in the place of any before it.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn put_one_time_code(&mut self, code: &OneTimeCode) -> Result<(), Error> {
        let OneTimeCode { place, id, code_digest, tries, created_at, expires_at } = code;
        let sql = "INSERT INTO one_time_code (place, id, code_digest, tries, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6) \
                   ON CONFLICT (place) DO UPDATE SET id = excluded.id, code_digest = excluded.code_digest, tries = excluded.tries, \
                   created_at = excluded.created_at, expires_at = excluded.expires_at";
        self.execute(sql, values![*place, *id, *code_digest, *tries, *created_at, *expires_at]).await.map(drop)
    }

    /// The one-time code of a place, kept from others until the transaction ends; also one that has expired.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn lock_one_time_code(&mut self, place: [u8; 16]) -> Result<Option<OneTimeCode>, Error> {
        let sql = "SELECT place, id, code_digest, tries, created_at, expires_at FROM one_time_code WHERE place = $1 FOR UPDATE";
        let row = self.row(sql, values![place]).await?;
        row.map(|mut row| {
            Ok(OneTimeCode {
                place: row.array()?,
                id: row.id()?,
                code_digest: row.array()?,
                tries: row.number()?,
                created_at: row.time()?,
                expires_at: row.time()?,
            })
        })
        .transpose()
    }

    /// Counts a wrong code.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn count_wrong_code(&mut self, place: [u8; 16]) -> Result<(), Error> {
        self.execute("UPDATE one_time_code SET tries = tries + 1 WHERE place = $1", values![place]).await.map(drop)
    }

    /// Forgets the code of a place. Answers whether there was one.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn end_one_time_code(&mut self, place: [u8; 16]) -> Result<bool, Error> {
        Ok(self.execute("DELETE FROM one_time_code WHERE place = $1", values![place]).await? == 1)
    }

    /// Records a code given at a counter in the place of any before it for the same person.
    ///
    /// # Errors
    /// `Conflict` when another person's code is the same; `Engine`.
    pub async fn put_counter_code(&mut self, code: &CounterCode) -> Result<(), Error> {
        let CounterCode { code_digest, owner, made_by, created_at, expires_at } = code;
        self.execute("DELETE FROM counter_code WHERE owner = $1", values![*owner]).await?;
        let sql = "INSERT INTO counter_code (code_digest, owner, made_by, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)";
        self.execute(sql, values![*code_digest, *owner, *made_by, *created_at, *expires_at]).await.map(drop)
    }

    /// Takes a code given at a counter: it is there once, and not when it has expired.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn take_counter_code(
        &mut self,
        code_digest: [u8; 16],
        now: Timestamp,
    ) -> Result<Option<CounterCode>, Error> {
        let sql = "SELECT code_digest, owner, made_by, created_at, expires_at FROM counter_code WHERE code_digest = $1 AND expires_at > $2 FOR UPDATE";
        let Some(mut row) = self.row(sql, values![code_digest, now]).await? else { return Ok(None) };
        let code = CounterCode {
            code_digest: row.array()?,
            owner: row.id()?,
            made_by: row.id()?,
            created_at: row.time()?,
            expires_at: row.time()?,
        };
        let gone = self.execute("DELETE FROM counter_code WHERE code_digest = $1", values![code_digest]).await?;
        Ok((gone == 1).then_some(code))
    }

    /// How often something was tried, kept from others until the transaction ends: two that try at once are counted twice.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn lock_attempts(&mut self, bucket: [u8; 16], now: Timestamp) -> Result<Attempts, Error> {
        let sql = "INSERT INTO attempt (bucket, tries, since, locks, locked_until, forget_at) VALUES ($1, 0, $2, 0, $2, $2) \
                   ON CONFLICT (bucket) DO NOTHING";
        self.execute(sql, values![bucket, now]).await?;
        let sql = "SELECT tries, since, locks, locked_until, forget_at FROM attempt WHERE bucket = $1 FOR UPDATE";
        let mut row = self.one(sql, values![bucket]).await?;
        Ok(Attempts {
            tries: row.number()?,
            since: row.time()?,
            locks: row.number()?,
            locked_until: row.time()?,
            forget_at: row.time()?,
        })
    }

    /// Records how often something was tried.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn put_attempts(&mut self, bucket: [u8; 16], attempts: &Attempts) -> Result<(), Error> {
        let Attempts { tries, since, locks, locked_until, forget_at } = attempts;
        let sql = "UPDATE attempt SET tries = $2, since = $3, locks = $4, locked_until = $5, forget_at = $6 WHERE bucket = $1";
        self.execute(sql, values![bucket, *tries, *since, *locks, *locked_until, *forget_at]).await.map(drop)
    }

    /// Forgets tries: what was tried succeeded.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn forget_attempts(&mut self, bucket: [u8; 16]) -> Result<(), Error> {
        self.execute("DELETE FROM attempt WHERE bucket = $1", values![bucket]).await.map(drop)
    }

    /// Forgets codes that expired and tries that no longer matter; answers how many rows went.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn sweep_attempts(&mut self, now: Timestamp) -> Result<u64, Error> {
        let mut gone = 0;
        for sql in [
            "DELETE FROM one_time_code WHERE expires_at <= $1",
            "DELETE FROM counter_code WHERE expires_at <= $1",
            "DELETE FROM attempt WHERE forget_at <= $1",
        ] {
            gone += self.execute(sql, values![now]).await?;
        }
        Ok(gone)
    }
}
