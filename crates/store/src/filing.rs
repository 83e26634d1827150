//! Vehicles of others: filings and managements, the places they take, consents that are scanned, and who may file no more.
//!
//! A place that is taken is a row of two small tables, one by vehicle and one by person. Their keys keep the limits also when many ask at once.

use jiff::Timestamp;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    db::Tx,
    error::Error,
    value::{Kind, Row, values},
};

/// The most rows of one answer.
pub const MAX_PAGE: u32 = 500;

/// A filing or a management: somebody besides the owner has a vehicle on their screen, or asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filing {
    /// Who asked, or was appointed: a record of the register.
    pub person: Uuid,
    /// Its id.
    pub id: Uuid,
    /// `filing` or `management`.
    pub kind: String,
    /// What the person says to be to the owner: a stable word.
    pub relation: String,
    /// The vehicle; `None` when there was none that could be filed. Whoever asked does not learn that.
    pub vehicle: Option<Uuid>,
    /// Its owner when it was asked for.
    pub owner: Option<Uuid>,
    /// The plate, as asked for.
    pub plate_number: String,
    /// The code of its type.
    pub plate_type: String,
    /// Where it stands: a stable word.
    pub state: String,
    /// A keyed digest of the code that was sent; `None` when none can be right.
    pub code_digest: Option<Vec<u8>>,
    /// How often a wrong code was given.
    pub tries: u32,
    /// From when on the code counts no more.
    pub code_expires_at: Timestamp,
    /// From when on nobody can answer it any more.
    pub expires_at: Timestamp,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// Since when it counts.
    pub active_from: Option<Timestamp>,
    /// When it was over, also when it never counted.
    pub ended_at: Option<Timestamp>,
    /// Why: a stable word.
    pub end_reason: Option<String>,
}

/// Why no place could be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// The person has this vehicle already.
    Already,
    /// The person has as many vehicles as they may.
    Person,
    /// The vehicle has as many persons as it may.
    Vehicle,
}

/// A vehicle that somebody shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// The vehicle.
    pub vehicle: Uuid,
    /// Who shares it.
    pub person: Uuid,
    /// By which filing.
    pub filing: Uuid,
}

const COLUMNS: &str = "person, id, kind, relation, vehicle, owner, plate_number, plate_type, state, code_digest, tries, code_expires_at, \
                       expires_at, created_at, active_from, ended_at, end_reason";
const FILING: &[(&str, Kind)] = &[
    ("person", Kind::Id),
    ("id", Kind::Id),
    ("kind", Kind::Text),
    ("relation", Kind::Text),
    ("vehicle", Kind::Id),
    ("owner", Kind::Id),
    ("plate_number", Kind::Text),
    ("plate_type", Kind::Text),
    ("state", Kind::Text),
    ("code_digest", Kind::Bytes),
    ("tries", Kind::Int),
    ("code_expires_at", Kind::Int),
    ("expires_at", Kind::Int),
    ("created_at", Kind::Int),
    ("active_from", Kind::Int),
    ("ended_at", Kind::Int),
    ("end_reason", Kind::Text),
];
const VEHICLE_SHARE: &[(&str, Kind)] =
    &[("vehicle", Kind::Id), ("kind", Kind::Text), ("place", Kind::Int), ("person", Kind::Id), ("filing", Kind::Id)];
const PERSON_SHARE: &[(&str, Kind)] =
    &[("person", Kind::Id), ("kind", Kind::Text), ("place", Kind::Int), ("vehicle", Kind::Id), ("filing", Kind::Id)];

fn filing(mut row: Row) -> Result<Filing, Error> {
    Ok(Filing {
        person: row.id()?,
        id: row.id()?,
        kind: row.text()?,
        relation: row.text()?,
        vehicle: row.opt_id()?,
        owner: row.opt_id()?,
        plate_number: row.text()?,
        plate_type: row.text()?,
        state: row.text()?,
        code_digest: row.opt_bytes()?,
        tries: row.number()?,
        code_expires_at: row.time()?,
        expires_at: row.time()?,
        created_at: row.time()?,
        active_from: row.opt_time()?,
        ended_at: row.opt_time()?,
        end_reason: row.opt_text()?,
    })
}

