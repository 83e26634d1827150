//! Many rows at once: multi-row VALUES on SQLite, COPY on PostgreSQL; and how rows of a queue are claimed. With `db.rs` the only file that
//! knows the engine.

use sqlx::{AssertSqlSafe, SqlSafeStr};
use uuid::Uuid;

use crate::{
    db::{Engine, On, Tx},
    error::Error,
    value::{Kind, Row, Value, sqlite_arguments},
};

/// Rows of one VALUES statement at most.
const MAX_VALUES_ROWS: usize = 1_000;
/// Parameters of one `SQLite` statement at most (its own limit is 32,766).
const MAX_PARAMETERS: usize = 30_000;
/// Keys of one IN list at most.
const MAX_KEYS: usize = 1_000;
/// From this many rows on COPY pays on `PostgreSQL`; below it VALUES saves round trips.
const COPY_FROM: usize = 64;
/// COPY data is sent in pieces of about this size.
const COPY_PIECE: usize = 1 << 18;
/// Header of COPY BINARY: signature, no flags, no extension.
const COPY_HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// Keys of a look-up of many rows.
#[derive(Debug, Clone)]
pub(crate) enum Keys {
    /// Ids.
    Ids(Vec<Uuid>),
    /// Texts.
    Texts(Vec<String>),
    /// Bytes.
    Bytes(Vec<Vec<u8>>),
}

impl Keys {
    fn is_empty(&self) -> bool {
        match self {
            Self::Ids(keys) => keys.is_empty(),
            Self::Texts(keys) => keys.is_empty(),
            Self::Bytes(keys) => keys.is_empty(),
        }
    }
}

/// How jobs are claimed: `$1` now, `$2` lease, `$3` its end, `$4` how many. `PostgreSQL` would run a plain sub-select with LIMIT more than
/// once; the array pins it.
pub(crate) const fn claim_jobs(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => {
            "UPDATE job SET lease = $2, due_at = $3, attempts = attempts + 1 WHERE id IN \
             (SELECT id FROM job WHERE given_up = 0 AND due_at <= $1 ORDER BY due_at, id LIMIT $4) \
             RETURNING id, kind, subject, reference, attempts, lease, created_at"
        }
        Engine::Postgres => {
            "UPDATE job SET lease = $2, due_at = $3, attempts = attempts + 1 WHERE id = ANY(ARRAY\
             (SELECT id FROM job WHERE given_up = 0 AND due_at <= $1 ORDER BY due_at, id LIMIT $4 FOR UPDATE SKIP LOCKED)) \
             RETURNING id, kind, subject, reference, attempts, lease, created_at"
        }
    }
}

/// How deliveries are claimed: `$1` now, `$2` lease, `$3` its end, `$4` how many; as [`claim_jobs`].
pub(crate) const fn claim_deliveries(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => {
            "UPDATE delivery SET lease = $2, due_at = $3, attempts = attempts + 1 WHERE (owner, notice, channel) IN \
             (SELECT owner, notice, channel FROM delivery WHERE state = 'waiting' AND due_at <= $1 ORDER BY due_at, notice LIMIT $4) \
             RETURNING owner, notice, channel, attempts, lease, created_at"
        }
        Engine::Postgres => {
            "WITH due AS MATERIALIZED (SELECT owner, notice, channel FROM delivery WHERE state = 'waiting' AND due_at <= $1 \
             ORDER BY due_at, notice LIMIT $4 FOR UPDATE SKIP LOCKED) \
             UPDATE delivery d SET lease = $2, due_at = $3, attempts = d.attempts + 1 FROM due \
             WHERE d.owner = due.owner AND d.notice = due.notice AND d.channel = due.channel \
             RETURNING d.owner, d.notice, d.channel, d.attempts, d.lease, d.created_at"
        }
    }
}

/// How webhooks are claimed: `$1` now, `$2` lease, `$3` its end, `$4` how many; as [`claim_jobs`]. Of each vehicle and subscription only the first
/// that waits, and nothing of a paused subscription.
pub(crate) fn claim_webhooks(engine: Engine, columns: &str) -> String {
    let due = "SELECT w.vehicle, w.client, w.subscription, w.seq FROM webhook w JOIN subscription s ON s.client = w.client AND s.id = w.subscription \
               WHERE w.state = 'waiting' AND w.due_at <= $1 AND s.state = 'active' AND NOT EXISTS (SELECT 1 FROM webhook e WHERE e.vehicle = w.vehicle \
               AND e.client = w.client AND e.subscription = w.subscription AND e.seq < w.seq AND e.state = 'waiting') \
               ORDER BY w.due_at, w.client, w.subscription LIMIT $4";
    match engine {
        Engine::Sqlite => format!(
            "UPDATE webhook SET lease = $2, due_at = $3, attempts = attempts + 1 \
             WHERE (vehicle, client, subscription, seq) IN ({due}) RETURNING {columns}"
        ),
        Engine::Postgres => {
            let columns = columns.split(", ").map(|column| format!("h.{column}")).collect::<Vec<_>>().join(", ");
            format!(
                "WITH due AS MATERIALIZED ({due} FOR UPDATE OF w SKIP LOCKED) UPDATE webhook h SET lease = $2, due_at = $3, attempts = h.attempts + 1 \
                 FROM due WHERE h.vehicle = due.vehicle AND h.client = due.client AND h.subscription = due.subscription AND h.seq = due.seq \
                 RETURNING {columns}"
            )
        }
    }
}

