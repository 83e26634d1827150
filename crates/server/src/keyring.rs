//! The secrets of a process: the master key of the store's vault, the passphrase of the key files, and the signers opened from them.

use aws_lc_rs::digest;
use luzheng_credential::sign::{Algorithm, FileKey, KeyFileError, KeyId, Signer};
use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use zeroize::Zeroizing;

/// A secret or key that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A secret is not what it should be.
    #[error("{name}: {why}")]
    Malformed {
        /// The variable or file.
        name: String,
        /// What is wrong.
        why: &'static str,
    },
    /// The secret was never made, and this command does not make one.
    #[error("{0} is not there: this database was prepared with other keys, or LUZHENG_DATA_DIR points elsewhere")]
    Missing(PathBuf),
    /// A key file could not be opened.
    #[error("the key file {path} cannot be opened: {source}")]
    Key {
        /// The file.
        path: PathBuf,
        /// Why.
        source: KeyFileError,
    },
}

/// The 32 bytes from which the vault derives its keys.
pub type MasterKey = Zeroizing<[u8; 32]>;

/// Where keys and secrets lie, and the signers opened so far.
pub struct Keyring {
    dir: PathBuf,
    passphrase: Zeroizing<Vec<u8>>,
    open: RwLock<HashMap<KeyId, Arc<dyn Signer>>>,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keyring({})", self.dir.display())
    }
}

fn file_error(path: &Path) -> impl FnOnce(std::io::Error) -> KeyringError + '_ {
    move |source| KeyringError::File { path: path.to_owned(), source }
}

/// Writes a secret so that only its owner can read it, and so that it is either there whole or not at all.
fn write_secret(path: &Path, content: &[u8]) -> Result<(), KeyringError> {
    use std::os::unix::fs::OpenOptionsExt;
    let parent = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).map_err(file_error(parent))?;
    let temporary = path.with_extension("new");
    let write = || -> std::io::Result<()> {
        let mut file =
            std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
        file.write_all(content)?;
        file.sync_all()?;
        std::fs::rename(&temporary, path)?;
        std::fs::File::open(parent)?.sync_all()
    };
    write().map_err(file_error(path))
}

fn read_secret(path: &Path) -> Result<Option<Zeroizing<String>>, KeyringError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(Zeroizing::new(text.trim().to_owned()))),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(KeyringError::File { path: path.to_owned(), source }),
    }
}

/// One secret: from its variable, else from its file, else (for a new store) made and written.
fn secret(variable: &'static str, path: &Path, make: bool) -> Result<Zeroizing<String>, KeyringError> {
    if let Some(value) = std::env::var(variable).ok().filter(|value| !value.is_empty()) {
        return Ok(Zeroizing::new(value));
    }
    if let Some(text) = read_secret(path)? {
        return Ok(text);
    }
    if !make {
        return Err(KeyringError::Missing(path.to_owned()));
    }
    let text = Zeroizing::new(crate::chance::token());
    write_secret(path, text.as_bytes())?;
    Ok(text)
}

/// The vault's master key: `LUZHENG_MASTER_KEY` (64 hexadecimal digits), or `secrets/master.key` under the data directory.
///
/// # Errors
/// [`KeyringError`]; with `make` a missing one is made instead.
pub fn master_key(data_dir: &Path, make: bool) -> Result<MasterKey, KeyringError> {
    let path = data_dir.join("secrets/master.key");
    let text = secret("LUZHENG_MASTER_KEY", &path, make)?;
    let mut key = Zeroizing::new([0u8; 32]);
    hex::decode_to_slice(text.as_bytes(), key.as_mut_slice()).map_err(|_| KeyringError::Malformed {
        name: "the master key (LUZHENG_MASTER_KEY or secrets/master.key)".into(),
        why: "it must be 64 hexadecimal digits",
    })?;
    Ok(key)
}

