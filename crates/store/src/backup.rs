//! Backup and restore: one archive that either engine can read. A gzipped tar of parts (one JSON array per line, one part per some
//! thousand rows of a table), whatever the caller adds (key files), and last the manifest with the digest of every member. What is
//! sealed in the database stays sealed in the archive.

use std::{
    fs::File,
    io::{BufReader, BufWriter, Read, Write},
    path::Path,
};

use aws_lc_rs::digest;
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    db::{Store, Tx},
    error::Error,
    migrate::{SCRIPTS, SchemaState},
    tables::{TABLES, Table},
    value::{Kind, Row, Value, values},
};

/// The format this program writes and reads.
pub const FORMAT: u32 = 1;
/// A part is closed when it has this many bytes.
const PART_BYTES: usize = 1 << 20;
/// The largest member that is read.
pub const MAX_MEMBER: u64 = 64 << 20;
/// The most members that are read.
pub const MAX_MEMBERS: usize = 1_000_000;
const MANIFEST: &str = "manifest.json";

/// What an archive contains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: u32,
    /// When it was made.
    pub made_at: Timestamp,
    /// The engine it came from.
    pub engine: String,
    /// The scripts of the schema.
    pub schema: Vec<String>,
    /// The id of the data key that the sealed values need.
    pub data_key: String,
    /// The tables in their order.
    pub tables: Vec<TableCount>,
    /// Every other member of the archive.
    pub members: Vec<Member>,
}

/// How many rows of a table an archive contains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableCount {
    /// The table.
    pub name: String,
    /// Its columns in the order of the values.
    pub columns: Vec<String>,
    /// Its rows.
    pub rows: u64,
}

/// One member of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its path in the archive.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// SHA-256, hex.
    pub sha256: String,
}

/// A file that goes with the data: a key file.
#[derive(Clone, PartialEq, Eq)]
pub struct Extra {
    /// Its path in the archive, below `extra/`.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Extra {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Extra({}, {} bytes)", self.name, self.bytes.len())
    }
}

fn damaged(why: impl std::fmt::Display) -> Error {
    Error::broken("archive", "", why)
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn schema() -> Vec<String> {
    SCRIPTS.iter().map(|script| script.0.to_owned()).collect()
}

struct Writer {
    tar: tar::Builder<GzEncoder<BufWriter<File>>>,
    members: Vec<Member>,
}

impl Writer {
    fn put(&mut self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        self.append(name, bytes)?;
        self.members.push(Member { name: name.to_owned(), bytes: bytes.len() as u64, sha256: sha256(bytes) });
        Ok(())
    }

    fn append(&mut self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        if bytes.len() as u64 > MAX_MEMBER {
            return Err(damaged(format!("{name} would have {} bytes; at most {MAX_MEMBER}", bytes.len())));
        }
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o600);
        self.tar.append_data(&mut header, name, bytes).map_err(Error::fatal)
    }
}

/// One row as a line: numbers and texts as they are, ids and bytes in hex, `null` for nothing. The manifest's order of columns gives
/// the kinds.
fn line(row: &mut Row, table: &Table) -> Result<serde_json::Value, Error> {
    let mut cells = Vec::with_capacity(table.columns.len());
    for (_, kind) in table.columns {
        cells.push(match row.value(*kind)? {
            Value::Int(value) => value.into(),
            Value::Text(value) => value.into(),
            Value::Bytes(value) => hex::encode(value).into(),
            Value::Id(value) => value.simple().to_string().into(),
            Value::Null(_) => serde_json::Value::Null,
        });
    }
    Ok(cells.into())
}

fn cell(value: serde_json::Value, kind: Kind) -> Option<Value> {
    use serde_json::Value as Json;
    Some(match (value, kind) {
        (Json::Null, kind) => Value::Null(kind),
        (Json::Number(number), Kind::Int) => Value::Int(number.as_i64()?),
        (Json::String(text), Kind::Text) => Value::Text(text),
        (Json::String(text), Kind::Bytes) => Value::Bytes(hex::decode(text).ok()?),
        (Json::String(text), Kind::Id) => Value::Id(Uuid::try_parse(&text).ok()?),
        _ => return None,
    })
}

fn rows_of(part: &[u8], table: &Table) -> Result<Vec<Value>, Error> {
    let mut values = Vec::new();
    for (number, text) in part.split(|byte| *byte == b'\n').filter(|text| !text.is_empty()).enumerate() {
        let wrong = || damaged(format!("{}: row {} is not a row of this table", table.name, number + 1));
        let cells: Vec<serde_json::Value> = serde_json::from_slice(text).map_err(|_| wrong())?;
        if cells.len() != table.columns.len() {
            return Err(wrong());
        }
        for (value, (_, kind)) in cells.into_iter().zip(table.columns) {
            values.push(cell(value, *kind).ok_or_else(wrong)?);
        }
    }
    Ok(values)
}