/// How one row of the review queue is claimed: `$1` reviewer, `$2` now, `$3` the lease's end, `$4` and `$5` the looks wanted. Who waits for
/// a row that another one claims at the same time would get none: they skip it.
pub(crate) fn claim_review(engine: Engine, columns: &str) -> String {
    let free = "SELECT id FROM review WHERE state = 'waiting' AND (lease_until IS NULL OR lease_until <= $2) AND look BETWEEN $4 AND $5 \
                AND (look = 1 OR (first_reviewer <> $1 AND NOT EXISTS (SELECT 1 FROM review earlier WHERE earlier.subject = review.subject \
                AND earlier.case_id = review.case_id AND earlier.photo = review.photo AND earlier.state = 'decided' \
                AND earlier.reviewer = $1))) ORDER BY rank, submitted_at, id LIMIT 1";
    let claim = match engine {
        Engine::Sqlite => format!("= ({free})"),
        Engine::Postgres => format!("= ANY(ARRAY({free} FOR UPDATE SKIP LOCKED))"),
    };
    format!(
        "UPDATE review SET reviewer = $1, claimed_at = $2, lease_until = $3 WHERE state = 'waiting' AND id {claim} RETURNING {columns}"
    )
}

fn placeholders(rows: usize, columns: usize) -> String {
    let row = format!("({}),", vec!["?"; columns].join(","));
    let mut all = row.repeat(rows);
    all.pop();
    all
}

fn numbered_placeholders(rows: usize, columns: usize) -> String {
    let row = |row: usize| {
        format!(
            "({})",
            (1..=columns).map(|column| format!("${}", row * columns + column)).collect::<Vec<_>>().join(",")
        )
    };
    (0..rows).map(row).collect::<Vec<_>>().join(",")
}

fn insert_head(table: &str, columns: &[(&str, Kind)]) -> String {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    format!("INSERT INTO {table} ({}) VALUES ", names.join(", "))
}

impl Tx {
    /// Inserts rows whose values stand one after the other. All or none.
    ///
    /// # Errors
    /// `Conflict`, `Engine`.
    pub(crate) async fn insert_many(
        &mut self,
        table: &'static str,
        columns: &[(&str, Kind)],
        values: Vec<Value>,
    ) -> Result<(), Error> {
        debug_assert_eq!(values.len() % columns.len(), 0, "{table}: the values are whole rows");
        let rows = values.len() / columns.len();
        match self.on() {
            On::Sqlite(_) => self.insert_values(table, columns, values).await,
            On::Postgres(_) if rows < COPY_FROM => {
                if rows == 0 {
                    return Ok(());
                }
                let sql = format!("{}{}", insert_head(table, columns), numbered_placeholders(rows, columns.len()));
                self.execute(AssertSqlSafe(sql), values).await.map(drop)
            }
            On::Postgres(_) => self.copy_in(table, columns, &values).await,
        }
    }

    async fn insert_values(
        &mut self,
        table: &'static str,
        columns: &[(&str, Kind)],
        mut values: Vec<Value>,
    ) -> Result<(), Error> {
        let chunk = MAX_VALUES_ROWS.min(MAX_PARAMETERS / columns.len()) * columns.len();
        while !values.is_empty() {
            let rest = values.split_off(values.len().min(chunk));
            let rows = values.len() / columns.len();
            // `?`, not `$1`: SQLite looks a numbered parameter up in a list, which is quadratic in their number.
            let sql = AssertSqlSafe(format!("{}{}", insert_head(table, columns), placeholders(rows, columns.len())))
                .into_sql_str();
            let arguments = sqlite_arguments(std::mem::replace(&mut values, rest))?;
            let On::Sqlite(connection) = self.on() else { return Err(Error::fatal("multi-row VALUES is for SQLite")) };
            // Only the full chunk and the single row come again and are worth keeping prepared.
            let query = sqlx::query_with(sql, arguments).persistent(rows == 1 || rows * columns.len() == chunk);
            let result = query.execute(connection).await.map_err(Error::from);
            self.remember(result)?;
        }
        Ok(())
    }

