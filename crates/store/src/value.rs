//! Values on their way into a statement and rows on their way out, the same for both engines.

use jiff::{Timestamp, civil::Date};
use sqlx::{
    Arguments, ColumnIndex, Database, Decode, Type,
    postgres::{PgArguments, PgRow},
    sqlite::{SqliteArguments, SqliteRow},
};
use uuid::Uuid;

use crate::error::Error;

/// The four kinds of column that the schema uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `INTEGER` / `bigint`: numbers, flags, dates as yyyymmdd, instants in µs.
    Int,
    /// `TEXT` / `text`.
    Text,
    /// `BLOB` / `bytea`.
    Bytes,
    /// `BLOB` of 16 bytes / `uuid`.
    Id,
}

/// One value of a statement, or a typed nothing (`PostgreSQL` wants to know the type of a null).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// An integer.
    Int(i64),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// An id.
    Id(Uuid),
    /// No value of this kind.
    Null(Kind),
}

macro_rules! value_from {
    ($($from:ty => |$value:ident| $to:expr, $kind:ident;)+) => {$(
        impl From<$from> for Value {
            fn from($value: $from) -> Self { $to }
        }
        impl From<Option<$from>> for Value {
            fn from(value: Option<$from>) -> Self { value.map_or(Self::Null(Kind::$kind), Self::from) }
        }
    )+};
}

value_from! {
    i64 => |value| Self::Int(value), Int;
    i32 => |value| Self::Int(i64::from(value)), Int;
    u32 => |value| Self::Int(i64::from(value)), Int;
    u16 => |value| Self::Int(i64::from(value)), Int;
    u8 => |value| Self::Int(i64::from(value)), Int;
    bool => |value| Self::Int(i64::from(value)), Int;
    Timestamp => |value| Self::Int(value.as_microsecond()), Int;
    Date => |value| Self::Int(date_number(value)), Int;
    &str => |value| Self::Text(value.to_owned()), Text;
    String => |value| Self::Text(value), Text;
    &String => |value| Self::Text(value.clone()), Text;
    &[u8] => |value| Self::Bytes(value.to_vec()), Bytes;
    [u8; 8] => |value| Self::Bytes(value.to_vec()), Bytes;
    [u8; 16] => |value| Self::Bytes(value.to_vec()), Bytes;
    [u8; 32] => |value| Self::Bytes(value.to_vec()), Bytes;
    Vec<u8> => |value| Self::Bytes(value), Bytes;
    Uuid => |value| Self::Id(value), Id;
}

/// The values of a statement, in the order of `$1`, `$2` …
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$($crate::value::Value::from($value)),*] };
}
pub(crate) use values;

/// A date as the number yyyymmdd: sorts like the date and reads like it.
pub(crate) fn date_number(date: Date) -> i64 {
    i64::from(date.year()) * 10_000 + i64::from(date.month()) * 100 + i64::from(date.day())
}

/// The date of a number yyyymmdd.
pub(crate) fn date_of(number: i64) -> Option<Date> {
    let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100);
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

enum Inner {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// One row, read column by column from left to right.
pub struct Row {
    inner: Inner,
    next: usize,
}

impl From<SqliteRow> for Row {
    fn from(row: SqliteRow) -> Self {
        Self { inner: Inner::Sqlite(row), next: 0 }
    }
}

impl From<PgRow> for Row {
    fn from(row: PgRow) -> Self {
        Self { inner: Inner::Postgres(row), next: 0 }
    }
}

fn cell<'r, R, T>(row: &'r R, column: usize) -> Result<Option<T>, Error>
where
    R: sqlx::Row,
    usize: ColumnIndex<R>,
    T: Decode<'r, R::Database> + Type<R::Database>,
    R::Database: Database,
{
    row.try_get::<Option<T>, _>(column).map_err(Error::from)
}

macro_rules! getter {
    ($opt:ident, $one:ident, $type:ty, $what:literal) => {
        #[doc = concat!("The next column as ", $what, ", or nothing.")]
        pub fn $opt(&mut self) -> Result<Option<$type>, Error> {
            let column = self.next;
            self.next += 1;
            match &self.inner {
                Inner::Sqlite(row) => cell(row, column),
                Inner::Postgres(row) => cell(row, column),
            }
        }

        #[doc = concat!("The next column as ", $what, ".")]
        pub fn $one(&mut self) -> Result<$type, Error> {
            let column = self.next;
            self.$opt()?.ok_or_else(|| Error::fatal(format!("column {column} holds nothing")))
        }
    };
}

