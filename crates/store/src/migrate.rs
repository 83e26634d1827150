//! The schema: numbered scripts, one set per engine, applied once each and never edited afterwards.

use aws_lc_rs::digest;

use crate::{
    db::{Engine, Store, Tx},
    error::Error,
    value::values,
};

macro_rules! scripts {
    ($($name:literal),+ $(,)?) => {
        /// Every script: name, text for `SQLite`, text for `PostgreSQL`.
        pub(crate) const SCRIPTS: &[(&str, &str, &str)] = &[$((
            $name,
            include_str!(concat!("../migrations/sqlite/", $name, ".sql")),
            include_str!(concat!("../migrations/postgres/", $name, ".sql")),
        )),+];
    };
}

scripts! {
    "0001_vehicle", "0002_event", "0003_credential", "0004_status", "0005_job", "0006_audit", "0007_person", "0008_key", "0009_run",
    "0010_subject", "0011_driver", "0012_case", "0013_holding", "0014_proof", "0015_channel", "0016_account", "0017_passkey", "0018_filing",
    "0019_mark_case", "0020_look", "0021_officer", "0022_partner", "0023_subscription",
    "0024_check", "0026_pack",
}

/// "luzheng" in ASCII: the advisory lock that keeps two migrations apart.
const MIGRATION_LOCK: i64 = 0x6c_757a_6865_6e67;
/// What the vault seals into an empty database, to recognise a wrong data key before anything is written with it.
const VAULT_CHECK: &[u8] = b"luzheng data key check";

/// How the schema of a database stands to the one this program knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemaState {
    /// No tables yet.
    Empty,
    /// Older by some scripts; `luzheng migrate` applies them.
    Behind {
        /// How many scripts are in the database.
        version: usize,
        /// How many this program knows.
        expected: usize,
    },
    /// As this program expects.
    Ready {
        /// How many scripts are in the database.
        version: usize,
    },
    /// Made by a newer program; this one must not touch it.
    Ahead {
        /// How many scripts are in the database.
        version: usize,
        /// How many this program knows.
        expected: usize,
    },
    /// A script in the database is not the one this program knows under that name.
    Differs {
        /// The name of the first such script.
        script: String,
    },
}

fn text_for(engine: Engine, script: &(&'static str, &'static str, &'static str)) -> &'static str {
    match engine {
        Engine::Sqlite => script.1,
        Engine::Postgres => script.2,
    }
}

fn checksum(text: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, text.as_bytes()).as_ref().to_vec()
}

async fn state(tx: &mut Tx) -> Result<SchemaState, Error> {
    if !tx.has_table("schema_script").await? {
        return Ok(SchemaState::Empty);
    }
    let engine = tx.engine();
    let applied = tx.rows("SELECT name, checksum FROM schema_script ORDER BY name", values![]).await?;
    let (version, expected) = (applied.len(), SCRIPTS.len());
    for (mut row, script) in applied.into_iter().zip(SCRIPTS) {
        let (name, sum) = (row.text()?, row.bytes()?);
        if name != script.0 || sum != checksum(text_for(engine, script)) {
            return Ok(SchemaState::Differs { script: name });
        }
    }
    Ok(match version.cmp(&expected) {
        std::cmp::Ordering::Less => SchemaState::Behind { version, expected },
        std::cmp::Ordering::Equal => SchemaState::Ready { version },
        std::cmp::Ordering::Greater => SchemaState::Ahead { version, expected },
    })
}

impl Store {
    /// How the database's schema stands to this program's.
    ///
    /// # Errors
    /// `Engine`.
    pub async fn schema_state(&self) -> Result<SchemaState, Error> {
        state(&mut self.read().await?).await
    }

    /// Applies the scripts that are missing, all in one transaction; answers their names. Also binds an empty database to the data
    /// key, or checks that this is the key it was made with.
    ///
    /// # Errors
    /// `Broken` when the database was made by a newer or another program, or with another data key; `Engine`.
    pub async fn migrate(&self) -> Result<Vec<&'static str>, Error> {
        let mut tx = self.write().await?;
        tx.lock_out_others(MIGRATION_LOCK).await?;
        let refused = |id: &str, why: String| Error::broken("schema_script", id, why);
        let done = match state(&mut tx).await? {
            SchemaState::Empty => {
                let text = match tx.engine() {
                    Engine::Sqlite => {
                        "CREATE TABLE schema_script (name TEXT NOT NULL, checksum BLOB NOT NULL, CONSTRAINT schema_script_key PRIMARY KEY (name)) STRICT, WITHOUT ROWID"
                    }
                    Engine::Postgres => {
                        "CREATE TABLE schema_script (name text NOT NULL, checksum bytea NOT NULL, CONSTRAINT schema_script_key PRIMARY KEY (name))"
                    }
                };
                tx.script(text).await?;
                0
            }
            SchemaState::Behind { version, .. } | SchemaState::Ready { version } => version,
            SchemaState::Ahead { version, expected } => {
                return Err(refused(
                    "*",
                    format!("the database has {version} scripts, this program knows {expected}: use the newer program"),
                ));
            }
            SchemaState::Differs { script } => {
                return Err(refused(&script, "not the script this program knows under that name".to_owned()));
            }
        };
        let engine = tx.engine();
        let mut names = Vec::new();
        for script in &SCRIPTS[done..] {
            let text = text_for(engine, script);
            tx.script(text).await?;
            tx.execute("INSERT INTO schema_script (name, checksum) VALUES ($1, $2)", values![script.0, checksum(text)])
                .await?;
            names.push(script.0);
        }
        tx.bind_vault().await?;
        tx.commit().await?;
        Ok(names)
    }

    /// Checks that this store's data key is the one the database was made with.
    ///
    /// # Errors
    /// `Broken` naming both keys when it is not; `Engine`.
    pub async fn check_vault(&self) -> Result<(), Error> {
        self.read().await?.vault_fits().await.map(drop)
    }
}

impl Tx {
    async fn vault_fits(&mut self) -> Result<bool, Error> {
        let Some(sealed) = self.meta("vault_check").await? else { return Ok(false) };
        let plain = self.vault().open("meta", "value", b"vault_check", &sealed)?;
        if plain == VAULT_CHECK { Ok(true) } else { Err(Error::broken("meta", "vault_check", "holds something else")) }
    }

    async fn bind_vault(&mut self) -> Result<(), Error> {
        if !self.vault_fits().await? {
            let sealed = self.vault().seal("meta", "value", b"vault_check", VAULT_CHECK)?;
            self.put_meta("vault_check", &sealed).await?;
        }
        Ok(())
    }
}
