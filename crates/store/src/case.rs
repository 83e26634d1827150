//! Cases: what a person asks for, and every step until it is done. The steps are append-only; the case's row says where it stands.

use jiff::Timestamp;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    db::Tx,
    error::Error,
    value::{Kind, Row, values},
};

/// The most cases of one page.
pub const MAX_PAGE: u32 = 1_000;

/// A case to be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCase<'a> {
    /// The driver it is about.
    pub subject: Uuid,
    /// Its id.
    pub id: Uuid,
    /// Who asks: the owner record of the driver.
    pub owner: Uuid,
    /// What is asked for, for example `first`.
    pub kind: &'a str,
    /// When it was opened.
    pub opened_at: Timestamp,
}

/// Where a case stands after its last action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseStanding<'a> {
    /// The stable word of its status.
    pub status: &'a str,
    /// Nothing more will happen in it.
    pub closed: bool,
    /// Whether it is urgent.
    pub urgent: bool,
    /// The photo that is asked for; `None`: none is decided on.
    pub photo: Option<Uuid>,
    /// Until when the office has to answer.
    pub expected_by: Option<Timestamp>,
}

/// A step in a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAction<'a> {
    /// When.
    pub at: Timestamp,
    /// The person or the program.
    pub actor: &'a str,
    /// The stable word of what was done.
    pub what: &'a str,
    /// What belongs to it, as JSON: codes and ids, nothing personal.
    pub data: &'a str,
    /// What somebody wrote; sealed at rest.
    pub note: Option<&'a str>,
}

/// A case as it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCase {
    /// The driver it is about.
    pub subject: Uuid,
    /// Its id.
    pub id: Uuid,
    /// Who asks.
    pub owner: Uuid,
    /// What is asked for.
    pub kind: String,
    /// The stable word of its status.
    pub status: String,
    /// Whether it is urgent.
    pub urgent: bool,
    /// The photo that is asked for.
    pub photo: Option<Uuid>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// Until when the office has to answer.
    pub expected_by: Option<Timestamp>,
    /// How many actions it has; the next one has one more.
    pub version: u32,
    /// When its last action was.
    pub updated_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
}

/// A step as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseAction {
    /// Counts up in each case, from 1.
    pub seq: u32,
    /// When.
    pub at: Timestamp,
    /// The person or the program.
    pub actor: String,
    /// The stable word of what was done.
    pub what: String,
    /// What belongs to it, as JSON.
    pub data: String,
    /// What somebody wrote, opened.
    pub note: Option<String>,
}

const COLUMNS: &str =
    "subject, id, owner, kind, status, urgent, photo, opened_at, expected_by, version, updated_at, closed_at";

const CASE: &[(&str, Kind)] = &[
    ("subject", Kind::Id),
    ("id", Kind::Id),
    ("owner", Kind::Id),
    ("kind", Kind::Text),
    ("status", Kind::Text),
    ("urgent", Kind::Int),
    ("photo", Kind::Id),
    ("opened_at", Kind::Int),
    ("expected_by", Kind::Int),
    ("version", Kind::Int),
    ("updated_at", Kind::Int),
    ("closed_at", Kind::Int),
];
const ACTION: &[(&str, Kind)] = &[
    ("subject", Kind::Id),
    ("case_id", Kind::Id),
    ("seq", Kind::Int),
    ("at", Kind::Int),
    ("actor", Kind::Text),
    ("what", Kind::Text),
    ("data", Kind::Text),
    ("note", Kind::Bytes),
];

fn stored_case(mut row: Row) -> Result<StoredCase, Error> {
    Ok(StoredCase {
        subject: row.id()?,
        id: row.id()?,
        owner: row.id()?,
        kind: row.text()?,
        status: row.text()?,
        urgent: row.flag()?,
        photo: row.opt_id()?,
        opened_at: row.time()?,
        expected_by: row.opt_time()?,
        version: row.number()?,
        updated_at: row.time()?,
        closed_at: row.opt_time()?,
    })
}

/// A note is bound to its place in its case.
fn note_place(case: Uuid, seq: u32) -> [u8; 20] {
    let mut place = [0; 20];
    place[..16].copy_from_slice(case.as_bytes());
    place[16..].copy_from_slice(&seq.to_be_bytes());
    place
}

impl Tx {
    /// Opens a case with its first action. The database refuses a second open case about the same driver.
    ///
    /// # Errors
    /// `Conflict { what: "licence_case_one_open" }` when there is an open one; `Engine`.
    pub async fn open_case(
        &mut self,
        case: &NewCase<'_>,
        first: &NewAction<'_>,
        standing: &CaseStanding<'_>,
    ) -> Result<(), Error> {
        let NewCase { subject, id, owner, kind, opened_at } = case;
        let row = values![
            *subject,
            *id,
            *owner,
            *kind,
            standing.status,
            standing.urgent,
            standing.photo,
            *opened_at,
            standing.expected_by,
            1_u8,
            first.at,
            standing.closed.then_some(first.at),
        ];
        self.insert_many("licence_case", CASE, row).await?;
        self.put_case_action(*subject, *id, 1, first).await
    }

