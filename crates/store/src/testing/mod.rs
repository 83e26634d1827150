//! For tests of this and other crates: a fresh database per test on both engines, and commits that fail on purpose.

mod cluster;
mod postgres;

use std::sync::{
    OnceLock,
    atomic::{AtomicU8, Ordering},
};

use tempfile::TempDir;

use crate::{
    db::{Engine, Store, Tx},
    error::Error,
    vault::Vault,
};

pub use crate::value::{Kind, Row, Value};
pub use cluster::Cluster;

/// How a commit fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The connection breaks before the commit took place.
    Lost,
    /// The connection breaks after the commit took place.
    Kept,
}

/// The switch that makes the next commit of a store fail.
#[derive(Debug, Default)]
pub struct Faults(AtomicU8);

impl Faults {
    /// Makes the next commit fail; the one after it works again.
    pub fn fail_next_commit(&self, fault: Fault) {
        let code = match fault {
            Fault::Lost => 1,
            Fault::Kept => 2,
        };
        self.0.store(code, Ordering::SeqCst);
    }

    pub(crate) fn take(&self) -> Option<Fault> {
        match self.0.swap(0, Ordering::SeqCst) {
            1 => Some(Fault::Lost),
            2 => Some(Fault::Kept),
            _ => None,
        }
    }

    pub(crate) fn error() -> Error {
        let text = "the connection broke during COMMIT (made to fail by the test)";
        let source = std::io::Error::new(std::io::ErrorKind::ConnectionReset, text);
        Error::Engine { retryable: true, commit_unknown: true, source: Box::new(source) }
    }
}

#[derive(Debug)]
enum Place {
    Folder(#[expect(dead_code, reason = "held for its Drop, which removes the folder")] TempDir),
    Database(String),
}

/// A fresh, migrated database that vanishes with this value.
#[derive(Debug)]
pub struct TestStore {
    /// The store.
    pub store: Store,
    /// Its address, for child processes and for opening it again.
    pub url: String,
    place: Place,
}

impl std::ops::Deref for TestStore {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

impl Drop for TestStore {
    fn drop(&mut self) {
        if let Place::Database(name) = &self.place {
            postgres::drop_database(name);
        }
    }
}

impl TestStore {
    /// Opens the same database once more, as another process would.
    pub async fn open_again(&self) -> Store {
        Store::connect(&self.url, vault()).await.expect("the database that is open already opens again")
    }

    /// Opens the same database with another data key.
    pub async fn open_with(&self, vault: Vault) -> Store {
        Store::connect(&self.url, vault).await.expect("opening does not read anything sealed")
    }
}

/// The data key of all test databases.
pub fn vault() -> Vault {
    Vault::new(&[7; 32])
}

/// One fresh database per engine. Panics with a clear sentence when `PostgreSQL` is missing: a test that runs on one engine only would
/// prove half of what it says.
pub async fn engines() -> Vec<TestStore> {
    vec![sqlite().await, postgres().await]
}

/// A fresh `SQLite` file.
pub async fn sqlite() -> TestStore {
    let folder = TempDir::new().expect("a scratch folder");
    let path = folder.path().join("store.sqlite");
    if let Some(template) = sqlite_template() {
        std::fs::write(&path, template).expect("the scratch folder takes a file");
    }
    let url = format!("sqlite:{}", path.display());
    let store = Store::connect(&url, vault()).await.expect("a fresh SQLite file opens");
    store.migrate().await.expect("a fresh SQLite file migrates");
    if sqlite_template().is_none() {
        keep_sqlite_template(&store, &path).await;
    }
    TestStore { store, url, place: Place::Folder(folder) }
}

static SQLITE_TEMPLATE: OnceLock<Vec<u8>> = OnceLock::new();

fn sqlite_template() -> Option<&'static [u8]> {
    SQLITE_TEMPLATE.get().map(Vec::as_slice)
}

/// The migrated file as bytes: the next test of this process starts from them.
async fn keep_sqlite_template(store: &Store, path: &std::path::Path) {
    let copy = path.with_extension("template");
    let mut connection = store.raw_sqlite().await.expect("the store is SQLite");
    let sql = format!("VACUUM INTO '{}'", copy.display());
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut *connection).await.expect("a scratch copy is made");
    let bytes = std::fs::read(&copy).expect("the scratch copy is there");
    SQLITE_TEMPLATE.get_or_init(|| bytes);
}

/// A fresh database on the private `PostgreSQL` server of this test run.
pub async fn postgres() -> TestStore {
    let (name, url) = postgres::fresh_database().await.unwrap_or_else(|why| panic!("{why}"));
    let store = Store::connect(&url, vault()).await.expect("a fresh database opens");
    TestStore { store, url, place: Place::Database(name) }
}

/// A fresh database without any table.
pub async fn empty(engine: Engine) -> TestStore {
    match engine {
        Engine::Sqlite => {
            let folder = TempDir::new().expect("a scratch folder");
            let url = format!("sqlite:{}", folder.path().join("store.sqlite").display());
            let store = Store::connect(&url, vault()).await.expect("a fresh SQLite file opens");
            TestStore { store, url, place: Place::Folder(folder) }
        }
        Engine::Postgres => {
            let (name, url) = postgres::empty_database().await.unwrap_or_else(|why| panic!("{why}"));
            let store = Store::connect(&url, vault()).await.expect("a fresh database opens");
            TestStore { store, url, place: Place::Database(name) }
        }
    }
}

impl Tx {
    /// Runs any statement: tests tamper with it.
    pub async fn raw(&mut self, sql: &str, values: Vec<Value>) -> Result<u64, Error> {
        self.execute(sqlx::AssertSqlSafe(sql.to_owned()), values).await
    }

    /// Runs any query.
    pub async fn raw_rows(&mut self, sql: &str, values: Vec<Value>) -> Result<Vec<Row>, Error> {
        self.rows(sqlx::AssertSqlSafe(sql.to_owned()), values).await
    }
}