impl Row {
    getter!(opt_int, int, i64, "an integer");
    getter!(opt_text, text, String, "a text");
    getter!(opt_bytes, bytes, Vec<u8>, "bytes");
    getter!(opt_id, id, Uuid, "an id");

    /// The next column as an instant in µs, or nothing.
    pub fn opt_time(&mut self) -> Result<Option<Timestamp>, Error> {
        self.opt_int()?.map(|micros| Timestamp::from_microsecond(micros).map_err(Error::fatal)).transpose()
    }

    /// The next column as an instant in µs.
    pub fn time(&mut self) -> Result<Timestamp, Error> {
        Timestamp::from_microsecond(self.int()?).map_err(Error::fatal)
    }

    /// The next column as a date yyyymmdd, or nothing.
    pub fn opt_date(&mut self) -> Result<Option<Date>, Error> {
        self.opt_int()?
            .map(|number| date_of(number).ok_or_else(|| Error::fatal(format!("{number} is not a date yyyymmdd"))))
            .transpose()
    }

    /// The next column as a date yyyymmdd.
    pub fn date(&mut self) -> Result<Date, Error> {
        let number = self.int()?;
        date_of(number).ok_or_else(|| Error::fatal(format!("{number} is not a date yyyymmdd")))
    }

    /// The next column as a flag 0 or 1.
    pub fn flag(&mut self) -> Result<bool, Error> {
        match self.int()? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(Error::fatal(format!("{other} is neither 0 nor 1"))),
        }
    }

    /// The next column as exactly `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let bytes = self.bytes()?;
        let length = bytes.len();
        bytes.try_into().map_err(|_| Error::fatal(format!("{length} bytes where {N} are expected")))
    }

    /// The next column as a small number.
    pub fn number<T: TryFrom<i64>>(&mut self) -> Result<T, Error> {
        let number = self.int()?;
        T::try_from(number).map_err(|_| Error::fatal(format!("the number {number} is out of range")))
    }

    /// The next column as a value of this kind.
    pub(crate) fn value(&mut self, kind: Kind) -> Result<Value, Error> {
        Ok(match kind {
            Kind::Int => self.opt_int()?.map_or(Value::Null(kind), Value::Int),
            Kind::Text => self.opt_text()?.map_or(Value::Null(kind), Value::Text),
            Kind::Bytes => self.opt_bytes()?.map_or(Value::Null(kind), Value::Bytes),
            Kind::Id => self.opt_id()?.map_or(Value::Null(kind), Value::Id),
        })
    }
}

/// The values of a statement as `SQLite`'s driver wants them.
pub(crate) fn sqlite_arguments(values: Vec<Value>) -> Result<SqliteArguments, Error> {
    let mut arguments = SqliteArguments::default();
    arguments.reserve(values.len(), 0);
    for value in values {
        match value {
            Value::Int(value) => arguments.add(value),
            Value::Text(value) => arguments.add(value),
            Value::Bytes(value) => arguments.add(value),
            Value::Id(value) => arguments.add(value),
            Value::Null(_) => arguments.add(None::<i64>),
        }
        .map_err(Error::fatal)?;
    }
    Ok(arguments)
}

/// The values of a statement as `PostgreSQL`'s driver wants them.
pub(crate) fn postgres_arguments(values: Vec<Value>) -> Result<PgArguments, Error> {
    let mut arguments = PgArguments::default();
    arguments.reserve(values.len(), values.len() * 16);
    for value in values {
        match value {
            Value::Int(value) => arguments.add(value),
            Value::Text(value) => arguments.add(value),
            Value::Bytes(value) => arguments.add(value),
            Value::Id(value) => arguments.add(value),
            Value::Null(Kind::Int) => arguments.add(None::<i64>),
            Value::Null(Kind::Text) => arguments.add(None::<String>),
            Value::Null(Kind::Bytes) => arguments.add(None::<Vec<u8>>),
            Value::Null(Kind::Id) => arguments.add(None::<Uuid>),
        }
        .map_err(Error::fatal)?;
    }
    Ok(arguments)
}
