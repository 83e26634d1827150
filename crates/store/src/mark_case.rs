//! Applications about a vehicle: for its mark, for its mark on paper. The steps are append-only; the case's row says where it stands.

use jiff::Timestamp;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    case::{CaseAction, NewAction},
    db::Tx,
    error::Error,
    value::{Kind, Row, values},
};

/// The most cases of one page.
pub const MAX_PAGE: u32 = 1_000;

/// A case about a vehicle as it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMarkCase {
    /// The vehicle.
    pub vehicle: Uuid,
    /// Its id.
    pub id: Uuid,
    /// Who asks.
    pub owner: Uuid,
    /// The stable word of the service.
    pub kind: String,
    /// The stable word of its status.
    pub status: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// How many actions it has; the next one has one more.
    pub version: u32,
    /// When its last action was.
    pub updated_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
}

/// A case about a vehicle to be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMarkCase<'a> {
    /// The vehicle.
    pub vehicle: Uuid,
    /// Its id.
    pub id: Uuid,
    /// Who asks.
    pub owner: Uuid,
    /// The stable word of the service.
    pub kind: &'a str,
    /// The stable word of its status.
    pub status: &'a str,
}

const COLUMNS: &str = "vehicle, id, owner, kind, status, opened_at, version, updated_at, closed_at";

const CASE: &[(&str, Kind)] = &[
    ("vehicle", Kind::Id),
    ("id", Kind::Id),
    ("owner", Kind::Id),
    ("kind", Kind::Text),
    ("status", Kind::Text),
    ("opened_at", Kind::Int),
    ("version", Kind::Int),
    ("updated_at", Kind::Int),
];

fn stored(mut row: Row) -> Result<StoredMarkCase, Error> {
    Ok(StoredMarkCase {
        vehicle: row.id()?,
        id: row.id()?,
        owner: row.id()?,
        kind: row.text()?,
        status: row.text()?,
        opened_at: row.time()?,
        version: row.number()?,
        updated_at: row.time()?,
        closed_at: row.opt_time()?,
    })
}

impl Tx {
    /// Opens a case with its first action. The database refuses a second open case of the same kind about the same vehicle.
    ///
    /// # Errors
    /// `Conflict { what: "vehicle_case_one_open" }`; `Engine`.
    pub async fn open_mark_case(
        &mut self,
        case: &NewMarkCase<'_>,
        first: &NewAction<'_>,
    ) -> Result<StoredMarkCase, Error> {
        let NewMarkCase { vehicle, id, owner, kind, status } = case;
        let row = values![*vehicle, *id, *owner, *kind, *status, first.at, 1_u8, first.at];
        self.insert_many("vehicle_case", CASE, row).await?;
        self.put_case_action(*vehicle, *id, 1, first).await?;
        Ok(StoredMarkCase {
            vehicle: *vehicle,
            id: *id,
            owner: *owner,
            kind: (*kind).to_owned(),
            status: (*status).to_owned(),
            opened_at: first.at,
            version: 1,
            updated_at: first.at,
            closed_at: None,
        })
    }

    /// Records the next action of a case and where it stands then. `before` is the case as the caller saw it; answers it as it is now.
    ///
    /// # Errors
    /// `Conflict { what: "case_action_key" }` when something happened in the case meanwhile, `vehicle_case_one_open` when a closed one opens
    /// again beside another; `Engine`.
    pub async fn append_mark_case(
        &mut self,
        before: &StoredMarkCase,
        action: &NewAction<'_>,
        status: &str,
        closed: bool,
    ) -> Result<StoredMarkCase, Error> {
        let seq = before.version + 1;
        let closed_at = closed.then_some(action.at);
        let sql = "UPDATE vehicle_case SET status = $3, version = $4, updated_at = $5, closed_at = $6 \
                   WHERE vehicle = $1 AND id = $2 AND version = $7";
        let values = values![before.vehicle, before.id, status, seq, action.at, closed_at, before.version];
        if self.execute(sql, values).await? != 1 {
            return Err(Error::Conflict { what: "case_action_key".to_owned() });
        }
        self.put_case_action(before.vehicle, before.id, seq, action).await?;
        let status = status.to_owned();
        Ok(StoredMarkCase { status, version: seq, updated_at: action.at, closed_at, ..before.clone() })
    }

    /// One case about a vehicle.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn find_mark_case(&mut self, id: Uuid) -> Result<Option<StoredMarkCase>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM vehicle_case WHERE id = $1");
        self.row(AssertSqlSafe(sql), values![id]).await?.map(stored).transpose()
    }

    /// As [`Tx::find_mark_case`], locked until the transaction ends.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn lock_mark_case(&mut self, id: Uuid) -> Result<Option<StoredMarkCase>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM vehicle_case WHERE id = $1 FOR UPDATE");
        self.row(AssertSqlSafe(sql), values![id]).await?.map(stored).transpose()
    }

    /// The open cases about a vehicle, one of each kind at most.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn open_mark_cases(&mut self, vehicle: Uuid) -> Result<Vec<StoredMarkCase>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM vehicle_case WHERE vehicle = $1 AND closed_at IS NULL ORDER BY id");
        self.rows(AssertSqlSafe(sql), values![vehicle]).await?.into_iter().map(stored).collect()
    }

    /// The cases that a person opened, newest first, at most [`MAX_PAGE`].
    ///
    /// # Errors
    /// `Engine`.
    pub async fn mark_cases_of(&mut self, owner: Uuid) -> Result<Vec<StoredMarkCase>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM vehicle_case WHERE owner = $1 ORDER BY id DESC LIMIT $2");
        self.rows(AssertSqlSafe(sql), values![owner, MAX_PAGE]).await?.into_iter().map(stored).collect()
    }

    /// What happened in a case about a vehicle, oldest first.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn mark_case_actions(&mut self, case: &StoredMarkCase) -> Result<Vec<CaseAction>, Error> {
        self.actions_of(case.vehicle, case.id).await
    }
}
