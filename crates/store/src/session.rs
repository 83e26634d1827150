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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of the token.
    pub token_hash: [u8; 32],
    /// Who.
    pub person: Uuid,
    /// As what.
    pub role: String,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
}

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

    /// Begins a session.
    ///
    /// # Errors
    /// `Conflict` when the token is taken; `Engine`.
    pub async fn put_session(&mut self, session: &Session) -> Result<(), Error> {
        let Session { token_hash, person, role, created_at, expires_at } = session;
        let sql = "INSERT INTO session (token_hash, person, role, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)";
        self.execute(sql, values![*token_hash, *person, role, *created_at, *expires_at]).await.map(drop)
    }

    /// The session of a token that has not expired.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn find_session(&mut self, token_hash: [u8; 32], now: Timestamp) -> Result<Option<Session>, Error> {
        let sql = "SELECT token_hash, person, role, created_at, expires_at FROM session WHERE token_hash = $1 AND expires_at > $2";
        let row = self.row(sql, values![token_hash, now]).await?;
        row.map(|mut row| {
            Ok(Session {
                token_hash: row.array()?,
                person: row.id()?,
                role: row.text()?,
                created_at: row.time()?,
                expires_at: row.time()?,
            })
        })
        .transpose()
    }

    /// Ends a session. Answers whether there was one.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn end_session(&mut self, token_hash: [u8; 32]) -> Result<bool, Error> {
        Ok(self.execute("DELETE FROM session WHERE token_hash = $1", values![token_hash]).await? == 1)
    }

    /// Forgets sessions that expired and answers kept since before `kept_since`; answers how many rows went.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn sweep(&mut self, now: Timestamp, kept_since: Timestamp) -> Result<u64, Error> {
        let sessions = self.execute("DELETE FROM session WHERE expires_at <= $1", values![now]).await?;
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
