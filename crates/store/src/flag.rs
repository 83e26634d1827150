//! What staff should look at: raised by the watch over checks, settled by a person.

use jiff::Timestamp;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    db::Tx,
    error::Error,
    value::{Row, values},
};

/// The most flags of one page.
pub const MAX_PAGE: u32 = 100;
/// "flag" in ASCII: keeps two processes from raising the same thing twice at once.
const FLAG_LOCK: i64 = 0x666c_6167;

/// Something raised.
#[derive(Debug, Clone)]
pub struct NewFlag {
    /// Its id, made by the application; newer ids are newer flags.
    pub id: Uuid,
    /// `copied_code` or `enumeration`.
    pub kind: &'static str,
    /// Says what it is about: while one of these is open, another raises that one again.
    pub dedupe: [u8; 16],
    /// When.
    pub at: Timestamp,
    /// The vehicle or driver and the credential it is about.
    pub credential: Option<(Uuid, Uuid)>,
    /// The sort of caller and its id, when it is about a caller.
    pub caller: Option<(String, Option<Uuid>)>,
    /// What was seen, as JSON without anything personal.
    pub detail: String,
}

/// How a flag was settled.
#[derive(Clone, PartialEq, Eq)]
pub struct Settled {
    /// When.
    pub at: Timestamp,
    /// The outcome's code.
    pub outcome: String,
    /// In own words; sealed at rest.
    pub note: Option<String>,
    /// The account of whoever settled it.
    pub by: Uuid,
}

impl std::fmt::Debug for Settled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settled").field("at", &self.at).field("outcome", &self.outcome).finish_non_exhaustive()
    }
}

/// A flag as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// Its id.
    pub id: Uuid,
    /// `copied_code` or `enumeration`.
    pub kind: String,
    /// What it is about.
    pub dedupe: [u8; 16],
    /// When it was raised first.
    pub raised_at: Timestamp,
    /// When it was raised last.
    pub last_at: Timestamp,
    /// How often it was raised.
    pub times: u32,
    /// The vehicle or driver and the credential it is about.
    pub credential: Option<(Uuid, Uuid)>,
    /// The sort of caller and its id.
    pub caller: Option<(String, Option<Uuid>)>,
    /// What was seen last, as JSON.
    pub detail: String,
    /// How it was settled, unless it is open.
    pub settled: Option<Settled>,
}

const COLUMNS: &str = "id, kind, dedupe, raised_at, last_at, times, subject, credential, caller_sort, caller, detail, settled_at, outcome, note, settled_by";

