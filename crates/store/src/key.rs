//! Issuing keys, trust lists, and single values.

use jiff::Timestamp;

use crate::{
    db::Tx,
    error::Error,
    value::{Row, values},
};

/// The life of an issuing key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyState {
    /// Signs.
    Active,
    /// Signs no more; what it signed stays good.
    Retiring,
    /// No longer in the trust list; nothing current is signed by it.
    Retired,
    /// Not trusted; what it signed is issued anew.
    Compromised,
}

impl KeyState {
    /// The stable word.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Retiring => "retiring",
            Self::Retired => "retired",
            Self::Compromised => "compromised",
        }
    }

    fn of(code: &str, kid: [u8; 8]) -> Result<Self, Error> {
        match code {
            "active" => Ok(Self::Active),
            "retiring" => Ok(Self::Retiring),
            "retired" => Ok(Self::Retired),
            "compromised" => Ok(Self::Compromised),
            other => Err(Error::broken("signing_key", hex::encode(kid), format!("state {other:?}"))),
        }
    }
}

/// What is known of an issuing key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// Key id: the first 8 bytes of SHA-256 over the public key.
    pub kid: [u8; 8],
    /// `ES256`, `EdDSA` or `SM2`.
    pub alg: String,
    /// `mark`, `licence`, `live` or `status`.
    pub key_use: String,
    /// Division codes it may sign for; empty: all.
    pub regions: Vec<String>,
    /// Signs from.
    pub not_before: Timestamp,
    /// Signs until.
    pub not_after: Timestamp,
    /// Where it is in its life.
    pub state: KeyState,
    /// Why it was retired.
    pub reason: Option<String>,
    /// When it was retired.
    pub retired_at: Option<Timestamp>,
    /// SubjectPublicKeyInfo, DER.
    pub spki: Vec<u8>,
    /// Certificate, DER.
    pub certificate: Vec<u8>,
    /// Where the private key is: a file's name or a PKCS#11 URI. Never the key.
    pub location: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A signed trust list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTrustList {
    /// Never goes back.
    pub seq: i64,
    /// Signed at.
    pub iat: Timestamp,
    /// Readers refuse it from then on.
    pub exp: Timestamp,
    /// The list as served.
    pub bytes: Vec<u8>,
}

const COLUMNS: &str = "kid, alg, key_use, regions, not_before, not_after, state, reason, retired_at, spki, certificate, location, created_at";

fn signing_key(mut row: Row) -> Result<SigningKey, Error> {
    let kid = row.array()?;
    let (alg, key_use, regions) = (row.text()?, row.text()?, row.text()?);
    Ok(SigningKey {
        kid,
        alg,
        key_use,
        regions: regions.split(' ').filter(|region| !region.is_empty()).map(str::to_owned).collect(),
        not_before: row.time()?,
        not_after: row.time()?,
        state: KeyState::of(&row.text()?, kid)?,
        reason: row.opt_text()?,
        retired_at: row.opt_time()?,
        spki: row.bytes()?,
        certificate: row.bytes()?,
        location: row.text()?,
        created_at: row.time()?,
    })
}

impl Tx {
    /// Records a new key.
    ///
    /// # Errors
    /// `Conflict { what: "signing_key_key" }` when it is known; `Engine`.
    pub async fn put_key(&mut self, key: &SigningKey) -> Result<(), Error> {
        let sql = sqlx::AssertSqlSafe(format!(
            "INSERT INTO signing_key ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
        ));
        let values = values![
            key.kid,
            &key.alg,
            &key.key_use,
            key.regions.join(" "),
            key.not_before,
            key.not_after,
            key.state.code(),
            key.reason.as_deref(),
            key.retired_at,
            key.spki.as_slice(),
            key.certificate.as_slice(),
            &key.location,
            key.created_at,
        ];
        self.execute(sql, values).await.map(drop)
    }

    /// All keys, oldest first.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn keys(&mut self) -> Result<Vec<SigningKey>, Error> {
        let sql = sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM signing_key ORDER BY created_at, kid"));
        self.rows(sql, values![]).await?.into_iter().map(signing_key).collect()
    }

    /// One key.
    ///
    /// # Errors
    /// `Broken`, `Engine`.
    pub async fn find_key(&mut self, kid: [u8; 8]) -> Result<Option<SigningKey>, Error> {
        let sql = sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM signing_key WHERE kid = $1"));
        self.row(sql, values![kid]).await?.map(signing_key).transpose()
    }

    /// Changes a key's state. `at` and `reason` are recorded for every state but `Active`. Answers whether the key exists.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn set_key_state(
        &mut self,
        kid: [u8; 8],
        state: KeyState,
        reason: Option<&str>,
        at: Timestamp,
    ) -> Result<bool, Error> {
        let retired_at = (state != KeyState::Active).then_some(at);
        let sql = "UPDATE signing_key SET state = $2, reason = $3, retired_at = $4 WHERE kid = $1";
        Ok(self.execute(sql, values![kid, state.code(), reason, retired_at]).await? == 1)
    }

    /// Records a signed trust list.
    ///
    /// # Errors
    /// `Conflict { what: "trust_list_key" }` when this number was used; `Engine`.
    pub async fn put_trust_list(&mut self, list: &StoredTrustList) -> Result<(), Error> {
        let sql = "INSERT INTO trust_list (seq, iat, exp, bytes) VALUES ($1, $2, $3, $4)";
        self.execute(sql, values![list.seq, list.iat, list.exp, list.bytes.as_slice()]).await.map(drop)
    }

    /// The newest trust list.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn latest_trust_list(&mut self) -> Result<Option<StoredTrustList>, Error> {
        let row = self.row("SELECT seq, iat, exp, bytes FROM trust_list ORDER BY seq DESC LIMIT 1", values![]).await?;
        row.map(|mut row| {
            Ok(StoredTrustList { seq: row.int()?, iat: row.time()?, exp: row.time()?, bytes: row.bytes()? })
        })
        .transpose()
    }

    /// The number the next trust list must carry.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn next_trust_list_seq(&mut self) -> Result<i64, Error> {
        self.one("SELECT COALESCE(MAX(seq), 0) + 1 FROM trust_list", values![]).await?.int()
    }

    /// A single value.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn meta(&mut self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        self.row("SELECT value FROM meta WHERE key = $1", values![key]).await?.map(|mut row| row.bytes()).transpose()
    }

    /// Sets a single value.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn put_meta(&mut self, key: &str, value: &[u8]) -> Result<(), Error> {
        let sql =
            "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        self.execute(sql, values![key, value]).await.map(drop)
    }
}
