//! Everything saved into one file, and brought back into an empty database of either engine.
//!
//! The archive holds the data (personal fields stay sealed) and the encrypted key files. The two secrets that open them go into a second small
//! file, so that the two can be kept apart: who holds the archive alone reads no name and signs nothing.

use super::error::{Kind, UseError, Used};
use crate::app::App;
use crate::clock::Clock;
use crate::config::Settings;
use crate::keyring;
use luzheng_store::backup::{Extra, Manifest, inspect};
use luzheng_store::{SchemaState, Store, Vault};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The secrets' file beside an archive.
#[derive(Serialize, Deserialize)]
struct Secrets {
    master_key: String,
    passphrase: String,
}

/// What a backup or restore did.
#[derive(Debug, Clone, Serialize)]
pub struct BackupView {
    /// The archive.
    pub archive: PathBuf,
    /// The secrets beside it.
    pub secrets: Option<PathBuf>,
    /// Rows in it.
    pub rows: u64,
    /// Tables in it.
    pub tables: usize,
    /// Key files in it.
    pub key_files: usize,
    /// The engine it came from.
    pub engine: String,
}

/// Where the secrets of an archive lie.
pub fn secrets_path(archive: &Path) -> PathBuf {
    let mut name = archive.as_os_str().to_owned();
    name.push(".secrets");
    PathBuf::from(name)
}

fn file(path: &Path) -> impl FnOnce(std::io::Error) -> UseError + '_ {
    move |e| UseError::unavailable("file", format!("{}: {e}", path.display()), e)
}

fn view(manifest: &Manifest, archive: &Path, secrets: Option<PathBuf>, key_files: usize) -> BackupView {
    BackupView {
        archive: archive.into(),
        secrets,
        rows: manifest.tables.iter().map(|t| t.rows).sum(),
        tables: manifest.tables.len(),
        key_files,
        engine: manifest.engine.clone(),
    }
}

fn key_files(folder: &Path) -> Used<Vec<Extra>> {
    let mut out = Vec::new();
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(out),
        Err(e) => return Err(file(folder)(e)),
    };
    for entry in entries {
        let path = entry.map_err(file(folder))?.path();
        if path.extension().is_some_and(|e| e == "pem") {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            out.push(Extra { name: format!("keys/{name}"), bytes: std::fs::read(&path).map_err(file(&path))? });
        }
    }
    out.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(out)
}

fn write_private(path: &Path, content: &[u8]) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let mut out = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    out.write_all(content)?;
    out.sync_all()
}

fn secret(variable: &str, path: PathBuf) -> Used<String> {
    if let Some(value) = std::env::var(variable).ok().filter(|v| !v.is_empty()) {
        return Ok(value);
    }
    Ok(std::fs::read_to_string(&path).map_err(file(&path))?.trim().to_owned())
}

/// Saves everything as of one moment.
///
/// # Errors
/// The store or the disk.
pub async fn save(app: &App, archive: &Path) -> Used<BackupView> {
    let extras = key_files(&app.settings.data_dir.join("keys"))?;
    let manifest = app.store.backup(archive, app.clock.now(), &extras).await?;
    let folder = app.settings.data_dir.join("secrets");
    let secrets = Secrets {
        master_key: secret("LUZHENG_MASTER_KEY", folder.join("master.key"))?,
        passphrase: secret("LUZHENG_KEY_PASSPHRASE", folder.join("passphrase"))?,
    };
    let beside = secrets_path(archive);
    let json = serde_json::to_vec_pretty(&secrets).map_err(|e| UseError::broken("secrets", e.to_string()))?;
    write_private(&beside, &json).map_err(file(&beside))?;
    Ok(view(&manifest, archive, Some(beside), extras.len()))
}

/// Brings an archive into an empty database, with its key files and, when they lie beside it and none are set, its secrets.
///
/// # Errors
/// A damaged archive, a database that is not empty, secrets that do not fit, the store or the disk.
pub async fn bring_back(settings: Settings, archive: &Path) -> Used<BackupView> {
    if !archive.exists() {
        return Err(UseError::invalid("no_archive", format!("there is no file {}", archive.display())));
    }
    let (_, extras) =
        inspect(archive).map_err(|e| UseError::invalid("damaged_archive", format!("{}: {e}", archive.display())))?;
    let folder = settings.data_dir.join("secrets");
    let beside = secrets_path(archive);
    let mut used = None;
    if !folder.join("master.key").exists() && std::env::var_os("LUZHENG_MASTER_KEY").is_none() {
        let json = std::fs::read(&beside).map_err(|e| {
            UseError::unavailable(
                "no_secrets",
                format!(
                    "the secrets that open this backup are neither in {} nor in LUZHENG_MASTER_KEY nor in {}",
                    folder.display(),
                    beside.display()
                ),
                e,
            )
        })?;
        let secrets: Secrets = serde_json::from_slice(&json)
            .map_err(|e| UseError::invalid("damaged_secrets", format!("{}: {e}", beside.display())))?;
        for (name, value) in [("master.key", &secrets.master_key), ("passphrase", &secrets.passphrase)] {
            let path = folder.join(name);
            write_private(&path, value.as_bytes()).map_err(file(&path))?;
        }
        used = Some(beside);
    }
    let master = keyring::master_key(&settings.data_dir, false)?;
    let store = Store::connect(&settings.database, Vault::new(&master)).await?;
    match store.schema_state().await? {
        SchemaState::Empty => {
            store.migrate().await?;
        }
        SchemaState::Ready { .. } => {}
        _ => {
            return Err(UseError::new(
                Kind::Refused,
                "schema",
                "the database was made by another version; restore into an empty one",
            ));
        }
    }
    let manifest = store.restore(archive).await?;
    store.close().await;
    for extra in &extras {
        // Only plain names below keys/ are ours; anything else in an archive is not written anywhere.
        let Some(name) = extra.name.strip_prefix("keys/").filter(|n| !n.contains(['/', '\\']) && n.ends_with(".pem"))
        else {
            continue;
        };
        let path = settings.data_dir.join("keys").join(name);
        write_private(&path, &extra.bytes).map_err(file(&path))?;
    }
    let opened = App::open(settings, Clock::system(), crate::app::Opening::MustBePrepared).await?;
    opened.0.store.close().await;
    Ok(view(&manifest, archive, used, extras.len()))
}
