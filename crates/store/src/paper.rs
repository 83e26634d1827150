//! Marks on paper: to whom they go, and how far they are.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    db::Tx,
    error::Error,
    value::{Kind, Row, values},
};

/// The most orders of one page.
pub const MAX_PAGE: u32 = 500;

/// To whom a paper goes. Personal data: sealed at rest.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receiver {
    /// The name.
    pub recipient: String,
    /// A phone number, digits only.
    pub phone: String,
    /// Street and number; empty for a paper that is picked up.
    pub address: String,
}

impl std::fmt::Debug for Receiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Receiver")
    }
}

/// A paper to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPaper<'a> {
    /// The vehicle.
    pub vehicle: Uuid,
    /// Its id.
    pub id: Uuid,
    /// The case in which it was ordered.
    pub case: Uuid,
    /// `post` or `pickup`.
    pub way: &'a str,
    /// Where it goes: the division of the address or of the office.
    pub division: u32,
    /// The office where it is picked up.
    pub office: Option<&'a str>,
    /// The stable word of its state.
    pub state: &'a str,
    /// To whom.
    pub receiver: &'a Receiver,
    /// When it was ordered.
    pub ordered_at: Timestamp,
}

/// A paper as it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    /// The vehicle.
    pub vehicle: Uuid,
    /// Its id.
    pub id: Uuid,
    /// The case in which it was ordered.
    pub case: Uuid,
    /// `post` or `pickup`.
    pub way: String,
    /// Where it goes.
    pub division: u32,
    /// The office where it is picked up.
    pub office: Option<String>,
    /// The stable word of its state.
    pub state: String,
    /// To whom; forgotten some time after it is over.
    pub receiver: Option<Receiver>,
    /// Who carries it.
    pub carrier: Option<String>,
    /// The parcel's number, opened.
    pub tracking: Option<String>,
    /// The last day to pick it up.
    pub collect_by: Option<Date>,
    /// Until when the last step can be taken back.
    pub undo_until: Option<Timestamp>,
    /// When it was ordered.
    pub ordered_at: Timestamp,
    /// When its state last changed.
    pub updated_at: Timestamp,
    /// When it was over.
    pub closed_at: Option<Timestamp>,
}

const COLUMNS: &str = "vehicle, id, case_id, way, division, office, state, receiver, carrier, tracking, collect_by, undo_until, ordered_at, updated_at, closed_at";

const PAPER: &[(&str, Kind)] = &[
    ("vehicle", Kind::Id),
    ("id", Kind::Id),
    ("case_id", Kind::Id),
    ("way", Kind::Text),
    ("division", Kind::Int),
    ("office", Kind::Text),
    ("state", Kind::Text),
    ("receiver", Kind::Bytes),
    ("ordered_at", Kind::Int),
    ("updated_at", Kind::Int),
];

impl Tx {
    fn paper(&self, mut row: Row) -> Result<Paper, Error> {
        let (vehicle, id, case) = (row.id()?, row.id()?, row.id()?);
        let (way, division, office, state) = (row.text()?, row.number()?, row.opt_text()?, row.text()?);
        let open = |field: &str, sealed: Vec<u8>| self.vault().open("paper_order", field, id.as_bytes(), &sealed);
        let broken = |why: String| Error::broken("paper_order", id, why);
        let receiver = match row.opt_bytes()? {
            Some(sealed) => {
                Some(serde_json::from_slice(&open("receiver", sealed)?).map_err(|error| broken(error.to_string()))?)
            }
            None => None,
        };
        let carrier = row.opt_text()?;
        let tracking = match row.opt_bytes()? {
            Some(sealed) => {
                Some(String::from_utf8(open("tracking", sealed)?).map_err(|error| broken(error.to_string()))?)
            }
            None => None,
        };
        Ok(Paper {
            vehicle,
            id,
            case,
            way,
            division,
            office,
            state,
            receiver,
            carrier,
            tracking,
            collect_by: row.opt_date()?,
            undo_until: row.opt_time()?,
            ordered_at: row.time()?,
            updated_at: row.time()?,
            closed_at: row.opt_time()?,
        })
    }