    async fn copy_in(&mut self, table: &'static str, columns: &[(&str, Kind)], values: &[Value]) -> Result<(), Error> {
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let sql = format!("COPY {table} ({}) FROM STDIN WITH (FORMAT BINARY)", names.join(", "));
        let width = i16::try_from(columns.len()).map_err(Error::fatal)?;
        let On::Postgres(connection) = self.on() else { return Err(Error::fatal("COPY is for PostgreSQL")) };
        let copy = async {
            let mut copy = connection.copy_in_raw(&sql).await?;
            let mut buffer = Vec::with_capacity(COPY_PIECE + 4096);
            buffer.extend_from_slice(COPY_HEADER);
            for row in values.chunks_exact(columns.len()) {
                buffer.extend_from_slice(&width.to_be_bytes());
                row.iter().for_each(|value| copy_field(&mut buffer, value));
                if buffer.len() >= COPY_PIECE {
                    copy.send(buffer.as_slice()).await?;
                    buffer.clear();
                }
            }
            buffer.extend_from_slice(&(-1_i16).to_be_bytes());
            copy.send(buffer.as_slice()).await?;
            copy.finish().await.map(drop)
        };
        let result: Result<(), sqlx::Error> = copy.await;
        self.remember(result.map_err(Error::from))
    }

    /// Locks what a query names until the transaction ends. The query orders by id, so that two who lock the same ones do not deadlock.
    /// `SQLite`'s writer is alone anyway.
    ///
    /// # Errors
    /// `Engine`.
    pub(crate) async fn lock_all(&mut self, sql: &str, keys: Keys) -> Result<(), Error> {
        if let On::Postgres(_) = self.on() {
            self.rows_for(sql, keys).await?;
        }
        Ok(())
    }

    /// The rows of a query whose text has one `IN (*)`, for many keys, in pieces on `SQLite`. No order across pieces.
    ///
    /// # Errors
    /// `Engine`.
    pub(crate) async fn rows_for(&mut self, sql: &str, keys: Keys) -> Result<Vec<Row>, Error> {
        let result = match self.on() {
            On::Postgres(connection) => {
                if keys.is_empty() {
                    return Ok(Vec::new());
                }
                let query = sqlx::query(AssertSqlSafe(sql.replace("IN (*)", "= ANY($1)")));
                let query = match keys {
                    Keys::Ids(keys) => query.bind(keys),
                    Keys::Texts(keys) => query.bind(keys),
                    Keys::Bytes(keys) => query.bind(keys),
                };
                query
                    .fetch_all(connection)
                    .await
                    .map(|rows| rows.into_iter().map(Row::from).collect())
                    .map_err(Error::from)
            }
            On::Sqlite(connection) => {
                let mut rows = Vec::new();
                let mut values: Vec<Value> = match keys {
                    Keys::Ids(keys) => keys.into_iter().map(Value::Id).collect(),
                    Keys::Texts(keys) => keys.into_iter().map(Value::Text).collect(),
                    Keys::Bytes(keys) => keys.into_iter().map(Value::Bytes).collect(),
                };
                loop {
                    if values.is_empty() {
                        break Ok(rows);
                    }
                    let rest = values.split_off(values.len().min(MAX_KEYS));
                    let full = values.len() == MAX_KEYS;
                    let text = sql.replace("IN (*)", &format!("IN {}", placeholders(1, values.len())));
                    let arguments = sqlite_arguments(std::mem::replace(&mut values, rest))?;
                    match sqlx::query_with(AssertSqlSafe(text), arguments)
                        .persistent(full)
                        .fetch_all(&mut *connection)
                        .await
                    {
                        Ok(found) => rows.extend(found.into_iter().map(Row::from)),
                        Err(error) => break Err(Error::from(error)),
                    }
                }
            }
        };
        self.remember(result)
    }
}

/// One field of COPY BINARY: its length and its bytes as the server keeps them; -1 for nothing.
fn copy_field(buffer: &mut Vec<u8>, value: &Value) {
    let mut put = |bytes: &[u8]| {
        buffer.extend_from_slice(&i32::try_from(bytes.len()).unwrap_or(i32::MAX).to_be_bytes());
        buffer.extend_from_slice(bytes);
    };
    match value {
        Value::Int(value) => put(&value.to_be_bytes()),
        Value::Text(value) => put(value.as_bytes()),
        Value::Bytes(value) => put(value),
        Value::Id(value) => put(value.as_bytes()),
        Value::Null(_) => buffer.extend_from_slice(&(-1_i32).to_be_bytes()),
    }
}
