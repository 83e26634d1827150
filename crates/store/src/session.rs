//! People who sign in, their sessions, and answers to repeated calls.

use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    db::Tx,
    error::Error,
    value::{Row, values},
};

/// The longest answer kept for a repeated call, in bytes.
pub const MAX_RESPONSE: usize = 256 * 1024;

/// An account of the demonstration or of staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Its id.
    pub id: Uuid,
    /// `citizen`, `officer`, `insurer`, `staff`.
    pub role: String,
    /// The owner in the register, for a citizen.
    pub owner: Option<Uuid>,
    /// The name; sealed at rest.
    pub name: String,
    /// Whatever the server wants to keep, as JSON: the demonstration's case, scopes.
    pub params: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A signed-in session.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// Who.
    pub person: Uuid,
    /// Its id; it stays when the token changes.
    pub id: Uuid,
    /// As what.
    pub role: String,
    /// By which way.
    pub how: String,
    /// The level this session counts for at most, 1 to 4.
    pub ceiling: u8,
    /// The family of browser and system it began in.
    pub agent: String,
    /// What the device is called; sealed at rest.
    pub device: String,
    /// Since when.
    pub created_at: Timestamp,
    /// When the person last proved who they are.
    pub authenticated_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_seen_at: Timestamp,
    /// Until when it lasts unless it is used.
    pub idle_until: Timestamp,
    /// Until when it lasts at most.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("person", &self.person).field("id", &self.id).finish_non_exhaustive()
    }
}

const SESSION: &str = "SELECT s.person, s.id, s.role, s.how, s.ceiling, s.agent, s.device, s.created_at, s.authenticated_at, s.last_seen_at, \
                       s.idle_until, s.expires_at FROM session s";

/// Whether a call with an idempotency key was here before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repeated {
    /// First time: do it, then [`Tx::put_response`] in the same transaction.
    No,
    /// The same call, with its answer (`None` when it was recorded without one).
    Yes(Option<Vec<u8>>),
    /// Another call under the same key.
    Differs,
}

impl Tx {
    /// Records an account, or changes it.
    ///
    /// # Errors
    /// `Broken` when the name is too long; `Engine`.
    pub async fn put_person(&mut self, person: &Person) -> Result<(), Error> {
        let name = self.vault().seal("person", "name", person.id.as_bytes(), person.name.as_bytes())?;
        let sql = "INSERT INTO person (id, role, owner, name, params, created_at) VALUES ($1, $2, $3, $4, $5, $6) \
                   ON CONFLICT (id) DO UPDATE SET role = excluded.role, owner = excluded.owner, name = excluded.name, params = excluded.params";
        self.execute(sql, values![person.id, &person.role, person.owner, name, &person.params, person.created_at])
            .await
            .map(drop)
    }