    /// Records an order. The database refuses a second one that is under way for the same vehicle.
    ///
    /// # Errors
    /// `Conflict { what: "paper_order_one_open" }`; `Engine`.
    pub async fn put_paper(&mut self, paper: &NewPaper<'_>) -> Result<(), Error> {
        let NewPaper { vehicle, id, case, way, division, office, state, receiver, ordered_at } = paper;
        let plain =
            serde_json::to_vec(receiver).map_err(|error| Error::broken("paper_order", id, error.to_string()))?;
        let sealed = self.vault().seal("paper_order", "receiver", id.as_bytes(), &plain)?;
        let row = values![*vehicle, *id, *case, *way, *division, *office, *state, sealed, *ordered_at, *ordered_at];
        self.insert_many("paper_order", PAPER, row).await
    }

    /// Records where an order stands: state, carrier, number, last day, until when it can be taken back, and whether it is over.
    ///
    /// # Errors
    /// `Conflict` when it opens again beside another order; `Broken` when there is no such order; `Engine`.
    pub async fn update_paper(&mut self, paper: &Paper) -> Result<(), Error> {
        let seal = |text: &String| self.vault().seal("paper_order", "tracking", paper.id.as_bytes(), text.as_bytes());
        let tracking = paper.tracking.as_ref().map(seal).transpose()?;
        let sql = "UPDATE paper_order SET state = $3, carrier = $4, tracking = $5, collect_by = $6, undo_until = $7, updated_at = $8, closed_at = $9 \
                   WHERE vehicle = $1 AND id = $2";
        let values = values![
            paper.vehicle,
            paper.id,
            &paper.state,
            paper.carrier.clone(),
            tracking,
            paper.collect_by,
            paper.undo_until,
            paper.updated_at,
            paper.closed_at,
        ];
        match self.execute(sql, values).await? {
            1 => Ok(()),
            _ => Err(Error::broken("paper_order", paper.id, "there is no such order")),
        }
    }

    /// One order.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn find_paper(&mut self, id: Uuid) -> Result<Option<Paper>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM paper_order WHERE id = $1");
        self.row(AssertSqlSafe(sql), values![id]).await?.map(|row| self.paper(row)).transpose()
    }

    /// As [`Tx::find_paper`], locked until the transaction ends.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn lock_paper(&mut self, id: Uuid) -> Result<Option<Paper>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM paper_order WHERE id = $1 FOR UPDATE");
        self.row(AssertSqlSafe(sql), values![id]).await?.map(|row| self.paper(row)).transpose()
    }

    /// The order of a case.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn paper_of_case(&mut self, vehicle: Uuid, case: Uuid) -> Result<Option<Paper>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM paper_order WHERE vehicle = $1 AND case_id = $2");
        self.row(AssertSqlSafe(sql), values![vehicle, case]).await?.map(|row| self.paper(row)).transpose()
    }

    /// The order of a vehicle that is under way.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn open_paper(&mut self, vehicle: Uuid) -> Result<Option<Paper>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM paper_order WHERE vehicle = $1 AND closed_at IS NULL");
        self.row(AssertSqlSafe(sql), values![vehicle]).await?.map(|row| self.paper(row)).transpose()
    }

    /// Orders in a state, oldest first, those after `after` when a page follows another.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn papers_in(&mut self, state: &str, after: Option<Uuid>, limit: u32) -> Result<Vec<Paper>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM paper_order WHERE state = $1 AND id > $2 ORDER BY id LIMIT $3");
        let values = values![state, after.unwrap_or(Uuid::nil()), limit.min(MAX_PAGE)];
        self.rows(AssertSqlSafe(sql), values).await?.into_iter().map(|row| self.paper(row)).collect()
    }

    /// How many orders are in each state.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn paper_counts(&mut self) -> Result<Vec<(String, u64)>, Error> {
        let sql = "SELECT state, COUNT(*) FROM paper_order GROUP BY state ORDER BY state";
        self.rows(sql, values![]).await?.into_iter().map(|mut row| Ok((row.text()?, row.number()?))).collect()
    }

    /// Forgets to whom the papers went that have been over since before a moment; answers how many.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn forget_receivers(&mut self, before: Timestamp) -> Result<u64, Error> {
        let sql =
            "UPDATE paper_order SET receiver = NULL, tracking = NULL WHERE closed_at < $1 AND receiver IS NOT NULL";
        self.execute(sql, values![before]).await
    }
}