impl Tx {
    /// Raises a flag: a new one, or the open one about the same once more. Answers its id and whether it is new.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn raise_flag(&mut self, flag: &NewFlag) -> Result<(Uuid, bool), Error> {
        self.lock_out_others(FLAG_LOCK).await?;
        if let Some(open) = self.open_flag(flag.dedupe).await? {
            let sql = "UPDATE flag SET last_at = $2, times = times + 1, detail = $3 WHERE id = $1";
            self.execute(sql, values![open, flag.at, &flag.detail]).await?;
            return Ok((open, false));
        }
        let NewFlag { id, kind, dedupe, at, credential, caller, detail } = flag;
        let (subject, credential) = credential.map_or((None, None), |(subject, id)| (Some(subject), Some(id)));
        let (sort, who) = caller.clone().map_or((None, None), |(sort, who)| (Some(sort), who));
        let sql = "INSERT INTO flag (id, kind, dedupe, raised_at, last_at, times, subject, credential, caller_sort, caller, detail) \
                   VALUES ($1, $2, $3, $4, $4, 1, $5, $6, $7, $8, $9)";
        self.execute(sql, values![*id, *kind, *dedupe, *at, subject, credential, sort, who, detail]).await?;
        Ok((*id, true))
    }

    /// The open flag about something.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn open_flag(&mut self, dedupe: [u8; 16]) -> Result<Option<Uuid>, Error> {
        let sql = "SELECT id FROM flag WHERE dedupe = $1 AND settled_at IS NULL ORDER BY id LIMIT 1";
        self.row(sql, values![dedupe]).await?.map(|mut row| row.id()).transpose()
    }

    /// Open or settled flags, newest first, those before `before` when a page follows another.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn flags(&mut self, open: bool, before: Option<Uuid>, limit: u32) -> Result<Vec<Flag>, Error> {
        let state = if open { "settled_at IS NULL" } else { "settled_at IS NOT NULL" };
        let sql = format!("SELECT {COLUMNS} FROM flag WHERE {state} AND id < $1 ORDER BY id DESC LIMIT $2");
        let rows = self.rows(AssertSqlSafe(sql), values![before.unwrap_or(Uuid::max()), limit.min(MAX_PAGE)]).await?;
        rows.into_iter().map(|row| self.flag(row)).collect()
    }

    /// How many flags are open.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn open_flags(&mut self) -> Result<u64, Error> {
        let count = self.one("SELECT COUNT(*) FROM flag WHERE settled_at IS NULL", vec![]).await?.int()?;
        Ok(count.unsigned_abs())
    }

    /// A flag, kept from others until the transaction ends.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn lock_flag(&mut self, id: Uuid) -> Result<Option<Flag>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM flag WHERE id = $1 FOR UPDATE");
        self.row(AssertSqlSafe(sql), values![id]).await?.map(|row| self.flag(row)).transpose()
    }

    /// Settles an open flag, or opens a settled one again.
    ///
    /// # Errors
    /// `Broken` when the note is too long to be sealed; `Engine`.
    pub async fn settle_flag(&mut self, id: Uuid, settled: Option<&Settled>) -> Result<(), Error> {
        let seal = |note: &String| self.vault().seal("flag", "note", id.as_bytes(), note.as_bytes());
        let note = settled.and_then(|s| s.note.as_ref()).map(seal).transpose()?;
        let sql = "UPDATE flag SET settled_at = $2, outcome = $3, note = $4, settled_by = $5 WHERE id = $1";
        let outcome = settled.map(|s| s.outcome.clone());
        let values = values![id, settled.map(|s| s.at), outcome, note, settled.map(|s| s.by)];
        self.execute(sql, values).await.map(drop)
    }

    fn flag(&self, mut row: Row) -> Result<Flag, Error> {
        let (id, kind, dedupe) = (row.id()?, row.text()?, row.array()?);
        let (raised_at, last_at, times) = (row.time()?, row.time()?, row.number()?);
        let credential = row.opt_id()?.zip(row.opt_id()?);
        let (sort, who) = (row.opt_text()?, row.opt_id()?);
        let detail = row.text()?;
        let (at, outcome, note, by) = (row.opt_time()?, row.opt_text()?, row.opt_bytes()?, row.opt_id()?);
        let open = |sealed: Vec<u8>| self.vault().open_text("flag", "note", id.as_bytes(), &sealed);
        let note = note.map(open).transpose()?;
        let settled = match (at, outcome, by) {
            (Some(at), Some(outcome), Some(by)) => Some(Settled { at, outcome, note, by }),
            _ => None,
        };
        let caller = sort.map(|sort| (sort, who));
        Ok(Flag { id, kind, dedupe, raised_at, last_at, times, credential, caller, detail, settled })
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;
    use crate::testing;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_760_000_000 + second).expect("a time")
    }

    fn new(number: u128, dedupe: u8, second: i64) -> NewFlag {
        NewFlag {
            id: Uuid::from_u128(number),
            kind: "copied_code",
            dedupe: [dedupe; 16],
            at: at(second),
            credential: Some((Uuid::from_u128(90), Uuid::from_u128(91))),
            caller: None,
            detail: format!(r#"{{"second":{second}}}"#),
        }
    }

    #[tokio::test]
    async fn an_open_flag_is_raised_again_and_a_settled_one_is_followed_by_another() {
        for db in testing::engines().await {
            let mut tx = db.write().await.expect("writes");
            let first = Uuid::from_u128(1);
            assert_eq!(tx.raise_flag(&new(1, 7, 0)).await.expect("raised"), (first, true));
            assert_eq!(tx.raise_flag(&new(2, 7, 60)).await.expect("raised"), (first, false));
            assert_eq!(tx.raise_flag(&new(3, 8, 61)).await.expect("raised"), (Uuid::from_u128(3), true));
            let flag = tx.lock_flag(first).await.expect("reads").expect("there");
            assert_eq!((flag.times, flag.raised_at, flag.last_at), (2, at(0), at(60)));
            assert_eq!((flag.detail.as_str(), flag.settled), (r#"{"second":60}"#, None));
            assert_eq!(tx.open_flags().await.expect("counts"), 2);
            let settled = Settled {
                at: at(90),
                outcome: "nothing".into(),
                note: Some("车主本人".into()),
                by: Uuid::from_u128(5),
            };
            tx.settle_flag(first, Some(&settled)).await.expect("settled");
            assert_eq!(tx.flags(false, None, 10).await.expect("lists")[0].settled, Some(settled));
            assert_eq!(tx.raise_flag(&new(4, 7, 100)).await.expect("raised"), (Uuid::from_u128(4), true));
            let ids = |flags: Vec<Flag>| flags.iter().map(|flag| flag.id.as_u128()).collect::<Vec<_>>();
            assert_eq!(ids(tx.flags(true, None, 10).await.expect("lists")), [4, 3]);
            assert_eq!(ids(tx.flags(true, Some(Uuid::from_u128(4)), 10).await.expect("lists")), [3]);
            tx.settle_flag(first, None).await.expect("opened");
            assert_eq!(tx.lock_flag(first).await.expect("reads").expect("there").settled, None);
            for mut row in tx.raw_rows("SELECT COALESCE(note, dedupe) FROM flag", vec![]).await.expect("rows") {
                let bytes = row.bytes().expect("bytes");
                assert!(!bytes.windows(6).any(|part| part == "车主".as_bytes()), "a note stands open in the table");
            }
            tx.commit().await.expect("commits");
        }
    }
}
