//! The private `PostgreSQL` server of a test run: the first test process starts it, a watcher stops it when the last one is gone.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use aws_lc_rs::{digest, rand};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::sync::OnceCell;

use crate::{db::Store, migrate::SCRIPTS, testing::vault};

pub(super) const SCRIPT: &str = include_str!("postgres.sh");
/// An administrator's address of a server that somebody else started: then none is started here.
const GIVEN_SERVER: &str = "LUZHENG_TEST_POSTGRES";

struct Server {
    /// The administrator's address, with `{}` in place of the database.
    address: String,
    /// The database that fresh ones are copied from.
    template: String,
    /// Held for the life of this process: as long as somebody holds it the server stays.
    _users: Option<File>,
}

static SERVER: OnceCell<Result<Server, String>> = OnceCell::const_new();
static COUNT: AtomicU32 = AtomicU32::new(0);

fn address(server: &Server, database: &str) -> String {
    server.address.replace("{}", database)
}

/// The user that PostgreSQL runs as need not be able to enter a deep scratch folder, and socket paths are short: directly below /tmp.
fn folder() -> PathBuf {
    let user = std::fs::metadata("/proc/self").map(|me| std::os::unix::fs::MetadataExt::uid(&me)).unwrap_or_default();
    let here = digest::digest(&digest::SHA256, env!("CARGO_MANIFEST_DIR").as_bytes());
    Path::new("/tmp").join(format!("luzheng-pg-{user}-{}", hex::encode(&here.as_ref()[..4])))
}

fn beside(folder: &Path, suffix: &str) -> Result<File, String> {
    let path = folder.with_extension(suffix);
    File::options().create(true).append(true).open(&path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Answers whether this call started the server.
fn ensure(folder: &Path) -> Result<bool, String> {
    let output =
        Command::new("bash").args(["-c", SCRIPT, "postgres.sh", "ensure"]).arg(folder).stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("bash is needed to start PostgreSQL for the tests: {error}"))?;
    if output.status.success() {
        return Ok(output.stdout.starts_with(b"started"));
    }
    let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
    Err(format!("PostgreSQL for the tests did not start: {}{log}", String::from_utf8_lossy(&output.stderr)))
}

/// Runs on when this process has ended; holds none of its pipes.
fn watch(folder: &Path) -> Result<(), String> {
    let mut command = Command::new("setsid");
    command.args(["bash", "-c", SCRIPT, "postgres.sh", "watch"]).arg(folder).current_dir("/");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
        .spawn()
        .map(drop)
        .map_err(|error| format!("setsid is needed to watch over PostgreSQL for the tests: {error}"))
}

async fn start() -> Result<Server, String> {
    let folder = folder();
    let start = beside(&folder, "start")?;
    start.lock().map_err(|error| format!("locking: {error}"))?;
    let (address, users) = match std::env::var(GIVEN_SERVER) {
        Ok(given) => (with_place_for_database(&given)?, None),
        Err(_) => {
            let users = beside(&folder, "users")?;
            users.lock_shared().map_err(|error| format!("locking: {error}"))?;
            if ensure(&folder)? {
                watch(&folder)?;
            }
            (format!("postgres://postgres@localhost/{{}}?host={}", folder.display()), Some(users))
        }
    };
    let mut server = Server { address, template: String::new(), _users: users };
    server.template = make_template(&server).await?;
    // Only now may the next process look: it finds the template complete.
    drop(start);
    Ok(server)
}

fn with_place_for_database(given: &str) -> Result<String, String> {
    let (head, options) =
        given.split_once('?').map_or((given, String::new()), |(head, options)| (head, format!("?{options}")));
    let host = head.rsplit_once('/').map(|(host, _)| host).filter(|host| host.contains("//"));
    let host = host.ok_or_else(|| format!("{GIVEN_SERVER} must look like postgres://user@host/postgres"))?;
    Ok(format!("{host}/{{}}{options}"))
}

/// One template per set of scripts: a changed schema never meets the old template.
async fn make_template(server: &Server) -> Result<String, String> {
    let mut context = digest::Context::new(&digest::SHA256);
    SCRIPTS.iter().for_each(|script| context.update(script.2.as_bytes()));
    let template = format!("luzheng_template_{}", hex::encode(&context.finish().as_ref()[..6]));
    let mut admin = connect(server).await?;
    let known =
        sqlx::query("SELECT 1 FROM pg_database WHERE datname = $1").bind(&template).fetch_optional(&mut admin).await;
    if known.map_err(|error| error.to_string())?.is_none() {
        let building = format!("{template}_{}", std::process::id());
        run(&mut admin, &format!("CREATE DATABASE {building}")).await?;
        let store = Store::connect(&address(server, &building), vault()).await.map_err(|error| error.to_string())?;
        store.migrate().await.map_err(|error| error.to_string())?;
        store.close().await;
        run(&mut admin, &format!("ALTER DATABASE {building} RENAME TO {template}")).await?;
    }
    Ok(template)
}

async fn connect(server: &Server) -> Result<PgConnection, String> {
    PgConnection::connect(&address(server, "postgres"))
        .await
        .map_err(|error| format!("PostgreSQL for the tests does not answer: {error}"))
}

async fn run(admin: &mut PgConnection, sql: &str) -> Result<(), String> {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(admin)
        .await
        .map(drop)
        .map_err(|error| format!("{sql}: {error}"))
}

async fn server() -> Result<&'static Server, String> {
    SERVER.get_or_init(start).await.as_ref().map_err(Clone::clone)
}

fn fresh_name() -> Result<String, String> {
    let mut random = [0_u8; 4];
    rand::fill(&mut random).map_err(|_| "no randomness".to_owned())?;
    Ok(format!("t_{}_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed), hex::encode(random)))
}

/// A database copied from the template: its name and address.
pub(super) async fn fresh_database() -> Result<(String, String), String> {
    let server = server().await?;
    let name = fresh_name()?;
    run(&mut connect(server).await?, &format!("CREATE DATABASE {name} TEMPLATE {}", server.template)).await?;
    let url = address(server, &name);
    Ok((name, url))
}

/// A database without tables.
pub(super) async fn empty_database() -> Result<(String, String), String> {
    let server = server().await?;
    let name = fresh_name()?;
    run(&mut connect(server).await?, &format!("CREATE DATABASE {name}")).await?;
    let url = address(server, &name);
    Ok((name, url))
}

/// Drops a test's database with whatever is still connected to it. On a thread of its own: the test's runtime may be ending.
pub(super) fn drop_database(name: &str) {
    let Some(Ok(server)) = SERVER.get() else { return };
    let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
    let dropped = std::thread::spawn(move || {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
        runtime.block_on(async { run(&mut connect(server).await?, &sql).await })
    });
    if let Ok(Err(why)) = dropped.join() {
        tracing::warn!(%why, "a test database stays behind");
    }
}
