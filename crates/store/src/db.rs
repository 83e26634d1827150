//! The two engines: connecting, how a transaction begins and ends, one way to run a statement. With `bulk.rs` the only file that
//! knows which engine it talks to.

use std::{
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::{StreamExt, stream::BoxStream};
use sqlx::{
    AssertSqlSafe, ConnectOptions, PgPool, Pool, Postgres, SqlSafeStr, SqlStr, Sqlite, SqlitePool, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tracing::log::LevelFilter;

use crate::{
    error::{Error, is_lost_connection},
    status::Reserve,
    value::{Row, Value, postgres_arguments, sqlite_arguments},
    vault::Vault,
};

/// Connections to `PostgreSQL`, for reading and writing.
const MAX_CONNECTIONS: u32 = 16;
/// Connections that read a `SQLite` file at the same time. Each is a thread with a page cache of its own.
const SQLITE_READERS: u32 = 8;
/// How long a reader of a `SQLite` file is kept when nobody needs it.
const READER_IDLE: Duration = Duration::from_secs(60);
/// How long a caller waits for a connection, or for another process to end its write to the same `SQLite` file.
const WAIT: Duration = Duration::from_secs(30);
/// How long a caller waits for a connection to `PostgreSQL`, and opening a store for the first one.
const SERVER_WAIT: Duration = Duration::from_secs(5);
/// The same while the last caller got none: a server that is away holds up nobody, and one that is back is found all the same.
const AWAY_WAIT: Duration = Duration::from_millis(500);

/// Which database engine a store uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Embedded: one file.
    Sqlite,
    /// A server of the `PostgreSQL` protocol.
    Postgres,
}

impl Engine {
    /// The name in messages, manifests and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

#[derive(Debug)]
enum Pools {
    Sqlite { write: SqlitePool, read: SqlitePool },
    Postgres(PgPool),
}

#[derive(Debug)]
struct Shared {
    pools: Pools,
    vault: Vault,
    reserve: Reserve,
    /// The last caller got no connection to the server.
    away: AtomicBool,
    #[cfg(feature = "testing")]
    faults: crate::testing::Faults,
}

/// The store. Cheap to clone: all clones share connections, data key and reserve of status indices.
#[derive(Debug, Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

enum Connection {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// A transaction. Dropping it without [`Tx::commit`] rolls back.
pub struct Tx {
    connection: Connection,
    store: Store,
    /// A statement failed. `PostgreSQL` would answer COMMIT with a silent ROLLBACK and `SQLite` would commit the rest: neither is wanted.
    failed: bool,
}

impl std::fmt::Debug for Tx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tx").field("engine", &self.engine()).field("failed", &self.failed).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens `sqlite:PATH` (the file is created when it is missing) or `postgres://…`. Does not migrate.
    ///
    /// # Errors
    /// `Engine` when the address cannot be understood or nobody answers there.
    pub async fn connect(url: &str, vault: Vault) -> Result<Self, Error> {
        let pools = if let Some(path) = url.strip_prefix("sqlite:") {
            connect_sqlite(path.strip_prefix("//").unwrap_or(path)).await?
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            connect_postgres(url).await?
        } else {
            return Err(Error::fatal("the database address must start with sqlite: or postgres://"));
        };
        Ok(Self {
            shared: Arc::new(Shared {
                pools,
                vault,
                reserve: Reserve::default(),
                away: AtomicBool::new(false),
                #[cfg(feature = "testing")]
                faults: crate::testing::Faults::default(),
            }),
        })
    }

    /// The engine behind this store.
    pub fn engine(&self) -> Engine {
        match &self.shared.pools {
            Pools::Sqlite { .. } => Engine::Sqlite,
            Pools::Postgres(_) => Engine::Postgres,
        }
    }

    /// Seals, opens, and computes keyed digests.
    pub fn vault(&self) -> &Vault {
        &self.shared.vault
    }

    pub(crate) fn reserve(&self) -> &Reserve {
        &self.shared.reserve
    }

    /// The switch that makes commits fail on purpose.
    #[cfg(feature = "testing")]
    pub fn faults(&self) -> &crate::testing::Faults {
        &self.shared.faults
    }

    /// Begins a transaction that may write. `SQLite`: there is one writer at a time and this waits for its turn, so never begin a
    /// second one while holding the first. `PostgreSQL`: READ COMMITTED; rows are locked by the `lock_*` methods.
    ///
    /// # Errors
    /// `Engine`, retryable when the wait was too long or the connection broke.
    pub async fn write(&self) -> Result<Tx, Error> {
        let connection = match &self.shared.pools {
            Pools::Sqlite { write, .. } => Connection::Sqlite(begin(write, "BEGIN IMMEDIATE").await?),
            Pools::Postgres(pool) => {
                Connection::Postgres(self.begin_on(pool, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE").await?)
            }
        };
        Ok(Tx { connection, store: self.clone(), failed: false })
    }

    /// Begins a transaction that sees one state of the database, taken at its first statement, and cannot write.
    ///
    /// # Errors
    /// `Engine`, retryable when the wait was too long or the connection broke.
    pub async fn read(&self) -> Result<Tx, Error> {
        let connection = match &self.shared.pools {
            Pools::Sqlite { read, .. } => Connection::Sqlite(begin(read, "BEGIN DEFERRED").await?),
            Pools::Postgres(pool) => {
                Connection::Postgres(self.begin_on(pool, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?)
            }
        };
        Ok(Tx { connection, store: self.clone(), failed: false })
    }

    /// Begins on a server, in bounded time: much sooner while it is away.
    async fn begin_on(&self, pool: &PgPool, statement: &'static str) -> Result<Transaction<'static, Postgres>, Error> {
        let away = &self.shared.away;
        let wait = if away.load(Ordering::Relaxed) { AWAY_WAIT } else { SERVER_WAIT };
        let begun = match tokio::time::timeout(wait, begin(pool, statement)).await {
            Ok(begun) => begun,
            Err(_) => Err(Error::from(sqlx::Error::PoolTimedOut)),
        };
        away.store(begun.as_ref().is_err_and(Error::is_retryable), Ordering::Relaxed);
        begun
    }

    /// Whether the database answers at all, in bounded time.
    ///
    /// # Errors
    /// `Engine`: it does not.
    pub async fn answers(&self) -> Result<(), Error> {
        self.read().await?.one("SELECT 1", vec![]).await.map(drop)
    }

    /// A connection of its own, outside any transaction.
    #[cfg(feature = "testing")]
    pub(crate) async fn raw_sqlite(&self) -> Option<sqlx::pool::PoolConnection<Sqlite>> {
        match &self.shared.pools {
            Pools::Sqlite { write, .. } => write.acquire().await.ok(),
            Pools::Postgres(_) => None,
        }
    }

    /// Closes all connections. On `SQLite` the last one out folds the write-ahead log into the file.
    pub async fn close(&self) {
        match &self.shared.pools {
            Pools::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

async fn connect_sqlite(path: &str) -> Result<Pools, Error> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // A signature or an acknowledged event must survive a power cut.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(WAIT)
        .row_buffer_size(2048)
        .disable_statement_logging();
    let pool = || {
        SqlitePoolOptions::new().acquire_timeout(WAIT).test_before_acquire(false).max_lifetime(None).idle_timeout(None)
    };
    let write = pool().max_connections(1).connect_with(options.clone().pragma("cache_size", "-32000")).await?;
    let read = pool()
        .max_connections(SQLITE_READERS)
        .idle_timeout(READER_IDLE)
        .connect_lazy_with(options.pragma("query_only", "ON"));
    Ok(Pools::Sqlite { write, read })
}

async fn connect_postgres(url: &str) -> Result<Pools, Error> {
    // Batches look thousands of keys up: on today's disks by index, not by reading whole tables.
    // Compiled plans and parallel workers cost more than they save here.
    let options = PgConnectOptions::from_str(url)?
        .application_name("luzheng")
        .options([("random_page_cost", "1.1"), ("jit", "off"), ("max_parallel_workers_per_gather", "0")])
        .log_statements(LevelFilter::Off);
    let pool = PgPoolOptions::new()
        .max_connections(MAX_CONNECTIONS)
        .acquire_timeout(SERVER_WAIT)
        .test_before_acquire(false)
        .connect_with(options.log_slow_statements(LevelFilter::Off, Duration::ZERO))
        .await?;
    Ok(Pools::Postgres(pool))
}

/// Begins, and tries again on another connection when this one died while it was idle: nothing has been done yet.
async fn begin<DB: sqlx::Database>(pool: &Pool<DB>, statement: &'static str) -> Result<Transaction<'static, DB>, Error>
where
    for<'c> &'c mut DB::Connection: sqlx::Executor<'c, Database = DB>,
{
    let mut tries = 0;
    loop {
        match pool.begin_with(statement).await {
            Err(error) if is_lost_connection(&error) && tries < MAX_CONNECTIONS => tries += 1,
            done => return done.map_err(Error::from),
        }
    }
}

/// `SQLite` has one writer and no row locks: the clauses that `PostgreSQL` needs are cut out.
fn without_lock(sql: SqlStr) -> SqlStr {
    if !sql.as_str().contains(" FOR UPDATE") {
        return sql;
    }
    let text = sql.as_str().replace(" FOR UPDATE SKIP LOCKED", "").replace(" FOR UPDATE", "");
    AssertSqlSafe(text).into_sql_str()
}

/// What a statement runs on: matched once per call, in this file and in `bulk.rs`.
pub(crate) enum On<'t> {
    Sqlite(&'t mut sqlx::SqliteConnection),
    Postgres(&'t mut sqlx::PgConnection),
}

impl Tx {
    /// The engine behind this transaction.
    pub fn engine(&self) -> Engine {
        match &self.connection {
            Connection::Sqlite(_) => Engine::Sqlite,
            Connection::Postgres(_) => Engine::Postgres,
        }
    }

    /// Seals, opens, and computes keyed digests.
    pub fn vault(&self) -> &Vault {
        self.store.vault()
    }

    pub(crate) fn on(&mut self) -> On<'_> {
        match &mut self.connection {
            Connection::Sqlite(transaction) => On::Sqlite(transaction),
            Connection::Postgres(transaction) => On::Postgres(transaction),
        }
    }

    /// Remembers that a statement failed: the transaction can only roll back from here.
    pub(crate) fn remember<T>(&mut self, result: Result<T, Error>) -> Result<T, Error> {
        self.failed |= result.is_err();
        result
    }

    /// Runs a statement; answers how many rows it changed.
    pub(crate) async fn execute(&mut self, sql: impl SqlSafeStr, values: Vec<Value>) -> Result<u64, Error> {
        let sql = sql.into_sql_str();
        let result = match self.on() {
            On::Sqlite(connection) => {
                let arguments = sqlite_arguments(values)?;
                sqlx::query_with(sql, arguments).execute(connection).await.map(|done| done.rows_affected())
            }
            On::Postgres(connection) => {
                let arguments = postgres_arguments(values)?;
                sqlx::query_with(sql, arguments).execute(connection).await.map(|done| done.rows_affected())
            }
        };
        self.remember(result.map_err(Error::from))
    }

    /// All rows of a query. The text may lock rows with ` FOR UPDATE` or ` FOR UPDATE SKIP LOCKED`.
    pub(crate) async fn rows(&mut self, sql: impl SqlSafeStr, values: Vec<Value>) -> Result<Vec<Row>, Error> {
        let sql = sql.into_sql_str();
        let result = match self.on() {
            On::Sqlite(connection) => {
                let arguments = sqlite_arguments(values)?;
                let rows = sqlx::query_with(without_lock(sql), arguments).fetch_all(connection).await;
                rows.map(|rows| rows.into_iter().map(Row::from).collect())
            }
            On::Postgres(connection) => {
                let arguments = postgres_arguments(values)?;
                let rows = sqlx::query_with(sql, arguments).fetch_all(connection).await;
                rows.map(|rows| rows.into_iter().map(Row::from).collect())
            }
        };
        self.remember(result.map_err(Error::from))
    }

    /// The only row of a query, if there is one.
    pub(crate) async fn row(&mut self, sql: impl SqlSafeStr, values: Vec<Value>) -> Result<Option<Row>, Error> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    /// The only row of a query that always has one.
    pub(crate) async fn one(&mut self, sql: impl SqlSafeStr, values: Vec<Value>) -> Result<Row, Error> {
        self.row(sql, values).await?.ok_or_else(|| Error::fatal("a query that always has a row gave none"))
    }

    /// The rows of a query one after the other, without holding them all in memory.
    pub(crate) fn stream(
        &mut self,
        sql: impl SqlSafeStr,
        values: Vec<Value>,
    ) -> Result<BoxStream<'_, Result<Row, Error>>, Error> {
        let sql = sql.into_sql_str();
        Ok(match self.on() {
            On::Sqlite(connection) => {
                let arguments = sqlite_arguments(values)?;
                sqlx::query_with(sql, arguments)
                    .fetch(connection)
                    .map(|row| row.map(Row::from).map_err(Error::from))
                    .boxed()
            }
            On::Postgres(connection) => {
                let arguments = postgres_arguments(values)?;
                sqlx::query_with(sql, arguments)
                    .fetch(connection)
                    .map(|row| row.map(Row::from).map_err(Error::from))
                    .boxed()
            }
        })
    }

    /// Runs a script of several statements without values.
    pub(crate) async fn script(&mut self, sql: &'static str) -> Result<(), Error> {
        let result = match self.on() {
            On::Sqlite(connection) => sqlx::raw_sql(sql).execute(connection).await.map(drop),
            On::Postgres(connection) => sqlx::raw_sql(sql).execute(connection).await.map(drop),
        };
        self.remember(result.map_err(Error::from))
    }

    /// Keeps other processes from doing the same at the same time, until the transaction ends. `SQLite`'s writer is alone anyway.
    pub(crate) async fn lock_out_others(&mut self, what: i64) -> Result<(), Error> {
        if self.engine() == Engine::Postgres {
            self.rows("SELECT 1 FROM pg_advisory_xact_lock($1)", vec![Value::Int(what)]).await?;
        }
        Ok(())
    }

    /// Whether a table of this name exists.
    pub(crate) async fn has_table(&mut self, table: &str) -> Result<bool, Error> {
        let sql = match self.engine() {
            Engine::Sqlite => "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = $1",
            Engine::Postgres => "SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1",
        };
        Ok(self.one(sql, vec![Value::from(table)]).await?.int()? > 0)
    }

    /// Makes everything done in this transaction durable.
    ///
    /// # Errors
    /// `Engine`; [`Error::is_commit_unknown`] tells whether it may have taken place all the same. A transaction in which a statement
    /// failed does not commit.
    pub async fn commit(self) -> Result<(), Error> {
        if self.failed {
            return Err(Error::fatal("a statement of this transaction failed before; nothing was committed"));
        }
        #[cfg(feature = "testing")]
        let fault = self.store.faults().take();
        #[cfg(feature = "testing")]
        if fault == Some(crate::testing::Fault::Lost) {
            // Taken back before anybody goes on: one that is dropped ends at an unknown moment, and holds its locks until then.
            match self.connection {
                Connection::Sqlite(transaction) => transaction.rollback().await,
                Connection::Postgres(transaction) => transaction.rollback().await,
            }
            .map_err(Error::of_commit)?;
            return Err(crate::testing::Faults::error());
        }
        match self.connection {
            Connection::Sqlite(transaction) => transaction.commit().await,
            Connection::Postgres(transaction) => transaction.commit().await,
        }
        .map_err(Error::of_commit)?;
        #[cfg(feature = "testing")]
        if fault == Some(crate::testing::Fault::Kept) {
            return Err(crate::testing::Faults::error());
        }
        Ok(())
    }
}