fn part_name(table: &str, number: usize) -> String {
    format!("data/{table}/{number:06}.jsonl")
}

/// `data/vehicle/000001.jsonl` → `vehicle`.
fn table_of(member: &str) -> Option<&'static Table> {
    let name = member.strip_prefix("data/")?.split('/').next()?;
    TABLES.iter().find(|table| table.name == name)
}

impl Store {
    /// Writes everything, as of one moment, and `extras` into an archive. It appears under its name only when it is complete and
    /// durable; a crash leaves at most a file with `.partial` after its name. Compressing happens on the calling task.
    ///
    /// # Errors
    /// `Engine` when the database or the disk fails; `Broken` when a row is too large for an archive.
    pub async fn backup(&self, path: &Path, made_at: Timestamp, extras: &[Extra]) -> Result<Manifest, Error> {
        let mut partial = path.as_os_str().to_owned();
        partial.push(".partial");
        let partial = Path::new(&partial);
        let file = File::options().write(true).create(true).truncate(true).open(partial).map_err(Error::fatal)?;
        let gzip = GzEncoder::new(BufWriter::with_capacity(1 << 18, file), Compression::new(6));
        let mut writer = Writer { tar: tar::Builder::new(gzip), members: Vec::new() };
        for extra in extras {
            writer.put(&format!("extra/{}", extra.name), &extra.bytes)?;
        }
        let mut tx = self.read().await?;
        let mut tables = Vec::new();
        for table in TABLES {
            let rows = tx.write_table(table, &mut writer).await?;
            tables.push(TableCount {
                name: table.name.to_owned(),
                columns: table.columns.iter().map(|(name, _)| (*name).to_owned()).collect(),
                rows,
            });
        }
        let data_key = self.vault().key_id();
        let members = std::mem::take(&mut writer.members);
        let manifest = Manifest {
            format: FORMAT,
            made_at,
            engine: self.engine().name().to_owned(),
            schema: schema(),
            data_key,
            tables,
            members,
        };
        writer.append(MANIFEST, &serde_json::to_vec_pretty(&manifest).map_err(Error::fatal)?)?;
        finish(writer, partial, path).map_err(Error::fatal)?;
        Ok(manifest)
    }

    /// Puts an archive's rows into this database, which must be migrated and empty, all in one transaction. The whole archive is
    /// checked against its manifest before the first row goes in.
    ///
    /// # Errors
    /// `Broken` when the archive is damaged, of another schema, or needs another data key; `Conflict` when the database is not empty;
    /// `Engine`.
    pub async fn restore(&self, path: &Path) -> Result<Manifest, Error> {
        let (manifest, _) = inspect(path)?;
        if self.vault().key_id() != manifest.data_key {
            return Err(damaged(format!(
                "made with data key {}, but this process holds {}",
                manifest.data_key,
                self.vault().key_id()
            )));
        }
        if !matches!(self.schema_state().await?, SchemaState::Ready { .. }) || manifest.schema != schema() {
            return Err(damaged(
                "the archive and the database must have this program's schema: migrate first, or use the program that made it",
            ));
        }
        let mut tx = self.write().await?;
        tx.must_be_empty().await?;
        tx.execute("DELETE FROM meta", values![]).await?;
        let mut counts = vec![0_u64; TABLES.len()];
        let mut archive = open(path)?;
        for entry in archive.entries().map_err(damaged)? {
            let (name, bytes) = member(entry)?;
            let Some(table) = table_of(&name) else { continue };
            let rows = rows_of(&bytes, table)?;
            let at = TABLES.iter().position(|known| known.name == table.name).unwrap_or_default();
            counts[at] += (rows.len() / table.columns.len()) as u64;
            tx.insert_many(table.name, table.columns, rows).await?;
        }
        if let Some((table, count)) = manifest.tables.iter().zip(&counts).find(|(table, count)| table.rows != **count) {
            return Err(damaged(format!("{} has {count} rows, but the manifest says {}", table.name, table.rows)));
        }
        tx.commit().await?;
        Ok(manifest)
    }
}

impl Tx {
    async fn write_table(&mut self, table: &Table, writer: &mut Writer) -> Result<u64, Error> {
        let columns: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
        let sql = AssertSqlSafe(format!("SELECT {} FROM {} ORDER BY {}", columns.join(", "), table.name, table.key));
        let mut rows = self.stream(sql, values![])?;
        let (mut part, mut parts, mut count) = (Vec::with_capacity(PART_BYTES + 4096), 0, 0);
        while let Some(mut row) = rows.try_next().await? {
            serde_json::to_writer(&mut part, &line(&mut row, table)?).map_err(Error::fatal)?;
            part.push(b'\n');
            count += 1;
            if part.len() >= PART_BYTES {
                parts += 1;
                writer.put(&part_name(table.name, parts), &part)?;
                part.clear();
            }
        }
        if !part.is_empty() {
            writer.put(&part_name(table.name, parts + 1), &part)?;
        }
        Ok(count)
    }

