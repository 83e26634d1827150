//! Notices to owners.

use jiff::Timestamp;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    db::Tx,
    error::Error,
    value::{Kind, Row, values},
};

/// The most notices of one page.
pub const MAX_PAGE: u32 = 100;
/// Bytes of the reference by which a notice's code finds it: the last ones of its id, which are random.
pub const REFERENCE_LEN: usize = 5;
/// The most notices that are looked at for one reference. Two share one so rarely that ten never do.
const SAME_REFERENCE: u32 = 10;

/// The reference by which a notice's code finds it.
pub fn reference(notice: Uuid) -> [u8; REFERENCE_LEN] {
    let bytes = notice.as_bytes();
    std::array::from_fn(|at| bytes[bytes.len() - REFERENCE_LEN + at])
}

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

const COLUMNS: &str = "id, kind, params, created_at, read_at";
const CODE: &[(&str, Kind)] = &[("reference", Kind::Bytes), ("notice", Kind::Id), ("owner", Kind::Id)];

impl Tx {
    /// Gives a notice, once per owner and dedupe key. Answers whether it is new.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn add_notice(&mut self, notice: &NewNotice<'_>) -> Result<bool, Error> {
        let NewNotice { owner, id, dedupe, kind, params, created_at } = notice;
        let sql = "INSERT INTO notice (owner, id, dedupe, kind, params, created_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (owner, dedupe) DO NOTHING";
        let new = self.execute(sql, values![*owner, *id, *dedupe, *kind, *params, *created_at]).await? == 1;
        if new {
            self.insert_many("notice_code", CODE, values![reference(*id).to_vec(), *id, *owner]).await?;
        }
        Ok(new)
    }

    /// One notice of an owner.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn find_notice(&mut self, owner: Uuid, id: Uuid) -> Result<Option<Notice>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM notice WHERE owner = $1 AND id = $2");
        self.row(AssertSqlSafe(sql), values![owner, id]).await?.map(notice).transpose()
    }

    /// The notices with a reference, each with its owner: one, or none, or very rarely two.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn notices_by_reference(&mut self, reference: [u8; REFERENCE_LEN]) -> Result<Vec<(Uuid, Notice)>, Error> {
        let sql = "SELECT owner, notice FROM notice_code WHERE reference = $1 ORDER BY notice LIMIT $2";
        let mut found = Vec::new();
        for mut row in self.rows(sql, values![reference.to_vec(), SAME_REFERENCE]).await? {
            let (owner, id) = (row.id()?, row.id()?);
            found.extend(self.find_notice(owner, id).await?.map(|notice| (owner, notice)));
        }
        Ok(found)
    }

    /// An owner's notices, newest first, those before `before` when a page follows another.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn notices(&mut self, owner: Uuid, before: Option<Uuid>, limit: u32) -> Result<Vec<Notice>, Error> {
        self.notice_page("", owner, before, limit).await
    }

    /// As [`Tx::notices`], only what was not read.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn notices_unread(
        &mut self,
        owner: Uuid,
        before: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<Notice>, Error> {
        self.notice_page("AND read_at IS NULL", owner, before, limit).await
    }

    async fn notice_page(
        &mut self,
        and: &'static str,
        owner: Uuid,
        before: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<Notice>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM notice WHERE owner = $1 AND id < $2 {and} ORDER BY id DESC LIMIT $3");
        let rows =
            self.rows(AssertSqlSafe(sql), values![owner, before.unwrap_or(Uuid::max()), limit.min(MAX_PAGE)]).await?;
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

    /// Marks a notice as not read. Answers whether the owner has such a notice.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn mark_notice_unread(&mut self, owner: Uuid, id: Uuid) -> Result<bool, Error> {
        let sql = "UPDATE notice SET read_at = NULL WHERE owner = $1 AND id = $2";
        Ok(self.execute(sql, values![owner, id]).await? == 1)
    }

    /// Marks everything that an owner has as read. Answers how many were not.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn mark_notices_read(&mut self, owner: Uuid, at: Timestamp) -> Result<u64, Error> {
        self.execute("UPDATE notice SET read_at = $2 WHERE owner = $1 AND read_at IS NULL", values![owner, at]).await
    }
}