impl Keyring {
    /// Opens the data directory; with `make`, a new store's passphrase is made when there is none.
    ///
    /// # Errors
    /// [`KeyringError`].
    pub fn open(data_dir: &Path, make: bool) -> Result<Self, KeyringError> {
        let text = secret("LUZHENG_KEY_PASSPHRASE", &data_dir.join("secrets/passphrase"), make)?;
        Ok(Self {
            dir: data_dir.join("keys"),
            passphrase: Zeroizing::new(text.as_bytes().to_vec()),
            open: RwLock::default(),
        })
    }

    /// Where a key's file lies.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.join(format!("{name}.pem"))
    }

    /// Whether there is a file of that name.
    pub fn has(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// Makes a key and writes it, encrypted. Its file is named by `name`, or by its identifier.
    ///
    /// # Errors
    /// [`KeyringError::Key`].
    pub fn generate(&self, algorithm: Algorithm, name: Option<&str>) -> Result<Arc<dyn Signer>, KeyringError> {
        let failed = |path: PathBuf| move |source| KeyringError::Key { path, source };
        std::fs::create_dir_all(&self.dir).map_err(file_error(&self.dir))?;
        let key = FileKey::generate(algorithm).map_err(failed(self.dir.clone()))?;
        let path = self.path(&name.map_or_else(|| key.kid().to_string(), str::to_owned));
        key.save(&path, &self.passphrase).map_err(failed(path.clone()))?;
        let signer: Arc<dyn Signer> = Arc::new(key);
        self.remember(&signer);
        Ok(signer)
    }

    /// The signer in the file of that name.
    ///
    /// # Errors
    /// [`KeyringError::Missing`] or [`KeyringError::Key`].
    pub fn load(&self, name: &str) -> Result<Arc<dyn Signer>, KeyringError> {
        let path = self.path(name);
        if !path.exists() {
            return Err(KeyringError::Missing(path));
        }
        let key = FileKey::load(&path, &self.passphrase)
            .map_err(|source| KeyringError::Key { path: path.clone(), source })?;
        let signer: Arc<dyn Signer> = Arc::new(key);
        self.remember(&signer);
        Ok(signer)
    }

    /// The signer with this identifier, opened once and kept.
    ///
    /// # Errors
    /// As [`Keyring::load`]; and when the file holds another key than its name says: fail closed.
    pub fn signer(&self, kid: KeyId) -> Result<Arc<dyn Signer>, KeyringError> {
        if let Some(signer) = self.opened(kid) {
            return Ok(signer);
        }
        let signer = self.load(&kid.to_string())?;
        if signer.kid() != kid {
            return Err(KeyringError::Malformed {
                name: self.path(&kid.to_string()).display().to_string(),
                why: "the file holds another key",
            });
        }
        Ok(signer)
    }

    /// A signer that was opened before.
    pub fn opened(&self, kid: KeyId) -> Option<Arc<dyn Signer>> {
        self.open.read().ok().and_then(|open| open.get(&kid).cloned())
    }

    /// Adds a signer that came from elsewhere, such as a token.
    pub fn remember(&self, signer: &Arc<dyn Signer>) {
        if let Ok(mut open) = self.open.write() {
            open.insert(signer.kid(), Arc::clone(signer));
        }
    }
}

/// A short digest for a person to compare, such as of the root.
pub fn fingerprint(bytes: &[u8]) -> String {
    let digest = digest::digest(&digest::SHA256, bytes);
    hex::encode(digest.as_ref()).as_bytes().chunks(4).take(8).map(String::from_utf8_lossy).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_made_once_and_kept() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(Keyring::open(dir.path(), false), Err(KeyringError::Missing(_))));
        let first = master_key(dir.path(), true).unwrap();
        assert_eq!(*first, *master_key(dir.path(), false).unwrap());
        let ring = Keyring::open(dir.path(), true).unwrap();
        let key = ring.generate(Algorithm::Es256, None).unwrap();
        let again = Keyring::open(dir.path(), false).unwrap().signer(key.kid()).unwrap();
        assert_eq!(again.public_key(), key.public_key());
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            std::fs::metadata(dir.path().join("secrets/master.key")).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}