    /// A migrated database that nobody used has one row: the check of the data key.
    async fn must_be_empty(&mut self) -> Result<(), Error> {
        for table in TABLES {
            let sql = AssertSqlSafe(format!("SELECT COUNT(*) FROM {}", table.name));
            let rows = self.one(sql, values![]).await?.int()?;
            if rows > i64::from(table.name == "meta") {
                return Err(Error::Conflict { what: format!("{rows} rows in {}", table.name) });
            }
        }
        Ok(())
    }
}

/// Everything to the disk, then the name: whoever sees the name sees the whole file.
fn finish(writer: Writer, partial: &Path, path: &Path) -> std::io::Result<()> {
    let mut buffered = writer.tar.into_inner()?.finish()?;
    buffered.flush()?;
    buffered.get_ref().sync_all()?;
    std::fs::rename(partial, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

fn open(path: &Path) -> Result<tar::Archive<GzDecoder<BufReader<File>>>, Error> {
    let file = File::open(path).map_err(|error| damaged(format!("{}: {error}", path.display())))?;
    Ok(tar::Archive::new(GzDecoder::new(BufReader::with_capacity(1 << 18, file))))
}

/// A member's name and bytes; refuses what is too large before reading it.
fn member<R: Read>(entry: std::io::Result<tar::Entry<'_, R>>) -> Result<(String, Vec<u8>), Error> {
    let mut entry = entry.map_err(damaged)?;
    let name =
        entry.path().map_err(damaged)?.to_str().ok_or_else(|| damaged("a member's name is not UTF-8"))?.to_owned();
    let size = entry.header().size().map_err(damaged)?;
    if size > MAX_MEMBER {
        return Err(damaged(format!("{name} has {size} bytes; at most {MAX_MEMBER}")));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    entry.read_to_end(&mut bytes).map_err(|error| damaged(format!("{name}: {error}")))?;
    Ok((name, bytes))
}

/// Reads an archive to its end and checks it against its manifest; answers the manifest and the files that go with the data.
///
/// # Errors
/// `Broken` when anything is missing, too much, changed, or cut off.
pub fn inspect(path: &Path) -> Result<(Manifest, Vec<Extra>), Error> {
    let mut archive = open(path)?;
    let (mut found, mut extras, mut manifest) = (Vec::new(), Vec::new(), None);
    for entry in archive.entries().map_err(damaged)? {
        let (name, bytes) = member(entry)?;
        if manifest.is_some() || found.len() >= MAX_MEMBERS {
            return Err(damaged("more members than the manifest names"));
        }
        if name == MANIFEST {
            manifest = Some(
                serde_json::from_slice::<Manifest>(&bytes).map_err(|error| damaged(format!("{MANIFEST}: {error}")))?,
            );
            continue;
        }
        found.push(Member { name: name.clone(), bytes: bytes.len() as u64, sha256: sha256(&bytes) });
        if let Some(name) = name.strip_prefix("extra/") {
            extras.push(Extra { name: name.to_owned(), bytes });
        }
    }
    // The checksum of the compressed stream stands behind the last member, where tar does not look.
    let rest = std::io::copy(&mut archive.into_inner().take(MAX_MEMBER), &mut std::io::sink()).map_err(damaged)?;
    if rest >= MAX_MEMBER {
        return Err(damaged("something follows the archive's end"));
    }
    let manifest = manifest.ok_or_else(|| damaged("it has no manifest: it was cut off, or is not one of ours"))?;
    if manifest.format != FORMAT {
        return Err(damaged(format!("format {}; this program reads {FORMAT}", manifest.format)));
    }
    if let Some((said, is)) = manifest.members.iter().zip(&found).find(|(said, is)| said != is) {
        return Err(damaged(format!("{} is not the member {} of the manifest", is.name, said.name)));
    }
    if manifest.members.len() != found.len() {
        return Err(damaged(format!("{} members, but the manifest names {}", found.len(), manifest.members.len())));
    }
    let tables_fit = manifest.tables.len() == TABLES.len()
        && manifest.tables.iter().zip(TABLES).all(|(said, table)| {
            said.name == table.name
                && said.columns.iter().map(String::as_str).eq(table.columns.iter().map(|(name, _)| *name))
        });
    if !tables_fit {
        return Err(damaged("its tables are not the ones this program knows"));
    }
    Ok((manifest, extras))
}
