//! What keeps publishing cheap at any rate: only what changed is read, only the newest numbers are looked up, and publications that
//! nobody relies on any more are forgotten.

use jiff::{Timestamp, civil::Date};

use crate::{
    db::Tx,
    error::Error,
    status::{DirtyMark, Publication, StatusIndex, StatusValue},
    value::{Row, values},
};

/// A change that no publication contains yet, with the value that is to be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusChange {
    /// What to clear with [`Tx::clear_dirty`] when it was published.
    pub mark: DirtyMark,
    /// The entry and its value now; `None` for a list that is new and has to be published as a whole.
    pub entry: Option<(u32, StatusValue)>,
}

impl Tx {
    /// Changes that no publication contains, each with the value its entry has now. An entry whose credential expired before `today`
    /// has returned to 0.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn status_changes(&mut self, today: Date, limit: u32) -> Result<Vec<StatusChange>, Error> {
        let sql = "SELECT d.list, d.idx, d.version, COALESCE(e.value, 0), COALESCE(e.expires_on, 0) FROM status_dirty d \
                   LEFT JOIN status_entry e ON e.list = d.list AND e.idx = d.idx ORDER BY d.list, d.idx, d.version LIMIT $1";
        let mut changes = Vec::new();
        for mut row in self.rows(sql, values![limit]).await? {
            let (list, index, version): (u32, i64, i64) = (row.number()?, row.int()?, row.int()?);
            let (value, expires_on) = (row.int()?, row.int()?);
            let entry = match u32::try_from(index) {
                Ok(index) if expires_on >= crate::value::date_number(today) => {
                    Some((index, StatusValue::of(value, StatusIndex { list, index })?))
                }
                Ok(index) => Some((index, StatusValue::Valid)),
                Err(_) => None,
            };
            changes.push(StatusChange { mark: DirtyMark { list, index, version }, entry });
        }
        Ok(changes)
    }

    /// The number of the newest publication of every list; `None` for a list that was never published.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn newest_publications(&mut self) -> Result<Vec<(u32, Option<i64>)>, Error> {
        let sql = "SELECT l.list, (SELECT MAX(p.seq) FROM status_publication p WHERE p.list = l.list) FROM status_list l ORDER BY l.list";
        let rows = self.rows(sql, values![]).await?;
        rows.into_iter().map(|mut row| Ok((row.number()?, row.opt_int()?))).collect()
    }

    /// Forgets publications of a list with numbers from `from` up to, not including, `before` that were signed at or after `since`. Answers
    /// how many.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn forget_publications(
        &mut self,
        list: u32,
        from: i64,
        before: i64,
        since: Timestamp,
    ) -> Result<u64, Error> {
        let sql = "DELETE FROM status_publication WHERE list = $1 AND seq >= $2 AND seq < $3 AND iat >= $4";
        self.execute(sql, values![list, from, before, since]).await
    }

    /// Numbers and times of a list's publications that were signed before `before`, oldest first.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn publication_times(&mut self, list: u32, before: Timestamp) -> Result<Vec<(i64, Timestamp)>, Error> {
        let sql = "SELECT seq, iat FROM status_publication WHERE list = $1 AND iat < $2 ORDER BY seq";
        let rows = self.rows(sql, values![list, before]).await?;
        rows.into_iter().map(|mut row| Ok((row.int()?, row.time()?))).collect()
    }

    /// The number the next publication of a list must carry.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn next_publication_seq(&mut self, list: u32) -> Result<i64, Error> {
        self.one("SELECT COALESCE(MAX(seq), 0) + 1 FROM status_publication WHERE list = $1", values![list]).await?.int()
    }

    /// Records a publication.
    ///
    /// # Errors
    /// `Conflict` when this number was published already; `Engine`.
    pub async fn put_publication(&mut self, publication: &Publication) -> Result<(), Error> {
        let Publication { list, seq, iat, exp, jwt, cwt } = publication;
        let sql = "INSERT INTO status_publication (list, seq, iat, exp, jwt, cwt) VALUES ($1, $2, $3, $4, $5, $6)";
        self.execute(sql, values![*list, *seq, *iat, *exp, jwt.as_slice(), cwt.as_slice()]).await.map(drop)
    }

    /// The newest publication of a list.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn latest_publication(&mut self, list: u32) -> Result<Option<Publication>, Error> {
        let sql =
            "SELECT list, seq, iat, exp, jwt, cwt FROM status_publication WHERE list = $1 ORDER BY seq DESC LIMIT 1";
        self.row(sql, values![list]).await?.map(publication).transpose()
    }

    /// The newest publications that are newer than what the caller has, given as list and number.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn publications_since(&mut self, known: &[(u32, i64)]) -> Result<Vec<Publication>, Error> {
        let sql = "SELECT list, MAX(seq) FROM status_publication GROUP BY list ORDER BY list";
        let mut newest = Vec::new();
        for mut row in self.rows(sql, values![]).await? {
            let (list, seq): (u32, i64) = (row.number()?, row.int()?);
            if !known.contains(&(list, seq)) {
                newest.extend(self.latest_publication(list).await?);
            }
        }
        Ok(newest)
    }

    /// The newest publication of every list.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn latest_publications(&mut self) -> Result<Vec<Publication>, Error> {
        let sql = "SELECT p.list, p.seq, p.iat, p.exp, p.jwt, p.cwt FROM status_publication p \
                   JOIN (SELECT list, MAX(seq) AS seq FROM status_publication GROUP BY list) newest ON newest.list = p.list AND newest.seq = p.seq \
                   ORDER BY p.list";
        self.rows(sql, values![]).await?.into_iter().map(publication).collect()
    }
}

fn publication(mut row: Row) -> Result<Publication, Error> {
    Ok(Publication {
        list: row.number()?,
        seq: row.int()?,
        iat: row.time()?,
        exp: row.time()?,
        jwt: row.bytes()?,
        cwt: row.bytes()?,
    })
}