    /// Records the next action of a case and where it stands then. `before` is the case as the caller saw it. Answers the action's
    /// number.
    ///
    /// # Errors
    /// `Conflict { what: "case_action_key" }` when something happened in the case meanwhile; `Engine`.
    pub async fn append_case_action(
        &mut self,
        before: &StoredCase,
        action: &NewAction<'_>,
        standing: &CaseStanding<'_>,
    ) -> Result<u32, Error> {
        let seq = before.version + 1;
        let sql = "UPDATE licence_case SET status = $3, urgent = $4, photo = $5, expected_by = $6, version = $7, updated_at = $8, closed_at = $9 \
                   WHERE subject = $1 AND id = $2 AND version = $10";
        let values = values![
            before.subject,
            before.id,
            standing.status,
            standing.urgent,
            standing.photo,
            standing.expected_by,
            seq,
            action.at,
            standing.closed.then_some(action.at),
            before.version,
        ];
        if self.execute(sql, values).await? != 1 {
            return Err(Error::Conflict { what: "case_action_key".to_owned() });
        }
        self.put_case_action(before.subject, before.id, seq, action).await?;
        Ok(seq)
    }

    /// Writes an action of any case down.
    pub(crate) async fn put_case_action(
        &mut self,
        subject: Uuid,
        case: Uuid,
        seq: u32,
        action: &NewAction<'_>,
    ) -> Result<(), Error> {
        let note = action
            .note
            .map(|note| self.vault().seal("case_action", "note", &note_place(case, seq), note.as_bytes()))
            .transpose()?;
        let row = values![subject, case, seq, action.at, action.actor, action.what, action.data, note];
        self.insert_many("case_action", ACTION, row).await
    }

    /// One case.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn find_case(&mut self, id: Uuid) -> Result<Option<StoredCase>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM licence_case WHERE id = $1");
        self.row(AssertSqlSafe(sql), values![id]).await?.map(stored_case).transpose()
    }

    /// As [`Tx::find_case`], locked until the transaction ends.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn lock_case(&mut self, id: Uuid) -> Result<Option<StoredCase>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM licence_case WHERE id = $1 FOR UPDATE");
        self.row(AssertSqlSafe(sql), values![id]).await?.map(stored_case).transpose()
    }

    /// The open case about a driver.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn find_open_case(&mut self, subject: Uuid) -> Result<Option<StoredCase>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM licence_case WHERE subject = $1 AND closed_at IS NULL");
        self.row(AssertSqlSafe(sql), values![subject]).await?.map(stored_case).transpose()
    }

    /// The cases of a person, newest first, at most [`MAX_PAGE`].
    ///
    /// # Errors
    /// `Engine`.
    pub async fn cases_of(&mut self, owner: Uuid) -> Result<Vec<StoredCase>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM licence_case WHERE owner = $1 ORDER BY id DESC LIMIT $2");
        self.rows(AssertSqlSafe(sql), values![owner, MAX_PAGE]).await?.into_iter().map(stored_case).collect()
    }

    /// Open cases of a status, by id after `after`, at most `limit` (and [`MAX_PAGE`]): what the system itself has to carry on.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn open_cases(
        &mut self,
        status: &str,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<StoredCase>, Error> {
        let sql = format!(
            "SELECT {COLUMNS} FROM licence_case WHERE closed_at IS NULL AND status = $1 AND id > $2 ORDER BY id LIMIT $3"
        );
        let values = values![status, after.unwrap_or(Uuid::nil()), limit.min(MAX_PAGE)];
        self.rows(AssertSqlSafe(sql), values).await?.into_iter().map(stored_case).collect()
    }

    /// What happened in a case, oldest first.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn case_actions(&mut self, case: &StoredCase) -> Result<Vec<CaseAction>, Error> {
        self.actions_of(case.subject, case.id).await
    }

    /// The actions of any case.
    pub(crate) async fn actions_of(&mut self, subject: Uuid, case: Uuid) -> Result<Vec<CaseAction>, Error> {
        let sql =
            "SELECT seq, at, actor, what, data, note FROM case_action WHERE subject = $1 AND case_id = $2 ORDER BY seq";
        let rows = self.rows(sql, values![subject, case]).await?;
        let action = |mut row: Row| {
            let seq = row.number()?;
            let (at, actor, what, data) = (row.time()?, row.text()?, row.text()?, row.text()?);
            let open = |sealed: Vec<u8>| self.vault().open_text("case_action", "note", &note_place(case, seq), &sealed);
            Ok(CaseAction { seq, at, actor, what, data, note: row.opt_bytes()?.map(open).transpose()? })
        };
        rows.into_iter().map(action).collect()
    }
}