    /// One account.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn find_person(&mut self, id: Uuid) -> Result<Option<Person>, Error> {
        let row =
            self.row("SELECT id, role, owner, name, params, created_at FROM person WHERE id = $1", values![id]).await?;
        row.map(|row| self.person(row)).transpose()
    }

    /// All accounts, oldest first.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn people(&mut self) -> Result<Vec<Person>, Error> {
        let rows = self
            .rows("SELECT id, role, owner, name, params, created_at FROM person ORDER BY created_at, id", values![])
            .await?;
        rows.into_iter().map(|row| self.person(row)).collect()
    }

    fn person(&self, mut row: Row) -> Result<Person, Error> {
        let (id, role, owner) = (row.id()?, row.text()?, row.opt_id()?);
        let name = self.vault().open_text("person", "name", id.as_bytes(), &row.bytes()?)?;
        Ok(Person { id, role, owner, name, params: row.text()?, created_at: row.time()? })
    }

    /// Begins a session under the digest of its token.
    ///
    /// # Errors
    /// `Conflict` when the token is taken; `Engine`.
    pub async fn put_session(&mut self, token_hash: [u8; 32], session: &Session) -> Result<(), Error> {
        let s = session;
        let device = self.vault().seal("session", "device", s.id.as_bytes(), s.device.as_bytes())?;
        let sql = "INSERT INTO session (person, id, role, how, ceiling, agent, device, created_at, authenticated_at, last_seen_at, idle_until, expires_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
        let row = values![
            s.person,
            s.id,
            &s.role,
            &s.how,
            s.ceiling,
            &s.agent,
            device,
            s.created_at,
            s.authenticated_at,
            s.last_seen_at,
            s.idle_until,
            s.expires_at,
        ];
        self.execute(sql, row).await?;
        self.put_session_token(token_hash, s.person, s.id).await
    }

    async fn put_session_token(&mut self, token_hash: [u8; 32], person: Uuid, session: Uuid) -> Result<(), Error> {
        let sql = "INSERT INTO session_token (token_hash, person, session) VALUES ($1, $2, $3)";
        self.execute(sql, values![token_hash, person, session]).await.map(drop)
    }

    /// The session of a token that has not expired.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn find_session(&mut self, token_hash: [u8; 32], now: Timestamp) -> Result<Option<Session>, Error> {
        let sql = format!(
            "{SESSION} JOIN session_token t ON t.person = s.person AND t.session = s.id \
             WHERE t.token_hash = $1 AND s.expires_at > $2 AND s.idle_until > $2"
        );
        let row = self.row(sqlx::AssertSqlSafe(sql), values![token_hash, now]).await?;
        row.map(|row| self.session(row)).transpose()
    }

    /// The sessions of a person that have not expired, the newest first.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn sessions_of(&mut self, person: Uuid, now: Timestamp) -> Result<Vec<Session>, Error> {
        let sql =
            format!("{SESSION} WHERE s.person = $1 AND s.expires_at > $2 AND s.idle_until > $2 ORDER BY s.id DESC");
        let rows = self.rows(sqlx::AssertSqlSafe(sql), values![person, now]).await?;
        rows.into_iter().map(|row| self.session(row)).collect()
    }

    fn session(&self, mut row: Row) -> Result<Session, Error> {
        let (person, id) = (row.id()?, row.id()?);
        Ok(Session {
            person,
            id,
            role: row.text()?,
            how: row.text()?,
            ceiling: row.number()?,
            agent: row.text()?,
            device: self.vault().open_text("session", "device", id.as_bytes(), &row.bytes()?)?,
            created_at: row.time()?,
            authenticated_at: row.time()?,
            last_seen_at: row.time()?,
            idle_until: row.time()?,
            expires_at: row.time()?,
        })
    }

    /// Records that a session is used.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn see_session(
        &mut self,
        person: Uuid,
        id: Uuid,
        now: Timestamp,
        idle_until: Timestamp,
    ) -> Result<(), Error> {
        let sql = "UPDATE session SET last_seen_at = $3, idle_until = $4 WHERE person = $1 AND id = $2";
        self.execute(sql, values![person, id, now, idle_until]).await.map(drop)
    }

    /// Gives a session a new token, whose person has just proved who they are: every token before it is dead. Answers whether there is such a session.
    ///
    /// # Errors
    /// `Conflict` when the token is taken; `Engine`.
    pub async fn renew_session(
        &mut self,
        person: Uuid,
        id: Uuid,
        token_hash: [u8; 32],
        now: Timestamp,
    ) -> Result<bool, Error> {
        let sql = "UPDATE session SET authenticated_at = $3 WHERE person = $1 AND id = $2";
        if self.execute(sql, values![person, id, now]).await? != 1 {
            return Ok(false);
        }
        self.execute("DELETE FROM session_token WHERE person = $1 AND session = $2", values![person, id]).await?;
        self.put_session_token(token_hash, person, id).await?;
        Ok(true)
    }

    /// Sets the level a session counts for at most.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn set_session_ceiling(&mut self, person: Uuid, id: Uuid, ceiling: u8) -> Result<(), Error> {
        let sql = "UPDATE session SET ceiling = $3 WHERE person = $1 AND id = $2";
        self.execute(sql, values![person, id, ceiling]).await.map(drop)
    }

    /// Ends the session of a token. Answers whether there was one.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn end_session(&mut self, token_hash: [u8; 32]) -> Result<bool, Error> {
        let sql = "SELECT person, session FROM session_token WHERE token_hash = $1";
        let Some(mut row) = self.row(sql, values![token_hash]).await? else { return Ok(false) };
        let (person, id) = (row.id()?, row.id()?);
        self.end_session_of(person, id).await
    }

    /// Ends one session of a person. Answers whether there was one.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn end_session_of(&mut self, person: Uuid, id: Uuid) -> Result<bool, Error> {
        self.execute("DELETE FROM session_token WHERE person = $1 AND session = $2", values![person, id]).await?;
        Ok(self.execute("DELETE FROM session WHERE person = $1 AND id = $2", values![person, id]).await? == 1)
    }

    /// Ends all sessions of a person but one (`Uuid::nil()`: all). Answers how many.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn end_sessions_but(&mut self, person: Uuid, kept: Uuid) -> Result<u64, Error> {
        self.execute("DELETE FROM session_token WHERE person = $1 AND session <> $2", values![person, kept]).await?;
        self.execute("DELETE FROM session WHERE person = $1 AND id <> $2", values![person, kept]).await
    }

    /// Forgets sessions that expired and answers kept since before `kept_since`; answers how many rows went.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn sweep(&mut self, now: Timestamp, kept_since: Timestamp) -> Result<u64, Error> {
        let old = "SELECT person, id FROM session WHERE expires_at <= $1 OR idle_until <= $1";
        let sql = format!("DELETE FROM session_token WHERE (person, session) IN ({old})");
        self.execute(sqlx::AssertSqlSafe(sql), values![now]).await?;
        let sessions =
            self.execute("DELETE FROM session WHERE expires_at <= $1 OR idle_until <= $1", values![now]).await?;
        Ok(sessions + self.execute("DELETE FROM idempotency WHERE created_at < $1", values![kept_since]).await?)
    }

    /// Records that a call with an idempotency key began. Of many at the same time one gets `No`; the others wait for its commit.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn begin_once(
        &mut self,
        actor: &str,
        key: &str,
        digest: [u8; 32],
        now: Timestamp,
    ) -> Result<Repeated, Error> {
        let sql = "INSERT INTO idempotency (actor, key, digest, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (actor, key) DO NOTHING";
        if self.execute(sql, values![actor, key, digest, now]).await? == 1 {
            return Ok(Repeated::No);
        }
        let mut row = self
            .one("SELECT digest, response FROM idempotency WHERE actor = $1 AND key = $2", values![actor, key])
            .await?;
        if row.bytes()? != digest {
            return Ok(Repeated::Differs);
        }
        let response = row.opt_bytes()?;
        let opened =
            response.map(|sealed| self.vault().open("idempotency", "response", &once_place(actor, key), &sealed));
        Ok(Repeated::Yes(opened.transpose()?))
    }

    /// Keeps the answer to a call, sealed, for whoever repeats it.
    ///
    /// # Errors
    /// `Broken` when the answer is longer than [`MAX_RESPONSE`]; `Engine`.
    pub async fn put_response(&mut self, actor: &str, key: &str, response: &[u8]) -> Result<(), Error> {
        if response.len() > MAX_RESPONSE {
            return Err(Error::broken(
                "idempotency",
                key,
                format!("an answer of {} bytes; at most {MAX_RESPONSE}", response.len()),
            ));
        }
        let sealed = self.vault().seal("idempotency", "response", &once_place(actor, key), response)?;
        self.execute("UPDATE idempotency SET response = $3 WHERE actor = $1 AND key = $2", values![actor, key, sealed])
            .await
            .map(drop)
    }
}

/// Length first: no two keys have the same bytes.
fn once_place(actor: &str, key: &str) -> Vec<u8> {
    let mut place = u16::try_from(actor.len()).unwrap_or(u16::MAX).to_be_bytes().to_vec();
    place.extend_from_slice(actor.as_bytes());
    place.extend_from_slice(key.as_bytes());
    place
}