fn share(mut row: Row) -> Result<Share, Error> {
    Ok(Share { vehicle: row.id()?, person: row.id()?, filing: row.id()? })
}

/// The lowest place from 1 to `limit` that is free; `taken` is in order.
pub(crate) fn free_place(taken: &[u32], limit: u32) -> Option<u32> {
    (1..=limit).find(|place| !taken.contains(place))
}

impl Tx {
    /// Locks a person's record, so that nobody else gives them a place until the transaction ends. Lock the vehicle or the unit before.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn lock_owner(&mut self, id: Uuid) -> Result<bool, Error> {
        Ok(self.row("SELECT id FROM owner WHERE id = $1 FOR UPDATE", values![id]).await?.is_some())
    }

    /// Records a request.
    ///
    /// # Errors
    /// `Conflict` when the id is taken; `Engine`.
    pub async fn put_filing(&mut self, new: &Filing) -> Result<(), Error> {
        let row = values![
            new.person,
            new.id,
            new.kind.as_str(),
            new.relation.as_str(),
            new.vehicle,
            new.owner,
            new.plate_number.as_str(),
            new.plate_type.as_str(),
            new.state.as_str(),
            new.code_digest.clone(),
            new.tries,
            new.code_expires_at,
            new.expires_at,
            new.created_at,
            new.active_from,
            new.ended_at,
            new.end_reason.as_deref(),
        ];
        self.insert_many("filing", FILING, row).await
    }

    /// One filing, whosever it is.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn find_filing(&mut self, id: Uuid) -> Result<Option<Filing>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM filing WHERE id = $1");
        self.row(AssertSqlSafe(sql), values![id]).await?.map(filing).transpose()
    }

    /// As [`Tx::find_filing`], locked: nobody else takes a step in it until the transaction ends. Lock its vehicle before.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn lock_filing(&mut self, id: Uuid) -> Result<Option<Filing>, Error> {
        if self.row("SELECT id FROM filing WHERE id = $1 FOR UPDATE", values![id]).await?.is_none() {
            return Ok(None);
        }
        self.find_filing(id).await
    }

    /// Everything a person asked for or was appointed to, what counts first, then newest first, at most [`MAX_PAGE`].
    ///
    /// # Errors
    /// `Engine`.
    pub async fn filings_of_person(&mut self, person: Uuid) -> Result<Vec<Filing>, Error> {
        self.filings("person", person).await
    }

    /// Everything that was asked of an owner, what counts first, then newest first, at most [`MAX_PAGE`].
    ///
    /// # Errors
    /// `Engine`.
    pub async fn filings_of_owner(&mut self, owner: Uuid) -> Result<Vec<Filing>, Error> {
        self.filings("owner", owner).await
    }

    /// Everything that was asked of a vehicle and is not over, what counts first, then newest first, at most [`MAX_PAGE`].
    ///
    /// # Errors
    /// `Engine`.
    pub async fn open_filings_of_vehicle(&mut self, vehicle: Uuid) -> Result<Vec<Filing>, Error> {
        let sql = format!(
            "SELECT {COLUMNS} FROM filing WHERE vehicle = $1 AND ended_at IS NULL ORDER BY CASE state WHEN 'active' THEN 0 ELSE 1 END, id DESC LIMIT $2"
        );
        self.rows(AssertSqlSafe(sql), values![vehicle, MAX_PAGE]).await?.into_iter().map(filing).collect()
    }

    async fn filings(&mut self, whose: &'static str, id: Uuid) -> Result<Vec<Filing>, Error> {
        let sql = format!(
            "SELECT {COLUMNS} FROM filing WHERE {whose} = $1 ORDER BY CASE state WHEN 'active' THEN 0 ELSE 1 END, id DESC LIMIT $2"
        );
        self.rows(AssertSqlSafe(sql), values![id, MAX_PAGE]).await?.into_iter().map(filing).collect()
    }

    /// How often a person asked an owner for a code since then; what was scanned is not counted.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn filings_asked_since(&mut self, person: Uuid, since: Timestamp) -> Result<u32, Error> {
        let sql = "SELECT COUNT(*) FROM filing WHERE person = $1 AND kind = 'filing' AND created_at > $2 AND code_expires_at > created_at";
        self.one(sql, values![person, since]).await?.number()
    }

    /// How often a vehicle's owner was sent a code since then, whoever asked.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn vehicle_asked_since(&mut self, vehicle: Uuid, since: Timestamp) -> Result<u32, Error> {
        let sql = "SELECT COUNT(*) FROM filing WHERE vehicle = $1 AND created_at > $2 AND code_digest IS NOT NULL";
        self.one(sql, values![vehicle, since]).await?.number()
    }

    /// Writes where a filing stands after a step: state, tries, since when it counts, when and why it was over.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn update_filing(&mut self, filing: &Filing) -> Result<(), Error> {
        let sql = "UPDATE filing SET state = $3, tries = $4, active_from = $5, ended_at = $6, end_reason = $7 WHERE person = $1 AND id = $2";
        let row = values![
            filing.person,
            filing.id,
            filing.state.as_str(),
            filing.tries,
            filing.active_from,
            filing.ended_at,
            filing.end_reason.as_deref(),
        ];
        self.execute(sql, row).await?;
        Ok(())
    }

    /// Takes a place for a person at a vehicle, when there is one on both sides. Lock the vehicle and the person before: then this never
    /// conflicts, and without it the keys of the tables still keep the limits.
    ///
    /// # Errors
    /// `Conflict` when somebody without a lock was faster; `Engine`.
    pub async fn take_share(
        &mut self,
        kind: &str,
        share: Share,
        per_vehicle: u32,
        per_person: u32,
    ) -> Result<Result<(), Full>, Error> {
        let Share { vehicle, person, filing } = share;
        let already = "SELECT 1 FROM vehicle_share WHERE vehicle = $1 AND kind = $2 AND person = $3";
        if self.row(already, values![vehicle, kind, person]).await?.is_some() {
            return Ok(Err(Full::Already));
        }
        let sql = "SELECT place FROM person_share WHERE person = $1 AND kind = $2 ORDER BY place";
        let of_person = self.places(sql, person, kind).await?;
        let sql = "SELECT place FROM vehicle_share WHERE vehicle = $1 AND kind = $2 ORDER BY place";
        let of_vehicle = self.places(sql, vehicle, kind).await?;
        let Some(persons) = free_place(&of_person, per_person) else { return Ok(Err(Full::Person)) };
        let Some(vehicles) = free_place(&of_vehicle, per_vehicle) else { return Ok(Err(Full::Vehicle)) };
        self.insert_many("vehicle_share", VEHICLE_SHARE, values![vehicle, kind, vehicles, person, filing]).await?;
        self.insert_many("person_share", PERSON_SHARE, values![person, kind, persons, vehicle, filing]).await?;
        Ok(Ok(()))
    }

    async fn places(&mut self, sql: &'static str, of: Uuid, kind: &str) -> Result<Vec<u32>, Error> {
        self.rows(sql, values![of, kind]).await?.into_iter().map(|mut row| row.number()).collect()
    }

    /// Frees the place of a filing. Answers whether it had one.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn free_share(&mut self, kind: &str, share: Share) -> Result<bool, Error> {
        let Share { vehicle, person, filing } = share;
        let sql = "DELETE FROM person_share WHERE person = $1 AND kind = $2 AND filing = $3";
        self.execute(sql, values![person, kind, filing]).await?;
        let sql = "DELETE FROM vehicle_share WHERE vehicle = $1 AND kind = $2 AND filing = $3";
        Ok(self.execute(sql, values![vehicle, kind, filing]).await? == 1)
    }

    /// The vehicles of others that a person has by `kind` now.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn shares_of_person(&mut self, person: Uuid, kind: &str) -> Result<Vec<Share>, Error> {
        let sql =
            "SELECT vehicle, person, filing FROM person_share WHERE person = $1 AND kind = $2 ORDER BY place LIMIT $3";
        self.rows(sql, values![person, kind, MAX_PAGE]).await?.into_iter().map(share).collect()
    }

    /// Who has a vehicle by `kind` now.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn shares_of_vehicle(&mut self, vehicle: Uuid, kind: &str) -> Result<Vec<Share>, Error> {
        let sql = "SELECT vehicle, person, filing FROM vehicle_share WHERE vehicle = $1 AND kind = $2 ORDER BY place LIMIT $3";
        self.rows(sql, values![vehicle, kind, MAX_PAGE]).await?.into_iter().map(share).collect()
    }

    /// By which filing a person has a vehicle now.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn find_share(&mut self, vehicle: Uuid, kind: &str, person: Uuid) -> Result<Option<Filing>, Error> {
        let sql = "SELECT filing FROM vehicle_share WHERE vehicle = $1 AND kind = $2 AND person = $3";
        match self.row(sql, values![vehicle, kind, person]).await? {
            Some(mut row) => {
                let id = row.id()?;
                self.find_filing(id).await
            }
            None => Ok(None),
        }
    }

    /// Keeps a consent that the owner shows on the screen, by the digest of its token. What has expired is forgotten with it.
    ///
    /// # Errors
    /// `Conflict` when the token is taken; `Engine`.
    pub async fn put_filing_consent(
        &mut self,
        token_hash: [u8; 32],
        vehicle: Uuid,
        owner: Uuid,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.execute("DELETE FROM filing_consent WHERE expires_at <= $1", values![now]).await?;
        let sql = "INSERT INTO filing_consent (token_hash, vehicle, owner, expires_at) VALUES ($1, $2, $3, $4)";
        self.execute(sql, values![token_hash, vehicle, owner, expires_at]).await?;
        Ok(())
    }

    /// The vehicle of a consent and its owner then, when it counts now. Nothing is used up.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn find_filing_consent(
        &mut self,
        token_hash: [u8; 32],
        now: Timestamp,
    ) -> Result<Option<(Uuid, Uuid)>, Error> {
        let sql = "SELECT vehicle, owner FROM filing_consent WHERE token_hash = $1 AND expires_at > $2";
        let row = self.row(sql, values![token_hash, now]).await?;
        row.map(|mut row| Ok((row.id()?, row.id()?))).transpose()
    }

    /// Uses a consent up. Answers whether this was the first use.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn use_filing_consent(&mut self, token_hash: [u8; 32]) -> Result<bool, Error> {
        let sql = "DELETE FROM filing_consent WHERE token_hash = $1";
        Ok(self.execute(sql, values![token_hash]).await? == 1)
    }

    /// Bars a person from filing. The first time counts; answers whether it is new.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn bar_filing(&mut self, person: Uuid, reason: &str, actor: &str, at: Timestamp) -> Result<bool, Error> {
        let reason = self.vault().seal("filing_bar", "reason", person.as_bytes(), reason.as_bytes())?;
        let sql = "INSERT INTO filing_bar (person, reason, actor, at) VALUES ($1, $2, $3, $4) ON CONFLICT (person) DO NOTHING";
        Ok(self.execute(sql, values![person, reason, actor, at]).await? == 1)
    }

    /// Whether a person is barred from filing.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn filing_barred(&mut self, person: Uuid) -> Result<bool, Error> {
        Ok(self.row("SELECT 1 FROM filing_bar WHERE person = $1", values![person]).await?.is_some())
    }
}

#[cfg(all(test, feature = "testing"))]
#[path = "filing_tests.rs"]
mod tests;
