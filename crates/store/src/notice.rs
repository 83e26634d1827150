//! Notices to owners.

use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    db::Tx,
    error::Error,
    value::{Row, values},
};

/// The most notices of one page.
pub const MAX_PAGE: u32 = 100;

/// A notice to be given.
#[derive(Debug, Clone)]
pub struct NewNotice<'a> {
    /// To whom.
    pub owner: Uuid,
    /// Its id, made by the application; newer ids are newer notices.
    pub id: Uuid,
    /// Says which notice this is, so that it is given once: for example the event's key and the kind.
    pub dedupe: &'a str,
    /// What it says; the wording is the server's.
    pub kind: &'a str,
    /// What the wording needs, as JSON. No names, numbers or phones.
    pub params: &'a str,
    /// When.
    pub created_at: Timestamp,
}

/// A notice as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its id.
    pub id: Uuid,
    /// What it says.
    pub kind: String,
    /// What the wording needs, as JSON.
    pub params: String,
    /// When it was given.
    pub created_at: Timestamp,
    /// When it was read.
    pub read_at: Option<Timestamp>,
}

fn notice(mut row: Row) -> Result<Notice, Error> {
    Ok(Notice {
        id: row.id()?,
        kind: row.text()?,
        params: row.text()?,
        created_at: row.time()?,
        read_at: row.opt_time()?,
    })
}

impl Tx {
    /// Gives a notice, once per owner and dedupe key. Answers whether it is new.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn add_notice(&mut self, notice: &NewNotice<'_>) -> Result<bool, Error> {
        let NewNotice { owner, id, dedupe, kind, params, created_at } = notice;
        let sql = "INSERT INTO notice (owner, id, dedupe, kind, params, created_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (owner, dedupe) DO NOTHING";
        Ok(self.execute(sql, values![*owner, *id, *dedupe, *kind, *params, *created_at]).await? == 1)
    }

    /// An owner's notices, newest first, those before `before` when a page follows another.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn notices(&mut self, owner: Uuid, before: Option<Uuid>, limit: u32) -> Result<Vec<Notice>, Error> {
        let sql = "SELECT id, kind, params, created_at, read_at FROM notice WHERE owner = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
        let rows = self.rows(sql, values![owner, before.unwrap_or(Uuid::max()), limit.min(MAX_PAGE)]).await?;
        rows.into_iter().map(notice).collect()
    }

    /// Which notices of an owner with keys that begin so were given, and when, newest first.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn notices_said(
        &mut self,
        owner: Uuid,
        prefix: &str,
        limit: u32,
    ) -> Result<Vec<(String, Timestamp)>, Error> {
        let sql = "SELECT dedupe, created_at FROM notice WHERE owner = $1 AND substr(dedupe, 1, length($2)) = $2 ORDER BY id DESC LIMIT $3";
        let rows = self.rows(sql, values![owner, prefix, limit]).await?;
        rows.into_iter().map(|mut row| Ok((row.text()?, row.time()?))).collect()
    }

    /// How many notices an owner has not read.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn unread_notices(&mut self, owner: Uuid) -> Result<u32, Error> {
        self.one("SELECT COUNT(*) FROM notice WHERE owner = $1 AND read_at IS NULL", values![owner]).await?.number()
    }

    /// Marks a notice as read; the first time counts. Answers whether the owner has such a notice.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn mark_notice_read(&mut self, owner: Uuid, id: Uuid, at: Timestamp) -> Result<bool, Error> {
        let sql = "UPDATE notice SET read_at = COALESCE(read_at, $3) WHERE owner = $1 AND id = $2";
        Ok(self.execute(sql, values![owner, id, at]).await? == 1)
    }
}
